"""The customer list: what narrows it, how it is sorted, what stands in its rows."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.db.models.lookups import IsNull
from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prilavok.company import queries as company
from prilavok.customers import ports
from prilavok.customers.models import (
    MARKETING,
    Channel,
    Company,
    Consent,
    Contact,
    Kin,
    LegalForm,
    Profile,
    ProfileQuerySet,
    Status,
    Suppression,
    name_key,
)
from prilavok.customers.ports import Indicator, ListFilter
from prilavok.customers.queries.companies import companies_of, of_form
from prilavok.customers.queries.consents import CONTACT_OF_CHANNEL, consents_of, why_unreachable
from prilavok.customers.queries.contacts import short
from prilavok.customers.queries.indicators import page_of_indicators
from prilavok.customers.queries.own_fields import OwnShown
from prilavok.customers.queries.own_fields import shown as shown_own
from prilavok.customers.queries.own_fields import told as told_own
from prilavok.customers.queries.own_filters import own_filters
from prilavok.customers.queries.people import STANDS_FOR_ANOTHER, visible
from prilavok.customers.queries.purposes import consent_key
from prilavok.customers.queries.search import search
from prilavok.customers.queries.sorting import page_by_own, sorted_field
from prilavok.customers.queries.tags import OFFERED, TagShown, tagged, tags_of
from prilavok.customers.queries.tags import tags as tags_in_use
from prilavok.kernel import paging
from prilavok.kernel.actors import Actor

SORTS: dict[str, tuple[str, ...]] = {
    "-registered_at": ("-registered_at", "-id"),
    "registered_at": ("registered_at", "id"),
    "name": ("name_key", "id"),
    "-name": ("-name_key", "-id"),
}
COUNTED = 10_000  # beyond this a list says "more than"


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the list, as `by` may see it."""

    id: int
    public_id: UUID
    kind: str
    name: str
    invented: bool
    phone: str
    email: str
    card: str
    status: str
    sex: str
    birth_date: date | None
    registered_at: datetime
    shop: str
    source: str
    reach: str | None
    own: Mapping[str, Any] = field(default_factory=dict)  # of every own field that `by` may see, by code
    tags: Sequence[TagShown] = ()
    indicators: Mapping[str, Indicator] = field(default_factory=dict)  # those asked for
    own_shown: Mapping[str, OwnShown] = field(default_factory=dict)  # the filled ones
    external: str = ""
    company: Company | None = None  # legal details, if they were asked for
    consents: Mapping[str, bool] = field(
        default_factory=dict
    )  # by key, those ever given or withdrawn, if asked for

    @property
    def reachable(self) -> bool:
        return self.reach is None


def listed(by: Actor, text: str = "", wanted: Mapping[str, str] | None = None) -> ProfileQuerySet:
    """Customers that `by` may see, each person once, narrowed by a search and by filters of the slot (key to value)."""
    profiles = search(visible(by).exclude(STANDS_FOR_ANOTHER), text, by)
    for item in filters_of(by):
        value = (wanted or {}).get(item.key, "")
        if value:
            profiles = item.narrow(profiles, value, by)
    return profiles


def filters_of(by: Actor) -> list[ListFilter]:
    """Filters that `by` may use: those that domains fill in and those of the company's own fields."""
    return [item for item in ports.filters.items() if by.may(item.permission)] + own_filters(by)


def page_of(
    profiles: ProfileQuerySet,
    *,
    sort: str = "",
    after: str | None = None,
    size: int = 50,
    by: Actor | None = None,
) -> paging.Page[Profile]:
    """One page; an unknown sort is the default one, the newest first. By own fields only what `by` sees is sorted."""
    field = sorted_field(sort, by) if by else None
    if field is not None:
        return page_by_own(profiles, field, backwards=sort.startswith("-"), after=after, size=size)
    order = SORTS.get(sort) or SORTS["-registered_at"]
    if "name" in order[0]:
        profiles = profiles.annotate(name_key=name_key("person__"))
    return paging.keyset(profiles, order=order, after=after, size=size)


def lines(
    profiles: Iterable[Profile],
    by: Actor,
    indicators: Collection[str] = (),
    *,
    legal: bool = False,
    consents: bool = False,
) -> list[Line]:
    """Rows of the list for these profiles, in their order, by a handful of queries; one more for every domain whose
    indicators (keys) are asked for, for legal details and for consents."""
    chosen = list(profiles)
    ids = [profile.pk for profile in chosen]
    known = short(ids, by)
    shops = company.shops_by_id({p.registered_shop_id for p in chosen if p.registered_shop_id})
    reach = why_unreachable(ids, Channel.EMAIL)
    tags, figures = tags_of(ids, by), page_of_indicators(ids, by, indicators)
    companies = companies_of(ids) if legal else {}
    agreed = consents_of(ids, by) if consents else {}
    own = dict(zip(ids, shown_own([profile.own for profile in chosen], by), strict=True))
    return [
        Line(
            id=profile.pk,
            public_id=profile.public_id,
            kind=profile.person.kind,
            name=known[profile.pk].name,
            invented=profile.person.invented,
            phone=known[profile.pk].phone,
            email=known[profile.pk].email,
            card=known[profile.pk].card,
            status=profile.status,
            sex=profile.person.sex,
            birth_date=profile.person.birth_date,
            registered_at=profile.registered_at,
            shop=shops[profile.registered_shop_id].name if profile.registered_shop_id else "",
            source=profile.source,
            reach=reach[profile.pk],
            own=told_own(profile.own, by, profile.person.kind),
            own_shown=own[profile.pk],
            tags=tags.get(profile.pk, []),
            indicators=figures.get(profile.pk, {}),
            external=known[profile.pk].external,
            company=companies.get(profile.pk),
            consents={
                consent_key(one.purpose, one.channel): one.given
                for one in agreed.get(profile.pk, ())
                if one.brand_id is None
            },
        )
        for profile in chosen
        if profile.pk in known
    ]


