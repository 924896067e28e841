"""Everything that is kept about one person, as they may ask for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prilavok.customers import ports, rules
from prilavok.customers.models import (
    Address,
    Alert,
    Company,
    Consent,
    Contact,
    CustomerFile,
    FieldChange,
    FrequencyChoice,
    Identifier,
    Merge,
    Note,
    OptIn,
    Person,
    PersonalDate,
    Profile,
    StatusChange,
    TopicChoice,
)
from prilavok.customers.queries.own_fields import shown as shown_own
from prilavok.customers.queries.people import get, kin
from prilavok.customers.queries.tags import tags_of
from prilavok.customers.queries.telling import story
from prilavok.kernel.actors import SYSTEM, Actor

TOLD = 1_000  # lines of the timeline read at once

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the archive."""

    key: str
    label: str | Promise
    rows: list[Row]


def archive(public_id: UUID, by: Actor) -> list[Section]:
    """All parts, of every record that turned out to be this person's. Raises Profile.DoesNotExist, Refused."""
    by.must("customers.erase")
    profile = get(public_id, by)
    family = kin(profile.pk)
    own = [
        Section("person", _("Person"), _people(family)),
        Section("company", _("Legal details"), _companies(family)),
        Section(
            "contacts", _("Contacts"), _rows(Contact, family, ("kind", "value", "verified_at", "failed_at"))
        ),
        Section(
            "identifiers", _("Known by"), _rows(Identifier, family, ("kind", "value", "proof", "rule", "at"))
        ),
        Section("consents", _("Consents"), _rows(Consent, family, _CONSENT)),
        Section("opt_ins", _("Consents that wait for a click"), _rows(OptIn, family, _ASKED)),
        Section("topics", _("Topics of offers"), _topics(family)),
        Section("frequency", _("How often offers come"), _rows(FrequencyChoice, family, _OFTEN)),
        Section(
            "tags", _("Tags"), [{"tag": one.name} for one in tags_of([profile.pk], by).get(profile.pk, [])]
        ),
        Section("statuses", _("Status"), _rows(StatusChange, family, ("old", "new", "reason", "at"))),
        Section(
            "addresses",
            _("Addresses"),
            _rows(Address, family, ("kind", *rules.ADDRESS_PARTS, "latitude", "longitude", "at")),
        ),
        Section("dates", _("Dates"), _rows(PersonalDate, family, _DATE)),
        Section("alerts", _("Alerts"), _rows(Alert, family, ("text", "severity", "until", "at", "ended_at"))),
        Section("notes", _("Notes"), _rows(Note, family, ("text", "at", "changed_at", "deleted_at"))),
        Section("files", _("Files"), _rows(CustomerFile, family, _FILE)),
        Section("changes", _("History of the data"), _rows(FieldChange, family, _CHANGE)),
        Section("merges", _("Merges"), _merges(family)),
    ]
    others = [Section(part.key, part.label, part.rows(family)) for part in ports.archive.items()]
    return [*own, *others, Section("timeline", _("Timeline"), _timeline(family))]


_OFTEN = ("frequency", "at", "source", "ip")
_DATE = ("kind", "day", "month", "year", "note", "at")
_FILE = ("public_id", "purpose", "name", "kind", "size", "at", "deleted_at")
_CHANGE = ("field", "before", "after", "rule", "at")
_CONSENT = ("purpose", "channel", "given", "at", "source", "text_version", "ip", "proof")

_ASKED = ("purpose", "channel", "asked_at", "confirmed_at", "withdrawn_at", "source", "text_version", "ip")


def _rows(model: Any, family: Sequence[int], names: Sequence[str]) -> list[Row]:
    return list(model.objects.filter(profile__in=family).order_by("id").values(*names))


def _people(family: Sequence[int]) -> list[Row]:
    names = ("last_name", "first_name", "middle_name", "sex", "birth_date")
    found = list(Profile.objects.filter(pk__in=family).order_by("id").select_related("person"))
    own = shown_own([one.own for one in found], SYSTEM)
    return [
        {
            "public_id": one.public_id,
            "registered_at": one.registered_at,
            "source": one.source,
            "status": one.status,
        }
        | {name: getattr(one.person, name) for name in names}
        | {told.field.name: told.text for told in shown.values()}
        for one, shown in zip(found, own, strict=True)
    ]


def _companies(family: Sequence[int]) -> list[Row]:
    found = Company.objects.filter(person__profiles__in=family).order_by("person")
    return [
        dict(row)
        for row in found.values(
            "form", "full_name", "inn", "kpp", "ogrn", "address", "bank", "bic", "account"
        )
    ]


def _topics(family: Sequence[int]) -> list[Row]:
    found = TopicChoice.objects.filter(profile__in=family).select_related("topic").order_by("id")
    return [
        {"topic": one.topic.name, "wanted": one.wanted, "at": one.at, "source": one.source, "ip": one.ip}
        for one in found
    ]


def _merges(family: Sequence[int]) -> list[Row]:
    people = Person.objects.filter(profiles__in=family)
    found = Merge.objects.filter(loser__in=people).order_by("id")
    return [dict(row) for row in found.values("rule", "at", "undone_at")]


def _timeline(family: Sequence[int]) -> list[Row]:
    lines: list[Row] = []
    before: str | None = None
    while True:
        part = story(family, SYSTEM, before=before, limit=TOLD)
        lines += [{"at": one.at, "text": one.text, "detail": one.detail, "by": one.by} for one in part.lines]
        before = part.next
        if before is None:
            return lines
