"""What segments and reports may ask of a customer: who they are and whether they can be written to."""

import json
from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from prilavok.company import queries as company
from prilavok.company.events import ShopPlaced
from prilavok.customers import own_facts, place_facts, queries
from prilavok.customers.events import (
    AddressSuppressed,
    ConsentGiven,
    ConsentWithdrawn,
    ContactAdded,
    ContactFailed,
    ContactRemoved,
    CustomerChanged,
    CustomerErased,
    CustomerRegistered,
    CustomersMerged,
    FrequencyChosen,
    MergeUndone,
    StatusChanged,
    SuppressionLifted,
    TopicChosen,
)
from prilavok.customers.models import Frequency, LegalForm, Sex, Status
from prilavok.customers.queries import postal
from prilavok.facts.schema import Additions, Column, Picker, StateTable, Trait
from prilavok.kernel.actors import SYSTEM, Actor

# A person is known since the first of their records was: who was merged into a newer one is no new customer.
_REGISTERED = """
    SELECT p.id, least(p.registered_at, (
               SELECT min(m.registered_at) FROM customers_kin k JOIN customers_profile m ON m.id = k.profile_id
               WHERE k.head_id = p.id)),
           p.own::text
    FROM customers_profile p WHERE p.id = ANY(%s)"""


def _load(asked: list[int]) -> Iterable[dict[str, Any]]:
    """One row per person, under the profile that stands for it: what was merged into another one has none."""
    profile_ids = sorted(set(queries.heads_of(asked).values()))
    persons = queries.persons_of(profile_ids)
    traits = queries.traits_of(profile_ids)
    emails = queries.addresses(profile_ids, "email")
    phones = queries.addresses(profile_ids, "sms")
    consents = queries.consents_of(profile_ids, SYSTEM)
    stopped = queries.stopped_kinds(profile_ids)
    with connection.cursor() as cursor:
        cursor.execute(_REGISTERED, [profile_ids])
        registered = {row[0]: row[1:] for row in cursor.fetchall()}
    fields, tags = own_facts.askable(), queries.tag_ids_of(profile_ids)
    forms = queries.forms_of(profile_ids)
    choices = queries.choices_of(profile_ids)
    nearest = postal.nearest_shops(profile_ids)
    days = postal.days_by_head(profile_ids)
    for profile_id, own in traits.items():
        given = {
            c.channel
            for c in consents.get(profile_id, [])
            if c.given and c.purpose == "marketing" and not c.brand_id
        }
        active, closed = own.status == Status.ACTIVE, stopped.get(profile_id, ())
        yield {
            "profile_id": profile_id,
            "person_id": persons[profile_id],
            "sex": own.sex,
            "birth_date": own.birth_date,
            "registered_at": registered[profile_id][0],
            "registered_shop_id": own.registered_shop_id or 0,
            "status": own.status,
            "has_email": profile_id in emails,
            "has_phone": profile_id in phones,
            "consent_email": "email" in given,
            "consent_sms": "sms" in given,
            "email_ok": active and profile_id in emails and "email" in given and "email" not in closed,
            "sms_ok": active and profile_id in phones and "sms" in given and "phone" not in closed,
            "tags": tags.get(profile_id, []),
            "kind": forms.get(profile_id, "person"),
            "refused_topics": sorted(pk for pk, one in choices[profile_id].topics.items() if not one.value),
            "frequency": choices[profile_id].frequency,
            "consents": sorted(
                queries.consent_key(c.purpose, c.channel)
                for c in consents.get(profile_id, [])
                if c.given and not c.brand_id
            ),
            "nearest_shop_id": nearest[profile_id][0] if profile_id in nearest else 0,
            "nearest_shop_m": nearest[profile_id][1] if profile_id in nearest else None,
            "date_kinds": [kind for kind, _day in days.get(profile_id, ())],
            "date_days": [day for _kind, day in days.get(profile_id, ())],
        } | own_facts.columns_of(fields, json.loads(registered[profile_id][1]))


def _touched(event: Any) -> Iterable[int]:
    if isinstance(event, CustomersMerged | MergeUndone):
        return [event.profile_id, *event.moved]
    if isinstance(event, CustomerErased):
        return event.profiles
    if isinstance(event, ShopPlaced):
        return postal.placed()
    return [event.customer] if event.customer else []


