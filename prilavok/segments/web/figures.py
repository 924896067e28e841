"""The company's own indicators on the card, in lists, files and the API, each with what it was made from."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from prilavok.customers.ports import Families, Indicator
from prilavok.facts import queries as facts
from prilavok.facts.client import FactsBusy, FactsDown, TooHeavy
from prilavok.kernel import clock
from prilavok.kernel.actors import Actor
from prilavok.segments.formulas import inputs, known, reckoning
from prilavok.segments.formulas.reckoning import Figure, Formula
from prilavok.segments.models import OwnIndicator
from prilavok.ui import formats


def labels(by: Actor) -> Mapping[str, str | Promise]:
    return {one.key: one.name for one in known.seen(by)}


def figures(families: Families, by: Actor) -> dict[int, list[Indicator]]:
    """Reckoned when they are asked for, by one question for all rows; a dash where the facts do not answer."""
    made = known.seen(by)
    if not made or not families:
        return {who: [] for who in families}
    formulas = {one.code: one for one in known.formulas(one.code for one in made)}
    try:
        found = reckoning.figures(list(formulas.values()), families, at=clock.now())
        as_of = facts.as_of()
    except (FactsDown, FactsBusy, TooHeavy):
        found, as_of = {}, None
    names = {one.code: one.name for one in known.recent()}
    return {
        who: [
            _told(one, formulas.get(one.code), found.get(who, {}).get(one.code), names, as_of) for one in made
        ]
        for who in families
    }


def _told(
    one: OwnIndicator,
    formula: Formula | None,
    figure: Figure | None,
    names: Mapping[str, str],
    as_of: datetime | None,
) -> Indicator:
    if formula is None:
        reason = _("What it is made of is there no more: look at it in the settings.")
        return Indicator(one.key, one.name, None, one.kind, reason)
    value = figure.value if figure else None
    definition = explained(one.formula, formula, figure, names)
    if one.note:
        definition = f"{one.note} {definition}"
    if as_of:
        at = formats.moment(as_of)
        definition += " " + _("As of %(moment)s.") % {"moment": at}
    return Indicator(one.key, one.name, value, one.kind, definition)


def explained(text: str, formula: Formula, figure: Figure | None, names: Mapping[str, str]) -> str:
    """The formula in words, with the values that its letters have: «a / b, where a is …: 1 200 ₽; b is …: 3.»"""
    parts = [
        _("%(letter)s is %(what)s: %(value)s")
        % {
            "letter": one.name,
            "what": inputs.in_words(one, names),
            "value": inputs.value_in_words(one.kind, figure.inputs.get(one.name) if figure else None),
        }
        for one in formula.inputs
    ]
    return _("%(formula)s, where %(parts)s.") % {"formula": text, "parts": "; ".join(parts)}
