"""What customers want to be written to about and how often, read through merges."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Count, QuerySet

from prilavok.customers.models import Frequency, FrequencyChoice, Topic, TopicChoice
from prilavok.customers.queries.consents import PERSON
from prilavok.kernel.actors import Actor

DAYS = {Frequency.WEEK: 7, Frequency.MONTH: 30}


def topics(by: Actor) -> QuerySet[Topic]:
    """Topics that customers are offered, by name."""
    by.must("customers.see")
    return Topic.objects.filter(archived_at=None)


def gone_topics(by: Actor) -> QuerySet[Topic]:
    """Archived topics."""
    by.must("customers.topics")
    return Topic.objects.exclude(archived_at=None)


def topic(public_id: UUID, by: Actor) -> Topic:
    """One topic, archived or not. Raises Topic.DoesNotExist, Refused."""
    by.must("customers.see")
    return Topic.objects.get(public_id=public_id)


def topic_names(ids: Collection[int]) -> dict[int, str]:
    """Names of topics, archived ones too."""
    return dict(Topic.objects.filter(pk__in=ids).values_list("pk", "name"))


@dataclass(frozen=True, slots=True)
class Chosen:
    """One choice that holds now: when it was made and where from."""

    value: bool | str
    at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person has chosen. Whoever said nothing wants every topic, as often as there is something to tell."""

    topics: Mapping[int, Chosen] = field(default_factory=dict)
    often: Chosen | None = None

    def wants(self, topic_id: int) -> bool:
        said = self.topics.get(topic_id)
        return said is None or bool(said.value)

    @property
    def frequency(self) -> str:
        return str(self.often.value) if self.often else Frequency.ANY.value


_TOPICS = (
    "SELECT DISTINCT ON (p.id, c.topic_id) p.id, c.topic_id, c.wanted, c.at, c.source"
    + PERSON
    + """
    JOIN customers_topicchoice c ON c.profile_id = ANY(family.kin)
    WHERE p.id = ANY(%s) ORDER BY p.id, c.topic_id, c.at DESC, c.id DESC
    """
)
_OFTEN = (
    "SELECT DISTINCT ON (p.id) p.id, c.frequency, c.at, c.source"
    + PERSON
    + """
    JOIN customers_frequencychoice c ON c.profile_id = ANY(family.kin)
    WHERE p.id = ANY(%s) ORDER BY p.id, c.at DESC, c.id DESC
    """
)


def choices_of(profile_ids: Collection[int]) -> dict[int, Choices]:
    """What the person behind each profile has chosen."""
    ids = list(profile_ids)
    said: dict[int, dict[int, Chosen]] = {profile: {} for profile in ids}
    with connection.cursor() as cursor:
        cursor.execute(_TOPICS, [ids])
        for profile, about, *choice in cursor.fetchall():
            said[profile][about] = Chosen(*choice)
        cursor.execute(_OFTEN, [ids])
        often = {profile: Chosen(*choice) for profile, *choice in cursor.fetchall()}
    return {profile: Choices(said[profile], often.get(profile)) for profile in ids}


def numbers_of_choices(profile_ids: Collection[int]) -> dict[int, int]:
    """How many lines of chosen topics each profile has; those without any are missing."""
    rows = TopicChoice.objects.filter(profile__in=profile_ids).order_by()
    return dict(rows.values_list("profile").annotate(Count("pk")))


@dataclass(frozen=True, slots=True)
class Offered:
    """A topic as a customer sees it, with their choice."""

    topic: Topic
    wanted: bool
    said: Chosen | None


@dataclass(frozen=True, slots=True)
class Preferences:
    """Everything of a customer's preferences that can be chosen now."""

    topics: list[Offered]
    frequency: str
    often: Chosen | None

    @property
    def frequency_label(self) -> str:
        return str(Frequency(self.frequency).label)


def preferences(profile_id: int, by: Actor) -> Preferences:
    """What the customer wants of the topics on offer, and how often."""
    held = choices_of([profile_id])[profile_id]
    shown = [Offered(one, held.wants(one.pk), held.topics.get(one.pk)) for one in topics(by)]
    return Preferences(shown, held.frequency, held.often)


@dataclass(frozen=True, slots=True)
class Limit:
    """Who is written to at most once in so many days: the profile that stands for the person, and all of them."""

    head: int
    kin: list[int]
    days: int


def limits_of(profile_ids: Iterable[int]) -> dict[int, Limit]:
    """The limit of the person behind each profile; who set none is left out."""
    if not FrequencyChoice.objects.exists():
        return {}  # nobody ever set one: whole bases are asked about
    sql = (
        "SELECT p.id, h.id, family.kin, choice.frequency"
        + PERSON
        + """
        JOIN LATERAL (
            SELECT frequency FROM customers_frequencychoice c WHERE c.profile_id = ANY(family.kin)
            ORDER BY c.at DESC, c.id DESC LIMIT 1
        ) choice ON true
        WHERE p.id = ANY(%s) AND choice.frequency = ANY(%s)
        """
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(profile_ids), [str(one) for one in DAYS]])
        return {
            profile: Limit(head, kin, DAYS[Frequency(frequency)])
            for profile, head, kin, frequency in cursor.fetchall()
        }
