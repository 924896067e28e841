"""What people type into the pages of segments."""

import codecs
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from prilavok.segments import reckoning
from prilavok.segments.models import Kind, MembershipQuerySet, Segment
from prilavok.ui.forms import Form

MAX_FILE = 64 * 1024 * 1024


class Filters(Form):
    """The list's toolbar."""

    q = forms.CharField(required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("Any kind")), *Kind.choices])
    folder = forms.ChoiceField(label=_("Folder"), required=False)
    tag = forms.ChoiceField(label=_("Tag"), required=False)
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("In work")), ("archived", _("Archived"))]
    )

    def __init__(self, data: Mapping[str, Any], *, folders: list[str], tags: list[str]) -> None:
        super().__init__(data)
        self.fields["tag"].choices = [("", _("Any tag")), *((one, one) for one in tags)]  # type: ignore[attr-defined]
        if not tags:
            del self.fields["tag"]
        self.fields["folder"].choices = [("", _("All folders")), *((one, one) for one in folders)]  # type: ignore[attr-defined]
        if not folders:
            del self.fields["folder"]

    @property
    def form(self) -> "Filters":
        return self

    @property
    def narrowed(self) -> bool:
        return any(self.data.get(name) for name in ("q", "kind", "folder", "tag", "state"))

    def narrow(self, found: QuerySet[Segment]) -> QuerySet[Segment]:
        asked = self.cleaned_data if self.is_valid() else {}
        found = found.filter(archived_at__isnull=asked.get("state") != "archived")
        if asked.get("q"):
            found = found.filter(name__icontains=asked["q"])
        if asked.get("kind"):
            found = found.filter(kind=asked["kind"])
        if asked.get("tag"):
            found = found.filter(tags__contains=[asked["tag"]])
        return found.filter(folder=asked["folder"]) if asked.get("folder") else found


class When(Form):
    """Whom a segment's page shows: who is in now, who went out, who was in on a day, who came in since a day."""

    on = forms.DateField(label=_("In at the end of"), required=False)
    since = forms.DateField(label=_("Came in since"), required=False)

    @property
    def gone(self) -> bool:
        return self.data.get("who") == "gone"

    @property
    def past(self) -> bool:
        """Whether the stays shown may have ended."""
        return self.gone or bool(self.asked.get("on"))

    @property
    def asked(self) -> dict[str, Any]:
        self.is_valid()
        return {key: value for key, value in self.cleaned_data.items() if value}

    def narrow(self, stays: MembershipQuerySet) -> MembershipQuerySet:
        day, since = self.asked.get("on"), self.asked.get("since")
        if day:
            stays = stays.on(reckoning.beginning_of(day + timedelta(days=1)) - timedelta(microseconds=1))
        else:
            stays = stays.filter(until__isnull=not self.gone)
        return stays.entered_since(reckoning.beginning_of(since)) if since else stays


class FromList(Form):
    """A list of people, pasted or as a file, one per line; of a CSV the first column counts."""

    check_on_leaving = False

    name = forms.CharField(label=_("Name"), max_length=200)
    pasted = forms.CharField(
        label=_("Cards, e-mails or phones, one per line"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    file = forms.FileField(
        label=_("Or a file"), required=False, help_text=_("CSV or text; the first column counts.")
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("pasted") and not cleaned.get("file"):
            raise forms.ValidationError(_("Paste a list or choose a file."))
        if cleaned.get("file") and cleaned["file"].size > MAX_FILE:
            raise forms.ValidationError(_("The file is larger than 64 MB."))
        return cleaned

    def values(self) -> Iterator[str]:
        """The first value of every line, in the order given; blank lines are kept, so that rows can be named."""
        for lines in (io.StringIO(self.cleaned_data["pasted"]), self._of_file()):
            for line in lines:
                yield _SEPARATOR.split(line, maxsplit=1)[0].strip().strip('"')

    def _of_file(self) -> Iterable[str]:
        """Line by line as the file lies on the disk: millions of them are never in memory together."""
        sent = self.cleaned_data.get("file")
        if not sent:
            return ()
        encoding = _encoding(sent)
        sent.seek(0)
        return io.TextIOWrapper(sent.file, encoding=encoding, errors="replace")


_SEPARATOR = re.compile("[;,\\t]")


def _encoding(sent: "UploadedFile[Any]") -> str:
    """The first encoding that reads the whole file; UTF-8 where none does."""
    begun = sent.read(2)
    guesses = ("utf-16",) if begun in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1251")
    return next((one for one in guesses if _reads(sent, one)), "utf-8-sig")


def _reads(sent: "UploadedFile[Any]", encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in sent.chunks():
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
