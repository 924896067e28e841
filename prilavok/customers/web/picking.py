"""Picking what a reference leads to: a few letters, and those that fit are offered."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from prilavok.customers import queries
from prilavok.kernel.actors import Actor
from prilavok.kernel.web import Request, needs

TYPED = ".typed"
"""After a field's name: the letters typed in it. Without scripts they are all there is."""


class ReferenceInput(forms.Widget):
    """A field of two: the key that was picked, unseen, and its name or the letters typed."""

    def __init__(self, target: str, by: Actor, *, empty: bool = False, attrs: Any = None) -> None:
        super().__init__(attrs)
        self.target, self.by, self.empty = target, by, empty

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        known = queries.referred(self.target, [str(value)], self.by) if value else {}
        picked = str(value) in known
        context = {
            "name": name,
            "typed": TYPED,
            "key": value if picked else "",
            "text": known[str(value)][0] if picked else value or "",
            "attrs": attrs or {},
            "address": reverse("customers:reference_offers", args=[self.target])
            + ("?empty=yes" if self.empty else ""),
        }
        return SafeString(render_to_string("customers/reference.html", context))

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return data.get(name) or data.get(f"{name}{TYPED}")

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data and f"{name}{TYPED}" not in data


class ReferenceField(forms.CharField):
    """The key of a customer, a company, a product, a shop, an employee; or letters that only one of them fits."""

    def __init__(self, target: str, by: Actor, *, empty: bool = False, **options: Any) -> None:
        super().__init__(max_length=200, widget=ReferenceInput(target, by, empty=empty), **options)


@require_GET
@needs("customers.see")
def offers(request: Request, target: str) -> HttpResponse:
    """Those that the typed letters may mean."""
    typed = next((str(text) for name, text in request.GET.items() if name.endswith(TYPED)), "")
    found = queries.references_found(target, typed[:100], request.actor)
    context = {"found": found, "empty": "empty" in request.GET}
    return render(request, "customers/reference_offers.html", context)
