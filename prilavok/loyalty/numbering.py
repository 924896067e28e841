"""Numbers of cards: a prefix, a serial, and perhaps a check digit. Pure: no database, no clock, no Django."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

NONE, EAN13, LUHN = "none", "ean13", "luhn"
LONGEST = 32
_PREFIX = re.compile(r"[0-9A-Z]*")
_SPACES = re.compile(r"[\s\-]")


def ean_digit(body: str) -> str:
    """The check digit of an EAN-13 without it.

    >>> ean_digit("290000001234")
    '9'
    """
    odd, even = (sum(map(int, body[place::2])) for place in (0, 1))
    return str(-(odd + 3 * even) % 10)


def luhn_digit(body: str) -> str:
    """The check digit by which cards of banks end.

    >>> luhn_digit("7992739871")
    '3'
    """
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in body[::-2])
    return str(-(doubled + sum(map(int, body[-2::-2]))) % 10)


_DIGIT = {EAN13: ean_digit, LUHN: luhn_digit}


@dataclass(frozen=True, slots=True)
class Shape:
    """What the numbers of one kind of cards look like; `length` counts the check digit too."""

    prefix: str
    length: int
    check: str = NONE

    @property
    def width(self) -> int:
        """How many digits the serial has."""
        return self.length - len(self.prefix) - (self.check != NONE)

    def trouble(self) -> str:
        """Why no number can look like this, by a word; empty when it can.

        >>> Shape("29", 13, EAN13).trouble(), Shape("A1", 13, EAN13).trouble(), Shape("12345", 6, LUHN).trouble()
        ('', 'letters', 'short')
        """
        if not _PREFIX.fullmatch(self.prefix):
            return "prefix"
        if self.check != NONE and not self.prefix.isdecimal() and self.prefix:
            return "letters"
        if self.check == EAN13 and self.length != 13:
            return "ean"
        if self.length > LONGEST:
            return "long"
        return "short" if self.width < 1 else ""

    def number(self, serial: int) -> str:
        """The card of a serial.

        >>> Shape("29", 13, EAN13).number(1234)
        '2900000012349'
        >>> Shape("VIP", 8).number(7)
        'VIP00007'
        """
        body = f"{self.prefix}{serial:0{self.width}d}"
        return body + (_DIGIT[self.check](body) if self.check != NONE else "")

    def serial(self, number: str) -> int | None:
        """Which serial a number has; none where it is not of this shape, or its check digit is wrong.

        >>> shape = Shape("29", 13, EAN13)

        (1234, None, None)
        """
        body = number[len(self.prefix) : len(self.prefix) + self.width]
        if not (number.startswith(self.prefix) and body.isascii() and body.isdecimal()):
            return None
        return int(body) if self.number(int(body)) == number else None

    @property
    def first(self) -> str:
        """The lowest text that numbers of this shape begin from."""
        return self.prefix + "0" * (self.length - len(self.prefix))

    @property
    def last(self) -> str:
        return self.prefix + "9" * (self.length - len(self.prefix))

    @property
    def capacity(self) -> int:
        """How many numbers of this shape there are."""
        return int(10**self.width)

    def numbers(self, first: int, count: int) -> Iterator[str]:
        """Numbers one after another, without gaps."""
        return (self.number(serial) for serial in range(first, first + count))

    def meets(self, other: "Shape") -> bool:
        """Whether a number may be of both.

        >>> Shape("29", 13, EAN13).meets(Shape("290", 13, EAN13)), Shape("29", 13, EAN13).meets(Shape("28", 13, EAN13))
        (True, False)
        """
        one, two = sorted((self.prefix, other.prefix), key=len)
        return self.length == other.length and two.startswith(one)


def tidy(typed: str) -> str:
    """A number as it is kept: capitals, without spaces and hyphens.

    >>> tidy(" 29 0000-0012345 ")
    '2900000012345'
    """
    return _SPACES.sub("", typed).upper()
