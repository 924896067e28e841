"""What customers want to read and how often, and the company's topics."""

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Field, Router, Schema
from ninja import Status as HttpStatus
from pydantic import ConfigDict, IPvAnyAddress

from prilavok.company import actions as company_actions
from prilavok.customers import actions, queries
from prilavok.customers.models import Frequency, Topic
from prilavok.kernel import clock
from prilavok.kernel.web import Request

router = Router(tags=["customers"])


class TopicOut(Schema):
    public_id: UUID
    name: str
    note: str
    archived_at: datetime | None


class TopicIn(Schema):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=80, examples=["Cheese and wine"])
    note: str = Field("", max_length=300)


class TopicChange(Schema):
    """Only what changes."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(None, max_length=80)
    note: str | None = Field(None, max_length=300)
    archived: bool | None = None


class TopicWish(Schema):
    """A topic with the customer's choice; `at` and `source` are null while nothing was said, which means yes."""

    topic: UUID
    name: str
    wanted: bool
    at: datetime | None
    source: str | None


class PreferencesOut(Schema):
    topics: list[TopicWish]
    frequency: Frequency = Field(description="week and month: at most one offer in 7 and in 30 days.")
    frequency_at: datetime | None
    frequency_source: str | None


class PreferencesIn(Schema):
    """What the customer chose; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    topics: dict[UUID, bool] = Field({}, max_length=500, description="By the id of a topic: wanted or not.")
    frequency: Frequency | None = None
    source: str = Field("api", max_length=50, examples=["site"])
    ip: IPvAnyAddress | None = None


@router.get("/topics", response=list[TopicOut], summary="Topics of offers")
def topics(request: Request) -> list[Topic]:
    return list(queries.topics(request.actor))


@router.post("/topics", response={201: TopicOut}, summary="Make a topic")
def make(request: Request, new: TopicIn) -> HttpStatus[Topic]:
    return HttpStatus(201, actions.save_topic(by=request.actor, **new.dict()))


@router.patch(
    "/topics/{uuid:public_id}", response=TopicOut, summary="Call a topic anew, archive it, restore it"
)
def change(request: Request, public_id: UUID, new: TopicChange) -> Topic:
    request.actor.must("customers.topics")
    found = queries.topic(public_id, request.actor)
    if new.name is not None or new.note is not None:
        name = found.name if new.name is None else new.name
        note = found.note if new.note is None else new.note
        found = actions.save_topic(topic_id=found.pk, name=name, note=note, by=request.actor)
    if new.archived is None:
        return found
    if new.archived:
        return actions.archive_topic(topic_id=found.pk, by=request.actor, at=clock.now())
    return actions.restore_topic(topic_id=found.pk, by=request.actor)


@router.get(
    "/customers/{uuid:public_id}/preferences",
    response=PreferencesOut,
    summary="What a customer wants to read, and how often",
)
def preferences(request: Request, public_id: UUID) -> dict[str, Any]:
    profile = queries.get(public_id, request.actor)
    company_actions.note_look(profile_id=profile.pk, what="api", by=request.actor, at=clock.now())
    return _told(profile.pk, request)


@router.put(
    "/customers/{uuid:public_id}/preferences",
    response=PreferencesOut,
    summary="Write down what a customer chose",
)
def choose(request: Request, public_id: UUID, new: PreferencesIn) -> dict[str, Any]:
    request.actor.must("customers.consents")
    profile = queries.get(public_id, request.actor)
    known = {one.public_id: one.pk for one in Topic.objects.filter(public_id__in=new.topics)}
    if len(known) < len(new.topics):
        raise actions.UnknownTopic(field="topics")
    actions.choose_preferences(
        profile_id=profile.pk,
        topics={known[topic]: wanted for topic, wanted in new.topics.items()},
        frequency=new.frequency,
        source=new.source,
        ip=str(new.ip) if new.ip else None,
        by=request.actor,
        at=clock.now(),
    )
    return _told(profile.pk, request)


def _told(profile_id: int, request: Request) -> dict[str, Any]:
    held = queries.preferences(profile_id, request.actor)
    return {
        "topics": [
            {
                "topic": one.topic.public_id,
                "name": one.topic.name,
                "wanted": one.wanted,
                "at": one.said.at if one.said else None,
                "source": one.said.source if one.said else None,
            }
            for one in held.topics
        ],
        "frequency": held.frequency,
        "frequency_at": held.often.at if held.often else None,
        "frequency_source": held.often.source if held.often else None,
    }
