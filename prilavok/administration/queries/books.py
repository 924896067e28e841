"""The books themselves, and PostgreSQL beside facts."""

from collections.abc import Iterator

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from prilavok.administration.queries.findings import Finding
from prilavok.company import queries as company
from prilavok.facts import queries as facts
from prilavok.kernel import money
from prilavok.kernel.actors import Actor
from prilavok.kernel.errors import Problem
from prilavok.ledger import queries as ledger
from prilavok.ui import formats

NAMED = 5  # how many broken things a finding names


def books(by: Actor) -> list[Finding]:
    """Whether the ledger closes, and counts and sums in PostgreSQL beside those in facts.

    Takes seconds on a large base. Raises Refused.
    """
    by.must("administration.see")
    return [*_ledger(), *_beside_facts()]


def _ledger() -> Iterator[Finding]:
    """What the database itself refuses; it is found only where somebody wrote past it."""
    yield _faults(
        "ledger.transactions",
        _("Ledger: transactions"),
        ledger.open_transactions(),
        _("all add up to zero"),
        _("not adding up to zero: %(ids)s"),
        _("Somebody wrote past the program. Find what is missing there and post it by another transaction."),
    )
    yield _faults(
        "ledger.lots",
        _("Ledger: lots"),
        ledger.lots_that_differ(),
        _("all hold what their entries say"),
        _("not holding what their entries say: %(ids)s"),
        _(
            "Somebody wrote past the program. The entries are right: set the lots' sums by them, or restore a backup."
        ),
    )
    yield _faults(
        "ledger.accounts",
        _("Ledger: accounts"),
        ledger.overdrawn(),
        _("none is below zero"),
        _("below zero, or a debt paid twice: %(ids)s"),
        _("Somebody wrote past the program. Read their entries and post back what should not be there."),
    )


def _faults(key: str, label: str, found: list[int], good: str, bad: str, remedy: str) -> Finding:
    if not found:
        return Finding(key, label, "good", good)
    ids = ", ".join(f"#{one}" for one in found[:NAMED]) + ("…" if len(found) > NAMED else "")
    words = bad % {"ids": ids}
    return Finding(key, label, "bad", f"{words} ({len(found)})", remedy)


def _beside_facts() -> list[Finding]:
    try:
        compared = facts.compare()
    except Problem as problem:
        return [
            Finding(
                "books",
                _("PostgreSQL beside facts"),
                "bad",
                str(problem),
                _("Start the column store: prilavok up"),
            )
        ]
    return [_compared(difference) for difference in compared]


def _compared(found: facts.Difference) -> Finding:
    what = _("Events of the journal") if found.check == "events" else str(found.label)
    of = {"revenue_units": _("revenue"), "amount_units": _("taken off")}.get(found.figure, _("how many"))
    both = f"{_figure(found, found.truth)} {'=' if found.equal else '≠'} {_figure(found, found.facts)}"
    key, label = f"books.{found.check}.{found.figure}", f"{what}: {of}"
    if found.equal:
        return Finding(key, label, "good", both)
    remedy = _("Wait for the loading to end; if it stays so: prilavok doctor --repair")
    return Finding(key, label, "bad", both, remedy)


def _figure(found: facts.Difference, value: int) -> str:
    language = get_language() or "ru"
    if found.figure.endswith("_units"):
        return money.show(money.from_units(value), company.currency(), language)
    return formats.number(value, language=language)
