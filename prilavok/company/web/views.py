"""Pages of the company: shops, employees, rights, tokens, looks at personal data, one's own settings."""

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from prilavok.company import actions, queries
from prilavok.company.models import Employee
from prilavok.company.web import forms, tables
from prilavok.kernel import clock, paging
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, for_employees, needs
from prilavok.ui.toasts import toast


@for_employees
def me(request: Request) -> HttpResponse:
    form = forms.MySettings(request.POST or None, instance=request.user)  # type: ignore[arg-type]
    if request.method == "POST" and form.is_valid():
        actions.choose_settings(employee_id=request.actor.id or 0, **form.cleaned_data)
        toast(request, _("Saved"))
        return HttpResponseRedirect(reverse("company:me"))
    return render(request, "company/me.html", {"form": form})


@needs("company.manage")
def company(request: Request) -> HttpResponse:
    form = forms.CompanyForm(request.POST or None, instance=queries.company())
    if request.method == "POST" and form.is_valid():
        actions.name_company(**form.cleaned_data, by=request.actor, demo=queries.company().demo)
        toast(request, _("Saved"))
        return HttpResponseRedirect(reverse("company:shops"))
    return render(request, "company/company.html", {"form": form})


@needs("company.see")
def shops(request: Request) -> HttpResponse:
    found = queries.shops(request.actor).filter(name__icontains=request.GET.get("q", ""))
    page = paging.keyset(found, order=("name", "id"), after=request.GET.get("after"))
    table = tables.Shops(page.items)
    table.more = page.next
    context = {"table": table, "count": found.count(), "company": queries.company()}
    return render(request, "company/shops.html", context)


# ── Employees and roles ──────────────────────────────────────────────────────────────────────────────────


@needs("company.see")
def employees(request: Request) -> HttpResponse:
    found = queries.employees(request.actor).filter(name__icontains=request.GET.get("q", ""))
    page = paging.keyset(found, order=("name", "id"), after=request.GET.get("after"))
    table = tables.Employees(page.items)
    table.more = page.next
    return render(request, "company/employees.html", {"table": table, "count": found.count()})


@needs("company.manage_people")
def new_employee(request: Request) -> HttpResponse:
    form = forms.NewEmployee(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            added = actions.add_employee(**form.cleaned_data, by=request.actor, at=clock.now())
        except Problem as problem:
            form.add_error(problem.field, str(problem))
        else:
            return HttpResponseRedirect(reverse("company:employee", args=[added.public_id]))
    return render(request, "company/new_employee.html", {"form": form})


@needs("company.see")
def employee(request: Request, public_id: UUID) -> HttpResponse:
    found = get_object_or_404(queries.employees(request.actor), public_id=public_id)
    context = {
        "employee": found,
        "grants": found.grants.select_related("role").prefetch_related("shops"),
        "form": forms.Grant(by=request.actor),
        "may_manage": request.actor.may("company.manage_people"),
    }
    return render(request, "company/employee.html", context)


@require_POST
@needs("company.manage_people")
def grants(request: Request, public_id: UUID) -> HttpResponse:
    """Give a role, or take it away (`take` names it)."""
    found = get_object_or_404(Employee, public_id=public_id)
    form = forms.Grant(request.POST, by=request.actor)
    try:
        if taken := request.POST.get("take"):
            actions.take_role(employee_id=found.pk, role=taken, by=request.actor, at=clock.now())
        elif form.is_valid():
            chosen = [shop.pk for shop in form.cleaned_data["shops"]]
            role_code = form.cleaned_data["role"]
            actions.give_role(
                employee_id=found.pk, role=role_code, shops=chosen, by=request.actor, at=clock.now()
            )
    except Problem as problem:
        toast(request, str(problem), bad=True)
    return HttpResponseRedirect(reverse("company:employee", args=[public_id]))


@require_POST
@needs("company.manage_people")
def access(request: Request, public_id: UUID) -> HttpResponse:
    """Open or close the log-in."""
    found = get_object_or_404(Employee, public_id=public_id)
    try:
        actions.set_active(employee_id=found.pk, active=not found.is_active, by=request.actor, at=clock.now())
    except Problem as problem:
        toast(request, str(problem), bad=True)
    return HttpResponseRedirect(reverse("company:employee", args=[public_id]))


@needs("company.manage_people")
def roles(request: Request) -> HttpResponse:
    return render(request, "company/roles.html", {"roles": queries.roles()})


@needs("company.manage_people")
def role(request: Request, code: str) -> HttpResponse:
    found = get_object_or_404(queries.roles(), code=code)
    form = forms.Rights(request.POST or None, initial={"rights": found.permissions})
    if request.method == "POST" and form.is_valid() and code != "owner":
        wanted = form.cleaned_data["rights"]
        actions.set_rights(role=code, permissions_wanted=wanted, by=request.actor, at=clock.now())
        toast(request, _("Saved"))
        return HttpResponseRedirect(reverse("company:roles"))
    return render(request, "company/role.html", {"role": found, "form": form})


# ── Tokens ───────────────────────────────────────────────────────────────────────────────────────────────


@needs("company.manage_tokens")
def tokens(request: Request) -> HttpResponse:
    return render(
        request, "company/tokens.html", {"table": tables.Tokens(queries.tokens(request.actor)[:200])}
    )


@needs("company.manage_tokens")
def new_token(request: Request) -> HttpResponse:
    form = forms.Token(request.POST or None, by=request.actor)
    text = ""
    if request.method == "POST" and form.is_valid():
        text = actions.make_token(
            name=form.cleaned_data["name"],
            permissions_wanted=form.cleaned_data["rights"],
            by=request.actor,
            at=clock.now(),
        )
    return render(request, "company/new_token.html", {"form": form, "token": text})


@require_POST
@needs("company.manage_tokens")
def revocation(request: Request, token_id: int) -> HttpResponse:
    actions.revoke_token(token_id=token_id, by=request.actor, at=clock.now())
    toast(request, _("The token opens nothing any more"))
    return HttpResponseRedirect(reverse("company:tokens"))


# ── Looks at personal data; saved views ──────────────────────────────────────────────────────────────────


@needs("company.see_looks")
def looks(request: Request) -> HttpResponse:
    page = paging.keyset(queries.looks(request.actor), order=("-at", "-id"), after=request.GET.get("after"))
    names = queries.employee_names([look.actor_id for look in page.items if look.actor_id])
    table = tables.Looks(page.items, names=names)
    table.more = page.next
    return render(request, "company/looks.html", {"table": table})


@require_POST
@for_employees
def saved_views(request: Request, page: str) -> HttpResponse:
    """Keep the list as it stands under a name."""
    form = forms.SavedView(request.POST)
    if form.is_valid():
        query = QueryDict(form.cleaned_data["query"]).dict()
        name, shared = form.cleaned_data["name"], form.cleaned_data["shared"]
        actions.save_view(page=page, name=name, query=query, shared=shared, by=request.actor)
        toast(request, _("The view is saved"))
    return HttpResponseRedirect(_back(request))


@require_POST
@for_employees
def view_removal(request: Request, page: str, view_id: int) -> HttpResponse:
    actions.forget_view(view_id=view_id, by=request.actor)
    return HttpResponseRedirect(_back(request))


def _back(request: Request) -> str:
    target = request.POST.get("next") or request.headers.get("Referer", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()})
    return target if safe else "/"
