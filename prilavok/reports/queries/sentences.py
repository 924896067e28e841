"""The two sentences that the first page opens with, each a link."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from prilavok.experiments import queries as experiments
from prilavok.kernel import money
from prilavok.reports.queries.letters import Brought, Communications
from prilavok.reports.rules import Group
from prilavok.ui import formats


@dataclass(frozen=True)
class Sentence:
    """Words around the part that matters, and where they lead."""

    before: str
    strong: str
    after: str
    url_name: str
    argument: object = None
    kind: str = "muted"
    at: datetime | None = None  # when its figures were true; None: now

    @property
    def text(self) -> str:
        return f"{self.before}{self.strong}{self.after}"


MARK = "\0"  # where the strong part stands: no name of a campaign holds it


def _sentence(
    text: str, strong: str, url_name: str, argument: object = None, kind: str = "muted"
) -> Sentence:
    before, _mark, after = text.partition(MARK)
    return Sentence(before, strong, after, url_name, argument, kind)


def brought(found: Communications) -> Sentence:
    """What communications brought last month against control."""
    return replace(_brought(found), at=found.at)


def _brought(found: Communications) -> Sentence:
    if found.ended and found.summed:
        verdict = experiments.Verdict(found.summed.verdict)
        strong = experiments.with_interval(found.summed.total, found.summed.half, found.ended[0].currency)
        said = f"{strong}, {experiments.VERDICTS[verdict]}{_simulated(found.ended)}"
        return _sentence(_of_ended(found.ended), said, *_where(found.ended), experiments.KINDS[verdict])
    if found.running:
        one = found.running[0]
        days = ngettext("about %(n)s more day", "about %(n)s more days", one.days_left) % {"n": one.days_left}
        text = _("“%(title)s” has brought %(brought)s so far; too early to judge, %(days)s.") % {
            "title": one.title,
            "days": days,
            "brought": MARK,
        }
        strong = experiments.with_interval(one.total, one.half, one.currency)
        return _sentence(text, strong + _simulated((one,)), "experiments:report", one.public_id, "info")
    if found.broken:
        text = _("What “%(title)s” brought %(brought)s.") % {"title": found.broken[0].title, "brought": MARK}
        said = _("cannot be told: its split is broken")
        return _sentence(text, said, "experiments:report", found.broken[0].public_id, "bad")
    if found.without_control:
        text = _("Last month's letters had no control group: what they brought, %(brought)s.") % {
            "brought": MARK
        }
        return _sentence(text, _("nobody can know"), "campaigns:list")
    text = _("Last month %(brought)s with a control group went out.") % {"brought": MARK}
    return _sentence(text, _("no letter"), "campaigns:list")


def _of_ended(ended: tuple[Brought, ...]) -> str:
    """Letters are called letters; where a promotion is among them, it is named too."""
    named = {"n": len(ended), "brought": MARK}
    if any(one.promotion for one in ended):
        return (
            ngettext(
                "Last month's promotion brought %(brought)s against its control group.",
                "Last month's %(n)s mailings and promotions brought %(brought)s against their control groups.",
                len(ended),
            )
            % named
        )
    return (
        ngettext(
            "Last month's letter brought %(brought)s against its control group.",
            "Last month's %(n)s mailings brought %(brought)s against their control groups.",
            len(ended),
        )
        % named
    )


def _simulated(letters: tuple[Brought, ...]) -> str:
    """A demo says so where its own planted effect is part of the figure."""
    return " " + _("(simulated)") if any(one.simulated for one in letters) else ""


def _where(ended: tuple[Brought, ...]) -> tuple[str, object]:
    return ("experiments:report", ended[0].public_id) if len(ended) == 1 else ("experiments:list", None)


def not_reckoned() -> Sentence:
    """What stands in place of that group before RFM has been reckoned for the first time."""
    text = _(
        "Whom to write to today will stand here once %(group)s has been reckoned: it takes a few minutes."
    )
    return _sentence(text % {"group": MARK}, _("RFM"), "segments:rfm")


def worth(group: Group | None, name: str, currency: str) -> Sentence:
    """The one group most worth writing to today, with its size and reason."""
    if group is None:
        text = _("Today %(group)s of customers has fallen silent and waits for a letter.") % {"group": MARK}
        return _sentence(text, _("no group"), "segments:rfm")
    language = get_language() or "ru"
    strong = ngettext("“%(name)s”, %(n)s customer", "“%(name)s”, %(n)s customers", group.people) % {
        "name": name,
        "n": formats.number(group.people, 0, language),
    }
    silent = ngettext("%(n)s day", "%(n)s days", group.silent_days) % {"n": group.silent_days}
    text = _(
        "Most worth writing to today: %(group)s; they used to spend %(sum)s a month, silent for %(silent)s."
    )
    words = {"sum": whole(group.monthly, currency), "silent": silent, "group": MARK}
    return _sentence(text % words, strong, "reports:worth", None, "info")


def whole(amount: float, currency: str) -> str:
    """Money without its cents."""
    language = get_language() or "ru"
    shown = money.show(Decimal(round(amount)), currency, language)
    return shown.replace(",00" if language.startswith("ru") else ".00", "")
