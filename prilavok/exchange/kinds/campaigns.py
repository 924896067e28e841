"""Campaigns of the past and whom they were sent to."""

from collections.abc import Collection
from functools import partial

from django.utils.translation import gettext_lazy as _

from prilavok.campaigns import actions as campaigns
from prilavok.campaigns import queries as campaign_queries
from prilavok.campaigns.actions import PastCampaign
from prilavok.customers import queries as customers
from prilavok.exchange.kinds.base import BadCell, Cells, Column, Kind, Twins, batches
from prilavok.exchange.kinds.coupons import A_LONG_TIME
from prilavok.exchange.rules.dates import read_date
from prilavok.exchange.rules.words import read_code, read_text
from prilavok.exchange.run import Run
from prilavok.kernel.sheets import Row
from prilavok.kernel.unreadable import Unreadable


def load_campaigns(run: Run) -> None:
    cells, twins, books = Cells(run), Twins(), run.account("rows")
    day = partial(read_date, latest=run.at.date() + A_LONG_TIME)

    def build(row: Row) -> PastCampaign | None:
        code = cells.value(row, "code", read_code, required=True)
        if not twins.is_new(code, row):
            return None
        starts = cells.value(row, "starts", day, required=True)
        ends = cells.value(row, "ends", day, required=True)
        if ends < starts:
            raise BadCell("ends", Unreadable("ends_before_start"))
        name = cells.value(row, "name", read_text, code)
        return PastCampaign(code, name, starts, ends, cells.value(row, "kind", read_text, ""))

    for _rows, found in batches(run, build, size=1_000):
        known = _known(run, [one.code for one in found])
        ids = campaigns.load_campaigns(found, by=run.by, at=run.at)
        run.unchanged += len(known)
        run.loaded += len(found) - len(known)
        books.base += len(ids)
        run.progress(run)
    books.file, books.rejected = run.rows - twins.repeated, run.rejected


def _known(run: Run, codes: Collection[str]) -> set[str]:
    """Which of these past campaigns are loaded."""
    found = campaign_queries.campaigns(run.by).filter(legacy=True, code__in=codes)
    return set(found.values_list("code", flat=True))


def load_targets(run: Run) -> None:
    cells, books = Cells(run), run.account("rows")

    def build(row: Row) -> tuple[str, str]:
        return cells.value(row, "campaign", read_code, required=True), cells.value(
            row, "card", read_code, required=True
        )

    for rows, found in batches(run, build, size=5_000):
        profiles = customers.profile_ids_by_identifier("card", {card for _code, card in found}, claimed=True)
        known = _known(run, {code for code, _card in found})
        targets: dict[str, list[int]] = {}
        for row, (code, card) in zip(rows, found, strict=True):
            if code not in known:
                run.reject(row, "campaign", Unreadable("unknown_campaign", value=code))
            elif card not in profiles:
                run.reject(row, "card", Unreadable("unknown_card", value=card))
            else:
                targets.setdefault(code, []).append(profiles[card])
        number = sum(map(len, targets.values()))
        loaded = campaigns.load_targets(targets, by=run.by, at=run.at)
        run.loaded += loaded
        run.unchanged += number - loaded
        books.base += number
        run.progress(run)
    books.file, books.rejected = run.rows, run.rejected


CAMPAIGNS = Kind(
    key="campaigns",
    label=_("Past campaigns"),
    permission="campaigns.load",
    load=load_campaigns,
    always=(
        Column("code", _("Code"), ("код", "код кампании", "кампания", "campaign"), required=True),
        Column("name", _("Name"), ("название", "наименование")),
        Column("kind", _("Kind"), ("вид", "тип", "type")),
        Column("starts", _("First day"), ("начало", "первый день", "start date"), required=True),
        Column("ends", _("Last day"), ("конец", "последний день", "end date"), required=True),
    ),
)

TARGETS = Kind(
    key="campaign_targets",
    label=_("Whom past campaigns were sent to"),
    permission="campaigns.load",
    load=load_targets,
    always=(
        Column("campaign", _("Campaign’s code"), ("кампания", "код кампании", "campaign"), required=True),
        Column("card", _("Card number"), ("карта", "номер карты", "card number"), required=True),
    ),
)
