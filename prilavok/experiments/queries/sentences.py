"""The finding in words, in the reader's language: «+412 000 ₽ ± 160 000, доказано»."""

from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from prilavok.experiments.queries.figures import Comparison, Report
from prilavok.experiments.rules.verdicts import Verdict
from prilavok.kernel import money
from prilavok.ui import formats

VERDICTS: dict[Verdict, str | Promise] = {
    Verdict.TOO_EARLY: lazy("too early"),
    Verdict.PROVEN: lazy("proven"),
    Verdict.HARMFUL: lazy("does harm"),
    Verdict.NOT_PROVEN: lazy("not proven"),
    Verdict.BROKEN: lazy("the split is broken"),
}
KINDS = {
    Verdict.TOO_EARLY: "info",
    Verdict.PROVEN: "good",
    Verdict.HARMFUL: "bad",
    Verdict.NOT_PROVEN: "muted",
    Verdict.BROKEN: "bad",
}


def finding(report: Report) -> str:
    """What the report says first."""
    main = report.main
    if main is None and not report.customers:
        return _("Nobody is in the groups yet: there is nothing to compare.")
    if main is None:
        return _("Nobody was left alone as a control group: the effect cannot be known.")
    if main.verdict == Verdict.BROKEN:
        return _("The groups do not have the sizes that were planned. Nothing below may be believed.")
    if main.verdict == Verdict.TOO_EARLY:
        days = ngettext("about %(n)s more day", "about %(n)s more days", report.days_left) % {
            "n": report.days_left
        }
        return _("Too early to judge: %(days)s. So far %(amount)s.") % {
            "days": days,
            "amount": amount(report, main),
        }
    said = f"{amount(report, main)}, {VERDICTS[main.verdict]}"
    return said if len(report.comparisons) == 1 else f"{main.label}: {said}"


def amount(report: Report, one: Comparison) -> str:
    """The total with its interval: +412 000 ₽ ± 160 000."""
    low, high = one.shown_total
    return with_interval(one.effect.total, (high - low) / 2, None if report.is_binary else report.currency)


def with_interval(total: float, half: float, currency: str | None) -> str:
    """A change with half of its interval; `currency` None counts customers.

    >>> from django.utils import translation
    >>> with translation.override("ru"): with_interval(412000.4, 160000, "RUB").replace("\\xa0", " ")
    '+412 000 ₽ ± 160 000'
    """
    language = get_language() or "ru"
    width = formats.number(Decimal(round(half)), 0, language)
    if currency is None:
        people = ngettext("customer", "customers", abs(round(total)))
        return f"{formats.signed(Decimal(round(total)), 0, language)} {people} ± {width}".replace(
            " ±", "\u00a0±"
        )
    return f"{signed_money(total, currency)}\u00a0± {width}"


def signed_money(total: float, currency: str, places: int = 0) -> str:
    """Money with its sign, whole unless places are asked for."""
    language = get_language() or "ru"
    shown = money.show(Decimal(str(round(total, places))), currency, language)
    if places == 0:
        shown = shown.replace(",00" if language.startswith("ru") else ".00", "")
    return ("+" + shown if total > 0 else shown).replace("-", formats.MINUS)


def explanation(report: Report) -> str:
    """The second sentence: what the first one rests on."""
    main = report.main
    if main is None or main.verdict in (Verdict.BROKEN, Verdict.TOO_EARLY):
        return ""
    if main.verdict == Verdict.NOT_PROVEN and main.effect.low > 0:
        return _(
            "Alone this group’s interval lies above zero; judged together with the others it does not: one of several "
            "shows something by chance more often."
        )
    if main.verdict == Verdict.NOT_PROVEN:
        return _("With groups of this size an effect of %(seen)s would have been seen.") % {
            "seen": per_customer(report, main.ruling.detectable)
        }
    return _("%(effect)s per customer, %(lift)s of what the control group did by itself.") % {
        "effect": per_customer(report, main.effect.per_customer),
        "lift": formats.percent(main.lift, 1, get_language() or "ru"),
    }


def per_customer(report: Report, value: float) -> str:
    """An effect per customer: money, or percentage points of those who did."""
    language = get_language() or "ru"
    if report.is_binary:
        points = formats.signed(Decimal(str(round(value * 100, 2))), 2, language)
        return _("%(points)s percentage points") % {"points": points}
    return signed_money(value, report.currency, 2)


# Why a row of a file could not be used.
REASONS = {
    "empty": lazy("nothing stands here"),
    "not_a_number": lazy("this is not a number"),
    "ambiguous": lazy("this may mean thousands or thousandths: write it with two decimals"),
    "too_large": lazy("the number is too large"),
}
