"""One's own views of lists, and those that colleagues share: of employees, who ask within their log-in."""

from collections.abc import Iterable
from typing import Annotated

from ninja import Field, Router, Schema, Status
from pydantic import ConfigDict

from prilavok.company import actions, queries
from prilavok.company.models import SavedView
from prilavok.kernel.web import Request

router = Router(tags=["company"])
MOST = 500

Page = Annotated[str, Field(pattern=r"^[a-z_]{1,60}$", description="The list.", examples=["customers"])]
Word = Annotated[str, Field(max_length=4000)]


class SharingIn(Schema):
    model_config = ConfigDict(extra="forbid")

    shared: bool = Field(False, description="With everybody.")
    roles: list[Annotated[str, Field(max_length=60)]] = Field(
        [], max_length=100, description="Codes of roles that see it."
    )


class ViewIn(SharingIn):
    page: Page
    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S")]
    query: dict[Annotated[str, Field(max_length=100)], list[Word]] = Field(
        {}, max_length=100, examples=[{"status": ["active"], "columns": ["name", "card"]}]
    )


class OpeningIn(Schema):
    model_config = ConfigDict(extra="forbid")

    page: Page
    view: int | None = Field(None, description="None: as it is.")


class ViewOut(Schema):
    id: int
    page: str
    name: str
    query: dict[str, list[str]]
    shared: bool
    roles: list[str]
    own: bool
    owner: str
    opens: bool = Field(description="The list opens with it.")

    @staticmethod
    def resolve_query(one: SavedView) -> dict[str, list[str]]:
        return {name: value if isinstance(value, list) else [value] for name, value in one.query.items()}

    @staticmethod
    def resolve_owner(one: SavedView) -> str:
        return str(one.owner)


@router.get("/me/views", response=list[ViewOut], summary="Views of a list")
def views(request: Request, page: Page) -> list[SavedView]:
    """One's own first. A token is nobody and has none."""
    return _told(request, page)


@router.post("/me/views", response={201: ViewOut}, summary="Keep a list's filters, order and columns")
def save_view(request: Request, new: ViewIn) -> Status[SavedView]:
    """One's own view of this name is replaced. To show it to others is a right of its own."""
    kept = actions.save_view(
        page=new.page, name=new.name, query=new.query, shared=new.shared, by=request.actor
    )
    if new.roles:
        actions.share_view(view_id=kept.pk, shared=new.shared, roles=new.roles, by=request.actor)
    return Status(201, _one(request, new.page, kept.pk))


@router.put("/me/views/opening", response=list[ViewOut], summary="Open a list with a view")
def open_with(request: Request, chosen: OpeningIn) -> list[SavedView]:
    actions.open_with(page=chosen.page, view_id=chosen.view, by=request.actor)
    return _told(request, chosen.page)


@router.put("/me/views/{int:number}/sharing", response=ViewOut, summary="Show one's own view to others")
def share_view(request: Request, number: int, told: SharingIn) -> SavedView:
    view = actions.share_view(view_id=number, shared=told.shared, roles=told.roles, by=request.actor)
    return _one(request, view.page, number)


@router.delete("/me/views/{int:number}", response={204: None}, summary="Forget one's own view")
def forget_view(request: Request, number: int) -> Status[None]:
    actions.forget_view(view_id=number, by=request.actor)
    return Status(204, None)


def _told(request: Request, page: str) -> list[SavedView]:
    return _with_opening(request, page, queries.saved_views(page, by=request.actor)[:MOST])


def _one(request: Request, page: str, number: int) -> SavedView:
    return _with_opening(request, page, queries.saved_views(page, by=request.actor).filter(pk=number))[0]


def _with_opening(request: Request, page: str, views: Iterable[SavedView]) -> list[SavedView]:
    """The same, each knowing whether the list opens with it."""
    opened, found = queries.default_view(page, by=request.actor), list(views)
    for one in found:
        one.opens = opened is not None and one.pk == opened.pk  # type: ignore[attr-defined]
    return found
