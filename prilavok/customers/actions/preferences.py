"""Topics of the company, and what a customer chooses: which of them, and how often."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from prilavok.customers import queries, rules
from prilavok.customers.actions.people import lock
from prilavok.customers.actions.problems import BadTopic, TopicThere, UnknownFrequency, UnknownTopic
from prilavok.customers.events import FrequencyChosen, TopicChosen
from prilavok.customers.models import Frequency, FrequencyChoice, Topic, TopicChoice
from prilavok.kernel import journal
from prilavok.kernel.actors import Actor


@transaction.atomic
def choose_preferences(
    *,
    profile_id: int,
    source: str,
    by: Actor,
    at: datetime,
    topics: Mapping[int, bool] | None = None,
    frequency: str | None = None,
    ip: str | None = None,
) -> dict[str, Any]:
    """Write down which topics the customer wants, by id, and how often; what is not named stays as it is.

    What holds already writes no second line. Answers what held before of all that has changed, to be chosen again by
    an undo. Raises UnknownTopic, UnknownFrequency, NotForErased.
    """
    by.must("customers.consents")
    topics = topics or {}
    profile = lock(profile_id, by)
    if frequency is not None and frequency not in Frequency.values:
        raise UnknownFrequency(field="frequency")
    if Topic.objects.filter(pk__in=topics).count() < len(topics):
        raise UnknownTopic(field="topics")
    held = queries.choices_of([profile.pk])[profile.pk]
    said = {"profile": profile, "at": at, "source": source, "ip": ip, "by_kind": by.kind, "by_id": by.id}
    before: dict[str, Any] = {}
    for topic, wanted in topics.items():
        if held.wants(topic) == wanted:
            continue
        TopicChoice.objects.create(topic_id=topic, wanted=wanted, **said)
        before.setdefault("topics", {})[topic] = not wanted
        chosen = TopicChosen(profile_id=profile.pk, topic_id=topic, wanted=wanted, source=source)
        journal.record(chosen, by=by, at=at, customer=profile.pk)
    if frequency is not None and frequency != held.frequency:
        FrequencyChoice.objects.create(frequency=frequency, **said)
        before["frequency"] = held.frequency
        often = FrequencyChosen(profile_id=profile.pk, frequency=frequency, source=source)
        journal.record(often, by=by, at=at, customer=profile.pk)
    return before


# ── Topics ───────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def save_topic(*, name: str, by: Actor, note: str = "", topic_id: int | None = None) -> Topic:
    """Make a topic, or call one anew. Raises BadTopic, TopicThere, UnknownTopic."""
    by.must("customers.topics")
    topic = Topic() if topic_id is None else _locked(topic_id)
    topic.name, topic.note = rules.cleaned(name), rules.cleaned(note)
    if not topic.name or len(topic.name) > 80 or len(topic.note) > 300:
        raise BadTopic(field="name")
    return _saved(topic)


@transaction.atomic
def archive_topic(*, topic_id: int, by: Actor, at: datetime) -> Topic:
    """Offer a topic no more; refusals of it hold. Undone by restore_topic. Raises UnknownTopic."""
    by.must("customers.topics")
    topic = _locked(topic_id)
    topic.archived_at = topic.archived_at or at
    return _saved(topic)


@transaction.atomic
def restore_topic(*, topic_id: int, by: Actor) -> Topic:
    """Offer an archived topic again. Raises UnknownTopic, TopicThere."""
    by.must("customers.topics")
    topic = _locked(topic_id)
    topic.archived_at = None
    return _saved(topic)


def _locked(topic_id: int) -> Topic:
    topic = Topic.objects.select_for_update().filter(pk=topic_id).first()
    if topic is None:
        raise UnknownTopic(field="topic")
    return topic


def _saved(topic: Topic) -> Topic:
    try:
        with transaction.atomic():
            topic.save()
    except IntegrityError as error:
        raise TopicThere(field="name") from error
    return topic
