"""Liquid for authors: plain values, few tags, hard limits; and its fast form for mass mail."""

import re
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext_lazy as _
from liquid import Environment
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions.filtered import FilteredExpression
from liquid.builtin.expressions.path import Path
from liquid.builtin.expressions.primitive import StringLiteral
from liquid.builtin.output import OutputNode
from liquid.exceptions import LiquidError, ResourceLimitError
from liquid.template import BoundTemplate
from markupsafe import escape

from prilavok.kernel.errors import Problem

_TAGS = {
    "content",
    "output",
    "illegal",
    "if",
    "unless",
    "case",
    "for",
    "break",
    "continue",
    "assign",
    "comment",
    "#",
}
_FILTERS = {
    "append", "capitalize", "ceil", "date", "default", "divided_by", "downcase", "first", "floor", "join", "last",
    "lstrip", "minus", "plus", "prepend", "remove", "replace", "round", "rstrip", "size", "split", "strip", "times",
    "truncate", "truncatewords", "upcase", "url_encode",
}  # fmt: skip
_RANGE_SHOWN = re.compile(r"\{\{[^}]*\.\.[^}]*\}\}|\{%-?\s*assign[^%]*\.\.[^%]*%\}")


class BrokenText(Problem):
    """The text cannot be read; the message says where."""

    code = "template_broken"
    field = "mjml"


class UnknownMacro(Problem):
    """The text shows a value that letters don't have."""

    code = "unknown_macro"
    message = _("There is no macro “%(macro)s”. Choose one from the list of macros or correct its name.")


class TooMuchWork(Problem):
    """A loop without end, or a text that grows without measure."""

    code = "template_too_heavy"
    message = _(
        "The letter never ends: a loop in it runs more than 2,000 times or its text grows beyond 300 KB. "
        "Make the loop shorter."
    )


class _Liquid(Environment):
    context_depth_limit = 8
    block_nesting_limit = 12
    loop_iteration_limit = 2_000
    local_namespace_limit = 50_000
    output_stream_limit = 300_000


@lru_cache(maxsize=2)
def _environment(*, markup: bool) -> _Liquid:
    environment = _Liquid(autoescape=markup)
    environment.tags = {name: tag for name, tag in environment.tags.items() if name in _TAGS}
    environment.filters = {name: one for name, one in environment.filters.items() if name in _FILTERS}
    return environment


def check(source: str, *, known: Collection[str], field: str, markup: bool = True) -> set[str]:
    """The macros of a text. Raises BrokenText, UnknownMacro or TooMuchWork, whose `field` is given."""
    if _RANGE_SHOWN.search(source):
        raise TooMuchWork(field=field)
    try:
        template = _environment(markup=markup).from_string(source)
        used = _named(template)
    except LiquidError as exc:
        raise _broken(exc, source, field) from exc
    for macro in sorted(used - set(known)):
        raise UnknownMacro(field=field, macro=macro)
    for trial in ({}, nested(dict.fromkeys(known, "100"))):
        _try(template, trial, source, field)
    return used


def _named(template: BoundTemplate) -> set[str]:
    """The macros of a template by their whole names: `customer.own.size` is one."""
    paths = [variable.segments for found in template.analyze().globals.values() for variable in found]
    return {".".join(str(part) for part in path) for path in paths}


def nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as Liquid finds them: a name with dots is a path.

    >>> nested({"name": "Anna", "customer.own.size": "38"})
    {'name': 'Anna', 'customer': {'own': {'size': '38'}}}
    """
    found: dict[str, Any] = {}
    for name, value in values.items():
        *path, last = name.split(".")
        place = found
        for part in path:
            place = place.setdefault(part, {})
        place[last] = value
    return found


def _try(template: BoundTemplate, values: Mapping[str, str], source: str, field: str) -> None:
    try:
        template.render(**values)
    except ResourceLimitError as exc:
        raise TooMuchWork(field=field) from exc
    except (LiquidError, ValueError, ArithmeticError, TypeError) as exc:
        raise _broken(exc, source, field) from exc


def _broken(exc: Exception, source: str, field: str) -> BrokenText:
    token = getattr(exc, "token", None)
    start = getattr(token, "start_index", -1)
    if token is None or start < 0:
        return BrokenText(
            _("A tag of the letter is not closed: every “if” needs its “endif”, every “for” its “endfor”."),
            field=field,
        )
    line = source.count("\n", 0, start) + 1
    return BrokenText(
        _("Line %(line)s of the letter cannot be read near “%(near)s”."),
        field=field,
        line=line,
        near=str(getattr(token, "value", ""))[:40],
    )


# ── Mass mail ────────────────────────────────────────────────────────────────────────────────────────────

_Dynamic = Callable[[Mapping[str, str]], str]


class Compiled:
    """A text split into what never changes and what does; fills in microseconds.

    Plain macros (`{{ x }}`, `{{ x | default: "y" }}`) are looked up; conditions are left to Liquid one by one,
    and a text that assigns variables is left to Liquid as a whole.

    >>> Compiled("Hi {{ name | default: 'friend' }}!", markup=True).fill({"name": "<Anna>"})
    'Hi &lt;Anna&gt;!'
    >>> Compiled("Hi {{ name | default: 'friend' }}!", markup=True).fill({})
    'Hi friend!'
    """

    def __init__(self, source: str, *, markup: bool) -> None:
        self._markup = markup
        template = _environment(markup=markup).from_string(source)
        self._statics: list[str] = []
        self._lookups: list[tuple[int, str, str]] = []
        self._dynamics: list[tuple[int, _Dynamic]] = []
        if template.analyze().locals:
            self._dynamics.append((0, _rest(template)))
            self._statics.append("")
            return
        for node in template.nodes:
            self._add(template, node)

    def _add(self, template: BoundTemplate, node: Any) -> None:
        here = len(self._statics)
        macro = _plain_macro(node)
        if isinstance(node, ContentNode):
            self._statics.append(node.text)
            return
        self._statics.append("")
        if macro is not None:
            self._lookups.append((here, *macro))
        else:
            self._dynamics.append((here, _rest(BoundTemplate(template.env, [node]))))

    def fill(self, values: Mapping[str, str]) -> str:
        """The text for one person; a missing value is empty."""
        parts = self._statics.copy()
        for index, name, fallback in self._lookups:
            value = values.get(name)
            if not value:
                parts[index] = fallback
            else:
                parts[index] = str(escape(value)) if self._markup else value
        for index, dynamic in self._dynamics:
            parts[index] = dynamic(values)
        return "".join(parts)


def _plain_macro(node: Any) -> tuple[str, str] | None:
    """(name, default) of `{{ name }}` or `{{ name | default: "text" }}`; None for anything cleverer."""
    expression = getattr(node, "expression", None)
    if not isinstance(node, OutputNode) or not isinstance(expression, FilteredExpression):
        return None
    path, filters = expression.left, expression.filters or []
    if not isinstance(path, Path) or len(filters) > 1 or not all(isinstance(one, str) for one in path.path):
        return None
    name = ".".join(str(part) for part in path.path)
    if not filters:
        return name, ""
    one = filters[0]
    if one.name != "default" or len(one.args) != 1 or not isinstance(one.args[0].value, StringLiteral):
        return None
    return name, str(one.args[0].value.value)


def _rest(template: BoundTemplate) -> _Dynamic:
    return lambda values: str(template.render(**nested(values)))
