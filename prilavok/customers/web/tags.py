"""Tags: on the card, and their settings."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from prilavok.customers import actions, queries
from prilavok.customers.models import Tag
from prilavok.customers.web.values import left_side
from prilavok.customers.web.views import sheet_of
from prilavok.kernel import clock
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.ui.forms import Form
from prilavok.ui.toasts import toast


class TagForm(Form):
    """A tag's name and colour."""

    permission = "customers.tags"
    check_on_leaving = False
    name = forms.CharField(label=gettext_lazy("Name"), max_length=50)
    colour = forms.ChoiceField(label=gettext_lazy("Colour"), choices=Tag.Colour.choices)
    into = forms.IntegerField(
        label=gettext_lazy("Means the same as"),
        required=False,
        help_text=gettext_lazy("Whoever has this tag is shown with the other one; it can be taken back."),
        widget=forms.Select,
    )

    def __init__(self, data: Any, *, tag: Tag, others: list[Tag]) -> None:
        super().__init__(data, initial={"name": tag.name, "colour": tag.colour})
        choices = [("", "—"), *((one.pk, one.name) for one in others)]
        self.fields["into"].widget.choices = choices


@require_POST
@needs("customers.tag", "customers.see")
def add(request: Request, public_id: UUID) -> HttpResponse:
    """Put on the card what was typed; several by commas."""
    sheet = sheet_of(request, public_id)
    try:
        added = actions.tag(
            profile_id=sheet.profile.pk,
            names=request.POST.get("tag", "").split(","),
            by=request.actor,
            at=clock.now(),
        )
        if len(added) == 1:
            toast(request, _("Tagged"), undo=reverse("customers:untag", args=[public_id, added[0].pk]))
    except Problem as problem:
        toast(request, str(problem), bad=True)
    return left_side(request, public_id)


@require_POST
@needs("customers.tag", "customers.see")
def remove(request: Request, public_id: UUID, tag_id: int) -> HttpResponse:
    sheet = sheet_of(request, public_id)
    try:
        gone = actions.untag(profile_id=sheet.profile.pk, tag_id=tag_id, by=request.actor, at=clock.now())
        again = reverse("customers:retag", args=[public_id, gone.pk])
        toast(request, _("The tag is taken off"), undo=again)
    except actions.UnknownTag as missing:
        raise Http404 from missing
    return left_side(request, public_id)


@require_POST
@needs("customers.tag", "customers.see")
def again(request: Request, public_id: UUID, tag_id: int) -> HttpResponse:
    """Put back a tag that was taken off."""
    sheet = sheet_of(request, public_id)
    found = queries.tags(request.actor).filter(pk=tag_id).first()
    if found is None:
        raise Http404
    actions.tag(profile_id=sheet.profile.pk, names=[found.name], by=request.actor, at=clock.now())
    return left_side(request, public_id)


@require_GET
@needs("customers.see")
def offers(request: Request) -> HttpResponse:
    """Tags that may be meant by the letters typed, for the list under the field."""
    text = request.GET.get("tag", "").rsplit(",", 1)[-1].strip()
    found = queries.tags(request.actor).filter(name__icontains=text)[:20]
    return render(request, "customers/tag_offers.html", {"tags": found})


# ── Settings ─────────────────────────────────────────────────────────────────────────────────────────────


@require_GET
@needs("customers.tags")
def tags(request: Request) -> HttpResponse:
    found = list(queries.tags(request.actor))
    numbers = queries.numbers_of_tags(found)
    context = {"rows": [(one, numbers[one.pk]) for one in found], "gone": queries.gone_tags(request.actor)}
    return render(request, "customers/tags.html", context)


@needs("customers.tags")
def one(request: Request, tag_id: int) -> HttpResponse:
    """One tag: rename, colour, merge into another."""
    found = queries.tags(request.actor).filter(pk=tag_id).first()
    if found is None:
        raise Http404
    others = list(queries.tags(request.actor).exclude(pk=tag_id))
    form = TagForm(request.POST or None, tag=found, others=others)
    if request.method == "POST" and form.is_valid() and _kept(request, form, tag_id):
        return HttpResponseRedirect(reverse("customers:tags"))
    return render(
        request, "customers/tag.html", {"form": form, "tag": found}, status=422 if form.errors else 200
    )


def _kept(request: Request, form: TagForm, tag_id: int) -> bool:
    typed = dict(form.cleaned_data)
    into = typed.pop("into")
    try:
        actions.change_tag(tag_id=tag_id, by=request.actor, **typed)
        if into:
            actions.merge_tags(tag_id=tag_id, into_id=into, by=request.actor)
            toast(request, _("The tags are one"), undo=reverse("customers:restore_tag", args=[tag_id]))
        else:
            toast(request, _("Saved"))
    except Problem as problem:
        form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        return False
    return True


@require_POST
@needs("customers.tags")
def delete(request: Request, tag_id: int) -> HttpResponse:
    try:
        actions.delete_tag(tag_id=tag_id, by=request.actor, at=clock.now())
    except actions.UnknownTag as missing:
        raise Http404 from missing
    toast(request, _("The tag is deleted"), undo=reverse("customers:restore_tag", args=[tag_id]))
    return HttpResponseRedirect(reverse("customers:tags"))


@require_POST
@needs("customers.tags")
def restore(request: Request, tag_id: int) -> HttpResponse:
    try:
        actions.restore_tag(tag_id=tag_id, by=request.actor)
        toast(request, _("The tag is in use again"))
    except actions.UnknownTag as missing:
        raise Http404 from missing
    except Problem as problem:
        toast(request, str(problem), bad=True)
    return HttpResponseRedirect(reverse("customers:tags"))
