"""What campaigns put into others' pages: menu, palette, names of their mailings and experiments, uses of segments."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from prilavok.campaigns import queries
from prilavok.campaigns.models import Campaign
from prilavok.experiments import ports as experiments
from prilavok.kernel import clock
from prilavok.kernel.actors import Actor
from prilavok.loyalty import ports as loyalty
from prilavok.messaging import ports as messaging
from prilavok.segments import ports as segments
from prilavok.ui import ports as ui

FOUND = 5  # campaigns in the palette


def fill() -> None:
    ui.menu.fill(
        ui.MenuItem(
            "campaigns", _("Campaigns"), "campaigns:list", permission="campaigns.see", counter=_at_work
        ),
        position=40,
    )
    ui.commands.fill(ui.Command(_("Make a campaign"), "campaigns:new", "campaigns.edit"), position=20)
    ui.palette.fill(ui.PaletteSource(_search, _("Campaigns")), position=40)
    messaging.owners.fill(messaging.OwnerName("campaign", _owners))
    experiments.subjects.fill(experiments.SubjectSource("campaign", _page, _("Open the campaign")))
    experiments.costs.fill(experiments.CostSource(_("Cost of the campaign"), _cost))
    experiments.costs.fill(experiments.CostSource(_("Points that the campaign gave"), _cost_of_points))
    loyalty.givers.fill(loyalty.GiverName("campaign", _owners, "campaigns.see"))
    segments.users.fill(_uses)


def _at_work(by: Actor) -> int | None:
    return queries.active(by).count() + queries.points_waiting(by).count()


def _search(by: Actor, text: str) -> list[ui.Hit]:
    if not by.may("campaigns.see") or len(text) < 2:
        return []
    found = queries.campaigns(by).filter(name__icontains=text).order_by("-made_at")[:FOUND]
    return [
        ui.Hit(
            one.name,
            str(one.get_state_display()),
            reverse("campaigns:campaign", args=[one.public_id]),
            "speakerphone",
        )
        for one in found
    ]


def _owners(owners: Sequence[str]) -> Mapping[str, tuple[str, str]]:
    named = queries.names(owners)
    return {
        owner: (name, reverse("campaigns:campaign", args=[public_id]))
        for owner, (name, public_id) in named.items()
    }


def _page(subject: str) -> str:
    found = queries.names([subject]).get(subject)
    return reverse("campaigns:campaign", args=[found[1]]) if found else ""


def _campaign(subject: str) -> Campaign | None:
    """The campaign behind the subject of an experiment; None for other subjects."""
    prefix, _sep, number = subject.partition(":")
    if prefix != "campaign" or not number.isdecimal():
        return None
    return queries.by_id([int(number)]).get(int(number))


def _cost(subject: str) -> Decimal:
    """What the campaign has cost beyond its discounts; nought for other subjects."""
    one = _campaign(subject)
    return one.cost if one else Decimal(0)


def _cost_of_points(subject: str) -> Decimal:
    """What its points cost beyond what the revenue tells already; nought for other subjects."""
    one = _campaign(subject)
    return queries.cost_of_points(one, at=clock.now()) if one else Decimal(0)


def _uses(segment_id: int) -> list[segments.Use]:
    return [
        segments.Use(
            title=one.name,
            what=_("campaign"),
            url=reverse("campaigns:campaign", args=[one.public_id]),
            version=one.segment_version.number if one.segment_version else None,
            binding=one.state in ("scheduled", "preparing"),
            at=one.launched_at or one.made_at,
        )
        for one in queries.uses_of_segment(segment_id)
    ]
