"""Settings: what customers may agree to."""

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from prilavok.customers import actions, queries
from prilavok.customers.models import MARKETING, ConsentPurpose
from prilavok.kernel import clock
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.ui.forms import ModelForm
from prilavok.ui.toasts import toast


class PurposeForm(ModelForm):
    """A purpose of the company's own."""

    permission = "customers.documents"
    check_on_leaving = False

    class Meta:
        model = ConsentPurpose
        fields = ("code", "name_ru", "name_en", "note_ru", "note_en", "by_channel", "offered")

    def _post_clean(self) -> None:
        """The action checks the purpose and writes it: the instance stays as it was."""


class KnownPurposeForm(PurposeForm):
    """A purpose that is there: its code and whether it is asked by channel stay."""

    class Meta(PurposeForm.Meta):
        fields = ("name_ru", "name_en", "note_ru", "note_en", "offered")  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.code == MARKETING:  # always stands there
            del self.fields["offered"]


@require_http_methods(["GET", "HEAD", "POST"])
@needs("customers.documents")
def purposes(request: Request) -> HttpResponse:
    """All purposes; a POST makes one."""
    form = PurposeForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _kept(request, form):
        return HttpResponseRedirect(reverse("customers:purposes"))
    known = [
        (one, queries.purpose_name(one), queries.purpose_note(one))
        for one in queries.purposes(archived=True).values()
    ]
    context = {
        "rows": [row for row in known if not row[0].archived_at],
        "gone": [row for row in known if row[0].archived_at],
        "form": form,
        "marketing": MARKETING,
    }
    return render(request, "customers/purposes.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("customers.documents")
def one(request: Request, code: str) -> HttpResponse:
    """One purpose: call it anew, offer it on the customer's own page or not."""
    found = queries.purposes(archived=True).get(code)
    if found is None:
        raise Http404
    form = KnownPurposeForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid() and _kept(request, form, code):
        return HttpResponseRedirect(reverse("customers:purposes"))
    context = {"form": form, "purpose": found, "name": queries.purpose_name(found)}
    return render(request, "customers/purpose.html", context, status=422 if form.errors else 200)


@require_POST
@needs("customers.documents")
def turn(request: Request, code: str, verb: str) -> HttpResponse:
    """Archive, or ask again; each is the other's undo."""
    if verb not in ("archive", "restore") or code not in queries.purposes(archived=True):
        raise Http404
    try:
        if verb == "archive":
            actions.archive_purpose(code=code, by=request.actor, at=clock.now())
        else:
            actions.restore_purpose(code=code, by=request.actor)
        other = "restore" if verb == "archive" else "archive"
        toast(request, _("Saved"), undo=reverse("customers:turn_purpose", args=[code, other]))
    except Problem as problem:
        toast(request, str(problem), bad=True)
    return HttpResponseRedirect(reverse("customers:purposes"))


def _kept(request: Request, form: PurposeForm, code: str = "") -> bool:
    try:
        if code:
            actions.change_purpose(code=code, by=request.actor, **form.cleaned_data)
        else:
            actions.make_purpose(by=request.actor, **form.cleaned_data)
    except Problem as problem:
        form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        return False
    toast(request, _("Saved"))
    return True
