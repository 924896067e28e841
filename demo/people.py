"""The invented people of the demo shop: seeded, so that everybody meets the same Anna; marked as invented."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from demo.journey import Journey, moment
from demo.names import FAMILIES, FATHERS, MEN, WOMEN, latin

SEED = 2017
WITH_EMAIL = 0.93
CONSENT_TO_EMAIL = 0.755
"""Of those with an address: about 70 % of all may be written to."""
CONSENT_TO_SMS = 0.55

# Area codes whose 555-01xx numbers are reserved for invented people.
AREAS = (
    201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225,
    228, 229, 231, 234, 239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 276, 281,
    301, 302, 303, 304, 305, 307, 308, 309, 310, 312,
)  # fmt: skip

BANDS = {
    "19-24": (19, 24),
    "25-34": (25, 34),
    "35-44": (35, 44),
    "45-54": (45, 54),
    "55-64": (55, 64),
    "65+": (65, 84),
}


@dataclass(frozen=True)
class Invented:
    """One invented customer; `household` is the only thing that is not invented."""

    household: int
    card: str
    last_name: str
    first_name: str
    middle_name: str
    sex: str
    birth_date: date | None
    email: str
    phone: str
    consent_email: bool | None
    consent_sms: bool | None
    registered: datetime
    shop: int


def invent(journey: Journey, cut: datetime) -> list[Invented]:
    """A person for each household; those first seen after `cut` joined before it.

    The wall time of `journey` must be the one that will be loaded: ages are reckoned at `cut`.
    """
    random = Random(SEED)
    seen = first_visits(journey)
    start = min(when for when, _ in seen.values())
    return [
        _person(random, number, household, seen[household], start, journey, cut)
        for number, household in enumerate(sorted(seen))
    ]


def first_visits(journey: Journey) -> dict[int, tuple[datetime, int]]:
    """Household → the wall time and the shop of its first receipt."""
    seen: dict[int, tuple[datetime, int]] = {}
    lines = journey.lines
    for household, when, store in zip(
        lines.household.tolist(), lines.local, lines.store.tolist(), strict=True
    ):
        if household not in seen:
            seen[household] = (moment(when), store)
    return seen


def card_of(household: int) -> str:
    """A 13-digit card number with an EAN check digit.

    >>> card_of(1)
    '2900000000018'
    """
    digits = f"29{household:010d}"
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-weighted % 10}"


def _person(
    random: Random,
    number: int,
    household: int,
    first: tuple[datetime, int],
    start: datetime,
    journey: Journey,
    cut: datetime,
) -> Invented:
    sex = random.choices(("f", "m"), (0.64, 0.36))[0]
    given = random.choice(WOMEN if sex == "f" else MEN)
    family = random.choice(FAMILIES)
    last_name = family + "а" if sex == "f" else family
    father = random.choice(list(FATHERS.values()))
    with_email = random.random() < WITH_EMAIL
    return Invented(
        household=household,
        card=card_of(household),
        last_name=last_name,
        first_name=given,
        middle_name=father[sex == "f"],
        sex=sex,
        birth_date=_birth(random, journey.age_bands.get(household), cut.date()),
        email=f"{latin(given)}.{latin(family + 'а' if sex == 'f' else family)}{number}@example.test"
        if with_email
        else "",
        phone=f"+1{AREAS[number // 100]}55501{number % 100:02d}",
        consent_email=random.random() < CONSENT_TO_EMAIL if with_email else None,
        consent_sms=random.random() < CONSENT_TO_SMS,
        registered=_registered(random, first[0], start, cut),
        shop=first[1],
    )


def _birth(random: Random, band: str | None, today: date) -> date | None:
    youngest, oldest = BANDS[band] if band else (19, 84)
    if band is None and random.random() < 0.3:
        return None
    age = (
        random.randint(youngest, oldest) if band else min(oldest, max(youngest, round(random.gauss(45, 14))))
    )
    return today - timedelta(days=int(age * 365.2425) + random.randint(1, 360))


def _registered(random: Random, first: datetime, start: datetime, cut: datetime) -> datetime:
    if first < start + timedelta(days=21):
        return first - timedelta(days=random.randint(1, 1500), minutes=random.randint(0, 600))
    return min(first, cut - timedelta(days=random.randint(1, 20))) - timedelta(minutes=random.randint(2, 40))
