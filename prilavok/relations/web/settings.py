"""Settings: the kinds of relations."""

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.relations import actions, queries
from prilavok.relations.web import forms
from prilavok.ui.toasts import toast


@require_GET
@needs("relations.see")
def kinds(request: Request) -> HttpResponse:
    rows = [(kind, *queries.names(kind)) for kind in queries.kinds().values()]
    return render(request, "relations/kinds.html", {"rows": rows})


@needs("relations.kinds")
def kind(request: Request, code: str = "") -> HttpResponse:
    """One kind to change, or a new one."""
    found = queries.kinds().get(code)
    if code and found is None:
        raise Http404
    told = dict(zip(("name", "back"), map(str, queries.names(found)), strict=True)) if found else {}
    form = forms.KindForm(request.POST or None, instance=found, initial=told)
    for fixed in (["code"] if code else []) + (["first", "second"] if queries.is_built_in(code) else []):
        del form.fields[fixed]
    if request.method == "POST" and form.is_valid():
        try:
            values = dict(form.cleaned_data)
            actions.change_kind(code=code or values.pop("code"), by=request.actor, **values)
            toast(request, _("Saved"))
            return HttpResponseRedirect(reverse("relations:kinds"))
        except Problem as problem:
            form.add_error(problem.field if problem.field in form.fields else None, str(problem))
    context = {"form": form, "kind": found, "names": told}
    return render(request, "relations/kind.html", context, status=422 if form.errors else 200)
