"""A record as the engine compares it: everything normalised once, before millions of comparisons."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from anyascii import anyascii

from prilavok.customers.matching import names
from prilavok.customers.matching.records import Record

LONGEST = 200  # characters of any field that are looked at
PHONE_DIGITS = 10  # without the country: +7, 8 and nothing are the same

_WORD = re.compile(r"[^\W_]+")
_NOT_DIGITS = re.compile(r"[^0-9]+")
_NOT_CODE = re.compile(r"[^0-9A-Z]+")
_HOUSE = re.compile(r"(?<![^\W_])\d+\s?[^\W\d_]?(?![^\W_])")
_DAY_FIRST = re.compile(r"(\d{1,2})\D(\d{1,2})\D(\d{4}|\d{2})(?!\d)")
_YEAR_FIRST = re.compile(r"(\d{4})\D?(\d{2})\D?(\d{2})(?!\d)")
_PLACEHOLDERS = {"19000101", "19700101", "18991230", "18991231", "19010101", "17530101"}
_NOBODYS = {"info", "noreply", "no", "none", "net", "mail", "email", "test", "admin", "office", "sales"}
_STREET_KINDS = set(
    "ул улица пр кт пркт просп проспект проезд пер переулок б р бр бул бульвар ш шоссе наб набережная пл площадь "
    "мкр микрорайон кв л квартал тупик аллея линия д дом к корп корпус стр строение вл владение квартира оф офис "
    "st street rd road ave av avenue dr drive ln lane ct court pl place blvd boulevard sq square cl close "
    "cres crescent cct circuit tce terrace hwy highway pde parade way flat apt apartment unit no".split()
)
_PLACE_KINDS = set(
    "г гор город пос поселок пгт с село дер деревня станица х хутор обл область край респ республика ао р н "
    "район city town village of county".split()
)


@dataclass(frozen=True, slots=True)
class Normal:
    """A normalised record; None and empty lists mean unknown. Its fields are the engine's columns."""

    last: str | None
    first: str | None
    middle: str | None
    last_sound: str | None
    first_sound: str | None
    middle_sound: str | None
    family: str | None
    full_names: list[str]
    father: str | None
    sex: str | None
    birth: str | None
    phones: list[str]
    emails: list[str]
    locals: list[str]
    documents: list[str]
    street: str | None
    house: str | None
    city: str | None
    region: str | None
    postcode: str | None
    inn: str | None


def normal(record: Record) -> Normal:
    """The record with each field in its one form; never raises, whatever the fields hold."""
    last, first, middle = _seated(*_parts(record))
    last_sound, first_sound, middle_sound = names.sound(last), names.sound(first), names.sound(middle)
    street = record.street[:LONGEST]
    emails = [email for text in record.emails if (email := normal_email(text))]
    return Normal(
        last=last or None,
        first=first or None,
        middle=middle or None,
        last_sound=last_sound or None,
        first_sound=first_sound or None,
        middle_sound=middle_sound or None,
        family=names.family(last_sound) or None,
        full_names=sorted(names.full_names(first_sound)) if first_sound else [],
        father=names.father(middle_sound) or middle_sound or None,
        sex=normal_sex(record.sex),
        birth=normal_birth(record.birth),
        phones=_once([phone for text in record.phones if (phone := normal_phone(text))]),
        emails=_once(emails),
        locals=_once([email.partition("@")[0] for email in emails]),
        documents=_once([code for text in record.documents if (code := normal_code(text))]),
        street=normal_street(street) or None,
        house=normal_house(record.house) or normal_house(street) or None,
        city=_place(record.city) or None,
        region=_place(record.region) or None,
        postcode=normal_code(record.postcode, shortest=3),
        inn=normal_code(record.inn),
    )


def cleaned(text: str) -> str:
    """Lower case, without invisible and direction-turning characters, ё as е, at most 200 characters.

    >>> cleaned("  АННА\\u200b \\u202eКовалёва ")
    'анна ковалева'
    """
    text = unicodedata.normalize("NFKC", text[: 2 * LONGEST])[: 2 * LONGEST]
    if not text.isprintable():
        text = "".join(letter for letter in text if letter.isprintable() or letter.isspace())
    text = unicodedata.normalize("NFKC", text.lower())
    return " ".join(text.replace("ё", "е").split())[:LONGEST].rstrip()


@lru_cache(maxsize=1 << 16)
def normal_name(text: str) -> str:
    """Words of letters, one space between.

    >>> normal_name("Салтыков-Щедрин"), normal_name(" (нет) ")
    ('салтыков щедрин', '')
    """
    words = [word for word in _WORD.findall(cleaned(text)) if not word.isdigit()]
    name = " ".join(words)
    return "" if name in {"нет", "не указано", "неизвестно", "unknown", "none", "null", "na", "n a"} else name


def normal_sex(text: str) -> str | None:
    """m, f or nothing.

    >>> normal_sex("Жен."), normal_sex("Male"), normal_sex("?")
    ('f', 'm', None)
    """
    return {"м": "m", "m": "m", "1": "m", "ж": "f", "f": "f", "w": "f", "2": "f"}.get(cleaned(text)[:1])


