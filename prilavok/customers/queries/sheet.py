"""The customer's card: everything that stands at its left, by one question beside the profile, and its indicators."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS
from django.db.models import JSONField, Model
from django.utils.dateparse import parse_date, parse_datetime

from prilavok.customers import rules
from prilavok.customers.models import (
    MARKETING,
    Alert,
    Channel,
    Company,
    Contact,
    ContactKind,
    Identifier,
    Person,
    Profile,
)
from prilavok.customers.queries.consents import CONTACT_OF_CHANNEL, ConsentState
from prilavok.customers.queries.contacts import ContactShown, show_contacts, show_identifiers
from prilavok.customers.queries.notes import RANK
from prilavok.customers.queries.people import head_of, visible
from prilavok.customers.queries.tags import TagShown
from prilavok.customers.rules import profiles
from prilavok.kernel import prepared
from prilavok.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class Sheet:
    """One customer as `by` may see them: contacts are masked already."""

    profile: Profile
    kin: list[int]
    contacts: list[ContactShown]
    identifiers: list[Identifier]
    consents: list[ConsentState]
    stopped: list[str]  # kinds of contacts that stand on the stop list
    company: Company | None = None
    photo: str = ""  # the file's id
    tags: Sequence[TagShown] = ()
    alerts: Sequence[Alert] = ()  # not ended; whether their day is over, `standing` says

    @property
    def pages(self) -> list[tuple[Identifier, str]]:
        """Social networks and messengers, each with the address of the customer's page there, where it is known."""
        return [
            (one, profiles.page_of(one.kind, one.value))
            for one in self.identifiers
            if one.kind in profiles.KINDS
        ]

    @property
    def cards(self) -> list[Identifier]:
        return [identifier for identifier in self.identifiers if identifier.kind == "card"]

    def standing(self, today: date) -> list[Alert]:
        """Alerts that hold today, the gravest first."""
        held = [alert for alert in self.alerts if alert.until is None or alert.until >= today]
        return sorted(held, key=lambda alert: RANK[alert.severity])

    @property
    def missing(self) -> list[str]:
        """Kinds of contacts that the customer has none of."""
        return sorted(set(ContactKind.values) - {contact.kind for contact in self.contacts}, reverse=True)

    def reach(self, channel: str, purpose: str = MARKETING) -> str | None:
        """Why the customer may not be written to by a channel, or None; as `why_unreachable` says of one profile."""
        kind = CONTACT_OF_CHANNEL[Channel(channel)]
        contacts = [contact for contact in self.contacts if contact.kind == kind]
        key = (purpose, channel, None)
        given = next((c.given for c in self.consents if (c.purpose, c.channel, c.brand_id) == key), None)
        failed, stopped = all(contact.failed_at for contact in contacts), kind in self.stopped
        return rules.why_unreachable(self.profile.status, bool(contacts), failed, given, stopped)


_PARTS = """
    WITH RECURSIVE kin AS (
        SELECT m.profile_id AS id FROM customers_kin k JOIN customers_kin m ON m.head_id = k.head_id
        WHERE k.profile_id = %s
        UNION SELECT %s
    ), meant AS (
        SELECT g.* FROM customers_tagging t JOIN kin ON kin.id = t.profile_id JOIN customers_tag g ON g.id = t.tag_id
        UNION SELECT g.* FROM meant JOIN customers_tag g ON g.id = meant.merged_into_id
    )
    SELECT json_build_array(
        (SELECT json_agg(id ORDER BY id) FROM kin),
        (SELECT json_agg(c) FROM customers_contact c JOIN kin ON kin.id = c.profile_id),
        (SELECT json_agg(i ORDER BY kind, i.id) FROM customers_identifier i JOIN kin ON kin.id = i.profile_id),
        (SELECT json_agg(latest ORDER BY purpose, channel) FROM (
            SELECT DISTINCT ON (purpose, channel, brand_id) purpose, channel, brand_id, given, at, source
            FROM customers_consent s JOIN kin ON kin.id = s.profile_id
            ORDER BY purpose, channel, brand_id, at DESC, s.id DESC
        ) latest),
        (SELECT json_agg(DISTINCT c.kind) FROM customers_contact c JOIN kin ON kin.id = c.profile_id
         JOIN customers_suppression s ON s.kind = c.kind AND s.value = c.value),
        (SELECT to_json(d) FROM customers_company d JOIN customers_profile o ON o.person_id = d.person_id
         JOIN kin ON kin.id = o.id ORDER BY d.inn = '', o.id LIMIT 1),
        (SELECT json_agg(a ORDER BY a.at DESC) FROM customers_alert a JOIN kin ON kin.id = a.profile_id
         WHERE a.ended_at IS NULL),
        (SELECT to_json(f.public_id) FROM customers_customerfile f JOIN kin ON kin.id = f.profile_id
         WHERE f.purpose = 'photo' AND f.deleted_at IS NULL ORDER BY f.at DESC, f.id DESC LIMIT 1),
        (SELECT json_agg(json_build_object('id', id, 'name', name, 'colour', colour) ORDER BY lower(name))
         FROM meant WHERE merged_into_id IS NULL AND deleted_at IS NULL)
    )"""


