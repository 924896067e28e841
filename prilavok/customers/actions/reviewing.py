"""Pairs that may be one person: proposed by rules and by likeness, decided by people."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from prilavok.customers import matching
from prilavok.customers.actions.merging import merge
from prilavok.customers.actions.problems import AlreadyOne
from prilavok.customers.models import Candidate, Merge
from prilavok.customers.queries import heads_of, visible
from prilavok.kernel.actors import Actor
from prilavok.kernel.ids import uuid7

BATCH = 5_000


def propose(
    one_id: int, other_id: int, *, score: float, reasons: Sequence[str], source: str, at: datetime
) -> Candidate | None:
    """Let somebody look whether these are one; None if they are already, or if somebody said that they are not."""
    heads = heads_of([one_id, other_id])
    left, right = sorted((heads[one_id], heads[other_id]))
    if left == right:
        return None
    found, made = Candidate.objects.get_or_create(
        left_id=left,
        right_id=right,
        defaults={"score": score, "reasons": [{"code": one} for one in reasons], "source": source, "at": at},
    )
    if found.state != Candidate.State.OPEN:
        return None
    told = {one["code"] for one in found.reasons}
    if not made and set(reasons) - told:
        found.reasons = [*found.reasons, *({"code": one} for one in reasons if one not in told)]
        found.score = max(found.score, score)
        found.save(update_fields=["reasons", "score"])
    return found


def propose_many(pairs: Iterable[matching.Pair], *, source: str, at: datetime) -> int:
    """Put likely pairs (keys are ids of profiles) into the queue; the decided stay so. How many are new."""
    rows = [
        Candidate(
            public_id=uuid7(),
            left_id=min(int(pair.left), int(pair.right)),
            right_id=max(int(pair.left), int(pair.right)),
            score=pair.score,
            reasons=[{"code": reason.code, "bits": round(reason.bits, 1)} for reason in pair.reasons],
            source=source,
            at=at,
        )
        for pair in pairs
    ]
    before = Candidate.objects.count()
    for start in range(0, len(rows), BATCH):
        Candidate.objects.bulk_create(rows[start : start + BATCH], ignore_conflicts=True)
    return Candidate.objects.count() - before


def propose_claims(kind: str, pairs: Sequence[tuple[int, int]], *, at: datetime) -> None:
    """Each first one claims what the second one has: let somebody look, unless they are one or were looked at."""
    heads = heads_of({profile for pair in pairs for profile in pair})
    alike = {tuple(sorted((heads[one], heads[other]))) for one, other in pairs} if pairs else set()
    Candidate.objects.bulk_create(
        [
            Candidate(
                left_id=left, right_id=right, score=0.5, reasons=[{"code": f"{kind}_claimed"}],
                source="claim", at=at,
            )
            for left, right in sorted(alike)
            if left != right
        ],
        ignore_conflicts=True,
        batch_size=BATCH,
    )  # fmt: skip


@transaction.atomic
def decide_apart(*, public_id: UUID, by: Actor, at: datetime) -> Candidate:
    """These are two; the pair is not proposed again. Raises Candidate.DoesNotExist."""
    return _decide(public_id, Candidate.State.APART, by, at)


@transaction.atomic
def reopen(*, public_id: UUID, by: Actor, at: datetime) -> Candidate:
    """The verdict is taken back: the pair waits again. Raises Candidate.DoesNotExist."""
    return _decide(public_id, Candidate.State.OPEN, by, at)


def _decide(public_id: UUID, state: str, by: Actor, at: datetime) -> Candidate:
    by.must("customers.merge")
    seen = visible(by).values("pk")
    found = Candidate.objects.select_for_update().get(public_id=public_id, left__in=seen, right__in=seen)
    found.state, found.decided_at = state, at
    found.decided_by_kind, found.decided_by_id = by.kind, by.id
    found.save(update_fields=["state", "decided_at", "decided_by_kind", "decided_by_id"])
    return found


@transaction.atomic
def merge_candidate(
    *, public_id: UUID, by: Actor, at: datetime, modes: dict[str, str] | None = None, keep_right: bool = False
) -> Merge:
    """These are one; the left one survives unless the right one is to be kept. Raises as `merge` does."""
    by.must("customers.merge")
    pair = Candidate.objects.get(public_id=public_id)
    into, other = (pair.right_id, pair.left_id) if keep_right else (pair.left_id, pair.right_id)
    evidence = {"reasons": pair.reasons, "score": pair.score}
    try:
        return merge(
            profile_id=into, other_id=other, modes=modes, rule="review", evidence=evidence, by=by, at=at
        )
    except AlreadyOne:
        _decide(public_id, Candidate.State.MERGED, by, at)
        raise
