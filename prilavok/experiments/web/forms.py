"""The file of a finished experiment."""

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from prilavok.ui.forms import Form

LARGEST = 200 * 1024 * 1024


class ExperimentFile(Form):
    """Which file, and what its columns mean."""

    permission = "experiments.load"
    check_on_leaving = False

    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "CSV with a header, one row per customer. Rows of equal content are different customers."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv"}),
    )
    title = forms.CharField(label=_("Name"), max_length=200, required=False)
    arm = forms.CharField(label=_("Column of the group"), max_length=200)
    control = forms.CharField(
        label=_("Value of the control group"), max_length=100, help_text=_("Those to whom nothing was done.")
    )
    outcome = forms.CharField(
        label=_("Column of the outcome"), max_length=200, help_text=_("Money, or 1 and 0 for yes and no.")
    )
    stratum = forms.CharField(
        label=_("Column of the stratum"),
        max_length=200,
        required=False,
        help_text=_("If lots were drawn inside groups, such as towns."),
    )

    def clean_file(self) -> "UploadedFile[bytes]":
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST:
            raise forms.ValidationError(_("The file is larger than 200 MB. Load it by the command line."))
        return file
