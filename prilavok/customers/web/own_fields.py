"""The company's own fields: their settings, and their values on the card."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from prilavok.customers import actions, ports, queries
from prilavok.customers.models import OwnField
from prilavok.customers.web.changes import panel, remember
from prilavok.customers.web.own_forms import OwnForm
from prilavok.customers.web.views import sheet_of
from prilavok.kernel import clock
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.ui.forms import ModelForm
from prilavok.ui.toasts import toast


class OwnFieldForm(ModelForm):
    """What a field is called, what it takes, who sees it."""

    permission = "customers.own_fields"
    check_on_leaving = False
    options = forms.CharField(
        label=gettext_lazy("Options"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy(
            "One per line. To rename one, keep what stands before the “=”. One that is taken away stays where it is "
            "chosen already."
        ),
    )
    target = forms.ChoiceField(label=gettext_lazy("Leads to"), required=False)

    class Meta:
        model = OwnField
        fields = (
            "name", "kind", "code", "for_people", "for_companies", "options", "target", "help", "required", "alone",
            "low", "high", "pattern", "at_registration", "filtered", "searched", "guard",
        )  # fmt: skip
        labels = {
            "name": gettext_lazy("Name"),
            "kind": gettext_lazy("What it takes"),
            "code": gettext_lazy("Code"),
            "for_people": gettext_lazy("People have it"),
            "for_companies": gettext_lazy("Companies have it"),
            "help": gettext_lazy("Hint beside the field"),
            "required": gettext_lazy("Must be filled in"),
            "alone": gettext_lazy("No two customers share a value"),
            "low": gettext_lazy("At least"),
            "high": gettext_lazy("At most"),
            "pattern": gettext_lazy("Must look like"),
            "at_registration": gettext_lazy("Asked when a customer is registered"),
            "filtered": gettext_lazy("In filters and in the order of lists, and in conditions of segments"),
            "searched": gettext_lazy("Found by the search of the list and by Ctrl-K"),
            "guard": gettext_lazy("Who sees and changes it"),
        }
        help_texts = {
            "code": gettext_lazy(
                "How files, letters and programs call it: small Latin letters, digits, “_”. Made from the name when "
                "empty; it does not change later."
            ),
            "low": gettext_lazy("A number, a day or, for a text, how many characters."),
            "pattern": gettext_lazy("# is a digit, @ a letter, ? any character; all else stands for itself."),
            "guard": gettext_lazy("Rights of its own are given to roles in Settings → Roles."),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["target"].choices = [  # type: ignore[attr-defined]
            ("", "—"),
            *((one.key, one.label) for one in ports.references.items()),
        ]
        self.fields["code"].required = False
        if self.instance.pk:
            for name in ("code", "kind", *_NOT_OF.get(self.instance.kind, ())):
                del self.fields[name]
            live = self.instance.live_options().items()
            self.initial["options"] = "\n".join(f"{code} = {name}" for code, name in live)

    def clean_options(self) -> list[str]:
        return [line for line in self.cleaned_data["options"].splitlines() if line.strip()]

    def _post_clean(self) -> None:
        """The action checks the field and writes it: the instance stays as it was."""


_BOUNDS = ("low", "high")
_NOT_OF = {
    "text": ("options", "target"),
    "number": ("options", "target", "pattern"),
    "money": ("options", "target", "pattern", "searched"),
    "date": ("options", "target", "pattern", "searched"),
    "choice": ("target", "pattern", "searched", *_BOUNDS),
    "many": ("target", "pattern", "alone", "searched", *_BOUNDS),
    "flag": ("options", "target", "pattern", "alone", "searched", *_BOUNDS),
    "reference": ("options", "pattern", "searched", *_BOUNDS),
}
"""Settings that a kind of field does not have."""


# ── On the card ──────────────────────────────────────────────────────────────────────────────────────────


@needs("customers.see")
def values(request: Request, public_id: UUID) -> HttpResponse:
    """The panel of own fields; a POST writes them."""
    sheet = sheet_of(request, public_id)
    kind = sheet.profile.person.kind
    form = OwnForm(request.POST or None, by=request.actor, kind=kind, own=sheet.profile.own)
    if request.method == "POST":
        request.actor.must("customers.edit")
        if form.is_valid():
            _write(request, sheet, form)
    shown = queries.shown_own([sheet.profile.own], request.actor, kind)[0]
    return panel(request, public_id, "customers/own_values.html", {"form": form, "shown": shown.values()})


def _write(request: Request, sheet: queries.Sheet, form: OwnForm) -> None:
    try:
        before = actions.change_own(
            profile_id=sheet.profile.pk, values=form.told(), by=request.actor, at=clock.now()
        )
    except Problem as problem:
        form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        return
    if before:
        toast(request, _("Saved"), undo=remember(request, sheet, "own", {"values": before}))


# ── Settings ─────────────────────────────────────────────────────────────────────────────────────────────


@require_GET
@needs("customers.own_fields")
def own_fields(request: Request) -> HttpResponse:
    found = queries.own_fields(archived=True)
    context = {
        "rows": [one for one in found if not one.archived_at],
        "gone": [one for one in found if one.archived_at],
    }
    return render(request, "customers/own_fields.html", context)


@needs("customers.own_fields")
def own_field(request: Request, code: str = "") -> HttpResponse:
    """One field to change, or a new one."""
    found = OwnField.objects.filter(code=code).first() if code else None
    if code and found is None:
        raise Http404
    form = OwnFieldForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid() and _kept(form, code, request):
        toast(request, _("Saved"))
        return HttpResponseRedirect(reverse("customers:own_fields"))
    context = {"form": form, "field": found}
    return render(request, "customers/own_field.html", context, status=422 if form.errors else 200)


def _kept(form: OwnFieldForm, code: str, request: Request) -> bool:
    try:
        if code:
            actions.change_own_field(code=code, by=request.actor, **form.cleaned_data)
        else:
            actions.add_own_field(by=request.actor, **form.cleaned_data)
    except Problem as problem:
        form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        return False
    return True


@require_POST
@needs("customers.own_fields")
def own_order(request: Request, code: str, way: str) -> HttpResponse:
    """One place `up` or `down`."""
    codes = [one.code for one in queries.own_fields()]
    if code not in codes or way not in ("up", "down"):
        raise Http404
    place = codes.index(code)
    codes.insert(max(0, place - 1) if way == "up" else place + 1, codes.pop(place))
    actions.order_own_fields(codes=codes, by=request.actor)
    return HttpResponseRedirect(reverse("customers:own_fields"))


def _archived(code: str) -> str:
    """What is said of a field that goes out of use: who asks by it goes on with the values that it has."""
    users = [name for ask in ports.field_users.items() for name in ask(code)]
    if not users:
        return _("The field is archived; its values are kept")
    return _("The field is archived; its values are kept. Still asked by it: %(names)s") % {
        "names": ", ".join(users)
    }


@require_POST
@needs("customers.own_fields")
def own_archive(request: Request, code: str, way: str) -> HttpResponse:
    """Out of use (`archive`) or into use again (`restore`); each is the other's undo."""
    try:
        if way == "archive":
            actions.archive_own_field(code=code, by=request.actor, at=clock.now())
            undo = reverse("customers:own_archive", args=[code, "restore"])
            toast(request, _archived(code), undo=undo)
        else:
            actions.restore_own_field(code=code, by=request.actor)
            toast(request, _("The field is in use again"))
    except actions.UnknownField as missing:
        raise Http404 from missing
    return HttpResponseRedirect(reverse("customers:own_fields"))
