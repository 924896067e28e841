"""Invented households whose members stand in the base several times, each time written down differently.

What a likeness must not be fooled by is there too: husband and wife, twins, father and son of one name, a shared phone.
Seeded: the same arguments give the same people.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count
from random import Random

from demo.names import FAMILIES, FATHERS, MEN, WOMEN
from prilavok.customers.matching import Record
from prilavok.customers.matching.given_names import GIVEN_NAMES

STREETS = (
    "Ленина Мира Советская Гагарина Садовая Лесная Центральная Молодёжная Школьная Новая Кирова Пушкина Победы "
    "Набережная Зелёная Комсомольская Чехова Гоголя Лермонтова Первомайская Заречная Полевая Луговая Октябрьская"
).split()
CITIES = {
    "Москва": "101",
    "Казань": "420",
    "Самара": "443",
    "Пермь": "614",
    "Тула": "300",
    "Омск": "644",
    "Уфа": "450",
    "Рязань": "390",
}
HOSTS = ("mail.example", "yandex.example", "inbox.example", "post.example")
LATIN = (
    dict(
        zip(
            "абвгдежзийклмнопрстуфхцчшщъыьэюя",
            "a b v g d e zh z i y k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya".split(),
            strict=True,
        )
    ),
    dict(
        zip(
            "абвгдежзийклмнопрстуфхцчшщъыьэюя",
            "a b v g d e zh z i i k l m n o p r s t u f kh ts ch sh shch ie y _ e iu ia".split(),
            strict=True,
        )
    ),
    dict(
        zip(
            "абвгдежзийклмнопрстуфхцчшщъыьэюя",
            "a b v g d e zh z i j k l m n o p r s t u f h c ch sh sch _ y _ e ju ja".split(),
            strict=True,
        )
    ),
)
LETTERS = "абвгдежзийклмнопрстуфхцчшщыьэюя"


@dataclass(frozen=True)
class Person:
    """Somebody who really is."""

    last: str
    first: str
    middle: str
    sex: str
    birth: date
    phone: str
    email: str
    street: str
    house: str
    city: str
    postcode: str


def base(rows: int, seed: int) -> tuple[list[Record], dict[int | str, int]]:
    """About as many records as asked for, in random order, and of each record's key the number of its person."""
    random = Random(seed)
    records: list[Record] = []
    person_of: dict[int | str, int] = {}
    keys = count(1)
    for number, person in enumerate(_people(random)):
        if len(records) >= rows:
            break
        for _ in range(random.choices((1, 2, 3, 4), (78, 15, 5, 2))[0]):
            key = next(keys)
            person_of[key] = number
            records.append(written_down(person, key, random))
    random.shuffle(records)
    return records, person_of


def _people(random: Random) -> Iterator[Person]:
    while True:
        yield from _household(random)


def _household(random: Random) -> Iterator[Person]:
    family = FAMILIES[min(int(random.expovariate(6 / len(FAMILIES))), len(FAMILIES) - 1)]
    city = random.choice(list(CITIES))
    home = {
        "street": random.choice(STREETS),
        "house": f"{random.randint(1, 120)}-{random.randint(1, 200)}",
        "city": city,
        "postcode": f"{CITIES[city]}{random.randint(0, 60):03}",
    }
    phone = _phone(random)
    father = _person(random, family, "m", random.choice(list(FATHERS)), date(1950, 1, 1), home, phone)
    yield father
    if random.random() < 0.4:
        yield _person(random, family, "f", random.choice(list(FATHERS)), date(1952, 1, 1), home, phone)
    if father.first in FATHERS and random.random() < 0.3:
        child = _person(random, family, random.choice("mf"), father.first, date(1985, 1, 1), home, phone)
        yield child
        if random.random() < 0.15:  # twins
            names = MEN if child.sex == "m" else WOMEN
            yield replace(
                child,
                first=random.choice([n for n in names if n != child.first]),
                email=_email(random, family, "x"),
                phone=random.choice((phone, _phone(random))),
            )
        if random.random() < 0.1 and child.sex == "m":  # named after his father
            yield replace(
                child,
                first=father.first,
                birth=child.birth + timedelta(days=random.randint(400, 2000)),
                email=_email(random, family, "y"),
            )


