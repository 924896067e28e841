import zoneinfo

from django import forms
from django.utils.translation import gettext_lazy as _

from prilavok.company.models import Employee


class Settings(forms.ModelForm[Employee]):
    timezone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        choices=lambda: [("", _("The company's")), *((z, z) for z in sorted(zoneinfo.available_timezones()))],
    )

    class Meta:
        model = Employee
        fields = ["language", "theme", "timezone"]
        labels = {"language": _("Language"), "theme": _("Theme")}
