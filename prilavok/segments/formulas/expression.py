"""The arithmetic of formulas: what people type, checked and reckoned. Pure.

    round(a / b * 100, 1) · if(a > 0, b, 0) · days(today, c) · known(a, 0)

Numbers, the names of inputs, + − * /, comparisons, and, or, not, and the functions below; Russian words mean the same.
What is unknown makes unknown whatever it goes into; so does division by nought. `if` takes an unknown condition for no,
`known` puts something in the place of the unknown.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, DecimalException
from typing import Any

Value = Decimal | date | bool | None
Reckon = Callable[[Mapping[str, Value]], Value]

LONGEST = 500
DEEPEST = 30
TODAY = "today"
_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?)|([^\W\d]\w*)|(<=|>=|<>|!=|==|[-+*/(),;<>=\u2212\u00d7]))")
_SAME = {
    "если": "if", "округлить": "round", "мин": "min", "макс": "max", "дней": "days", "известно": "known",
    "сегодня": TODAY, "и": "and", "или": "or", "не": "not", "<>": "!=", "==": "=", ";": ",",
    "\u2212": "-", "\u00d7": "*",
}  # fmt: skip


class BadExpression(ValueError):
    """The text is no formula; `why` is the code of the reason, `told` the piece to blame."""

    def __init__(self, why: str, told: str = "") -> None:
        super().__init__(why)
        self.why, self.told = why, told


@dataclass(frozen=True)
class Expression:
    """A formula that was understood: the inputs that it names, and how it is reckoned of their values."""

    names: frozenset[str]
    of: Reckon
    of_today: bool = False  # changes by the passing of days alone

    def value(self, inputs: Mapping[str, Value], today: date) -> Value:
        """What it comes to; None where that is unknown."""
        try:
            found = self.of({**inputs, TODAY: today})
        except (DecimalException, OverflowError, TypeError):
            return None
        return found if not isinstance(found, Decimal) or found.is_finite() else None


def read(text: str, names: Sequence[str]) -> Expression:
    """A formula over inputs of these names. Raises BadExpression.

    >>> at = date(2026, 3, 1)
    >>> read("round(a / b * 100; 1)", "ab").value({"a": Decimal(1), "b": Decimal(3)}, at)
    Decimal('33.3')
    >>> read("если(a > 2 и не b > 1, a, 0)", "ab").value({"a": Decimal(3), "b": None}, at)
    Decimal('0')
    >>> read("a / (a - a)", "a").value({"a": Decimal(3)}, at), read("known(a, 7)", "a").value({"a": None}, at)
    (None, Decimal('7'))
    >>> read("days(today, a) + 1", "a").value({"a": date(2026, 2, 27)}, at)
    Decimal('3')
    """
    if len(text) > LONGEST:
        raise BadExpression("too_long")
    reader = _Reader(_tokens(text), frozenset(names))
    found = reader.either()
    reader.end()
    return Expression(frozenset(reader.used - {TODAY}), found, TODAY in reader.used)


def _tokens(text: str) -> list[tuple[str, str]]:
    found, place = [], 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise BadExpression("unknown_sign", text[place:].strip()[:10])
        number, name, sign = match.groups()
        word = number or name or sign
        word = _SAME.get(word.lower() if name else word, word)
        found.append(("number" if number else "name" if name else "sign", word))
        place = match.end()
    if not found:
        raise BadExpression("empty")
    return found


class _Reader:
    """Reads tokens from left to right, the weakest ties first."""

    def __init__(self, tokens: list[tuple[str, str]], names: frozenset[str]) -> None:
        self.tokens, self.names, self.at, self.depth = tokens, names, 0, 0
        self.used: set[str] = set()

    def end(self) -> None:
        if self.at < len(self.tokens):
            raise BadExpression("unfinished", self.tokens[self.at][1])

    def either(self) -> Reckon:
        self.depth += 1
        if self.depth > DEEPEST:
            raise BadExpression("too_deep")
        found = self._chain(self._both, {"or": lambda a, b: _or(a, b)})
        self.depth -= 1
        return found

    def _both(self) -> Reckon:
        return self._chain(self._not, {"and": lambda a, b: _and(a, b)})

    def _not(self) -> Reckon:
        if self._take("not"):
            inner = self._not()
            return lambda known: _opposite(inner(known))
        return self._compared()

    def _compared(self) -> Reckon:
        left = self._sum()
        sign = self._take(*_COMPARE)
        if not sign:
            return left
        right, holds = self._sum(), _COMPARE[sign]
        return lambda known: _both_known(holds, left(known), right(known))

    def _sum(self) -> Reckon:
        return self._chain(self._term, {"+": _add, "-": _subtract})

    def _term(self) -> Reckon:
        return self._chain(self._signed, {"*": _times, "/": _divided})

    def _signed(self) -> Reckon:
        if self._take("-"):
            inner = self._signed()
            return lambda known: _times(Decimal(-1), inner(known))
        return self._atom()

    def _atom(self) -> Reckon:
        kind, word = self._next()
        if kind == "number":
            number = Decimal(word)
            return lambda known: number
        if kind == "name" and self._take("("):
            return self._call(word)
        if kind == "name" and (word in self.names or word == TODAY):
            self.used.add(word)
            return lambda known: known.get(word)
        if word == "(":
            inner = self.either()
            self._must(")")
            return inner
        raise BadExpression("unknown_name" if kind == "name" else "unfinished", word)

    def _call(self, word: str) -> Reckon:
        if word not in FUNCTIONS:
            raise BadExpression("unknown_function", word)
        least, most, function = FUNCTIONS[word]
        arguments = [self.either()]
        while self._take(","):
            arguments.append(self.either())
        self._must(")")
        if not least <= len(arguments) <= most:
            raise BadExpression("arguments", word)
        return lambda known: function([one(known) for one in arguments])

    def _chain(self, part: Callable[[], Reckon], signs: Mapping[str, Callable[[Any, Any], Value]]) -> Reckon:
        found = part()
        while sign := self._take(*signs):
            found = _joined(signs[sign], found, part())
        return found

    def _next(self) -> tuple[str, str]:
        if self.at >= len(self.tokens):
            raise BadExpression("unfinished")
        self.at += 1
        return self.tokens[self.at - 1]

    def _take(self, *words: str) -> str:
        if self.at < len(self.tokens) and self.tokens[self.at][1] in words:
            return self._next()[1]
        return ""

    def _must(self, word: str) -> None:
        if not self._take(word):
            raise BadExpression("unfinished", word)


def _joined(sign: Callable[[Any, Any], Value], left: Reckon, right: Reckon) -> Reckon:
    return lambda known: sign(left(known), right(known))


# ── What signs and functions do ──────────────────────────────────────────────────────────────────────────


def _add(a: Any, b: Any) -> Value:
    if a is None or b is None:
        return None
    if isinstance(b, date):
        a, b = b, a
    return a + timedelta(days=int(b)) if isinstance(a, date) else a + b


def _subtract(a: Any, b: Any) -> Value:
    if a is None or b is None:
        return None
    if isinstance(a, date) and isinstance(b, date):
        return Decimal((a - b).days)
    return a - timedelta(days=int(b)) if isinstance(a, date) else a - b


def _times(a: Any, b: Any) -> Value:
    return None if a is None or b is None else _number(a) * _number(b)


def _divided(a: Any, b: Any) -> Value:
    return None if a is None or not b else _number(a) / _number(b)


def _number(value: Any) -> Decimal:
    """A number, or a yes as one; a day is none."""
    if isinstance(value, date):
        raise TypeError
    return Decimal(value)


def _both_known(holds: Callable[[Any, Any], bool], a: Any, b: Any) -> Value:
    return None if a is None or b is None else holds(a, b)


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: bool(a == b),
    "!=": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
}


def _opposite(a: Any) -> Value:
    return None if a is None else not a


def _and(a: Any, b: Any) -> Value:
    return bool(a) and bool(b)


def _or(a: Any, b: Any) -> Value:
    return bool(a) or bool(b)


def _round(values: list[Any]) -> Value:
    places = int(values[1]) if len(values) > 1 and values[1] is not None else 0
    if values[0] is None or not -6 <= places <= 6:
        return None
    return _number(values[0]).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP) + 0


def _least(values: list[Any]) -> Value:
    return None if None in values else min(values)


def _most(values: list[Any]) -> Value:
    return None if None in values else max(values)


def _days(values: list[Any]) -> Value:
    later, earlier = values
    if later is None or earlier is None:
        return None
    return Decimal((later - earlier).days) if isinstance(later, date) and isinstance(earlier, date) else None


FUNCTIONS: dict[str, tuple[int, int, Callable[[list[Any]], Value]]] = {
    "if": (3, 3, lambda values: values[1] if values[0] else values[2]),
    "round": (1, 2, _round),
    "min": (2, 10, _least),
    "max": (2, 10, _most),
    "days": (2, 2, _days),
    "known": (2, 2, lambda values: values[1] if values[0] is None else values[0]),
}
"""How many arguments at least and at most, and what is done with them."""