def sheet(public_id: UUID, by: Actor) -> Sheet:
    """What stands at the left of the card, read through merges; an id that was merged answers with the other's.

    Raises Profile.DoesNotExist.
    """
    found = _profile(public_id, by)
    ((parts,),) = prepared.rows(_PARTS, [found.pk, found.pk])
    kin, contacts, identifiers, consents, stopped, company, alerts, photo, tags = (
        [] if part is None else part for part in parts
    )
    return Sheet(
        profile=found,
        kin=kin,
        contacts=show_contacts([Contact(**_timed(row, "verified_at", "failed_at")) for row in contacts], by),
        identifiers=show_identifiers([Identifier(**_timed(row, "at")) for row in identifiers], by),
        consents=[ConsentState(**_timed(row, "at")) for row in consents],
        stopped=stopped,
        company=Company(**company) if company else None,
        photo=photo or "",
        alerts=[Alert(**_timed(row, "at", "ended_at") | {"until": _day(row["until"])}) for row in alerts],
        tags=[TagShown(**row) for row in tags],
    )


def _profile(public_id: UUID, by: Actor) -> Profile:
    """With person and shop. Whoever sees everybody is asked the short way: every card begins with it."""
    by.must("customers.see")
    if not by.is_everywhere:
        return visible(by).select_related("person", "registered_shop").get(pk=head_of(public_id))
    rows = prepared.rows(_PROFILE, [public_id])
    if not rows:
        raise Profile.DoesNotExist
    values = iter(rows[0])
    found: Profile
    found, person, shop = (
        model.from_db(DEFAULT_DB_ALIAS, names, [next(values) for _name in names]) for model, names in _JOINED
    )
    found.person, found.registered_shop = person, shop if shop.pk else None
    return found


def _columns(model: type[Model], table: str) -> str:
    """Every column, JSON as it is read (Django reads jsonb in a way of its own)."""
    return ", ".join(
        f"{table}.{field.attname}{'::json' if isinstance(field, JSONField) else ''}"
        for field in model._meta.concrete_fields
    )


_SHOP: Any = Profile._meta.get_field("registered_shop").related_model
_JOINED: list[tuple[Any, list[str]]] = [
    (model, [field.attname for field in model._meta.concrete_fields]) for model in (Profile, Person, _SHOP)
]
_PROFILE = f"""
    SELECT {_columns(Profile, "p")}, {_columns(Person, "n")}, {_columns(_SHOP, "s")}
    FROM customers_profile a
    LEFT JOIN customers_kin k ON k.profile_id = a.id
    JOIN customers_profile p ON p.id = COALESCE(k.head_id, a.id)
    JOIN customers_person n ON n.id = p.person_id
    LEFT JOIN company_shop s ON s.id = p.registered_shop_id
    WHERE a.public_id = %s"""


def _timed(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return row | {name: _moment(row[name]) for name in names}


def _day(text: str | None) -> date | None:
    return parse_date(text) if text else None


def _moment(text: str | None) -> datetime | None:
    return parse_datetime(text) if text else None
