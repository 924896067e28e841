"""Pages of the company: shops, employees, rights, tokens, looks, one's own settings."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from prilavok.company import actions
from prilavok.company.web import forms
from prilavok.kernel.web import Request, for_employees


@for_employees
def me(request: Request) -> HttpResponse:
    form = forms.Settings(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        actions.choose_settings(employee_id=request.user.pk, **form.cleaned_data)
        messages.success(request, _("Saved"))
        return HttpResponseRedirect(reverse("company:me"))
    return render(request, "company/me.html", {"form": form})
