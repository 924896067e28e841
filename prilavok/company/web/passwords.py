"""Ways to a new password: one's own page, a letter, a link from an administrator."""

from typing import Any

from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from prilavok.company import actions
from prilavok.company.web import forms
from prilavok.company.web.door import note_presence
from prilavok.kernel import clock
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, for_employees, public
from prilavok.ui.toasts import toast


@for_employees
@sensitive_post_parameters()
def my_password(request: Request) -> HttpResponse:
    form, me = forms.MyPassword(request.POST or None), request.actor.id or 0
    if request.method == "POST" and form.is_valid():
        try:
            changed = actions.change_password(
                employee_id=me, **form.cleaned_data, by=request.actor, at=clock.now()
            )
        except Problem as problem:
            forms.blame(form, problem, password="new")
        else:
            update_session_auth_hash(request, changed)
            note_presence(request, changed)
            toast(request, _("The password is changed; all other log-ins of yours have ended"))
            return HttpResponseRedirect(reverse("company:me"))
    return render(request, "company/my_password.html", {"form": form}, status=422 if form.errors else 200)


@public(reason="whoever has forgotten the password can't log in")
def forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for a letter; what is answered does not tell who works here."""
    form = forms.Forgotten(request.POST or None)
    asked = request.method == "POST" and form.is_valid()
    if asked:
        actions.forget_password(email=form.cleaned_data["email"], at=clock.now())
    return render(request, "company/forgotten.html", {"form": form, "asked": asked})


class _NewPassword(PasswordResetConfirmView):
    """By a link: Django checks it and takes it out of the address, ours is the rest."""

    template_name = "company/new_password.html"
    form_class = forms.NewPassword  # type: ignore[assignment]
    success_url = reverse_lazy("company:login")

    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        toast(self.request, _("The password is changed. Log in with it."))
        return answer


new_password = public(reason="the link is the proof")(_NewPassword.as_view())
