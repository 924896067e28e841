"""What pydantic refuses, in the language of whoever asks.

Its own messages are English alone, and the packages that translate them do so by the English text, of which each
version has another: here the words go by the kind of the error, which is part of pydantic's interface.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

_FILL: str | Promise = _("Fill this in.")
_FIGURE: str | Promise = _("Give a figure.")
_WHOLE: str | Promise = _("Give a whole number.")
_TEXT: str | Promise = _("Give a text.")
_LIST: str | Promise = _("Give a list: […].")
_OBJECT: str | Promise = _("Give an object: {…}.")
_CHOOSE: str | Promise = _("Choose one of these: %(expected)s.")

_WORDS: Mapping[str, str | Promise] = {
    "missing": _FILL,
    "extra_forbidden": _("There is no such field."),
    "none_required": _("Leave this empty: null."),
    "too_short": _("Name at least %(min_length)s."),
    "too_long": _("Name at most %(max_length)s."),
    "string_too_short": _("At least %(min_length)s characters."),
    "string_too_long": _("At most %(max_length)s characters."),
    "string_pattern_mismatch": _("This does not look as it must: %(pattern)s."),
    "greater_than": _("It must be more than %(gt)s."),
    "greater_than_equal": _("It must be at least %(ge)s."),
    "less_than": _("It must be less than %(lt)s."),
    "less_than_equal": _("It must be at most %(le)s."),
    "multiple_of": _("It must be a multiple of %(multiple_of)s."),
    "decimal_max_digits": _("At most %(max_digits)s digits."),
    "decimal_max_places": _("At most %(decimal_places)s digits after the point."),
    "decimal_whole_digits": _("At most %(whole_digits)s digits before the point."),
    "literal_error": _CHOOSE,
    "enum": _CHOOSE,
    "union_tag_invalid": _("Choose one of these: %(expected_tags)s."),
    "union_tag_not_found": _("Fill in %(discriminator)s."),
    "timezone_aware": _("Give the offset as well, such as 2026-11-21T14:05:00+03:00."),
    "time_delta_type": _("Give a length of time, such as P7D."),
    "time_delta_parsing": _("Give a length of time, such as P7D."),
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "dict_type": _OBJECT,
    "mapping_type": _OBJECT,
    "get_attribute_error": _OBJECT,
}
_BY_BEGINNING: Mapping[str, str | Promise] = {
    "string": _TEXT,
    "int": _WHOLE,
    "decimal": _FIGURE,
    "float": _FIGURE,
    "finite": _FIGURE,
    "bool": _("Give true or false."),
    "list": _LIST,
    "set": _LIST,
    "tuple": _LIST,
    "iterable": _LIST,
    "date": _("Give a day, such as 2026-11-21."),
    "datetime": _("Give a day and a time, such as 2026-11-21T14:05:00+03:00."),
    "time": _("Give a time of day, such as 10:00."),
    "uuid": _("Give an id: a UUID, 36 characters with its hyphens."),
    "ip": _("Give an IP address."),
    "url": _("Give an address that begins with https://."),
}


def words(error: Mapping[str, Any]) -> str:
    """What to do about one error of `ValidationError.errors()`. A ValueError of ours speaks for itself."""
    kind, told = error["type"], dict(error.get("ctx") or {})
    if kind == "value_error" and "error" in told:
        return str(told["error"])
    if kind == "string_too_short" and told.get("min_length") == 1:
        return str(_FILL)
    either = gettext("or")
    for name in {"expected", "expected_tags"} & told.keys():
        told[name] = str(told[name]).replace("' or '", f"' {either} '")
    return str(_known(kind) or _("This does not fit here.")) % told


def _known(kind: str) -> str | Promise | None:
    return _WORDS.get(kind) or _BY_BEGINNING.get(kind.partition("_")[0])


def is_known(kind: str) -> bool:
    """Whether there are words for errors of this kind."""
    return kind == "value_error" or _known(kind) is not None
