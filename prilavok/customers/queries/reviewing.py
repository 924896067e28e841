"""Pairs that wait for a verdict, what a merge would come to, and what was merged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prilavok.customers import ports, rules
from prilavok.customers.matching import wording
from prilavok.customers.models import Candidate, ContactKind, FieldRule, Merge, Person, Profile, Quarantine
from prilavok.customers.queries.contacts import ContactShown, contacts_of, identifiers_of
from prilavok.customers.queries.kinds import kind_name
from prilavok.customers.queries.own_fields import seen_own_fields
from prilavok.customers.queries.own_fields import shown as shown_own
from prilavok.customers.queries.people import families, visible
from prilavok.kernel import clock
from prilavok.kernel.actors import Actor

FIELD_NAMES: dict[str, str | Promise] = {
    "last_name": _("Last name"),
    "first_name": _("First name"),
    "middle_name": _("Middle name"),
    "sex": _("Sex"),
    "birth_date": _("Birth date"),
}
COUNTED = 1_000  # beyond this the queue says "more than"


def candidates(by: Actor, state: str = Candidate.State.OPEN, source: str = "") -> QuerySet[Candidate]:
    """Pairs whose both sides `by` may see, without those that were merged otherwise meanwhile."""
    by.must("customers.merge")
    found = Candidate.objects.filter(state=state).select_related("left__person", "right__person")
    if state == Candidate.State.OPEN:
        found = found.filter(left__person__merged_into=None, right__person__merged_into=None)
        found = found.exclude(Q(left__status="erased") | Q(right__status="erased"))
    if by.shops is not None or by.brands is not None:
        seen = visible(by).values("pk")
        found = found.filter(left__in=seen, right__in=seen)
    return found.filter(source=source) if source else found


def waiting(by: Actor) -> int:
    """How many pairs wait, counted up to COUNTED."""
    return candidates(by)[:COUNTED].count()


def candidate(public_id: UUID, by: Actor) -> Candidate:
    """One pair. Raises Candidate.DoesNotExist, also when `by` may not see both sides."""
    by.must("customers.merge")
    seen = visible(by).values("pk")
    pairs = Candidate.objects.select_related("left__person", "right__person")
    return pairs.get(public_id=public_id, left__in=seen, right__in=seen)


def reason_words(reasons: Sequence[Mapping[str, Any]]) -> list[tuple[str, float | None]]:
    """The reasons of a pair in words, each with its weight in bits (None where a rule proposed it)."""
    return [(_words(one["code"]), one.get("bits")) for one in reasons]


def _words(code: str) -> str:
    for end, words in (
        ("_proved", _("both proved the same: %(kind)s")),
        ("_claimed", _("claims the other's: %(kind)s")),
    ):
        if code.endswith(end):
            return str(words) % {"kind": kind_name(code.removesuffix(end))}
    return str(wording.REASONS.get(code, code))


@dataclass(frozen=True, slots=True)
class FieldPreview:
    """One field of two people who may be one: what each says, what would be shown, and whether they differ."""

    name: str
    label: str | Promise
    left: str
    right: str
    mode: str
    result: str

    @property
    def differs(self) -> bool:
        return bool(self.left and self.right and self.left != self.right)

    @property
    def settled(self) -> bool:
        """Whether a rule has anything to decide: the other one says something else, if only instead of nothing."""
        return bool(self.right and self.left != self.right)


@dataclass(frozen=True, slots=True)
class SidePreview:
    """One of the two: who, how reached, known by what, and what belongs to them."""

    profile: Profile
    contacts: list[ContactShown]
    identifiers: list[Any]
    belongings: list[tuple[str | Promise, int]]


@dataclass(frozen=True, slots=True)
class MergePreview:
    """What a merge would come to, before it is done: the left one survives."""

    left: SidePreview
    right: SidePreview
    fields: list[FieldPreview]


def preview(left_id: int, right_id: int, by: Actor, modes: Mapping[str, str] | None = None) -> MergePreview:
    """Side by side what each is and what would be shown. Raises Profile.DoesNotExist."""
    by.must("customers.merge")
    found = {one.pk: one for one in visible(by).filter(pk__in=[left_id, right_id])}
    if len(found) < 2:
        raise Profile.DoesNotExist
    left, right = found[left_id], found[right_id]
    kin = families([left_id, right_id])
    contacts, known = contacts_of([left_id, right_id], by), identifiers_of([left_id, right_id], by)
    counts = _counts([one for family in kin.values() for one in family])
    sides = [
        SidePreview(
            profile=one,
            contacts=contacts.get(one.pk, []),
            identifiers=known.get(one.pk, []),
            belongings=[
                (label, sum(by_profile.get(k, 0) for k in kin[one.pk])) for label, by_profile in counts
            ],
        )
        for one in (left, right)
    ]
    return MergePreview(sides[0], sides[1], _fields(left, right, company_modes() | dict(modes or {}), by))


def company_modes() -> dict[str, str]:
    """The company's rules by field; fields without one are filled where they are empty."""
    return dict(FieldRule.objects.values_list("field", "mode"))


