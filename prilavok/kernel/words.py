"""Words of a text kept in an index of PostgreSQL, to be found by their beginnings however they are typed.

Trigrams would not do: where PostgreSQL's language is C, as in our own clusters, they are made of Latin letters only.
A word with marks inside is found with them, with others, without any, or as several words: Д'Арк, Д’Арк, дарк, д арк.
"""

from typing import Any

from django.contrib.postgres.search import SearchQueryField, SearchVectorField
from django.db.models import BooleanField, Func, Q, Value
from django.db.models.functions import Cast, Left

BLANKS = "\t\n\r\u00a0\u2009\u202f"
MARKS = "'’ʼ‘`´′ʹ-‐‑‒–—−\"«»„“”()[]{}<>.,;:/#№"  # what else stands in a name is a letter like others
_LONGEST = 500  # letters of a text: a word of the index holds at most 2,046 bytes
_MOST = 10  # words asked for


def words_of(text: Any) -> Func:
    """The words of an SQL text for an index (`GinIndex(words_of(…))`) and for `having`: as they stand without the
    marks in them, and the parts that the marks divide. The text should be in lower case.
    """
    return Func(listed(text), function="array_to_tsvector", output_field=SearchVectorField())


def listed(text: Any) -> Func:
    """The same words as an array.

    By regular expressions: most texts hold no mark, and those cost next to nothing, while `translate` looks up each
    letter among all marks: a name's words took two thirds of the time of writing it.
    """
    text = Left(text, _LONGEST)
    joined, apart = _each(text, MARKS, ""), _each(text, MARKS, " ")
    ways = [Func(_each(way, BLANKS, " "), Value(" "), function="string_to_array") for way in (joined, apart)]
    return Func(Func(*ways, function="array_cat"), Value(""), function="array_remove")


def _each(text: Any, letters: str, instead: str) -> Func:
    """The text with each of these letters replaced."""
    any_of_them = "[" + "".join(f"\\{one}" if one in "\\]^-[" else one for one in letters) + "]"
    return Func(text, Value(any_of_them), Value(instead), Value("g"), function="regexp_replace")


def having(words: Func, text: str) -> Func | Q:
    """The condition that a text of `words_of` has words that begin so, in any order; all have, if none is asked."""
    asked = question(text)
    if not asked:
        return Q()
    return Func(
        words,
        Cast(Value(asked), SearchQueryField()),
        template="%(expressions)s",
        arg_joiner=" @@ ",
        output_field=BooleanField(),
    )


def question(text: str) -> str:
    """What PostgreSQL is asked for by what somebody typed, in lower case already.

    >>> print(question("д’арк жанна -"))
    ('дарк':* | ('д':* & 'арк':*)) & 'жанна':*

    A text is known by its first letters only, and PostgreSQL refuses a longer word.
    >>> len(question("я" * 10_000))
    504
    """
    return " & ".join(filter(None, map(_beginning, text[:_LONGEST].split()[:_MOST])))


def _beginning(word: str) -> str:
    parts = word.translate(_APART).split()
    if len(parts) < 2:
        return "".join(map(_quoted, parts))
    return f"({_quoted(''.join(parts))} | ({' & '.join(map(_quoted, parts))}))"


def _quoted(beginning: str) -> str:
    r"""
    >>> print(_quoted("o\\h"))
    'o\\h':*
    """
    return "'" + beginning.replace("\\", "\\\\") + "':*"


_APART = str.maketrans(dict.fromkeys(BLANKS + MARKS, " "))
