"""Whose bell rings when a campaign waits for somebody."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import override

from prilavok.campaigns import points
from prilavok.campaigns.models import Campaign
from prilavok.company import queries as company
from prilavok.kernel import jobs


def waits(campaign: Campaign) -> None:
    """Its points wait for an approval: whoever may give it is told, but not whoever chose them."""
    for one in company.who_may(points.APPROVE):
        if one.pk != campaign.points_by:
            with override(one.language):
                note = _("The points of this campaign wait for your approval")
            jobs.notify(
                one.pk, title=campaign.name, note=note, link=f"/campaigns/{campaign.public_id}/approval/"
            )


def stopped(campaign: Campaign, people: int) -> None:
    """The segment has outgrown the approval: whoever may approve anew is told, and whoever made the campaign."""
    makers = {one for one in (campaign.points_by, campaign.made_by) if one is not None}
    able = {one.pk for one in company.who_may(points.APPROVE)} - {campaign.points_by}
    for one in company.employees_by_id(makers | able):
        with override(one.language):
            note = _(
                "Stopped before a letter left: the segment has grown from %(approved)s people to %(people)s since the "
                "points were approved. Approve them once more, then launch it again."
            ) % {"approved": campaign.points_approved_for or 0, "people": people}
        where = "approval" if one.pk in able else "when"
        jobs.notify(one.pk, title=campaign.name, note=note, link=f"/campaigns/{campaign.public_id}/{where}/")
