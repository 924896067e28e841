"""How well duplicates were found in files of which it was known who is who. Of the people in them nothing is kept."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from prilavok.kernel.ids import uuid7


class Evaluation(models.Model):
    """One labelled file and its figures. The file itself is deleted once it has been read."""

    class State(models.TextChoices):
        WAITING = "waiting", _("is being compared")
        DONE = "done", _("done")
        FAILED = "failed", _("can't be evaluated")

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    file_name = models.CharField(max_length=255)
    column = models.CharField(max_length=200, blank=True, default="")  # that says who is who; empty: guessed
    at = models.DateTimeField()
    by_kind = models.CharField(max_length=10)
    by_id = models.BigIntegerField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    records = models.PositiveIntegerField(default=0)
    true_pairs = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(default=0)
    figures = models.JSONField(default=dict)  # empty, or asked, chosen, thresholds as `Evaluated.told`
    points = models.JSONField(default=list)  # of the curve: threshold, recall, precision
    trouble = models.JSONField(null=True)  # code and values

    def __str__(self) -> str:
        return f"evaluation #{self.pk}"
