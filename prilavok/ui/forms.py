"""The base of every form: fields that look alike and can be checked one by one on leaving them."""

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.urls import reverse

_checked: dict[str, type["Form"]] = {}


class Checked:
    """Makes a form known to the check of single fields: it must be buildable from POST data alone.

    `permission`: the right that the page of this form needs.
    """

    permission: ClassVar[str] = ""
    check_on_leaving: ClassVar[bool] = True

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "check_on_leaving" not in cls.__dict__ or cls.check_on_leaving:
            _checked[f"{cls.__module__}.{cls.__qualname__}"] = cls  # type: ignore[assignment]

    def get_initial_for_field(self, field: forms.Field, field_name: str) -> Any:
        """What the field begins with; a decimal as people write it, neither 1E+2 nor 100.0000."""
        value = super().get_initial_for_field(field, field_name)  # type: ignore[misc]
        return f"{value.normalize():f}" if isinstance(value, Decimal) and value.is_finite() else value

    def check_url(self, field: str) -> str:
        """Where a field asks what is wrong with it."""
        name = f"{type(self).__module__}.{type(self).__qualname__}"
        return reverse("ui:check", args=[name, field]) if name in _checked else ""


class Form(Checked, forms.Form):
    """A plain form."""

    template_name = "ui/form.html"
    use_required_attribute = True


class ModelForm(Checked, forms.ModelForm[Any]):
    """A form over a model: for reading and checking; what it saves is an action's work."""

    template_name = "ui/form.html"


def checked(name: str) -> type[Form] | None:
    """The form known by this name."""
    return _checked.get(name)
