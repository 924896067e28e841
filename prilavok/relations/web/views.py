"""The tab «Relations» of the customer's card, one relation, and the holding as a picture."""

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.kernel import clock
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.relations import actions, queries
from prilavok.relations.actions.looks import note_household
from prilavok.relations.models import Relation
from prilavok.relations.ports import NewRelation
from prilavok.relations.web import forms
from prilavok.ui.forms import Form
from prilavok.ui.toasts import toast

if TYPE_CHECKING:
    from prilavok.customers.models import Profile

UNDO = "relations.undo"  # how to write again what was taken away, kept with the session
UNDO_KEPT = 20


@needs("relations.see", "customers.see")
def of_customer(request: Request, public_id: UUID) -> HttpResponse:
    """The panel; a POST writes down a relation."""
    profile = customer_of(request, public_id)
    form = forms.RelationForm(request.POST or None).for_customer(profile)
    if request.method == "POST":
        request.actor.must("relations.edit")
        if form.is_valid() and (made := _relate(request, profile, form)):
            address = reverse("relations:removal", args=[profile.public_id, made.public_id])
            toast(request, _("The relation is written down"), undo=address)
            form = forms.RelationForm().for_customer(profile)
    return panel(request, profile, form)


def customer_of(request: Request, public_id: UUID) -> "Profile":
    """The customer, or the page that says there is none (or none that this actor may see)."""
    try:
        return customers.get(public_id, request.actor)
    except ObjectDoesNotExist as missing:
        raise Http404 from missing


def _relate(request: Request, profile: "Profile", form: forms.RelationForm) -> Relation | None:
    other = form.chosen(request.actor, besides=profile.pk)
    if other is None:
        return None
    more = {name: form.cleaned_data.get(name, "") for name in ("position", "role")}
    since = form.cleaned_data["since"]
    new = NewRelation(**form.sides(profile.pk, other), **more, since=since)
    try:
        return actions.relate(new, by=request.actor, at=clock.now())
    except Problem as problem:
        blame(form, problem)
        return None


def blame(form: Form, problem: Problem) -> None:
    """Put what went wrong beside the field that is to blame."""
    field = {"first": "whom", "second": "whom", "kind": "what", "customer": "whom"}.get(
        problem.field or "", problem.field
    )
    form.add_error(field if field in form.fields else None, str(problem))


def panel(request: Request, profile: "Profile", form: Form) -> HttpResponse:
    found = queries.ties(profile.pk, request.actor)
    committee = [tie for tie in found if tie.relation.kind == queries.COMMITTEE and not tie.first]
    membership = queries.membership_of(profile.pk)
    whole = queries.whole(membership.household.public_id, request.actor) if membership else None
    if whole is not None:
        note_household(whole, by=request.actor, at=clock.now())
    context: dict[str, Any] = {
        "profile": profile,
        "committee": committee,
        "now": [tie for tie in found if not tie.ended and tie not in committee],
        "ended": [tie for tie in found if tie.ended and tie not in committee],
        "household": whole,
        "in_holding": any(tie.relation.kind == queries.SUBSIDIARY and not tie.ended for tie in found),
        "form": form,
        "name_form": forms.NameForm(),
        "may_edit": request.actor.may("relations.edit") and profile.status != "erased",
    }
    return render(request, "relations/of_customer.html", context, status=422 if form.errors else 200)


def back(request: Request, profile: "Profile") -> HttpResponse:
    """The panel anew, or the card with its tab."""
    if request.headers.get("HX-Request"):
        return panel(request, profile, forms.RelationForm().for_customer(profile))
    return HttpResponseRedirect(f"{reverse('customers:card', args=[profile.public_id])}?tab=relations")


@needs("relations.see", "customers.see")
def relation(request: Request, public_id: UUID, relation_id: UUID) -> HttpResponse:
    """One relation to correct."""
    profile, found = customer_of(request, public_id), relation_of(request, relation_id)
    names = forms.ChangeForm.base_fields
    form = forms.ChangeForm(request.POST or None, initial={name: getattr(found, name) for name in names})
    if found.kind != queries.COMMITTEE:
        del form.fields["role"]
    if request.method == "POST":
        request.actor.must("relations.edit")
        if form.is_valid() and _changed(request, found, form):
            toast(request, _("Saved"))
            return HttpResponseRedirect(
                f"{reverse('customers:card', args=[profile.public_id])}?tab=relations"
            )
    ties = queries.ties(profile.pk, request.actor)
    tie = next((one for one in ties if one.relation.pk == found.pk), None)
    context = {"profile": profile, "tie": tie, "form": form, "may_edit": request.actor.may("relations.edit")}
    return render(request, "relations/relation.html", context, status=422 if form.errors else 200)


def relation_of(request: Request, relation_id: UUID) -> Relation:
    try:
        return queries.get(relation_id, request.actor)
    except Relation.DoesNotExist as missing:
        raise Http404 from missing


def _changed(request: Request, found: Relation, form: Form) -> bool:
    try:
        actions.change_relation(found.pk, by=request.actor, at=clock.now(), **form.cleaned_data)
        return True
    except Problem as problem:
        blame(form, problem)
        return False


@require_POST
@needs("relations.edit", "customers.see")
def ending(request: Request, public_id: UUID, relation_id: UUID) -> HttpResponse:
    """End a relation today; of one that has ended: let it be in force again. Each is the other's undo."""
    profile, found = customer_of(request, public_id), relation_of(request, relation_id)
    until = None if found.until else company.today()
    try:
        actions.change_relation(found.pk, until=until, by=request.actor, at=clock.now())
        said = _("The relation has ended") if until else _("The relation is in force again")
        toast(request, said, undo=request.path)
    except Problem as problem:
        toast(request, str(problem), bad=True)
    return back(request, profile)


@require_POST
@needs("relations.edit", "customers.see")
def removal(request: Request, public_id: UUID, relation_id: UUID) -> HttpResponse:
    """Take away what was written by mistake."""
    profile, found = customer_of(request, public_id), relation_of(request, relation_id)
    again = actions.remove_relation(found.pk, by=request.actor, at=clock.now())
    token = str(uuid4())
    kept = dict(list(request.session.get(UNDO, {}).items())[-UNDO_KEPT:])
    request.session[UNDO] = kept | {token: again.plain()}
    toast(
        request,
        _("The relation is taken away"),
        undo=reverse("relations:restoration", args=[profile.public_id, token]),
    )
    return back(request, profile)


@require_POST
@needs("relations.edit", "customers.see")
def restoration(request: Request, public_id: UUID, token: UUID) -> HttpResponse:
    """Write again what was taken away."""
    profile = customer_of(request, public_id)
    plain = request.session.get(UNDO, {}).pop(str(token), None)
    if plain is None:
        raise Http404
    request.session.modified = True
    try:
        actions.relate(NewRelation.of(plain), by=request.actor, at=clock.now())
    except Problem as problem:
        toast(request, str(problem), bad=True)
    return back(request, profile)


@require_GET
@needs("relations.see", "customers.see")
def holding(request: Request, public_id: UUID) -> HttpResponse:
    profile = customer_of(request, public_id)
    found = queries.holding(profile.pk, request.actor)
    context = {"profile": profile, "holding": found, "at": clock.now()}
    return render(request, "relations/holding.html", context)
