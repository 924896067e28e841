"""What the first page shows."""

from prilavok.reports.queries.duties import Waiting, waiting
from prilavok.reports.queries.letters import Brought, Communications, communications
from prilavok.reports.queries.sentences import Sentence, brought, not_reckoned, worth
from prilavok.reports.queries.shop import Base, Recognised, Today, base, last_days, recognised, today
from prilavok.reports.queries.silent import groups, names

__all__ = [
    "Base",
    "Brought",
    "Communications",
    "Recognised",
    "Sentence",
    "Today",
    "Waiting",
    "base",
    "brought",
    "communications",
    "groups",
    "last_days",
    "names",
    "not_reckoned",
    "recognised",
    "today",
    "waiting",
    "worth",
]
