"""The control group of a promotion: drawn at the till, one by one, from the approval on, for as long as was said."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from prilavok.company import queries as company
from prilavok.experiments import actions as experiments
from prilavok.experiments import queries as drawn
from prilavok.facts.client import FactsBusy, FactsDown, TooHeavy
from prilavok.kernel import jobs
from prilavok.kernel.actors import SYSTEM
from prilavok.loyalty import queries
from prilavok.loyalty.definitions import PromotionWritten
from prilavok.loyalty.faults import Fault
from prilavok.loyalty.models import Promotion
from prilavok.loyalty.problems import BadPromotion


def must_stand(promotion: Promotion, written: PromotionWritten, at: datetime) -> None:
    """A group that was drawn is not drawn otherwise, nor let go before its time. Raises BadPromotion."""
    experiment = drawn.of_subject(queries.subject_of(promotion.pk))
    if experiment is None or (written.control is None and experiment.is_over(at)):
        return
    told = written.control
    if told is None or (told.share, told.days) != (experiment.control_share, experiment.days):
        words = _(
            "The control group is drawn already and stands as it is. For another one, or none, end the promotion and "
            "start a copy of it."
        )
        raise BadPromotion([Fault("control.percent", words)])


def begin(promotion: Promotion, written: PromotionWritten, at: datetime) -> None:
    """Hold the control group back from now on, or from the promotion's first moment."""
    control = written.control
    if control is None:
        return
    since = written.when.since
    if since is not None and since.tzinfo is None:
        since = since.replace(tzinfo=company.zone())
    experiments.open_draw(
        subject=queries.subject_of(promotion.pk),
        title=written.name,
        control_share=control.share,
        horizon_days=control.days,
        starts_at=max(at, since) if since else at,
        by=SYSTEM,
        at=at,
    )
    jobs.later(plan_control, promotion=promotion.pk)


@jobs.job
def plan_control(*, promotion: int) -> None:
    """Fix by the past of those who would have got it what counts as a large sum, and which effect will show."""
    found = Promotion.objects.select_related("live").get(pk=promotion)
    experiment = drawn.of_subject(queries.subject_of(promotion))
    if found.live is None or experiment is None:
        return
    written = PromotionWritten.model_validate(found.live.definition)
    try:
        expected = queries.expected_customers(written, experiment.window[0], experiment.days)
    except (FactsDown, FactsBusy, TooHeavy):
        return  # nothing is capped then
    experiments.plan_draw(subject=experiment.subject, expected=expected, by=SYSTEM)
