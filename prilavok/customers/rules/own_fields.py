"""How values of the company's own fields are read and kept. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from prilavok.customers.rules.normal import cleaned

OWN = "own."
"""Before the code of an own field wherever it stands beside the fields that everybody has."""
LONGEST_TEXT = 1_000
MOST = Decimal("1e13")
YES = {"true", "yes", "y", "1", "да", "д", "истина", "+"}
NO = {"false", "no", "n", "0", "нет", "н", "ложь", "-"}


class BadOwn(ValueError):
    """The value does not fit the field; `why` is the code of the reason, `told` fills its words."""

    def __init__(self, why: str, **told: Any) -> None:
        super().__init__(why)
        self.why, self.told = why, told


@dataclass(frozen=True, slots=True)
class Shape:
    """What a value must look like. `low` and `high` bound numbers, days and the length of texts; "" is no bound.

    In `pattern` # is a digit, @ a letter, ? any sign; everything else stands for itself.
    """

    kind: str
    low: str = ""
    high: str = ""
    pattern: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


def read_own(shape: Shape, value: Any) -> Any:
    """The value as it is kept, from what a person, a file or a program wrote; None when there is none.

    Numbers, money and days are kept as text, so that nothing is rounded. Raises BadOwn.

    >>> read_own(Shape("money"), "1 234,5"), read_own(Shape("date"), "08.03.1987"), read_own(Shape("flag"), "Да")
    ('1234.50', '1987-03-08', True)
    >>> read_own(Shape("many", options={"s": "Sport", "t": "Theatre"}), "theatre; s")
    ['s', 't']
    >>> read_own(Shape("text", pattern="##-@@"), "12-ab"), read_own(Shape("text"), "  ")
    ('12-ab', None)
    """
    if value is None or (isinstance(value, str) and not value.strip()) or value == []:
        return None
    return _READERS[shape.kind](shape, value)


def is_empty(value: Any) -> bool:
    """Whether a field says nothing: "no" is something that it says.

    >>> is_empty(""), is_empty([]), is_empty(False)
    (True, True, False)
    """
    return value is None or value == "" or value == []


def _text(shape: Shape, value: Any) -> str:
    if not isinstance(value, str | int | float | Decimal) or isinstance(value, bool):
        raise BadOwn("not_a_text")
    text = cleaned(str(value))
    longest = min(int(shape.high or LONGEST_TEXT), LONGEST_TEXT)
    if len(text) > longest:
        raise BadOwn("too_long", most=longest)
    if shape.low and len(text) < int(shape.low):
        raise BadOwn("too_short", least=int(shape.low))
    if shape.pattern and not pattern_re(shape.pattern).fullmatch(text):
        raise BadOwn("pattern", pattern=shape.pattern)
    return text


def pattern_re(pattern: str) -> re.Pattern[str]:
    """
    >>> bool(pattern_re("№ ##/?").fullmatch("№ 12/я")), bool(pattern_re("a.").fullmatch("ab"))
    (True, False)
    """
    signs = {"#": "[0-9]", "@": r"[^\W\d_]", "?": "."}
    return re.compile("".join(signs.get(sign, re.escape(sign)) for sign in pattern))


def _number(shape: Shape, value: Any) -> str:
    number = _read_number(value)
    _bounded(shape, number, Decimal)
    return format(number.normalize() + 0, "f")


def _money(shape: Shape, value: Any) -> str:
    number = _read_number(value)
    _bounded(shape, number, Decimal)
    short = number.quantize(Decimal("0.01"))
    return format(short if short == number else number, "f")


def _read_number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise BadOwn("not_a_number")
    text = re.sub(r"[\s\u00a0\u202f]", "", str(value)).replace(",", ".").replace("\u2212", "-")
    try:
        number = Decimal(text) if len(text) <= 40 else Decimal("NaN")
    except InvalidOperation as error:
        raise BadOwn("not_a_number") from error
    if not number.is_finite() or abs(number) >= MOST:
        raise BadOwn("not_a_number")
    if number != number.quantize(Decimal("0.0001")):
        raise BadOwn("too_precise")
    return number


def _date(shape: Shape, value: Any) -> str:
    day = value if isinstance(value, date) else read_day(value)
    if not 1 <= day.year <= 2299 or day.year < 1900:
        raise BadOwn("not_a_date")
    _bounded(shape, day, date.fromisoformat)
    return day.isoformat()[:10]


def read_day(value: Any) -> date:
    """A day as people and programs write it. Raises BadOwn.

    >>> read_day("1.2.2026")
    datetime.date(2026, 2, 1)
    """
    text = value.strip() if isinstance(value, str) else ""
    written = re.fullmatch(r"(\d{1,2})[./](\d{1,2})[./](\d{4})", text)
    try:
        if written:
            return date(int(written[3]), int(written[2]), int(written[1]))
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise BadOwn("not_a_date") from error


def _bounded(shape: Shape, value: Any, read: Any) -> None:
    if shape.low and value < read(shape.low):
        raise BadOwn("too_small", least=shape.low)
    if shape.high and value > read(shape.high):
        raise BadOwn("too_large", most=shape.high)


def _choice(shape: Shape, value: Any) -> str:
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise BadOwn("not_a_choice", value="")
    asked = plain(str(value))
    for code, name in shape.options.items():
        if asked in (plain(code), plain(name)):
            return code
    raise BadOwn("not_a_choice", value=str(value)[:40])


def plain(text: str) -> str:
    return cleaned(text).lower().replace("ё", "е")


def _many(shape: Shape, value: Any) -> list[str]:
    parts = value if isinstance(value, list | tuple) else re.split(r"[;,\n]", str(value))
    chosen = {_choice(shape, part) for part in parts if not (isinstance(part, str) and not part.strip())}
    return [code for code in shape.options if code in chosen] or None  # type: ignore[return-value]


def _flag(shape: Shape, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    asked = str(value).strip().lower()
    if asked not in YES | NO:
        raise BadOwn("not_a_flag", value=str(value)[:40])
    return asked in YES


def _reference(shape: Shape, value: Any) -> str:
    if not isinstance(value, str | int) or isinstance(value, bool) or len(str(value)) > 100:
        raise BadOwn("not_a_reference", value="")
    return cleaned(str(value))


_READERS = {
    "text": _text,
    "number": _number,
    "money": _money,
    "date": _date,
    "choice": _choice,
    "many": _many,
    "flag": _flag,
    "reference": _reference,
}

_LATIN = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e e zh z i y k l m n o p r s t u f h c ch sh sch  y  e yu ya".split(" "),
        strict=True,
    )
)


def code_of(name: str) -> str:
    """A code for programs and letters, made from a name.

    >>> code_of("Любимый цвет"), code_of("2nd e-mail")
    ('lyubimyy_cvet', 'f_2nd_e_mail')
    """
    latin = "".join(_LATIN.get(sign, sign) for sign in name.lower())
    code = re.sub(r"[^a-z0-9]+", "_", latin).strip("_")[:36].strip("_")
    return code if code[:1].isalpha() else f"f_{code}".strip("_")
