"""Pages of friends who were brought: what came of it, what a programme gives for them, a customer's code."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from prilavok.customers import queries as customers
from prilavok.kernel import clock
from prilavok.kernel.actors import Actor
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.loyalty import actions, queries
from prilavok.loyalty.models import ReferralTerms
from prilavok.loyalty.web.programmes import blame, programme_of
from prilavok.segments import queries as segments
from prilavok.ui.forms import Form
from prilavok.ui.toasts import toast


def _points(label: Any) -> forms.DecimalField:
    return forms.DecimalField(label=label, min_value=0, max_digits=12, decimal_places=2, initial=0)


class TermsForm(Form):
    """What is given for friends."""

    permission = "loyalty.programme"
    check_on_leaving = False
    active = forms.BooleanField(label=_("Friends are rewarded"), required=False, initial=True)
    friend_points = _points(_("The friend gets, points"))
    friend_series = forms.ChoiceField(label=_("or a coupon of the series"), required=False)
    giver_points = _points(_("Who brought them gets, points"))
    giver_series = forms.ChoiceField(label=_("or a coupon of the series"), required=False)
    minimum = forms.DecimalField(
        label=_("The first purchase is at least"), min_value=0, max_digits=15, decimal_places=2, initial=0
    )
    stands_days = forms.IntegerField(
        label=_("It has to stand, days"),
        min_value=0,
        max_value=1000,
        initial=14,
        help_text=_(
            "So long the giver's points wait; a return takes them back. Coupons are issued after that."
        ),
    )
    most = forms.IntegerField(
        label=_("Friends of one giver at most"), required=False, min_value=1, help_text=_("Empty: any.")
    )

    def for_actor(self, by: Actor) -> "TermsForm":
        found = queries.series(by).filter(personal=True, closed_at=None).order_by("-made_at")[:100]
        choices = [("", _("none")), *((str(one.public_id), one.name) for one in found)]
        for whose in ("friend_series", "giver_series"):
            self.fields[whose].choices = choices  # type: ignore[attr-defined]
        return self

    def told(self, by: Actor) -> dict[str, Any]:
        """The terms as typed."""
        values = dict(self.cleaned_data)
        for whose in ("friend_series", "giver_series"):
            chosen = values[whose]
            values[whose] = queries.get_series(UUID(chosen), by) if chosen else None
        return values


class SegmentForm(Form):
    """Who is given codes to pass on."""

    permission = "loyalty.issue"
    check_on_leaving = False
    segment = forms.ChoiceField(label=_("Segment"))

    def for_actor(self, by: Actor) -> "SegmentForm":
        found = (
            segments.segments(by).filter(archived_at=None).order_by("-id")[:200]
            if by.may("segments.see")
            else ()
        )
        self.fields["segment"].choices = [(str(one.public_id), one.name) for one in found]  # type: ignore[attr-defined]
        return self


@require_GET
@needs("loyalty.see")
def referrals(request: Request) -> HttpResponse:
    by = request.actor
    rows = queries.givers(by)
    people = customers.short([one.giver for one in rows], by)
    programmes = [one for one in queries.programmes(by) if one.active]
    context = {
        "figures": queries.referral_figures(by),
        "rows": [(one, people.get(one.giver)) for one in rows],
        "programmes": [(one, queries.referral_terms(one, by)) for one in programmes],
        "segment_form": SegmentForm().for_actor(by),
    }
    return render(request, "loyalty/referrals.html", context)


@needs("loyalty.programme", "loyalty.see")
def terms(request: Request, public_id: UUID) -> HttpResponse:
    programme = programme_of(request, public_id)
    kept = queries.referral_terms(programme, request.actor) or ReferralTerms(programme=programme)
    initial = {name: _typed(getattr(kept, name)) for name in TermsForm.base_fields}
    form = TermsForm(request.POST or None, initial=initial).for_actor(request.actor)
    if request.method == "POST" and form.is_valid():
        try:
            told = form.told(request.actor)
            actions.set_referral_terms(programme.pk, by=request.actor, at=clock.now(), **told)
            toast(request, gettext("Saved"))
            return HttpResponseRedirect(reverse("loyalty:referrals"))
        except Problem as problem:
            blame(form, problem)
    context = {"form": form, "programme": programme}
    return render(request, "loyalty/referral_terms.html", context, status=422 if form.errors else 200)


def _typed(value: Any) -> Any:
    """A value as people type it; a series by its id."""
    if isinstance(value, Decimal):
        return value.quantize(Decimal("0.01"))
    return str(value.public_id) if hasattr(value, "public_id") else value


@require_POST
@needs("loyalty.issue", "segments.see")
def codes(request: Request) -> HttpResponse:
    form = SegmentForm(request.POST).for_actor(request.actor)
    if form.is_valid():
        segment = segments.get(UUID(form.cleaned_data["segment"]), request.actor)
        actions.order_referral_codes(segment.pk, by=request.actor, at=clock.now())
        toast(request, gettext("The codes are being made; the bell tells when they are there"))
    return HttpResponseRedirect(reverse("loyalty:referrals"))


@require_POST
@needs("loyalty.issue", "customers.see")
def code(request: Request, public_id: UUID) -> HttpResponse:
    """A customer's code to pass on is made."""
    try:
        profile = customers.get(public_id, request.actor)
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    actions.make_referral_codes([profile.pk], by=request.actor, at=clock.now())
    return HttpResponseRedirect(f"{reverse('customers:card', args=[profile.public_id])}?tab=points")
