"""Everything others may ask about experiments."""

from collections.abc import Sequence
from datetime import datetime

from prilavok.experiments.queries.beforehand import Sensitivity, past_of, sensitivity_of
from prilavok.experiments.queries.behind import Member, Members, Which, members, profiles_behind
from prilavok.experiments.queries.documents import document
from prilavok.experiments.queries.figures import ArmRow, Comparison, Cut, CutRow, Figures, Report
from prilavok.experiments.queries.lists import arm_of, experiments, get, of_subject
from prilavok.experiments.queries.naive import naive_report
from prilavok.experiments.queries.open_draws import OpenDraw, open_draws
from prilavok.experiments.queries.reports import brought, report
from prilavok.experiments.queries.sentences import (
    KINDS,
    REASONS,
    VERDICTS,
    amount,
    explanation,
    finding,
    signed_money,
    with_interval,
)
from prilavok.experiments.queries.shares import Share, shares
from prilavok.experiments.rules.sensitivity import Point
from prilavok.experiments.rules.verdicts import Verdict


def sensitivity(profile_ids: Sequence[int], days: int, control_share: float, at: datetime) -> Sensitivity:
    """Which effect groups of these people could show in `days`, and the control share that follows.

    Raises FactsDown.
    """
    return sensitivity_of(profile_ids, days, control_share, at)


__all__ = [
    "KINDS",
    "REASONS",
    "VERDICTS",
    "ArmRow",
    "Comparison",
    "Cut",
    "CutRow",
    "Figures",
    "Member",
    "Members",
    "OpenDraw",
    "Point",
    "Report",
    "Sensitivity",
    "Share",
    "Verdict",
    "Which",
    "amount",
    "arm_of",
    "brought",
    "document",
    "experiments",
    "explanation",
    "finding",
    "get",
    "members",
    "naive_report",
    "of_subject",
    "open_draws",
    "past_of",
    "profiles_behind",
    "report",
    "sensitivity",
    "shares",
    "signed_money",
    "with_interval",
]
