"""What can be done with schemes of RFM: made, tried before they are saved, changed, made the main one, put away."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from prilavok.kernel import clock, jobs, journal
from prilavok.kernel.actors import SYSTEM, Actor
from prilavok.segments import rules
from prilavok.segments.events import RfmSchemeSaved
from prilavok.segments.models import RfmPast, RfmScheme, RfmScore, Segment
from prilavok.segments.problems import BadScheme, MainSchemeStays, SchemeInUse
from prilavok.segments.reckoning import day_of
from prilavok.segments.rfm import reckoning
from prilavok.segments.rules import Layout


def main() -> RfmScheme:
    """The company's main scheme. The first that is asked for is the common one: a year in equal fifths."""
    found = RfmScheme.objects.filter(is_main=True).first()
    if found is None:
        now = clock.now()
        settings = Layout().as_json()
        found, _made = RfmScheme.objects.get_or_create(
            is_main=True, defaults={"settings": settings, "made_at": now, "changed_at": now}
        )
    return found


@transaction.atomic
def create(*, name: str, told: Mapping[str, Any], brand_id: int | None, by: Actor, at: datetime) -> RfmScheme:
    """Make a scheme; its places are filled by the next reckoning, a few minutes later. Raises BadScheme, Refused."""
    by.must("segments.edit")
    main()
    made = RfmScheme.objects.create(
        name=_name(name),
        brand_id=brand_id,
        settings=understood(told).as_json(),
        made_by=by.id,
        made_at=at,
        changed_at=at,
    )
    _tell(made, by, at)
    return made


@transaction.atomic
def change(*, scheme_id: int, name: str, told: Mapping[str, Any], by: Actor, at: datetime) -> RfmScheme:
    """Lay a scheme out anew. What its runs were reckoned by stays with them.

    Raises BadScheme, SchemeInUse (a group that a segment asks for would go), Refused.
    """
    by.must("segments.edit")
    scheme = RfmScheme.objects.select_for_update().get(pk=scheme_id)
    layout = understood(told)
    kept = {group.key for group in layout.groups}
    _must_not_be_asked(scheme, {group.key for group in scheme.layout.groups} - kept)
    scheme.name = name.strip() if scheme.is_main else _name(name)
    scheme.settings, scheme.changed_at = layout.as_json(), at
    scheme.save(update_fields=["name", "settings", "changed_at"])
    _tell(scheme, by, at)
    return scheme


@transaction.atomic
def make_main(*, scheme_id: int, by: Actor, at: datetime) -> RfmScheme:
    """What traits, the card and the home page use from now on. Raises Refused."""
    by.must("segments.edit")
    main()
    scheme = RfmScheme.objects.select_for_update().live().get(pk=scheme_id)
    if not scheme.is_main:
        RfmScheme.objects.filter(is_main=True).update(is_main=False)
        scheme.is_main = True
        scheme.save(update_fields=["is_main"])
        _tell(scheme, by, at)
        jobs.later(tell_everybody, scheme_id=scheme.pk, lock="rfm:everybody")
    return scheme


@transaction.atomic
def archive(*, scheme_id: int, by: Actor, at: datetime) -> None:
    """Put a scheme away: it is reckoned no more. Undone by `restore`. Raises MainSchemeStays, SchemeInUse, Refused."""
    by.must("segments.edit")
    scheme = RfmScheme.objects.select_for_update().get(pk=scheme_id)
    if scheme.is_main:
        raise MainSchemeStays
    _must_not_be_asked(scheme, {group.key for group in scheme.layout.groups})
    scheme.archived_at = at
    scheme.save(update_fields=["archived_at"])
    _tell(scheme, by, at)
    jobs.later(tell_everybody, scheme_id=scheme.pk, lock="rfm:everybody")


@transaction.atomic
def restore(*, scheme_id: int, by: Actor, at: datetime) -> None:
    """Take a scheme back into work. Raises Refused."""
    by.must("segments.edit")
    scheme = RfmScheme.objects.select_for_update().get(pk=scheme_id)
    scheme.archived_at = None
    scheme.save(update_fields=["archived_at"])
    _tell(scheme, by, at)
    jobs.later(tell_everybody, scheme_id=scheme.pk, lock="rfm:everybody")


@jobs.job
def tell_everybody(*, scheme_id: int) -> None:
    """The job behind a scheme that has become the main one or was put away: facts look at everybody again."""
    reckoning.tell_everybody(RfmScheme.objects.get(pk=scheme_id), by=SYSTEM, at=clock.now())


def _tell(scheme: RfmScheme, by: Actor, at: datetime) -> None:
    told = RfmSchemeSaved(
        scheme_id=scheme.pk, archived=scheme.archived_at is not None, is_main=scheme.is_main
    )
    journal.record(told, by=by, at=at)


def _name(name: str) -> str:
    if not name.strip():
        raise BadScheme(BadScheme.NAMELESS, field="name")
    return name.strip()[:100]


def understood(told: Mapping[str, Any]) -> Layout:
    """The scheme as told, checked. Raises BadScheme."""
    try:
        return rules.layout(told)
    except rules.Wrong as wrong:
        raise BadScheme.of(wrong) from None


def _must_not_be_asked(scheme: RfmScheme, groups: Collection[str]) -> None:
    """Raises SchemeInUse when a live segment asks for one of these groups of the scheme."""
    values = {f"'{scheme.pk}.{key}'" for key in groups}
    if scheme.is_main:
        values |= {f"'{key}'" for key in groups}
    for segment in Segment.objects.live().select_related("current"):
        asked = str(segment.current.tree) if segment.current else ""
        if "'rfm_" in asked and any(value in asked for value in values):
            raise SchemeInUse(name=segment.name)


@dataclass(frozen=True)
class Tried:
    """One place of a layout that nobody has saved: its group, and how many would stand there."""

    key: str
    r: int
    f: int
    people: int
    revenue: Decimal


def preview(
    told: Mapping[str, Any], brand_id: int | None, by: Actor, *, at: datetime
) -> tuple[Layout, list[Tried]]:
    """How many customers would stand where, of all; nothing is written. Raises BadScheme, FactsDown, Refused."""
    by.must("segments.edit")
    layout = understood(told)
    return layout, [Tried(*row) for row in reckoning.preview(layout, brand_id, day_of(at))]


def forget(*, profile_ids: Collection[int]) -> None:
    """Nothing of these people is kept: they were erased."""
    RfmScore.objects.filter(profile__in=profile_ids).delete()
    RfmPast.objects.filter(profile__in=profile_ids).delete()
