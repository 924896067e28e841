"""Postal addresses of a customer."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from prilavok.customers import rules
from prilavok.customers.actions.noting import Changed, note_changes
from prilavok.customers.actions.people import lock
from prilavok.customers.actions.problems import EmptyAddress, UnknownAddressKind
from prilavok.customers.events import CustomerChanged
from prilavok.customers.models import Address, Profile
from prilavok.customers.queries import kin
from prilavok.customers.queries.postal import parts_of
from prilavok.kernel import journal
from prilavok.kernel.actors import Actor
from prilavok.kernel.places import NoPoint, Point, read_point

MOST = 50  # addresses of one customer
FIELD = "postal_address"


@transaction.atomic
def add_address(
    *,
    profile_id: int,
    by: Actor,
    at: datetime,
    kind: str = Address.Kind.ACTUAL,
    line: str = "",
    coordinates: str = "",
    **parts: str,
) -> Address:
    """Add an address told as a line, by its parts, or both. The same one of the same kind is not added twice.

    `coordinates`: latitude and longitude in degrees, if they are known; nothing is looked up.
    Raises EmptyAddress, UnknownAddressKind, NoPoint, NotForErased.
    """
    by.must("customers.edit")
    known, place = _told(kind, line, parts), _place(coordinates)
    return _add(lock(profile_id, by), kind, known, place, by=by, at=at, live=True)[0]


@transaction.atomic
def bring_address(
    *, profile_id: int, kind: str, line: str, by: Actor, at: datetime, coordinates: str = ""
) -> bool:
    """The same from a file, which moves no journeys; whether the address is new. Raises what `add_address` raises."""
    by.must("customers.edit")
    known, place = _told(kind, line, {}), _place(coordinates)
    return _add(lock(profile_id, by), kind, known, place, by=by, at=at, live=False)[1]


def _add(
    profile: Profile,
    kind: str,
    known: dict[str, str],
    place: Point | None,
    *,
    by: Actor,
    at: datetime,
    live: bool,
) -> tuple[Address, bool]:
    theirs = Address.objects.filter(profile__in=kin(profile.pk))
    same = theirs.filter(kind=kind, **known).select_related("profile").first()
    if same is not None:
        if place and same.place != place:
            _stand(same, place)
            _keep(same, same.line, by, at, live=live)
        return same, False
    if theirs.count() >= MOST:
        raise EmptyAddress(EmptyAddress.too_many, field="line", most=MOST)
    made = Address(profile=profile, kind=kind, **known)
    _stand(made, place)
    _keep(made, "", by, at, live=live)
    return made, True


@transaction.atomic
def change_address(
    *,
    profile_id: int,
    address: UUID,
    by: Actor,
    at: datetime,
    line: str = "",
    coordinates: str | None = None,
    **values: str,
) -> dict[str, str]:
    """Correct an address: a part that is not given stays; what stood there. A line tells all parts anew.

    Coordinates that are not given stay with the same address and go with what was another one.
    Raises Address.DoesNotExist, EmptyAddress, UnknownAddressKind, NoPoint, NotForErased.
    """
    by.must("customers.edit")
    found = _lock_address(profile_id, address, by)
    before, shown = _values(found), found.line
    kind = values.pop("kind", found.kind)
    parts = values if line else {name: values.get(name, before[name]) for name in rules.ADDRESS_PARTS}
    for name, value in (_told(kind, line, parts) | {"kind": kind}).items():
        setattr(found, name, value)
    if coordinates is not None:
        _stand(found, _place(coordinates))
    elif found.line != shown:
        _stand(found, None)
    if _values(found) != before:
        _keep(found, shown, by, at)
    return before


@transaction.atomic
def remove_address(*, profile_id: int, address: UUID, by: Actor, at: datetime) -> dict[str, str]:
    """Take an address away; its values, by which `add_address` brings it back. Raises Address.DoesNotExist."""
    by.must("customers.edit")
    found = _lock_address(profile_id, address, by)
    number = found.pk
    found.delete()
    note_changes([Changed(found.profile_id, FIELD, found.line, "", number)], by=by, at=at)
    _tell(found.profile, by, at)
    return _values(found)


def _told(kind: str, line: str, parts: dict[str, str]) -> dict[str, str]:
    if kind not in Address.Kind.values:
        raise UnknownAddressKind(field="kind")
    told = parts_of(line, parts.items())
    if not told.line():
        raise EmptyAddress(field="line")
    return {name: getattr(told, name) for name in rules.ADDRESS_PARTS}


def _place(coordinates: str) -> Point | None:
    try:
        return read_point(coordinates)
    except ValueError:
        raise NoPoint(field="coordinates") from None


def _stand(address: Address, place: Point | None) -> None:
    address.latitude, address.longitude = place or (None, None)


def _lock_address(profile_id: int, address: UUID, by: Actor) -> Address:
    profile = lock(profile_id, by)
    own = Address.objects.select_for_update(of=("self",)).select_related("profile")
    return own.get(public_id=address, profile__in=kin(profile.pk))


def _values(address: Address) -> dict[str, Any]:
    told = {name: getattr(address, name) for name in (*rules.ADDRESS_PARTS, "kind")}
    return told | {"coordinates": str(address.place or "")}


def _keep(address: Address, before: str, by: Actor, at: datetime, *, live: bool = True) -> None:
    address.rule = {"token": "api", "customer": "own_page"}.get(by.kind, "operator") if live else "import"
    address.at, address.by_kind, address.by_id = at, by.kind, by.id
    address.save()
    changed = Changed(address.profile_id, FIELD, before, address.line, address.pk)
    note_changes([changed], by=by, at=at, rule="" if live else "import")
    _tell(address.profile, by, at, live=live)


def _tell(profile: Profile, by: Actor, at: datetime, *, live: bool = True) -> None:
    event = CustomerChanged(profile_id=profile.pk, fields=(FIELD,))
    journal.record_many([journal.Entry(event, at=at, customer=profile.pk)], by=by, live=live)