def _counts(profile_ids: Sequence[int]) -> list[tuple[str | Promise, Mapping[int, int]]]:
    return [(item.label, item.count(profile_ids)) for item in ports.belongings.items()]


def _fields(left: Profile, right: Profile, modes: Mapping[str, str], by: Actor) -> list[FieldPreview]:
    ours, theirs = _told(left), _told(right)
    settled = rules.settled(ours, [(theirs, modes, clock.now())]).values
    company = left.person.kind == Person.Kind.COMPANY  # whose name stands in the last name
    own = shown_own([left.own, right.own, _own(settled)], by, left.person.kind)
    fields = [
        FieldPreview(
            name=name,
            label=_("Name") if company else FIELD_NAMES[name],
            left=_human(name, left),
            right=_human(name, right),
            mode=modes.get(name, "fill"),
            result=_human(name, left if settled[name] == ours.values[name] else right),
        )
        for name in (("last_name",) if company else rules.FIELDS)
    ]
    for one in seen_own_fields(by, left.person.kind):
        ours_shown, theirs_shown, result = (side[one.code].text if one.code in side else "" for side in own)
        if ours_shown or theirs_shown:
            name = rules.OWN + one.code
            mode = modes.get(name, "fill")
            fields.append(FieldPreview(name, one.name, ours_shown, theirs_shown, mode, result))
    return fields


def _told(profile: Profile) -> rules.Told:
    person = profile.person
    values = {name: getattr(person, name) for name in rules.FIELDS}
    plain = {
        name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in values.items()
    }
    own = {rules.OWN + code: value for code, value in profile.own.items()}
    return rules.Told(plain | own, person.told_at)


def _own(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name.removeprefix(rules.OWN): value for name, value in values.items() if name.startswith(rules.OWN)
    }


def _human(name: str, profile: Profile) -> str:
    value = getattr(profile.person, name)
    if name == "sex":
        return str(profile.person.get_sex_display()) if value else ""
    if name == "birth_date":
        return date_format(value, "DATE_FORMAT") if value else ""
    return str(value)


def merges_of(profile_ids: Sequence[int], by: Actor) -> list[Merge]:
    """Merges in which any of these profiles took part, the latest first, undone ones included."""
    by.must("customers.see")
    people = Profile.objects.filter(pk__in=profile_ids).values("person")
    found = Merge.objects.filter(Q(winner__in=people) | Q(loser__in=people))
    return list(found.select_related("winner", "loser").order_by("-at", "-pk")[:50])


def profiles_of_merges(merges: Sequence[Merge]) -> dict[int, Profile]:
    """Profiles by person, for both sides of these merges."""
    people = {person for merge in merges for person in (merge.winner_id, merge.loser_id)}
    return {one.person_id: one for one in Profile.objects.filter(person__in=people)}


def quarantined(by: Actor) -> QuerySet[Quarantine]:
    """Values that tell nobody, those in force."""
    by.must("customers.merge")
    return Quarantine.objects.filter(released_at=None)


def held_value(held: Quarantine, by: Actor) -> str:
    """The value as `by` may see it."""
    if held.kind in ContactKind.values and not by.may("customers.see_contacts"):
        return rules.masked(held.kind, held.value)
    return held.value


def pairs_of(profile_id: int, by: Actor) -> list[tuple[Candidate, int]]:
    """Pairs in which this customer waits, each with the other's profile, the likeliest first."""
    found = candidates(by).filter(Q(left=profile_id) | Q(right=profile_id)).order_by("-score", "-pk")[:20]
    return [(one, one.right_id if one.left_id == profile_id else one.left_id) for one in found]
