"""Who turned out to be who: merges, the families of profiles that they make, and pairs that wait for a verdict."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from prilavok.customers.models.people import Person, Profile
from prilavok.kernel.ids import uuid7


class Merge(models.Model):
    """One person turned out to be another. Undone, it stays as a row: what was decided is never forgotten.

    `modes` says of each field which of the two is heard (rules.survivorship).
    """

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    winner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="won")
    loser = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="lost")
    modes = models.JSONField(default=dict)
    rule = models.CharField(max_length=50)
    evidence = models.JSONField(default=dict)  # kinds of what they share and the score, never values
    at = models.DateTimeField()
    by_kind = models.CharField(max_length=10)
    by_id = models.BigIntegerField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_by_kind = models.CharField(max_length=10, blank=True, default="")
    undone_by_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["loser"], condition=Q(undone_at=None), name="customers_merge_lost_once"
            ),
            models.CheckConstraint(condition=~Q(winner=F("loser")), name="customers_merge_of_two"),
        ]

    def __str__(self) -> str:
        return f"merge #{self.pk}"


class FieldRule(models.Model):
    """How the company settles a field when two turn out to be one, unless a merge says otherwise."""

    field = models.CharField(max_length=60, primary_key=True)
    mode = models.CharField(max_length=10)  # one of rules.MODES
    at = models.DateTimeField()
    by_kind = models.CharField(max_length=10)
    by_id = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.field}: {self.mode}"


class Kin(models.Model):
    """The profiles of one person that has several, the head among them: what the merges in force come to.

    Written by merging and undoing only; a profile without a row is a person of its own.
    """

    profile = models.OneToOneField(Profile, on_delete=models.PROTECT, primary_key=True, related_name="+")
    head = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"profile #{self.profile_id} under #{self.head_id}"


class Candidate(models.Model):
    """Two profiles that may be one person, with the reasons, until somebody says whether they are."""

    class State(models.TextChoices):
        OPEN = "open", _("Waiting")
        MERGED = "merged", _("Merged")
        APART = "apart", _("Different people")

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    left = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="+")
    right = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="+")
    score = models.FloatField()  # how likely, 0 to 1
    reasons = models.JSONField(default=list)
    source = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by_kind = models.CharField(max_length=10, blank=True, default="")
    decided_by_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["left", "right"], name="customers_candidate_once"),
            models.CheckConstraint(condition=Q(left__lt=F("right")), name="customers_candidate_in_order"),
        ]
        indexes = [
            models.Index(
                F("score").desc(),
                F("id").desc(),
                condition=Q(state="open"),
                name="customers_candidate_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"candidate #{self.pk}"


class Tombstone(models.Model):
    """A value of somebody who was erased, as a keyed digest: no file brings them back, and nobody can read it."""

    digest = models.CharField(max_length=64, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"tombstone of {self.at:%Y-%m-%d}"