def count(profiles: ProfileQuerySet) -> tuple[int, bool]:
    """How many customers, and whether there are more than that: nobody waits for a million to be counted."""
    found = profiles.order_by().values("pk")[: COUNTED + 1].count()
    return min(found, COUNTED), found > COUNTED


def reachable(channel: str, purpose: str = MARKETING) -> Q:
    """A condition on profiles: active, with a working address, a consent that holds (whole company), off the stop list.

    Asked customer by customer: a page of the list needs a few, and nobody waits for all addresses to be read.
    """
    kind = CONTACT_OF_CHANNEL[Channel(channel)]
    address = Contact.objects.filter(_of_this_person(), kind=kind, failed_at=None).values("id")[:1]
    has_address = Q(IsNull(Subquery(address), False))
    listed = Suppression.objects.filter(kind=OuterRef("kind"), value=OuterRef("value"))
    stopped = Contact.objects.filter(_of_this_person(), Exists(listed), kind=kind).values("id")[:1]
    is_free = Q(IsNull(Subquery(stopped), True))
    return Q(status=Status.ACTIVE) & has_address & consented(channel, purpose) & is_free


def consented(channel: str, purpose: str = MARKETING) -> Q:
    """A condition on profiles: the latest line of the ledger says yes."""
    latest = (
        Consent.objects.filter(_of_this_person(), purpose=purpose, channel=channel, brand=None)
        .order_by(F("at").desc(), F("id").desc())
        .values("given")[:1]
    )
    return Q(Coalesce(Subquery(latest, output_field=BooleanField()), False))


class _OneOf(Func):
    """`value = ANY(array)`: rows are found by index, however many profiles a person has."""

    template = "(%(expressions)s))"
    arg_joiner = " = ANY("
    output_field = BooleanField()


def _of_this_person() -> _OneOf:
    """In a subquery of a query of profiles: rows of any profile of the same person."""
    own = Kin.objects.filter(profile=OuterRef(OuterRef(OuterRef("pk")))).values("head")
    others = ArraySubquery(Kin.objects.filter(head__in=own).values("profile"))
    return _OneOf(F("profile"), Func(others, OuterRef("pk"), function="array_append"))


# ── The list's own filters ───────────────────────────────────────────────────────────────────────────────


def _by_form(profiles: ProfileQuerySet, value: str, by: Actor) -> ProfileQuerySet:
    return of_form(profiles, value)


def _by_status(profiles: ProfileQuerySet, value: str, by: Actor) -> ProfileQuerySet:
    return profiles.filter(status=value)


def _by_reach(profiles: ProfileQuerySet, value: str, by: Actor) -> ProfileQuerySet:
    channel, wanted = value.removeprefix("not_"), not value.startswith("not_")
    if channel not in Channel.values:
        return profiles.none()
    return profiles.filter(reachable(channel)) if wanted else profiles.exclude(reachable(channel))


def _by_shop(profiles: ProfileQuerySet, value: str, by: Actor) -> ProfileQuerySet:
    return profiles.filter(registered_shop__code=value)


def _since(profiles: ProfileQuerySet, value: str, by: Actor) -> ProfileQuerySet:
    day = _day(value)
    return profiles.filter(registered_at__gte=_midnight(day)) if day else profiles.none()


def _until(profiles: ProfileQuerySet, value: str, by: Actor) -> ProfileQuerySet:
    day = _day(value)
    if day is None or day == date.max:
        return profiles.none()
    return profiles.filter(registered_at__lt=_midnight(date.fromordinal(day.toordinal() + 1)))


def _day(value: str) -> date | None:
    try:
        return parse_date(value)
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    """Days are the company's, whoever asks and from where: so are those of segments."""
    return datetime.combine(day, time.min, tzinfo=company.zone())


def _forms(by: Actor) -> list[tuple[str, str | Promise]]:
    return [("person", _("Private buyer")), ("company", _("Any company")), *LegalForm.choices]


def _statuses(by: Actor) -> list[tuple[str, str | Promise]]:
    return list(Status.choices)


def _reaches(by: Actor) -> list[tuple[str, str | Promise]]:
    return [
        ("email", _("By e-mail, with consent")),
        ("sms", _("By SMS, with consent")),
        ("not_email", _("Not by e-mail")),
        ("not_sms", _("Not by SMS")),
    ]


def _shops(by: Actor) -> list[tuple[str, str | Promise]]:
    return [(shop.code, shop.name) for shop in company.shops(by)]


def _by_tag(profiles: ProfileQuerySet, value: str, by: Actor) -> ProfileQuerySet:
    return tagged(profiles, [int(value)]) if value.isdecimal() and len(value) < 18 else profiles.none()


def _tags(by: Actor) -> list[tuple[str, str | Promise]]:
    return [(str(one.pk), one.name) for one in tags_in_use(by)[:OFFERED]]


OWN_FILTERS = (
    ListFilter("kind", _("Kind of customer"), _by_form, choices=_forms),
    ListFilter("status", _("Status"), _by_status, choices=_statuses),
    ListFilter("tag", _("Tag"), _by_tag, choices=_tags),
    ListFilter("reach", _("Reachable"), _by_reach, choices=_reaches),
    ListFilter("shop", _("Shop of registration"), _by_shop, choices=_shops),
    ListFilter("since", _("Registered since"), _since, kind="date"),
    ListFilter("until", _("Registered until"), _until, kind="date"),
)
