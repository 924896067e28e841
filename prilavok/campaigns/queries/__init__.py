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
from prilavok.campaigns.queries.points import (
    PointsGiven,
    cost_of_points,
    most_of,
    points_given,
    points_waiting,
)

__all__ = [
    "Audience",
    "PointsGiven",
    "Stand",
    "active",
    "audience",
    "books",
    "books_of",
    "by_id",
    "campaigns",
    "chosen_letters",
    "cost_of_points",
    "experiment_of",
    "get",
    "most_of",
    "naive_of",
    "names",
    "past_by_code",
    "people",
    "points_given",
    "points_waiting",
    "sensitivity",
    "uses_of_segment",
]
