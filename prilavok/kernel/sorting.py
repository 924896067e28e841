"""How names with numbers in them are sorted: as people count, 2 before 10."""

from django.db.models import Func, TextField

_DIGITS = 20


class NaturalKey(Func):
    """What a text is sorted by: its numbers padded to one width, without case, Ё among Е.

    By SQL alone, because not every PostgreSQL is built with the collations that could.
    """

    template = (
        "regexp_replace(regexp_replace(replace(lower(%(expressions)s), 'ё', 'е'), '([0-9]+)', '"
        + "0" * _DIGITS
        + "\\1', 'g'), '[0-9]*([0-9]{"
        + str(_DIGITS)
        + "})', '\\1', 'g')"
    )
    output_field = TextField()
    arity = 1
