"""The page that writes a letter to one customer."""

from uuid import UUID

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from prilavok.customers import queries as customers
from prilavok.kernel import clock
from prilavok.kernel.errors import Problem
from prilavok.kernel.ids import uuid7
from prilavok.kernel.web import Request, needs
from prilavok.messaging import actions, queries
from prilavok.ui.forms import Form
from prilavok.ui.toasts import toast


class LetterForm(Form):
    permission = "messaging.write"
    letter = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)  # sent twice, it is one letter
    subject = forms.CharField(
        label=gettext_lazy("Subject"), max_length=200, widget=forms.TextInput({"autofocus": True})
    )
    text = forms.CharField(label=gettext_lazy("Text"), max_length=10_000, widget=forms.Textarea({"rows": 10}))


@needs("messaging.write", "customers.see")
def write(request: Request, public_id: UUID) -> HttpResponse:
    """A subject and a text; `?text=` is what was typed in the card's command line."""
    profile = customers.get(public_id, request.actor)
    form = LetterForm(request.POST or None, initial={"text": request.GET.get("text", "")})
    if request.method == "POST" and form.is_valid():
        try:
            actions.write_letter(
                letter_id=form.cleaned_data["letter"],
                profile_id=profile.pk,
                subject=form.cleaned_data["subject"],
                text=form.cleaned_data["text"],
                by=request.actor,
                at=clock.now(),
            )
        except Problem as problem:
            form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        else:
            toast(request, _("The letter leaves at once, and will be seen in the timeline"))
            return HttpResponseRedirect(reverse("customers:card", args=[profile.public_id]))
    why = actions.why_not(profile.pk, at=clock.now())
    context = {"profile": profile, "form": form, "why": queries.reason_words(why) if why else ""}
    return render(request, "messaging/write.html", context, status=422 if form.errors else 200)
