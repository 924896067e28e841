"""Changing many customers at once: those ticked in the list, or all that it found."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from prilavok.customers import actions, queries
from prilavok.customers.models import BulkEdit, Sex, Status
from prilavok.customers.rules import OWN
from prilavok.customers.web.lists import asked
from prilavok.customers.web.own_forms import own_input
from prilavok.kernel import clock
from prilavok.kernel.actors import Actor
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.ui.forms import Form
from prilavok.ui.toasts import toast

MOST = 1_000  # ticked customers


class BulkForm(Form):
    """What to do with them; which fields count follows from `what`."""

    permission = "customers.bulk"
    check_on_leaving = False
    tags = forms.CharField(label=gettext_lazy("Tags to put, by commas"), required=False, max_length=300)
    untag = forms.ChoiceField(label=gettext_lazy("Tag to take off"), required=False)
    sex = forms.ChoiceField(label=gettext_lazy("Sex"), required=False, choices=[("", "—"), *Sex.choices])
    status = forms.ChoiceField(
        label=gettext_lazy("Status"),
        required=False,
        choices=[("", "—"), (Status.ACTIVE, Status.ACTIVE.label), (Status.BLOCKED, Status.BLOCKED.label)],
    )

    def __init__(self, data: Any = None, *, by: Actor) -> None:
        super().__init__(data)
        tags = [(str(one.pk), one.name) for one in queries.tags(by)]
        self.fields["untag"].choices = [("", "—"), *tags]  # type: ignore[attr-defined]
        fields = [one for one in queries.seen_own_fields(by) if queries.may_change(one, by) and not one.alone]
        for one in fields:
            self.fields[OWN + one.code] = own_input(one, by, None)
            self.fields[OWN + one.code].required = False
        if not by.may("customers.edit"):
            for name in ("sex", "status", *(OWN + one.code for one in fields)):
                del self.fields[name]

    def changes(self) -> list[dict[str, Any]]:
        """What was filled in, one change each."""
        said = {name: value for name, value in self.cleaned_data.items() if value not in ("", [], None)}
        found: list[dict[str, Any]] = []
        if "tags" in said:
            found.append({"what": "tag", "names": said["tags"].split(",")})
        if "untag" in said:
            found.append({"what": "untag", "tag": int(said["untag"])})
        if "sex" in said:
            found.append({"what": "sex", "sex": said["sex"]})
        if "status" in said:
            found.append({"what": "status", "status": said["status"]})
        own = {name.removeprefix(OWN): value for name, value in said.items() if name.startswith(OWN)}
        return found + [{"what": "own", "code": code, "value": value} for code, value in own.items()]


@needs("customers.bulk", "customers.see")
def bulk(request: Request) -> HttpResponse:
    """Whom it is about and what to do; a POST with `go` does it, another one brings those that were ticked."""
    ids = list(_ticked(request).values())
    everybody = not request.POST.getlist("selected")
    people = asked(request).profiles if everybody else queries.listed(request.actor).filter(pk__in=ids)
    going = request.method == "POST" and "go" in request.POST
    form = BulkForm(request.POST if going else None, by=request.actor)
    if going and form.is_valid() and _begun(request, form, None if everybody else ids):
        return HttpResponseRedirect(reverse("customers:list") + "?" + request.GET.urlencode())
    context = {"form": form, "selected": request.POST.getlist("selected"), "count": people.order_by().count()}
    return render(request, "customers/bulk.html", context, status=422 if form.errors else 200)


def _ticked(request: Request) -> dict[UUID, int]:
    keys = []
    for text in request.POST.getlist("selected")[:MOST]:
        try:
            keys.append(UUID(text))
        except ValueError as error:
            raise Http404 from error
    return queries.profile_ids(keys, request.actor)


def _begun(request: Request, form: BulkForm, ids: list[int] | None) -> bool:
    """Whether the change has begun; if not, the form says why."""
    changes = form.changes()
    if len(changes) != 1:
        form.add_error(None, _("Fill in one field: one change at a time, so that each can be taken back."))
        return False
    found = (
        {"q": request.GET.get("q", ""), "wanted": asked(request).filters.chosen()} if ids is None else None
    )
    try:
        made = actions.change_many(
            change=changes[0], profile_ids=ids, found=found, by=request.actor, at=clock.now()
        )
    except Problem as problem:
        form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        return False
    _say(request, made)
    return True


def _say(request: Request, made: BulkEdit) -> None:
    if made.finished_at is None:
        toast(request, _("It has begun; the bell tells when it is done"))
        return
    said = ngettext("Changed: %(count)d customer", "Changed: %(count)d customers", made.changed)
    toast(request, said % {"count": made.changed}, undo=reverse("customers:undo_bulk", args=[made.public_id]))


@require_GET
@needs("customers.bulk")
def one(request: Request, public_id: UUID) -> HttpResponse:
    """How far a change has come, with the way back."""
    return render(request, "customers/bulk_edit.html", {"edit": _edit(request, public_id)})


def _edit(request: Request, public_id: UUID) -> BulkEdit:
    try:
        return queries.bulk_edit(public_id, request.actor)
    except BulkEdit.DoesNotExist as missing:
        raise Http404 from missing


@require_POST
@needs("customers.bulk")
def undo(request: Request, public_id: UUID) -> HttpResponse:
    _edit(request, public_id)
    try:
        edit = actions.undo_many(public_id=public_id, by=request.actor, at=clock.now())
        said = ngettext(
            "Brought back: %(count)d customer", "Brought back: %(count)d customers", edit.restored
        )
        toast(request, said % {"count": edit.restored})
    except Problem as problem:
        toast(request, str(problem), bad=True)
    return HttpResponseRedirect(request.headers.get("Referer") or reverse("customers:list"))
