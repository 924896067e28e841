"""Labelled files: how well duplicates are found where it is known who is who."""

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Field, File, Form, Router, Schema, UploadedFile
from ninja import Status as HttpStatus
from ninja.params.functions import Query

from prilavok.customers import actions, queries
from prilavok.customers.models import Evaluation
from prilavok.kernel import clock, paging
from prilavok.kernel.web import Request

router = Router(tags=["identity"])


class FiguresOut(Schema):
    threshold: float = Field(description="Pairs of at least this probability are taken.")
    pairs: int
    precision: float
    recall: float
    f: float = Field(description="The harmonic mean of precision and recall.")


class EvaluatedOut(Schema):
    asked: FiguresOut = Field(description="At the threshold in use.")
    chosen: FiguresOut = Field(description="At the threshold of the best F in this file.")
    thresholds: list[FiguresOut]


class EvaluationOut(Schema):
    id: UUID
    file_name: str
    column: str = Field(description="The column that says who is who; empty as long as it is not guessed.")
    at: datetime
    state: Evaluation.State
    records: int
    true_pairs: int
    seconds: float
    figures: EvaluatedOut | None
    points: list[tuple[float, float, float]] = Field(
        description="Of the curve: threshold, recall, precision."
    )
    trouble: str = Field(description="Why the file could not be evaluated, and what to do.")

    @staticmethod
    def resolve_id(one: Evaluation) -> UUID:
        return one.public_id

    @staticmethod
    def resolve_figures(one: Evaluation) -> Any:
        return one.figures or None

    @staticmethod
    def resolve_trouble(one: Evaluation) -> str:
        return queries.evaluation_trouble(one)


class EvaluationList(Schema):
    items: list[EvaluationOut]
    next: str | None


@router.get("/identity/evaluations", response=EvaluationList, summary="Labelled files, the latest first")
def evaluations(
    request: Request, after: str | None = None, limit: int = Query(20, ge=1, le=100)
) -> paging.Page[Evaluation]:
    return paging.keyset(queries.evaluations(request.actor), order=("-at", "-id"), after=after, size=limit)


@router.post("/identity/evaluations", response={202: EvaluationOut}, summary="Evaluate a labelled file")
def evaluate(request: Request, file: File[UploadedFile], column: Form[str] = "") -> HttpStatus[Evaluation]:
    """CSV, XLSX or Parquet of at most 100 MB; `column` says who is who, or is guessed. The figures come in the
    background; the file is deleted once it has been read."""
    one = actions.evaluate_file(
        name=file.name or "", chunks=file.chunks(), column=column, by=request.actor, at=clock.now()
    )
    return HttpStatus(202, one)


@router.get(
    "/identity/evaluations/{uuid:public_id}", response=EvaluationOut, summary="The figures of a labelled file"
)
def evaluation(request: Request, public_id: UUID) -> Evaluation:
    return queries.evaluation(public_id, request.actor)


@router.delete(
    "/identity/evaluations/{uuid:public_id}", response={204: None}, summary="Delete the figures for good"
)
def delete_evaluation(request: Request, public_id: UUID) -> HttpStatus[None]:
    actions.delete_evaluation(public_id=public_id, by=request.actor)
    return HttpStatus(204, None)