def _person(
    random: Random, family: str, sex: str, father: str, after: date, home: dict[str, str], shared: str
) -> Person:
    first = random.choice(MEN if sex == "m" else WOMEN)
    last = family if sex == "m" else _of_woman(family)
    return Person(
        last=last,
        first=first,
        middle=FATHERS[father][sex == "f"],
        sex=sex,
        birth=after + timedelta(days=random.randint(0, 15000)),
        phone=shared if random.random() < 0.15 else _phone(random),
        email=_email(random, last, first),
        **home,
    )


def _of_woman(family: str) -> str:
    if family.endswith(("ов", "ев", "ёв", "ин", "ын")):
        return family + "а"
    return family[:-2] + "ая" if family.endswith(("ий", "ый", "ой")) else family


def _phone(random: Random) -> str:
    return f"9{random.randint(0, 999_999_999):09}"


def _email(random: Random, last: str, first: str) -> str:
    style = random.randint(0, 2)
    last, first = latin(last, LATIN[0]).lower(), latin(first, LATIN[0]).lower()
    name = (
        f"{first}.{last}{random.randint(1, 99)}",
        f"{first[0]}{last}{random.randint(1950, 2010)}",
        f"{last}{random.randint(1, 9999)}",
    )
    return f"{name[style]}@{random.choice(HOSTS)}"


# ── How they are written down ────────────────────────────────────────────────────────────────────────────


def written_down(person: Person, key: int, random: Random) -> Record:
    """One record of the person: fields left out, and each kind of error now and then."""

    def known(value: str, share: float) -> str:
        return value if random.random() < share else ""

    record = Record(
        key,
        last=person.last,
        first=person.first,
        middle=known(person.middle, 0.6),
        sex=known(person.sex, 0.7),
        birth=known(f"{person.birth:%d.%m.%Y}", 0.75),
        phones=(known(f"+7{person.phone}", 0.85),),
        emails=(known(person.email, 0.5),),
        street=known(person.street, 0.5),
        house=person.house,
        city=known(person.city, 0.8),
        postcode=known(person.postcode, 0.5),
    )
    if not record.street:
        record = replace(record, house="", postcode="")
    for error, share in ERRORS.items():
        if random.random() < share:
            record = error(record, random)
    return record


def latin(text: str, letters: dict[str, str]) -> str:
    made = "".join(letters.get(letter, letter) for letter in text.lower().replace("ё", "е")).replace("_", "")
    return made.title()


def slip(text: str, random: Random, letters: str = LETTERS) -> str:
    """One letter wrong, dropped, doubled, or two changed places."""
    if len(text) < 3:
        return text
    place = random.randrange(1, len(text) - 1)
    kind = random.randrange(4)
    if kind == 0:
        return text[:place] + random.choice(letters) + text[place + 1 :]
    if kind == 1:
        return text[:place] + text[place + 1 :]
    if kind == 2:
        return text[:place] + text[place] + text[place:]
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def in_latin(record: Record, random: Random) -> Record:
    letters = random.choice(LATIN)
    return replace(
        record,
        last=latin(record.last, letters),
        first=latin(record.first, letters),
        middle=latin(record.middle, letters),
    )


def diminutive(record: Record, random: Random) -> Record:
    return replace(record, first=random.choice(FORMS.get(record.first, [record.first])))


def in_capitals(record: Record, random: Random) -> Record:
    return replace(record, last=record.last.upper(), first=record.first.upper(), middle=record.middle.upper())


def without_dots(record: Record, random: Random) -> Record:
    return replace(record, last=record.last.replace("ё", "е"), first=record.first.replace("ё", "е"))


def swapped(record: Record, random: Random) -> Record:
    return replace(record, last=record.first, first=record.last)


