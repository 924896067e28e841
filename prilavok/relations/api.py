"""Relations, holdings and households for sites, 1C and other systems."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Router, Schema
from ninja import Status as HttpStatus
from pydantic import ConfigDict, Field, StringConstraints

from prilavok.customers import queries as customers
from prilavok.customers.ports import Indicator
from prilavok.customers.queries import Short
from prilavok.kernel import clock
from prilavok.kernel.web import Request
from prilavok.relations import actions, queries
from prilavok.relations.actions.looks import note_household
from prilavok.relations.models import Household, Relation, RelationKind
from prilavok.relations.ports import NewRelation
from prilavok.relations.problems import UnknownCustomer

router = Router(tags=["relations"])

Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)]
Role = Literal["", "decides", "influences", "checks", "uses", "buys", "pays", "signs", "admits"]
Part = Literal["head", "spouse", "child", "parent", "other"]
SideOf = Literal["any", "person", "company"]


class KindIn(Schema):
    """What is named is changed, the rest stays. Sides of kinds that Prilavok brings stay too."""

    name: Line = ""
    back: Line = ""
    first: SideOf = "any"
    second: SideOf = "any"
    active: bool = True


class KindOut(Schema):
    code: str
    name: str = Field(description="What the first is to the second.")
    back: str = Field(description="What the second is to the first.")
    first: str
    second: str
    active: bool


class RelationIn(Schema):
    """`first` is something to `second`: with the kind `employee` a person and the company that employs them."""

    kind: str = Field(max_length=20, examples=["employee"])
    first: UUID
    second: UUID
    position: Line = ""
    role: Role = ""
    since: date | None = None
    until: date | None = None


class ChangeIn(Schema):
    """What is named is changed, the rest stays; an `until` ends the relation, null lets it be in force again."""

    model_config = ConfigDict(extra="forbid")

    position: Line = ""
    role: Role = ""
    since: date | None = None
    until: date | None = None


class OtherOut(Schema):
    """The customer on the other side; all empty where the asker may not see them."""

    id: UUID | None
    name: str
    kind: str


class TieOut(Schema):
    id: UUID
    kind: str
    what: str = Field(description="What the other is to this customer, in the asker's language.")
    other: OtherOut
    position: str
    role: str
    since: date | None
    until: date | None
    ended: bool


class RelationOut(Schema):
    id: UUID
    kind: str
    position: str
    role: str
    since: date | None
    until: date | None


class FigureOut(Schema):
    """An indicator of the card, reckoned of several customers together."""

    key: str
    label: str
    value: Any
    kind: str

    @staticmethod
    def resolve_label(one: Indicator) -> str:
        return str(one.label)


class NodeOut(Schema):
    company: OtherOut
    level: int
    figures: list[FigureOut]
    below: list["NodeOut"]


class HoldingOut(Schema):
    companies: int
    levels: int
    figures: list[FigureOut]
    root: NodeOut


class MemberIn(Schema):
    customer: UUID
    part: Part = "other"


class HouseholdIn(Schema):
    head: UUID
    name: Line = ""
    members: Annotated[list[MemberIn], Field(max_length=50)] = []


class NameIn(Schema):
    name: Line


class WhoIn(Schema):
    customer: UUID


class MemberOut(Schema):
    customer: OtherOut
    part: str
    birth_date: date | None
    joined_at: datetime
    left_at: datetime | None


class HouseholdOut(Schema):
    id: UUID
    name: str
    head: UUID | None
    members: list[MemberOut]
    left: list[MemberOut]
    figures: list[FigureOut]


# ── Relations ────────────────────────────────────────────────────────────────────────────────────────────


@router.get("/relation-kinds", response=list[KindOut], summary="Kinds of relations")
def kinds(request: Request) -> list[dict[str, object]]:
    request.actor.must("relations.see")
    return [_kind(kind) for kind in queries.kinds().values()]


def _kind(kind: RelationKind) -> dict[str, object]:
    name, back = queries.names(kind)
    told = {field: getattr(kind, field) for field in ("code", "first", "second", "active")}
    return told | {"name": str(name), "back": str(back)}


@router.put("/relation-kinds/{code}", response=KindOut, summary="Change a kind of relations, or make one")
def change_kind(request: Request, code: str, told: KindIn) -> dict[str, object]:
    changed = actions.change_kind(code=code, by=request.actor, **told.dict(exclude_unset=True))
    return _kind(changed)


@router.get("/customers/{uuid:public_id}/relations", response=list[TieOut], summary="Relations of a customer")
def of_customer(request: Request, public_id: UUID, kind: str = "") -> list[dict[str, object]]:
    """In both directions, those that have ended too."""
    request.actor.must("relations.see")
    profile = customers.get(public_id, request.actor)
    found = queries.ties(profile.pk, request.actor)
    return [_tie(tie) for tie in found if kind in ("", tie.relation.kind)]


def _tie(tie: queries.Tie) -> dict[str, object]:
    more = {"what": str(tie.what), "other": _other(tie.other), "ended": tie.ended}
    return _relation(tie.relation) | more


def _relation(relation: Relation) -> dict[str, object]:
    told = {name: getattr(relation, name) for name in ("kind", "position", "role", "since", "until")}
    return {"id": relation.public_id} | told


def _other(one: Short | None) -> dict[str, object]:
    return {
        "id": one.public_id if one else None,
        "name": one.name if one else "",
        "kind": one.kind if one else "",
    }


@router.post("/relations", response={201: RelationOut}, summary="Write down a relation")
def relate(request: Request, told: RelationIn) -> HttpStatus[dict[str, object]]:
    request.actor.must("relations.edit")
    new = NewRelation(
        **told.dict(exclude={"first", "second"}),
        first_id=_profile(request, told.first, "first"),
        second_id=_profile(request, told.second, "second"),
    )
    made = actions.relate(new, by=request.actor, at=clock.now())
    return HttpStatus(201, _relation(made))


def _profile(request: Request, public_id: UUID, field: str) -> int:
    known = customers.profile_ids([public_id], request.actor)
    if public_id not in known:
        raise UnknownCustomer(field=field)
    return known[public_id]


@router.patch("/relations/{uuid:relation_id}", response=RelationOut, summary="Correct or end a relation")
def change(request: Request, relation_id: UUID, told: ChangeIn) -> dict[str, object]:
    request.actor.must("relations.edit")
    found = queries.get(relation_id, request.actor)
    actions.change_relation(found.pk, by=request.actor, at=clock.now(), **told.dict(exclude_unset=True))
    return _relation(queries.get(relation_id, request.actor))


@router.delete(
    "/relations/{uuid:relation_id}", response={204: None}, summary="Take away a relation written by mistake"
)
def remove(request: Request, relation_id: UUID) -> HttpStatus[None]:
    """A relation that was true and is not any more is ended by an `until` instead."""
    request.actor.must("relations.edit")
    found = queries.get(relation_id, request.actor)
    actions.remove_relation(found.pk, by=request.actor, at=clock.now())
    return HttpStatus(204, None)


@router.get(
    "/customers/{uuid:public_id}/holding", response=HoldingOut, summary="The holding of a company, as a tree"
)
def holding(request: Request, public_id: UUID) -> dict[str, object]:
    """From its top, with the figures of every company and of all together."""
    request.actor.must("relations.see")
    profile = customers.get(public_id, request.actor)
    found = queries.holding(profile.pk, request.actor)
    return {
        "companies": len(found.members),
        "levels": found.levels,
        "figures": found.figures,
        "root": _node(found.root),
    }


def _node(node: queries.Node) -> dict[str, object]:
    return {
        "company": _other(node.company),
        "level": node.level,
        "figures": node.figures,
        "below": [_node(one) for one in node.below],
    }


# ── Households ───────────────────────────────────────────────────────────────────────────────────────────


@router.get(
    "/customers/{uuid:public_id}/household", response=HouseholdOut, summary="The household of a person"
)
def household_of(request: Request, public_id: UUID) -> dict[str, object]:
    request.actor.must("relations.see")
    profile = customers.get(public_id, request.actor)
    found = queries.membership_of(profile.pk)
    if found is None:
        raise Household.DoesNotExist
    return _household(request, found.household.public_id)


def _household(request: Request, household_id: UUID) -> dict[str, object]:
    whole = queries.whole(household_id, request.actor)
    note_household(whole, by=request.actor, at=clock.now())
    return {
        "id": whole.household.public_id,
        "name": whole.called,
        "head": whole.head.who.public_id if whole.head and whole.head.who else None,
        "members": [_member(one) for one in whole.members],
        "left": [_member(one) for one in whole.left],
        "figures": whole.figures,
    }


def _member(one: queries.Member) -> dict[str, object]:
    told = {name: getattr(one.membership, name) for name in ("part", "joined_at", "left_at")}
    return told | {"customer": _other(one.who), "birth_date": one.birth_date}


@router.post("/households", response={201: HouseholdOut}, summary="Make a household")
def make_household(request: Request, told: HouseholdIn) -> HttpStatus[dict[str, object]]:
    request.actor.must("relations.edit")
    members = [
        (_profile(request, one.customer, f"members.{place}.customer"), one.part)
        for place, one in enumerate(told.members)
    ]
    made = actions.make_household(
        head_id=_profile(request, told.head, "head"),
        name=told.name,
        members=members,
        by=request.actor,
        at=clock.now(),
    )
    return HttpStatus(201, _household(request, made.public_id))


@router.get("/households/{uuid:household_id}", response=HouseholdOut, summary="One household")
def household(request: Request, household_id: UUID) -> dict[str, object]:
    return _household(request, household_id)


@router.patch("/households/{uuid:household_id}", response=HouseholdOut, summary="Name a household")
def rename(request: Request, household_id: UUID, told: NameIn) -> dict[str, object]:
    request.actor.must("relations.edit")
    whole = queries.whole(household_id, request.actor)
    actions.rename_household(household_id=whole.household.pk, name=told.name, by=request.actor)
    return _household(request, household_id)


@router.post(
    "/households/{uuid:household_id}/members", response=HouseholdOut, summary="Somebody joins a household"
)
def join(request: Request, household_id: UUID, told: MemberIn) -> dict[str, object]:
    request.actor.must("relations.edit")
    whole, profile = (
        queries.whole(household_id, request.actor),
        _profile(request, told.customer, "customer"),
    )
    actions.join_household(
        household_id=whole.household.pk,
        profile_id=profile,
        part=told.part,
        by=request.actor,
        at=clock.now(),
    )
    return _household(request, household_id)


@router.delete(
    "/households/{uuid:household_id}/members/{uuid:public_id}",
    response=HouseholdOut,
    summary="Somebody leaves a household",
)
def leave(request: Request, household_id: UUID, public_id: UUID) -> dict[str, object]:
    request.actor.must("relations.edit")
    whole, profile = queries.whole(household_id, request.actor), customers.get(public_id, request.actor)
    actions.leave_household(
        household_id=whole.household.pk, profile_id=profile.pk, by=request.actor, at=clock.now()
    )
    return _household(request, household_id)


@router.put("/households/{uuid:household_id}/head", response=HouseholdOut, summary="Name another head")
def head(request: Request, household_id: UUID, told: WhoIn) -> dict[str, object]:
    request.actor.must("relations.edit")
    whole, profile = (
        queries.whole(household_id, request.actor),
        _profile(request, told.customer, "customer"),
    )
    actions.head_household(
        household_id=whole.household.pk, profile_id=profile, by=request.actor, at=clock.now()
    )
    return _household(request, household_id)