PROFILES = StateTable(
    name="profiles",
    key="profile_id",
    columns=[
        Column("profile_id", "Int64"),
        Column("person_id", "Int64"),
        Column("sex", "LowCardinality(String)"),
        Column("birth_date", "Nullable(Date32)"),
        Column("registered_at", "DateTime64(3, 'UTC')"),
        Column("registered_shop_id", "Int64"),
        Column("status", "LowCardinality(String)"),
        Column("has_email", "UInt8"),
        Column("has_phone", "UInt8"),
        Column("consent_email", "UInt8"),
        Column("consent_sms", "UInt8"),
        Column("email_ok", "UInt8"),
        Column("sms_ok", "UInt8"),
        Column("tags", "Array(Int64)"),
        Column("kind", "LowCardinality(String)"),
        Column("refused_topics", "Array(Int64)"),
        Column("frequency", "LowCardinality(String)"),
        Column("consents", "Array(String)"),  # purposes, with the channel where there is one
        Column("nearest_shop_id", "Int64"),
        Column("nearest_shop_m", "Nullable(Int32)"),
        Column("date_kinds", "Array(String)"),
        Column("date_days", "Array(UInt16)"),  # month * 100 + day, of the kind in the same place
    ],
    on=[
        CustomerRegistered,
        CustomerChanged,
        StatusChanged,
        ContactAdded,
        ContactRemoved,
        ContactFailed,
        ConsentGiven,
        ConsentWithdrawn,
        AddressSuppressed,
        SuppressionLifted,
        CustomersMerged,
        MergeUndone,
        CustomerErased,
        ShopPlaced,
        TopicChosen,
        FrequencyChosen,
    ],
    load=_load,
    touched=_touched,
)

OWN = Additions(own_facts.added)
PLACES = [place_facts.HOMES, place_facts.SHOP_PLACES, place_facts.DISTANCE]

KIN = StateTable(
    name="kin",
    key="profile_id",
    columns=[Column("profile_id", "Int64"), Column("head_id", "Int64")],
    on=[CustomersMerged, MergeUndone],
    load=lambda ids: [
        {"profile_id": profile, "head_id": head}
        for profile, head in queries.heads_of(ids).items()
        if profile != head
    ],
    touched=_touched,
)
"""Profiles that were merged and the ones that stand for them: facts keep the profile and are read through this."""


def _shops(by: Actor) -> list[tuple[int | str, str]]:
    return [(shop.pk, shop.name) for shop in company.shops(by)]


def _shop_names(ids: Iterable[Any]) -> dict[Any, str]:
    return {pk: shop.name for pk, shop in company.shops_by_id([int(i) for i in ids]).items()}


def _tags(by: Actor) -> list[tuple[int | str, str]]:
    return [(tag.pk, tag.name) for tag in queries.tags(by)]


def _tag_names(ids: Iterable[Any]) -> dict[Any, str]:
    return {tag.pk: tag.name for tag in queries.tags(SYSTEM).filter(pk__in=[int(one) for one in ids])}


def _topics(by: Actor) -> list[tuple[int | str, str]]:
    return [(topic.pk, topic.name) for topic in queries.topics(by)]


def _topic_names(ids: Iterable[Any]) -> dict[Any, str]:
    return queries.topic_names([int(one) for one in ids])


def _consents(by: Actor) -> list[tuple[int | str, str]]:
    return [(one.key, one.label) for one in queries.askable_consents()]


def _consent_names(keys: Iterable[Any]) -> dict[Any, str]:
    return {one.key: one.label for one in queries.askable_consents(archived=True)}


def _choices(choices: Any) -> Picker:
    pairs = [(value, label) for value, label in choices.choices]
    return Picker(
        options=lambda by: pairs, names=lambda values: {value: str(label) for value, label in pairs}
    )


_WHO = pgettext_lazy("group of conditions", "Who they are")
_REACH = pgettext_lazy("group of conditions", "Reachability")

_YEARS = "toYear({today:Date}) - toYear(birth_date)"
_BIRTHDAY_IN = (  # addYears keeps 29 February on the 28th, as rules.dates does
    f"dateDiff('day', toDate32({{today:Date}}), if(addYears(birth_date, {_YEARS}) >= toDate32({{today:Date}}),"
    f" addYears(birth_date, {_YEARS}), addYears(birth_date, {_YEARS} + 1)))"
)


def _on(year: str) -> str:
    """The day d (month * 100 + day) of a year; 29 February is kept on the 28th, as rules.dates does."""
    first = f"makeDate32({year}, intDiv(d, 100), 1)"
    return f"(toLastDayOfMonth({first}) - greatest(0, toDayOfMonth(toLastDayOfMonth({first})) - d % 100))"


def _date_in(kind: str = "") -> str:
    """Whole days until the personal date that comes next, of a kind or of any; none for whoever has none."""
    of = f"arrayFilter((d, k) -> k = '{kind}', date_days, date_kinds)" if kind else "date_days"
    today, this, coming = "toDate32({today:Date})", "toYear({today:Date})", "toYear({today:Date}) + 1"
    until = f"dateDiff('day', {today}, if({_on(this)} >= {today}, {_on(this)}, {_on(coming)}))"
    return f"if(empty({of}), NULL, arrayMin(d -> {until}, {of}))"


_DATES = {
    "any_date_in": ("", _("Days until the next personal date, of any kind but the birthday")),
    "wedding_in": ("wedding", _("Days until the wedding anniversary")),
    "name_day_in": ("name_day", _("Days until the name day")),
    "child_birthday_in": ("child", _("Days until a child's birthday")),
}

_FORMS: list[tuple[int | str, Any]] = [("person", _("Person")), *LegalForm.choices]

