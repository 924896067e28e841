"""The company's own indicators as they are known now, ready to be reckoned."""

import time
from collections.abc import Collection, Iterable

from prilavok.facts.schema import registry
from prilavok.kernel.actors import Actor
from prilavok.segments import conditions
from prilavok.segments.formulas import inputs
from prilavok.segments.formulas.expression import BadExpression, read
from prilavok.segments.formulas.inputs import Input
from prilavok.segments.formulas.reckoning import Formula
from prilavok.segments.models import OwnIndicator
from prilavok.segments.problems import BadCondition

FRESH = 5.0  # seconds: indicators change rarely, and every list asks by them
_recent: list[tuple[float, list[OwnIndicator]]] = []
_telling: list[tuple[list[OwnIndicator], set[str]]] = []


def recent() -> list[OwnIndicator]:
    """All indicators, the archived too, as they were a few seconds ago at most."""
    now = time.monotonic()
    if not _recent or now - _recent[0][0] > FRESH:
        _recent[:] = [(now, list(OwnIndicator.objects.all()))]
    return _recent[0][1]


def forget() -> None:
    """Read them anew next time."""
    _recent.clear()


def seen(by: Actor) -> list[OwnIndicator]:
    """Those in use, if `by` may see them."""
    return [one for one in recent() if one.archived_at is None] if by.may("segments.see") else []


def kinds() -> dict[str, str]:
    """What others may be made of, by code: shares and days are numbers there."""
    return {one.code: one.kind if one.kind in ("money", "date") else "number" for one in recent()}


def formulas(codes: Iterable[str]) -> list[Formula]:
    """These indicators and all that they are made of, each after those that it names.

    One that asks what is there no more is left out.
    """
    known = {one.code: one for one in recent()}
    found: dict[str, Formula] = {}
    for code in codes:
        _gather(code, known, found, ())
    return list(found.values())


def _gather(
    code: str, known: dict[str, OwnIndicator], found: dict[str, Formula], way: tuple[str, ...]
) -> None:
    if code in found or code in way or code not in known:
        return
    try:
        formula = understood(known[code])
    except (BadCondition, BadExpression):
        return
    for one in formula.inputs:
        if one.indicator:
            _gather(one.indicator, known, found, (*way, code))
    found[code] = formula


def understood(one: OwnIndicator) -> Formula:
    """The indicator as it stands. Raises BadCondition, BadExpression."""
    made_of = inputs.read(one.inputs, kinds(), registry())
    return Formula(one.code, one.kind, tuple(made_of), read(one.formula, inputs.names(len(made_of))))


def leads_to(code: str, made_of: Collection[Input]) -> bool:
    """Whether inputs lead to this indicator, so that it would be made of itself."""
    wanted = {one.indicator for one in made_of if one.indicator}
    return any(formula.code == code for formula in formulas(wanted))


def telling() -> set[str]:
    """Names of the types of events that can change an indicator in use."""
    now = recent()
    if not _telling or _telling[0][0] is not now:
        used = formulas(one.code for one in now if one.archived_at is None)
        leaves = [one.leaf for formula in used for one in formula.inputs if one.leaf is not None]
        names = {name for leaf in leaves for name in conditions.events_of(leaf, registry())}
        _telling[:] = [(now, names)]
    return _telling[0][1]