def patronymic_first(record: Record, random: Random) -> Record:
    return replace(record, last=record.middle, middle=record.last) if record.middle else record


def spoken_patronymic(record: Record, random: Random) -> Record:
    return replace(record, middle=record.middle.replace("ович", "ыч").replace("евич", "ич"))


def initials(record: Record, random: Random) -> Record:
    return replace(record, first=record.first[:1] + ".", middle=record.middle[:1])


def slip_in_last(record: Record, random: Random) -> Record:
    return replace(record, last=slip(record.last, random))


def slip_in_first(record: Record, random: Random) -> Record:
    return replace(record, first=slip(record.first, random))


def married(record: Record, random: Random) -> Record:
    return replace(record, last=_of_woman(random.choice(FAMILIES))) if record.sex == "f" else record


def no_birthday(record: Record, random: Random) -> Record:
    return replace(record, birth=random.choice(("01.01.1900", "01.01.1970", "1900-01-01")))


def day_for_month(record: Record, random: Random) -> Record:
    day, month, year = str(record.birth).split(".") if "." in str(record.birth) else ("", "", "")
    return replace(record, birth=f"{month}.{day}.{year}") if day and int(day) <= 12 else record


def slip_in_birth(record: Record, random: Random) -> Record:
    text = str(record.birth)
    if len(text) != 10 or "." not in text:
        return record
    place = random.choice((0, 1, 3, 4, 8, 9))
    return replace(record, birth=text[:place] + str(random.randint(0, 9)) + text[place + 1 :])


def other_phone(record: Record, random: Random) -> Record:
    return replace(record, phones=(_phone(random),))


def slip_in_phone(record: Record, random: Random) -> Record:
    phone = record.phones[0]
    place = random.randrange(5, 12)
    return (
        replace(record, phones=("8" + (phone[:place] + str(random.randint(0, 9)) + phone[place + 1 :])[2:],))
        if phone.startswith("+7")
        else record
    )


def other_email(record: Record, random: Random) -> Record:
    return replace(record, emails=(_email(random, record.last, record.first or "a"),))


def slip_in_email(record: Record, random: Random) -> Record:
    return replace(record, emails=(slip(record.emails[0], random, "abcdeiklmnoprst"),))


def long_address(record: Record, random: Random) -> Record:
    if not record.street:
        return record
    house, flat = record.house.split("-")
    kind = random.choice(("ул. {}, д. {}, кв. {}", "{} ул., {}-{}", "улица {} дом {} квартира {}"))
    return replace(record, street=kind.format(record.street, house, flat), house="")


def moved(record: Record, random: Random) -> Record:
    city = random.choice(list(CITIES))
    return replace(
        record,
        street=random.choice(STREETS),
        house=f"{random.randint(1, 120)}-{random.randint(1, 200)}",
        city=city,
        postcode="",
    )


def slip_in_street(record: Record, random: Random) -> Record:
    return replace(record, street=slip(record.street, random))


ERRORS: dict[Callable[[Record, Random], Record], float] = {
    without_dots: 0.5,
    diminutive: 0.12,
    married: 0.03,
    spoken_patronymic: 0.05,
    slip_in_last: 0.07,
    slip_in_first: 0.06,
    initials: 0.03,
    patronymic_first: 0.03,
    swapped: 0.04,
    in_latin: 0.08,
    in_capitals: 0.1,
    day_for_month: 0.04,
    slip_in_birth: 0.05,
    no_birthday: 0.04,
    other_phone: 0.15,
    slip_in_phone: 0.06,
    other_email: 0.15,
    slip_in_email: 0.06,
    moved: 0.12,
    slip_in_street: 0.05,
    long_address: 0.4,
}


def _forms() -> dict[str, list[str]]:
    forms: dict[str, list[str]] = {}
    for line in GIVEN_NAMES.strip().splitlines():
        names, _, short = line.partition(":")
        for name in names.split():
            forms.setdefault(name, [form for form in short.split() if not form.isascii()][:3] or [name])
    return forms


FORMS = _forms()
