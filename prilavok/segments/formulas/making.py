"""Making the company's own indicators, and keeping their values for conditions."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from prilavok.customers import queries as customers
from prilavok.facts import actions as facts
from prilavok.facts import client
from prilavok.facts.schema import registry
from prilavok.kernel import clock, jobs
from prilavok.kernel.actors import SYSTEM, Actor
from prilavok.segments.compiler import EVERYBODY, PEOPLE
from prilavok.segments.formulas import expression, inputs, known
from prilavok.segments.formulas.expression import BadExpression
from prilavok.segments.formulas.inputs import Input
from prilavok.segments.formulas.reckoning import AT_ONCE
from prilavok.segments.models import OwnIndicator
from prilavok.segments.problems import BadCondition, BadFormula, IndicatorInUse, UnknownIndicator
from prilavok.segments.reckoning import compiler, day_of

RIGHT = "segments.indicators"
TABLE = "own_indicators"
MOST = 100
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")


@transaction.atomic
def make_indicator(
    *, name: str, kind: str, told: Any, formula: str, by: Actor, at: datetime, code: str = "", note: str = ""
) -> OwnIndicator:
    """Make an indicator of inputs and a formula over their letters. Raises BadFormula, BadCondition, Refused."""
    by.must(RIGHT)
    code = code or _free(customers.code_of(name))
    if not _CODE.fullmatch(code) or OwnIndicator.objects.filter(code=code).exists():
        raise BadFormula(
            _("This code is taken, or is not made of small Latin letters, digits and “_”."), field="code"
        )
    if OwnIndicator.objects.count() >= MOST:
        raise BadFormula(_("A company has at most %(most)d indicators of its own."), field="name", most=MOST)
    if kind not in OwnIndicator.Kind.values:
        raise BadFormula(field="kind")
    made = OwnIndicator(code=code, kind=kind, made_at=at, position=OwnIndicator.objects.count() + 1)
    return _write(made, name, told, formula, note, by, at)


@transaction.atomic
def change_indicator(
    *, code: str, name: str, told: Any, formula: str, by: Actor, at: datetime, note: str = ""
) -> OwnIndicator:
    """Change what an indicator is called and how it is reckoned; its kind and code stay."""
    by.must(RIGHT)
    return _write(_held(code), name, told, formula, note, by, at)


@transaction.atomic
def archive_indicator(*, code: str, by: Actor, at: datetime) -> None:
    """Take an indicator out of use. Raises IndicatorInUse where another one is made of it."""
    by.must(RIGHT)
    one = _held(code)
    for other in OwnIndicator.objects.filter(archived_at=None).exclude(pk=one.pk):
        if {"indicator": code} in other.inputs:
            raise IndicatorInUse(name=other.name)
    one.archived_at = at
    _save(one)


@transaction.atomic
def restore_indicator(*, code: str, by: Actor) -> None:
    by.must(RIGHT)
    one = _held(code)
    one.archived_at, one.kept_on = None, None
    _save(one)
    jobs.later(keep_values, lock="segments.indicators")


def _held(code: str) -> OwnIndicator:
    one = OwnIndicator.objects.select_for_update().filter(code=code).first()
    if one is None:
        raise UnknownIndicator(field="code")
    return one


def _free(code: str) -> str:
    taken = set(OwnIndicator.objects.filter(code__startswith=code).values_list("code", flat=True))
    return next(one for one in (code, *(f"{code[:36]}_{n}" for n in range(2, MOST + 3))) if one not in taken)


def _write(
    one: OwnIndicator, name: str, told: Any, formula: str, note: str, by: Actor, at: datetime
) -> OwnIndicator:
    one.name, one.note, one.changed_at = name.strip()[:100], note.strip()[:300], at
    if not one.name:
        raise BadFormula(_("Give the indicator a name."), field="name")
    made_of = checked(told, formula, itself=one.code)
    one.inputs, one.formula, one.kept_on = inputs.to_json(made_of), formula.strip(), None
    _save(one)
    jobs.later(keep_values, lock="segments.indicators")
    return one


def checked(told: Any, formula: str, *, itself: str = "") -> list[Input]:
    """The inputs of a formula that was understood. Raises BadCondition, BadFormula."""
    known.forget()
    kinds = {code: kind for code, kind in known.kinds().items() if code != itself}
    made_of = inputs.read(told, kinds, registry())
    if itself and known.leads_to(itself, made_of):
        raise BadCondition(_("The indicator would be made of itself."), field="inputs")
    understand(formula, made_of)
    return made_of


def understand(formula: str, made_of: Sequence[Input]) -> expression.Expression:
    """The formula over these inputs. Raises BadFormula with the reason in words."""
    try:
        return expression.read(formula, inputs.names(len(made_of)))
    except BadExpression as bad:
        raise BadFormula(REASONS[bad.why], field="formula", told=bad.told) from bad


REASONS = {
    "empty": _("Write a formula over the letters: for one figure its letter is enough."),
    "too_long": _("The formula is longer than 500 characters."),
    "too_deep": _("The formula has too many brackets inside one another."),
    "unknown_sign": _("The formula cannot be read from “%(told)s” on."),
    "unknown_name": _("There is no figure with the letter “%(told)s”."),
    "unknown_function": _("There is no function “%(told)s”: if, round, min, max, days, known."),
    "arguments": _("The function “%(told)s” takes another number of arguments."),
    "unfinished": _("The formula is not complete: look at brackets and signs (“%(told)s”)."),
}


def _save(one: OwnIndicator) -> None:
    one.save()
    known.forget()


# ── Values for conditions ────────────────────────────────────────────────────────────────────────────────


@jobs.job
def keep_values() -> None:
    keep_indicators()


def keep_indicators() -> None:
    """Bring the values up to date where that is due: everybody's of an indicator that is new or changed; of one made of
    days, those that the days since have changed. What happens to a customer is brought with the event itself."""
    known.forget()
    today = day_of(clock.now())
    due = [one for one in known.recent() if one.archived_at is None and _is_due(one, today)]
    if not due:
        return
    for ids in _whose(due):
        facts.reload(TABLE, ids, by=SYSTEM)
    OwnIndicator.objects.filter(pk__in=[one.pk for one in due]).update(kept_on=today)
    known.forget()


def _whose(due: Sequence[OwnIndicator]) -> Iterator[list[int]]:
    """In portions, the people whose values are not what they were when they were last kept."""
    asked: list[str] = []
    for one in due:
        aged = _aged(one)
        if aged is None:
            yield from _everybody()
            return
        asked += aged
    if asked:
        together = " UNION ALL ".join(dict.fromkeys(asked))
        people = client.column(f"SELECT DISTINCT person FROM ({together}) ORDER BY person", lane="heavy")
        yield from (people[start : start + AT_ONCE] for start in range(0, len(people), AT_ONCE))


def _aged(one: OwnIndicator) -> list[str] | None:
    """Whom to ask after the days since the indicator was last kept; None: everybody."""
    asking = compiler(clock.now(), {})
    asked: list[str] = []
    for formula in known.formulas([one.code]):
        if one.kept_on is None or formula.expression.of_today:
            return None
        for leaf in (each.leaf for each in formula.inputs if each.leaf):
            aged = asking.aged(leaf, one.kept_on)
            if aged is None:
                return None
            asked += [aged] if aged else []
    return asked


def _everybody() -> Iterator[list[int]]:
    last = 0
    while ids := client.column(_PEOPLE.format(last=last)):
        yield ids
        last = ids[-1]


_PEOPLE = (
    f"SELECT profile_id FROM {PEOPLE} FINAL WHERE {EVERYBODY} AND profile_id > {{last}} "
    f"ORDER BY profile_id LIMIT {AT_ONCE}"
)


def _is_due(one: OwnIndicator, today: Any) -> bool:
    if one.kept_on is None:
        return True
    moving = (
        formula.expression.of_today or inputs.moves(formula.inputs, registry())
        for formula in known.formulas([one.code])
    )
    return bool(one.kept_on < today and any(moving))
