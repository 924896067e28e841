"""How contacts, cards and other identifiers are normalised, masked and shown."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from functools import lru_cache

import phonenumbers
from stdnum import ean, luhn
from stdnum.exceptions import ValidationError

REGION_BY_CURRENCY = {
    "RUB": "RU",
    "USD": "US",
    "KZT": "KZ",
    "BYN": "BY",
    "UZS": "UZ",
    "AMD": "AM",
    "GEL": "GE",
}

_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x1f]")
_PHONE = re.compile(r"\+?[0-9][0-9\s().\-\u2010-\u2015/]*")
_NOT_DIGITS = re.compile(r"[^0-9]+")
_EMAIL = re.compile(r"[^@\s\"(),:;<>\[\]\\]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]*[^\W_]")
_CARD = re.compile(r"[0-9A-Z]{1,64}")
LOOK_ALIKES = str.maketrans("АВЕКМНОРСТУХ", "ABEKMHOPCTYX")
_TAIL = 4  # the last digits of a number never change its country or its length


class BadValue(ValueError):
    """The text is not a phone, e-mail or card; `args[0]` is the code of the reason."""


def cleaned(text: str) -> str:
    """Text without invisible and direction-turning characters, its spaces squeezed.

    >>> cleaned("  Анна\\u200b \\u202eКовалёва ")
    'Анна Ковалёва'
    """
    if text.isalnum() and unicodedata.is_normalized("NFC", text):
        return text  # most names: one plain word
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFC", text)).split())


def normal_phone(text: str, region: str = "RU") -> str:
    """The number in E.164; `region` is the country of numbers written without one.

    >>> normal_phone("8 (916) 123-45-67"), normal_phone("+1 201 555 0123"), normal_phone("201-555-0123", "US")
    ('+79161234567', '+12015550123', '+12015550123')
    """
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text[:100]))
    found = _PHONE.search(text, 0, 100)
    number = found.group() if found else ""
    digits = _NOT_DIGITS.sub("", number)
    if not 7 <= len(digits) <= 17:
        raise BadValue("bad_phone")
    head = _normal_head(digits[:-_TAIL], number[0] == "+", region)
    if head is None:
        raise BadValue("bad_phone")
    return head + digits[-_TAIL:]


@lru_cache(maxsize=1 << 17)
def _normal_head(head: str, international: bool, region: str) -> str | None:
    """E.164 without its last digits; numbers of one head share it, which spares parsing each."""
    try:
        number = phonenumbers.parse(("+" if international else "") + head + "0" * _TAIL, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)[:-_TAIL]


def normal_email(text: str) -> str:
    """The address in lower case, its domain in ASCII.

    >>> normal_email(" Anna@Example.ORG "), normal_email("почта@пример.рф")
    ('anna@example.org', 'почта@xn--e1afmkfd.xn--p1ai')
    """
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text[:400]))
    value = text.strip().lower()
    if len(value) > 254 or not _EMAIL.fullmatch(value) or ".." in value or value.startswith("."):
        raise BadValue("bad_email")
    local, domain = value.rsplit("@", 1)
    if domain.isascii():
        return value
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise BadValue("bad_email") from error


def normal_card(text: str) -> str:
    """The number of a card: digits and Latin capitals; Cyrillic look-alikes become Latin, spaces and dashes go.

    >>> normal_card("аВ 12-34")
    'AB1234'
    """
    if text.isdecimal() and text.isascii() and len(text) <= 64:
        return text  # most cards
    value = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text[:200])).upper().translate(LOOK_ALIKES)
    value = re.sub(r"[\s\-\u2010-\u2015]", "", value)
    if not _CARD.fullmatch(value):
        raise BadValue("bad_card")
    return value


def normal_id(text: str) -> str:
    """An identifier of an outside system: as it is, without spaces around and invisible characters.

    >>> normal_id(" 1C-000123 ")
    '1C-000123'
    """
    value = _INVISIBLE.sub("", text[:400]).strip()
    if not 0 < len(value) <= 200:
        raise BadValue("bad_identifier")
    return value


_MAC = re.compile(r"[0-9A-F]{12}")


def normal_shape(shape: str, text: str, shortest: int = 1, longest: int = 200, region: str = "RU") -> str:
    """An identifier in the form that its kind asks for (models.IdentifierKind.Shape).

    >>> normal_shape("mac", "00-1b-63-84-45-e6"), normal_shape("luhn", "7992 7398 713")
    ('00:1B:63:84:45:E6', '79927398713')
    >>> normal_shape("ean13", "2900000012345")
    Traceback (most recent call last):
    prilavok.customers.rules.normal.BadValue: bad_check_digit
    """
    value = _IN_SHAPE[shape](text, region)
    if not shortest <= len(value) <= longest:
        raise BadValue("bad_length")
    return value


def _digits(text: str) -> str:
    value = re.sub(r"[\s\-\u2010-\u2015]", "", unicodedata.normalize("NFKC", normal_id(text)))
    if not (value.isascii() and value.isdecimal()):
        raise BadValue("bad_digits")
    return value


def _ean13(text: str) -> str:
    return _checked(ean.validate, _digits(text), 13)


def _luhn(text: str) -> str:
    return _checked(luhn.validate, _digits(text))


def _checked(validate: Callable[[str], str], value: str, length: int | None = None) -> str:
    if length is not None and len(value) != length:
        raise BadValue("bad_length")
    try:
        return validate(value)
    except ValidationError as error:
        raise BadValue("bad_check_digit") from error


def _hex(text: str) -> str:
    value = normal_id(text).lower().replace("-", "").replace(":", "")
    if not re.fullmatch(r"[0-9a-f]+", value):
        raise BadValue("bad_hex")
    return value


def _mac(text: str) -> str:
    value = re.sub(r"[\s:.\-]", "", normal_id(text)).upper()
    if not _MAC.fullmatch(value):
        raise BadValue("bad_mac")
    return ":".join(value[at : at + 2] for at in range(0, 12, 2))


_IN_SHAPE: dict[str, Callable[[str, str], str]] = {
    "text": lambda text, _region: normal_id(text),
    "card": lambda text, _region: normal_card(text),
    "digits": lambda text, _region: _digits(text),
    "ean13": lambda text, _region: _ean13(text),
    "luhn": lambda text, _region: _luhn(text),
    "hex": lambda text, _region: _hex(text),
    "mac": lambda text, _region: _mac(text),
    "phone": normal_phone,
    "email": lambda text, _region: normal_email(text),
}


def name_key(text: str) -> str:
    """How a name is compared in search: lower case, ё as е.

    >>> name_key("Ковалёва")
    'ковалева'
    """
    return text.lower().replace("ё", "е")


def masked_email(value: str) -> str:
    """
    >>> masked_email("anna@example.org")
    'a•••@e•••.org'
    """
    local, _at, domain = value.partition("@")
    return f"{local[:1]}•••@{domain[:1]}•••.{domain.rsplit('.', 1)[-1]}"


def masked_phone(value: str) -> str:
    """
    >>> masked_phone("+79161234567")
    '+7•••••••••67'
    """
    return f"{value[:2]}•••••••••{value[-2:]}"


def masked(kind: str, value: str) -> str:
    """A contact as whoever may not see contacts sees it."""
    return masked_email(value) if kind == "email" else masked_phone(value)


def masked_name(value: str) -> str:
    """
    >>> masked_name("@anna_k")
    '@•••'
    """
    return f"{value[:1]}•••"


@lru_cache(maxsize=4096)
def shown_phone(value: str) -> str:
    """The number in groups of digits, as people read it.

    >>> shown_phone("+79161234567")
    '+7 916 123-45-67'
    """
    try:
        number = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        return value
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def age(birth_date: date, today: date) -> int:
    """Whole years lived.

    >>> age(date(2000, 2, 29), date(2026, 2, 28)), age(date(2000, 2, 29), date(2026, 3, 1))
    (25, 26)
    """
    return today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))


def why_unreachable(
    status: str,
    has_address: bool,
    failed: bool,
    consent: bool | None,
    stopped: bool = False,
    topic_refused: bool = False,
) -> str | None:
    """Why a customer may not be written to by a channel, or None. The first reason that holds is the one told.

    >>> why_unreachable("active", True, False, True)
    >>> why_unreachable("active", True, False, None), why_unreachable("active", True, False, False)
    ('no_consent', 'withdrawn')
    >>> why_unreachable("active", True, False, True, stopped=True)
    'suppressed'
    >>> why_unreachable("active", True, False, True, topic_refused=True)
    'topic_refused'
    """
    if status != "active":
        return status  # blocked or erased
    if not has_address:
        return "no_address"
    if failed:
        return "failed_address"
    if consent is None:
        return "no_consent"
    if not consent:
        return "withdrawn"
    if stopped:
        return "suppressed"
    return "topic_refused" if topic_refused else None
