"""The books of a campaign and the people behind each figure."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count

from prilavok.campaigns.models import Campaign, CampaignCustomer
from prilavok.campaigns.rules import Books
from prilavok.kernel.actors import Actor

# Where each customer of a campaign stands: their own row, and for the mailed the message's.
_STANDS = """
    SELECT c.profile_id, m.public_id AS message, c.id,
        CASE
            WHEN c.outcome IN ('control', 'suppressed') THEN c.outcome
            WHEN c.outcome = 'candidate' AND %(cancelled)s THEN 'suppressed'
            WHEN m.state IS NULL AND %(cancelled)s THEN 'suppressed'
            WHEN m.state IN ('delivered', 'refused', 'unknown', 'suppressed') THEN m.state
            ELSE 'waiting'
        END AS figure,
        CASE
            WHEN c.outcome = 'suppressed' THEN c.reason
            WHEN m.state IN ('refused', 'unknown', 'suppressed') THEN m.reason
            WHEN m.state IS NULL AND c.outcome <> 'control' AND %(cancelled)s THEN 'cancelled'
            ELSE ''
        END AS reason
    FROM campaigns_campaigncustomer c
    LEFT JOIN messaging_mailing ml ON ml.owner = %(owner)s
    LEFT JOIN messaging_message m ON m.mailing_id = ml.id AND m.profile_id = c.profile_id AND c.outcome = 'mailed'
    WHERE c.campaign_id = %(campaign)s
"""


def books(campaign: Campaign) -> Books:
    """The campaign's books, counted now: every customer of it in exactly one figure."""
    parts: dict[str, int] = {}
    suppressed: dict[str, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT figure, CASE WHEN figure = 'suppressed' THEN reason ELSE '' END, count(*) "
            f"FROM ({_STANDS}) stands GROUP BY 1, 2 ORDER BY 3 DESC",
            _asked(campaign),
        )
        for figure, reason, count in cursor.fetchall():
            if figure == "suppressed":
                suppressed[reason] = count
            else:
                parts[figure] = count
    return Books(planned=sum(parts.values()) + sum(suppressed.values()), suppressed=suppressed, **parts)


def books_of(campaigns: Sequence[Campaign]) -> dict[int, int]:
    """How many people each campaign meant, for lists."""
    rows = (
        CampaignCustomer.objects.filter(campaign__in=campaigns)
        .values_list("campaign")
        .annotate(n=Count("id"))
    )
    return dict(rows)


@dataclass(frozen=True, slots=True)
class Stand:
    """Where one customer of a campaign stands; `message` is the letter's public id, if there is one."""

    id: int
    profile_id: int
    message: str | None
    figure: str
    reason: str


def people(
    campaign: Campaign,
    by: Actor,
    *,
    figure: str = "planned",
    reason: str = "",
    after: int = 0,
    size: int = 50,
) -> list[Stand]:
    """The people behind a figure (one of `rules.FIGURES`), from the row after `after` on. Raises Refused."""
    by.must("campaigns.see")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, profile_id, message, figure, reason FROM ({_STANDS}) stands "
            "WHERE id > %(after)s AND (%(figure)s = 'planned' OR figure = %(figure)s) "
            "AND (%(reason)s = '' OR reason = %(reason)s) ORDER BY id LIMIT %(size)s",
            _asked(campaign) | {"after": after, "figure": figure, "reason": reason, "size": size},
        )
        return [
            Stand(row[0], row[1], str(row[2]) if row[2] else None, row[3], row[4])
            for row in cursor.fetchall()
        ]


def _asked(campaign: Campaign) -> dict[str, int | str | bool]:
    return {
        "campaign": campaign.pk,
        "owner": campaign.owner,
        "cancelled": campaign.state == Campaign.State.CANCELLED,
    }