def normal_birth(birth: date | str | None) -> str | None:
    """Year, month and day in eight digits, also of a day that no calendar has: a slip of the pen must stay comparable.

    Placeholders such as 01.01.1900 are unknown. Of 3/4/1980 the day is taken to stand first unless it can't.

    >>> normal_birth("3.4.1980"), normal_birth("1980-04-03"), normal_birth("04/23/80"), normal_birth("01.01.1900")
    ('19800403', '19800403', '19800423', None)
    """
    if birth is None:
        return None
    text = birth.strftime("%Y%m%d").rjust(8, "0") if isinstance(birth, date) else cleaned(birth)
    if found := _YEAR_FIRST.match(text):
        year, month, day = found.groups()
    elif found := _DAY_FIRST.match(text):
        day, month, year = found.groups()
        if int(month) > 12 >= int(day):
            day, month = month, day
        if len(year) == 2:
            year = ("19" if year > "29" else "20") + year
    else:
        return None
    digits = f"{year}{month:>02}{day:>02}"
    known = "1850" <= digits[:4] <= "2100" and digits not in _PLACEHOLDERS
    return digits if known and digits.isascii() else None


def normal_phone(text: str) -> str | None:
    """The last ten digits; a run of one digit is nobody's.

    >>> normal_phone("8 (916) 123-45-67"), normal_phone("+7 916 1234567"), normal_phone("0000000000")
    ('9161234567', '9161234567', None)
    """
    digits = _NOT_DIGITS.sub("", cleaned(text))[-PHONE_DIGITS:]
    return digits if len(digits) >= 6 and len(set(digits)) > 2 else None


def normal_email(text: str) -> str | None:
    """The address in lower case without a tag; info@ and the like are nobody's.

    >>> normal_email(" Anna+shop@Example.org "), normal_email("info@example.org"), normal_email("none")
    ('anna@example.org', None, None)
    """
    local, at, host = unicodedata.normalize("NFKC", cleaned(text).replace(" ", "")).partition("@")
    local = local.partition("+")[0]
    return f"{local}@{host}" if at and host and len(local) > 1 and local not in _NOBODYS else None


def normal_code(text: str, *, shortest: int = 4) -> str | None:
    """Letters and digits of a number that somebody gave; Cyrillic look-alikes as Latin.

    >>> normal_code("45 06 № 123456"), normal_code("000000")
    ('4506123456', None)
    """
    code = _NOT_CODE.sub("", anyascii(cleaned(text.replace("№", ""))).upper())[:LONGEST]
    return code if len(code) >= shortest and len(set(code)) > 1 else None


@lru_cache(maxsize=1 << 14)
def normal_street(text: str) -> str:
    """A street by its name alone, as it sounds: ул. Ленина, Ленина ул and ulitsa Lenina are one.

    >>> normal_street("ул. Ленина, д. 5, кв. 12"), normal_street("Lenina"), normal_street("Hoseason Street")
    ('lenina', 'lenina', 'hoseason')
    """
    words = [word for word in _WORD.findall(cleaned(text)) if not word[0].isdigit()]
    kept = [word for word in words if word not in _STREET_KINDS] or words
    return " ".join(sounding for word in kept if (sounding := names.sound(word)) and sounding != "ulica")


@lru_cache(maxsize=1 << 14)
def normal_house(text: str) -> str:
    """House, building and flat: the numbers of an address in their order.

    >>> normal_house("д. 5, корп. 2, кв. 12"), normal_house("ул. Ленина 5а-12"), normal_house("12")
    ('5-2-12', '5a-12', '12')
    """
    numbers = [anyascii(found.replace(" ", "")) for found in _HOUSE.findall(_apart(cleaned(text)))]
    return "-".join(numbers).lower()


def near(text: str) -> list[str]:
    """The text and what is left when one character is dropped: two texts that share one differ by one slip.

    >>> near("123"), set(near("1234")) & set(near("4321"))
    (['123', '23', '13', '12'], set())
    """
    return _once([text, *(text[:place] + text[place + 1 :] for place in range(len(text)))])


def _parts(record: Record) -> tuple[str, str, str]:
    last, first, middle = normal_name(record.last), normal_name(record.first), normal_name(record.middle)
    if last or first or middle:
        return last, first, middle
    words = normal_name(record.name).split()
    return _of_words(words)


def _of_words(words: list[str]) -> tuple[str, str, str]:
    """Surname, given name and patronymic of a whole name; Russians write the surname first, the others last."""
    if len(words) < 2:
        return (words[0] if words else ""), "", ""
    sounds = [names.sound(word) for word in words]
    if len(words) == 2:
        return (words[1], words[0], "") if names.is_given(sounds[0]) else (words[0], words[1], "")
    if names.father(sounds[-1]) or not names.is_given(sounds[0]):
        return words[0], words[1], " ".join(words[2:])
    return words[-1], words[0], " ".join(words[1:-1])


def _seated(last: str, first: str, middle: str) -> tuple[str, str, str]:
    """A patronymic that stands in the place of another part changes places with what stands in its own."""
    if middle and not names.father(names.sound(middle)):
        if names.father(names.sound(first)):
            return last, middle, first
        if names.father(names.sound(last)) and names.is_given(names.sound(first)):
            return middle, first, last
    return last, first, middle


@lru_cache(maxsize=1 << 14)
def _place(text: str) -> str:
    words = [word for word in _WORD.findall(cleaned(text)) if word not in _PLACE_KINDS]
    return " ".join(sounding for word in words if (sounding := names.sound(word)))


def _apart(text: str) -> str:
    """«д5», «кв12»: the number apart from its word."""
    return re.sub(r"(?<=[^\W\d_])\.?(?=\d)", " ", text)


def _once(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))