TRAITS = [
    Trait(
        key="kind",
        label=_("Person or company"),
        group=_WHO,
        kind="choice",
        table="profiles",
        sql="kind",
        picker=Picker(
            options=lambda by: _FORMS, names=lambda values: {one: str(name) for one, name in _FORMS}
        ),
        position=19,
    ),
    Trait(
        key="consent_email",
        label=_("Consent to letters"),
        group=_REACH,
        kind="flag",
        table="profiles",
        sql="consent_email",
        sentence=_("agreed to letters"),
        sentence_not=_("without consent to letters"),
        position=14,
    ),
    Trait(
        key="consent_sms",
        label=_("Consent to SMS"),
        group=_REACH,
        kind="flag",
        table="profiles",
        sql="consent_sms",
        sentence=_("agreed to SMS"),
        sentence_not=_("without consent to SMS"),
        position=15,
    ),
    Trait(
        key="email_ok",
        label=_("Reachable by e-mail with consent"),
        group=_REACH,
        kind="flag",
        table="profiles",
        sql="email_ok",
        sentence=_("reachable by e-mail with consent"),
        sentence_not=_("not reachable by e-mail"),
        position=10,
    ),
    Trait(
        key="sms_ok",
        label=_("Reachable by SMS with consent"),
        group=_REACH,
        kind="flag",
        table="profiles",
        sql="sms_ok",
        sentence=_("reachable by SMS with consent"),
        sentence_not=_("not reachable by SMS"),
        position=11,
    ),
    Trait(
        key="has_email",
        label=_("Has an e-mail"),
        group=_REACH,
        kind="flag",
        table="profiles",
        sql="has_email",
        sentence=_("with an e-mail"),
        sentence_not=_("without an e-mail"),
        position=12,
    ),
    Trait(
        key="has_phone",
        label=_("Has a phone"),
        group=_REACH,
        kind="flag",
        table="profiles",
        sql="has_phone",
        sentence=_("with a phone"),
        sentence_not=_("without a phone"),
        position=13,
    ),
    Trait(
        key="consent",
        label=_("Consent to a purpose"),
        group=_REACH,
        kind="many",
        table="profiles",
        sql="consents",
        picker=Picker(options=_consents, names=_consent_names),
        type="text",
        position=15,
    ),
    Trait(
        key="refused_topic",
        label=_("Refused topics"),
        group=_REACH,
        kind="many",
        table="profiles",
        sql="refused_topics",
        picker=Picker(options=_topics, names=_topic_names),
        position=16,
    ),
    Trait(
        key="frequency",
        label=_("How often offers may come"),
        group=_REACH,
        kind="choice",
        table="profiles",
        sql="if(frequency = '', 'any', frequency)",
        picker=_choices(Frequency),
        position=17,
    ),
    Trait(
        key="sex",
        label=_("Sex"),
        group=_WHO,
        kind="choice",
        table="profiles",
        sql="sex",
        picker=_choices(Sex),
        position=20,
    ),
    Trait(
        key="age",
        label=_("Age"),
        group=_WHO,
        kind="number",
        table="profiles",
        sql="age('year', birth_date, {today:Date})",
        unit=_("years"),
        position=21,
    ),
    Trait(
        key="birthday_in",
        label=_("Days until the birthday"),
        group=_WHO,
        kind="number",
        table="profiles",
        sql=_BIRTHDAY_IN,
        unit=_("days"),
        position=21,
    ),
    *(
        Trait(
            key=key,
            label=label,
            group=_WHO,
            kind="number",
            table="profiles",
            sql=_date_in(kind),
            unit=_("days"),
            position=21,
        )
        for key, (kind, label) in _DATES.items()
    ),
    Trait(
        key="registered_at",
        label=_("Registered"),
        group=_WHO,
        kind="date",
        table="profiles",
        sql="toDate(registered_at, {zone})",
        position=22,
    ),
    Trait(
        key="registered_shop",
        label=_("Shop of registration"),
        group=_WHO,
        kind="choice",
        table="profiles",
        sql="registered_shop_id",
        picker=Picker(options=_shops, names=_shop_names),
        position=23,
    ),
    Trait(
        key="nearest_shop",
        label=_("Nearest shop"),
        group=_WHO,
        kind="choice",
        table="profiles",
        sql="nearest_shop_id",
        picker=Picker(options=_shops, names=_shop_names),
        position=23,
    ),
    Trait(
        key="nearest_shop_km",
        label=_("Distance to the nearest shop"),
        group=_WHO,
        kind="number",
        table="profiles",
        sql="toDecimal64(nearest_shop_m, 3) / 1000",
        unit=_("km"),
        position=23,
    ),
    Trait(
        key="tag",
        label=_("Tag"),
        group=_WHO,
        kind="many",
        table="profiles",
        sql="tags",
        picker=Picker(options=_tags, names=_tag_names),
        position=25,
    ),
    Trait(
        key="status",
        label=_("Status"),
        group=_WHO,
        kind="choice",
        table="profiles",
        sql="status",
        picker=_choices(Status),
        position=24,
    ),
]
