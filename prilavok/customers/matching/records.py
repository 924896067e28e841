"""What is compared and what comes out: plain values, no database."""

from dataclasses import dataclass
from datetime import date

Key = int | str


@dataclass(frozen=True, slots=True)
class Record:
    """One customer as somebody wrote it down. Everything but the key may be missing; nothing need be clean.

    `name` is a whole name in one text; it is taken apart where `last`, `first` and `middle` are empty. `birth` is a
    date or a text in any usual order. `documents` are numbers that are one person's: insurance, passport, an id
    elsewhere.
    """

    key: Key
    last: str = ""
    first: str = ""
    middle: str = ""
    name: str = ""
    sex: str = ""
    birth: date | str | None = None
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    street: str = ""
    house: str = ""
    city: str = ""
    region: str = ""
    postcode: str = ""
    documents: tuple[str, ...] = ()
    inn: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """What speaks for one and the same person (bits above zero) or against it; `wording` has words for codes."""

    code: str
    bits: float


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records that may be one person; `score` is the probability (0 to 1), the strongest reason stands first."""

    left: Key
    right: Key
    score: float
    reasons: tuple[Reason, ...] = ()
