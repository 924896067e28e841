"""What customers tell. Ids and values only: no names, addresses or phones, so that erasure rewrites nothing."""

from dataclasses import dataclass

from prilavok.kernel.event import Event


@dataclass(frozen=True, kw_only=True)
class CustomerRegistered(Event):
    """`consents` are the channels by which the customer agreed to advertising at once."""

    profile_id: int
    person_id: int
    source: str = ""
    consents: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CustomerChanged(Event):
    """`fields` are names of what changed; the values stay in the tables."""

    profile_id: int
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class StatusChanged(Event):
    profile_id: int
    old: str
    new: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ContactAdded(Event):
    profile_id: int
    contact_id: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class ContactRemoved(Event):
    profile_id: int
    contact_id: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class ContactFailed(Event):
    """The address does not accept messages any more; `reason` is the code of the refusal."""

    profile_id: int
    contact_id: int
    kind: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class IdentifierAdded(Event):
    profile_id: int
    identifier_id: int
    kind: str
    proof: str = "verified"


@dataclass(frozen=True, kw_only=True)
class IdentifierRemoved(Event):
    profile_id: int
    identifier_id: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class ConsentGiven(Event):
    profile_id: int
    consent_id: int
    purpose: str
    channel: str
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class ConsentWithdrawn(Event):
    profile_id: int
    consent_id: int
    purpose: str
    channel: str
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class ConsentAsked(Event):
    """Somebody agreed in the customer's name; it counts once the owner of the address confirms it."""

    profile_id: int
    opt_in_id: int
    purpose: str
    channel: str


@dataclass(frozen=True, kw_only=True)
class DocumentPublished(Event):
    """A version of what customers agree to is in force; the one before it is superseded."""

    document_id: int
    purpose: str
    number: int


@dataclass(frozen=True, kw_only=True)
class AddressSuppressed(Event):
    """An address stands on the stop list; told of each customer who has it, or of nobody."""

    suppression_id: int
    kind: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class SuppressionLifted(Event):
    suppression_id: int
    kind: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class CustomersMerged(Event):
    """Two records turned out to be one person. `moved` are the profiles that stand under `profile_id` from now on."""

    profile_id: int
    merge_id: int
    moved: tuple[int, ...]
    rule: str


@dataclass(frozen=True, kw_only=True)
class MergeUndone(Event):
    """They are two again. `moved` are the profiles that left `profile_id`; the first stands for them."""

    profile_id: int
    merge_id: int
    moved: tuple[int, ...]
    rule: str


@dataclass(frozen=True, kw_only=True)
class PersonalDataAsked(Event):
    """The customer asks for the archive, a correction or erasure."""

    profile_id: int
    request_id: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class CustomerErased(Event):
    """Everything that says who they were is gone; sums and counts stay. `profiles` are all of the person."""

    profile_id: int
    profiles: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class IdentifierClaimed(Event):
    """Somebody said, without proof, that this is theirs; `owner` is the profile that it is proved to be of, if any."""

    profile_id: int
    kind: str
    owner: int | None = None


@dataclass(frozen=True, kw_only=True)
class KeyQuarantined(Event):
    """A value that many people share tells nobody any more."""

    quarantine_id: int
    kind: str
    reason: str
    people: int


@dataclass(frozen=True, kw_only=True)
class KeyReleased(Event):
    quarantine_id: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class AlertRaised(Event):
    """Whoever meets the customer is to know something."""

    profile_id: int
    alert_id: int
    severity: str


@dataclass(frozen=True, kw_only=True)
class AlertEnded(Event):
    profile_id: int
    alert_id: int


@dataclass(frozen=True, kw_only=True)
class NoteWritten(Event):
    profile_id: int
    note_id: int


@dataclass(frozen=True, kw_only=True)
class NoteDeleted(Event):
    profile_id: int
    note_id: int


@dataclass(frozen=True, kw_only=True)
class FileAdded(Event):
    profile_id: int
    file_id: int


@dataclass(frozen=True, kw_only=True)
class FileRemoved(Event):
    profile_id: int
    file_id: int


@dataclass(frozen=True, kw_only=True)
class ContactCodeAsked(Event):
    """A code is to be sent to a contact, by which its owner proves it. Whoever sends asks `queries.code_asked`."""

    profile_id: int
    code_id: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class TopicChosen(Event):
    """A customer refused a topic, or wants it again."""

    profile_id: int
    topic_id: int
    wanted: bool
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class FrequencyChosen(Event):
    """A customer said how often at most they are written to."""

    profile_id: int
    frequency: str
    source: str = ""
