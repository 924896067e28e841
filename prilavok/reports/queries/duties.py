"""What needs a person."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from procrastinate.contrib.django.models import ProcrastinateJob

from prilavok.campaigns import queries as campaigns
from prilavok.company import queries as company
from prilavok.kernel import switches
from prilavok.kernel.actors import Actor
from prilavok.kernel.models import Parked, Work
from prilavok.loyalty import queries as loyalty
from prilavok.orders import queries as orders
from prilavok.tasks import queries as tasks
from prilavok.ui import formats


@dataclass(frozen=True)
class Waiting:
    """One thing that needs a person: the words, the name of the page where it is done, its argument, how bad it is."""

    text: str
    url_name: str
    argument: object = None
    kind: str = "warn"


def waiting(by: Actor, at: datetime) -> list[Waiting]:
    """What `by` can do something about, the worst first."""
    found = [
        *_administration(by),
        *_campaigns(by),
        *_receipts(by, at),
        *_work(by, at),
        *_approvals(by),
        *_tasks(by, at),
    ]
    return sorted(found, key=lambda one: one.kind != "bad")


def _administration(by: Actor) -> Iterator[Waiting]:
    if switches.is_on(switches.SENDING_PAUSED) and by.may("campaigns.see"):
        yield Waiting(_("Sending is paused: no letter leaves."), "administration:health", kind="bad")
    if not by.may("administration.see"):
        return
    parked = Parked.objects.filter(resolved_at=None, waits_for=None).count()
    if parked:
        text = ngettext(
            "%(n)s event could not be taken and waits", "%(n)s events could not be taken and wait", parked
        )
        yield Waiting(text % {"n": parked}, "administration:parked", kind="bad")
    failed = ProcrastinateJob.objects.filter(status="failed").count()
    if failed:
        text = ngettext(
            "%(n)s job failed and waits to be run again", "%(n)s jobs failed and wait to be run again", failed
        )
        yield Waiting(text % {"n": failed}, "administration:jobs", kind="bad")


def _campaigns(by: Actor) -> Iterator[Waiting]:
    if not by.may("campaigns.see"):
        return
    for campaign in campaigns.campaigns(by).exclude(trouble="")[:5]:
        text = _("“%(name)s” cannot go on: %(trouble)s") % {
            "name": campaign.name,
            "trouble": campaign.trouble,
        }
        yield Waiting(text, "campaigns:campaign", campaign.public_id, kind="bad")
    for campaign in campaigns.campaigns(by).filter(state="paused")[:5]:
        yield Waiting(
            _("“%(name)s” is paused") % {"name": campaign.name}, "campaigns:campaign", campaign.public_id
        )
    drafts = campaigns.campaigns(by).filter(state="draft", legacy=False)
    if by.id is not None and by.may("campaigns.launch"):
        for campaign in drafts.filter(made_by=by.id).order_by("-made_at")[:3]:
            text = _("Your draft “%(name)s” has not been sent") % {"name": campaign.name}
            yield Waiting(text, "campaigns:campaign", campaign.public_id, kind="info")


def _receipts(by: Actor, at: datetime) -> Iterator[Waiting]:
    """No receipt for a day and a half in an installation that has had them."""
    if not by.may("orders.see"):
        return
    last = orders.last_paid_at()
    if last is not None and at - last > timedelta(hours=36):
        day = last.astimezone(company.zone()).date()
        text = _("No receipts since %(day)s: are the tills connected?") % {
            "day": formats.day(day, get_language() or "ru")
        }
        yield Waiting(text, "orders:list")


def _work(by: Actor, at: datetime) -> Iterator[Waiting]:
    """One's own long work that failed within a week."""
    if by.kind != "employee":
        return
    failed = Work.objects.filter(employee_id=by.id, failed=True, finished_at__gt=at - timedelta(days=7))
    for work in failed.order_by("-finished_at")[:3]:
        text = _("“%(title)s” did not succeed: %(note)s") % {"title": work.title, "note": work.note}
        yield Waiting(text, "exchange:list", kind="bad")


def _approvals(by: Actor) -> Iterator[Waiting]:
    """What colleagues wrote and only somebody else may let through."""
    if count := loyalty.corrections_waiting(by):
        text = ngettext(
            "%(n)s correction of points waits for your word",
            "%(n)s corrections of points wait for your word",
            count,
        )
        yield Waiting(text % {"n": count}, "loyalty:corrections", kind="info")
    if count := loyalty.promotions_waiting(by):
        text = ngettext(
            "%(n)s promotion waits for your approval", "%(n)s promotions wait for your approval", count
        )
        yield Waiting(text % {"n": count}, "loyalty:promotions", kind="info")
    for campaign in campaigns.points_waiting(by)[:3]:
        text = _("Points of “%(name)s” wait for your approval") % {"name": campaign.name}
        yield Waiting(text, "campaigns:approval", campaign.public_id, kind="info")


def _tasks(by: Actor, at: datetime) -> Iterator[Waiting]:
    if by.may("tasks.see") and (count := tasks.waiting(by, at)):
        text = ngettext("%(n)s of your tasks is for today", "%(n)s of your tasks are for today", count)
        yield Waiting(text % {"n": count}, "tasks:list")
