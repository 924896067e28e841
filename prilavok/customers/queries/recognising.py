"""Whose values of a list are, whatever each is: a card, an e-mail, a phone, an outside or our own id."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from prilavok.customers.models import Contact, Identifier, Profile
from prilavok.customers.queries.people import heads_of, phone_region
from prilavok.customers.rules.normal import BadValue, normal_card, normal_email, normal_id, normal_phone

MALFORMED, NOBODY, SEVERAL = "malformed", "nobody", "several"
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Recognised:
    """The profile that stands for the value's owner, or why there is none: malformed, nobody's, several people's."""

    profile_id: int | None
    reason: str = ""


def recognised(values: Sequence[str]) -> dict[str, Recognised]:
    """Every value as written with whose it is; one look-up per kind, so give some thousands at once."""
    region = phone_region()
    keys = {value: _keys(value, region) for value in values}
    owners = _owners({key for own in keys.values() for key in own})
    return {value: _verdict(own, owners) for value, own in keys.items()}


def _keys(value: str, region: str) -> list[Key]:
    """What the value may be, the likeliest first."""
    if "@" in value:
        return _tried([("email", normal_email)], value)
    kinds: list[tuple[str, Callable[[str], str]]] = [
        ("card", normal_card),
        ("external", normal_id),
        ("phone", lambda text: normal_phone(text, region)),
        ("public", lambda text: str(UUID(text))),
    ]
    return _tried(kinds, value)


def _tried(kinds: Sequence[tuple[str, Callable[[str], str]]], value: str) -> list[Key]:
    found = []
    for kind, normal in kinds:
        try:
            found.append((kind, normal(value)))
        except (BadValue, ValueError):
            continue
    return found


def _owners(keys: set[Key]) -> dict[Key, set[int]]:
    by_kind: dict[str, list[str]] = defaultdict(list)
    for kind, value in sorted(keys):
        by_kind[kind].append(value)
    held: list[tuple[str, str, int]] = []
    for kind in ("email", "phone"):
        told = Contact.objects.filter(kind=kind, value__in=by_kind[kind]).values_list("value", "profile")
        held += [(kind, value, profile) for value, profile in told]
    for kind in ("card", "external"):
        alone = Identifier.objects.filter(kind=kind, value__in=by_kind[kind], alone=True)
        held += [(kind, value, profile) for value, profile in alone.values_list("value", "profile_id")]
    ours = Profile.objects.filter(public_id__in=by_kind["public"]).values_list("public_id", "pk")
    held += [("public", str(value), profile) for value, profile in ours]
    heads = heads_of({profile for _kind, _value, profile in held})
    owners: dict[Key, set[int]] = defaultdict(set)
    for kind, value, profile in held:
        owners[kind, value].add(heads[profile])
    return owners


def _verdict(own: list[Key], owners: dict[Key, set[int]]) -> Recognised:
    if not own:
        return Recognised(None, MALFORMED)
    found = next((owners[key] for key in own if key in owners), set())
    if len(found) == 1:
        return Recognised(next(iter(found)))
    return Recognised(None, SEVERAL if found else NOBODY)
