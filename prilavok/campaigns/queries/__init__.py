"""Everything others may ask about campaigns."""

from prilavok.campaigns.queries.books import Stand, books, books_of, people
from prilavok.campaigns.queries.lists import (
    Audience,
    active,
    audience,
    by_id,
    campaigns,
    chosen_letters,
    experiment_of,
    get,
    naive_of,
    names,
    past_by_code,
    sensitivity,
    uses_of_segment,
)

__all__ = [
    "Audience",
    "Stand",
    "active",
    "audience",
    "books",
    "books_of",
    "by_id",
    "campaigns",
    "chosen_letters",
    "experiment_of",
    "get",
    "naive_of",
    "names",
    "past_by_code",
    "people",
    "sensitivity",
    "uses_of_segment",
]
