"""The tag of components, those of `components.py` drawn by their functions. Built in after django-cotton's own."""

from typing import Any

from django import template
from django.template import Context
from django.template.base import Parser, Token
from django.utils.safestring import SafeString, mark_safe
from django_cotton.templatetags import UnprocessableDynamicAttr
from django_cotton.templatetags._component import AttrKind, CottonComponentNode, cotton_component
from django_cotton.utils import ensure_quoted

from prilavok.ui.components import DRAWN, TAKES

register = template.Library()


@register.tag("cotton")
def component(parser: Parser, token: Token) -> template.Node:
    node = cotton_component(parser, token)
    return Drawn(node) if node.component_name in DRAWN else node


class Drawn(template.Node):
    """A component without a template."""

    child_nodelists = ("nodelist",)

    def __init__(self, node: CottonComponentNode) -> None:
        self.nodelist, self.asked = node.nodelist, node._prepared_attrs
        self.draw, self.takes = DRAWN[node.component_name], TAKES[node.component_name]

    def render(self, context: Context) -> SafeString:
        given, attrs = dict(self.takes), ""
        for one in self.asked:
            value = _resolved(one, context)
            if value is _UNKNOWN:
                continue
            if one.key in given:
                given[one.key] = value
            else:
                attrs += f" {one.key}" if value is True else f" {one.key}={ensure_quoted(value)}"
        return mark_safe(self.draw(context, given, attrs.strip(), self.nodelist.render(context)))


def _resolved(asked: Any, context: Context) -> Any:
    """The value of an attribute, as django-cotton reads it."""
    if asked.kind in (AttrKind.BOOLEAN, AttrKind.STATIC) or asked.compiled is None:
        return asked.value
    if asked.kind == AttrKind.ESCAPED:
        return asked.compiled.nodelist.render(context)
    try:
        return asked.compiled.resolve(context)
    except UnprocessableDynamicAttr:
        return asked.value if asked.kind == AttrKind.UNQUOTED else _UNKNOWN


_UNKNOWN = object()  # a name that the page doesn't know: as if it had not been given
