"""Segments and who was in them when; the RFM scores of everybody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from prilavok.kernel.ids import uuid7
from prilavok.segments import rules


class Kind(models.TextChoices):
    DYNAMIC = "dynamic", _("dynamic")
    STATIC = "static", _("static")


class SegmentQuerySet(models.QuerySet["Segment"]):
    def live(self) -> SegmentQuerySet:
        return self.filter(archived_at__isnull=True)

    def dynamic(self) -> SegmentQuerySet:
        return self.live().filter(kind=Kind.DYNAMIC)


class Segment(models.Model):
    """A group of customers with a name. Dynamic: its conditions decide, always. Static: drawn once, or a list."""

    public_id = models.UUIDField(unique=True, default=uuid7, editable=False)
    name = models.CharField(_("Name"), max_length=200)
    note = models.TextField(_("Note"), blank=True, default="")
    folder = models.CharField(_("Folder"), max_length=100, blank=True, default="")
    tags = ArrayField(models.CharField(max_length=50), default=list, db_default=[])
    kind = models.CharField(_("Kind"), max_length=10, choices=Kind)
    is_list = models.BooleanField(
        default=False, db_default=False
    )  # of people named one by one: no conditions
    current = models.ForeignKey("SegmentVersion", null=True, on_delete=models.PROTECT, related_name="+")
    size = models.PositiveIntegerField(default=0)
    reckoned_at = models.DateTimeField(null=True)  # what the size is true as of
    drawn_on = models.DateField(null=True)  # the day its windows were last laid for
    stale_since = models.DateTimeField(null=True)  # something happened that only a whole refresh will show
    trouble = models.CharField(max_length=300, blank=True, default="")  # why it could not be reckoned since
    made_by = models.BigIntegerField(null=True)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    objects = SegmentQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["name"], name="segments_live", condition=Q(archived_at__isnull=True)),
            models.Index(fields=["-changed_at", "-id"], name="segments_by_change"),
        ]

    def __str__(self) -> str:
        return f"segment {self.pk}"

    @property
    def is_dynamic(self) -> bool:
        return self.kind == Kind.DYNAMIC


class SegmentVersion(models.Model):
    """The conditions as somebody saved them. Never edited: who uses a segment knows which version they took."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    tree: models.JSONField[Any, Any] = models.JSONField()
    by = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["segment", "number"], name="segments_one_version_per_number"),
        ]

    def __str__(self) -> str:
        return f"segment {self.segment_id} version {self.number}"


class ListLine(models.Model):
    """A line of an uploaded list that nobody was found by, and why."""

    class Reason(models.TextChoices):
        MALFORMED = "malformed", _("neither a card nor an e-mail, a phone or an id")
        NOBODY = "nobody", _("no customer has it")
        SEVERAL = "several", _("several customers have it")
        REPEATED = "repeated", _("stands in the list already")

    segment = models.ForeignKey(
        Segment, on_delete=models.CASCADE, related_name="lines", db_index=False, db_constraint=False
    )
    row = models.PositiveIntegerField()  # in the list as it came, from 1, blank lines too
    value = models.CharField(max_length=200)
    reason = models.CharField(max_length=10, choices=Reason, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "row"], name="segments_line_once")]

    def __str__(self) -> str:
        return f"line {self.row} of segment {self.segment_id}"


class ListLoad(models.Model):
    """What a list was: so many lines, of which `settled` are recognised or not by now, up to this row of the list as
    it came; by `unknown` of them nobody was found, or nobody more.
    """

    segment = models.OneToOneField(Segment, on_delete=models.CASCADE, primary_key=True, related_name="load")
    lines = models.PositiveIntegerField()  # those that are not blank
    settled = models.PositiveIntegerField(default=0)
    unknown = models.PositiveIntegerField(null=True)  # none: loaded before they were counted
    row = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.settled} of {self.lines} lines of segment {self.segment_id}"


class Cause(models.TextChoices):
    DRAWN = "drawn", _("the segment was made or its conditions changed")
    EVENT = "event", _("something happened to the customer")
    TIME = "time", _("time went by")
    LIST = "list", _("a list was loaded")


class MembershipQuerySet(models.QuerySet["Membership"]):
    def open(self) -> MembershipQuerySet:
        return self.filter(until__isnull=True)

    def on(self, moment: datetime) -> MembershipQuerySet:
        """Who was in at that moment."""
        return self.filter(since__lte=moment).filter(Q(until__isnull=True) | Q(until__gt=moment))

    def entered_since(self, moment: datetime) -> MembershipQuerySet:
        return self.filter(since__gte=moment)


class Membership(models.Model):
    """One stay of a customer in a segment, with why it began and why it ended (with the event, where one did it).

    That segment and customer exist is checked by triggers, once per statement (`kernel.promises`); so it is of RFM.
    """

    segment = models.ForeignKey(
        Segment, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    profile = models.ForeignKey(
        "customers.Profile", on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    cause = models.CharField(max_length=10, choices=Cause)
    cause_event = models.UUIDField(null=True)
    end_cause = models.CharField(max_length=10, choices=Cause, blank=True, default="")
    end_event = models.UUIDField(null=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["segment", "profile"],
                condition=Q(until__isnull=True),
                name="segments_in_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                name="segments_stay_ends_after_it_began",
            ),
        ]
        indexes = [
            models.Index(fields=["segment", "-since", "-id"], name="segments_members"),
            models.Index(fields=["profile", "-since"], name="segments_of_profile"),
        ]

    def __str__(self) -> str:
        return f"membership {self.pk}"


class RfmSchemeQuerySet(models.QuerySet["RfmScheme"]):
    def live(self) -> RfmSchemeQuerySet:
        return self.filter(archived_at__isnull=True)


class RfmScheme(models.Model):
    """How RFM is laid out: days, bands, names of places (`rules.Layout`), in all brands or in one.

    Several may live side by side; the main one is what traits, the customer's card and the home page use.
    """

    public_id = models.UUIDField(unique=True, default=uuid7, editable=False)
    name = models.CharField(_("Name"), max_length=100, blank=True, default="")
    brand = models.ForeignKey(
        "company.Brand",
        verbose_name=_("Brand"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    settings: models.JSONField[Any, Any] = models.JSONField(default=dict)
    is_main = models.BooleanField(default=False)
    made_by = models.BigIntegerField(null=True)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    objects = RfmSchemeQuerySet.as_manager()

    class Meta:
        ordering = ["-is_main", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_main"], condition=Q(is_main=True), name="segments_one_main_rfm_scheme"
            ),
            models.CheckConstraint(
                condition=Q(is_main=False) | Q(archived_at__isnull=True),
                name="segments_main_rfm_scheme_is_live",
            ),
        ]

    def __str__(self) -> str:
        return f"RFM scheme {self.pk}"

    @property
    def layout(self) -> rules.Layout:
        return rules.layout(self.settings)

    @property
    def title(self) -> str:
        """What the company calls it; the one that nobody named is the common one."""
        return self.name or gettext("Common")


class RfmRun(models.Model):
    """One reckoning of the whole base by a scheme: by what layout, how many were scored and where the bands began.

    The last one made is the one that holds, whatever its time says: a demo's clock is put back. `redefined`: the
    scheme is another than in the run before, so what moved was moved by that and not by the customers. `filled`: the
    same, because purchases of earlier days had been loaded since. `as_then`: made afterwards, of a day that had passed.
    """

    scheme = models.ForeignKey(RfmScheme, on_delete=models.PROTECT, related_name="runs")
    at = models.DateTimeField()
    day = models.DateField()
    days = models.PositiveIntegerField()
    settings: models.JSONField[Any, Any] = models.JSONField(default=dict)
    redefined = models.BooleanField(default=False)
    filled = models.BooleanField(default=False, db_default=False)
    as_then = models.BooleanField(default=False, db_default=False)
    customers = models.PositiveIntegerField()
    scored = models.PositiveIntegerField()
    receipts = models.PositiveBigIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    moved = models.PositiveIntegerField(default=0)
    bounds: models.JSONField[Any, Any] = models.JSONField(default=dict)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"RFM of {self.day}"


class RfmScore(models.Model):
    """Where a customer stands by a scheme: the bands of recency, frequency and money, and the key of the group."""

    pk = models.CompositePrimaryKey("scheme_id", "profile_id")
    scheme = models.ForeignKey(
        RfmScheme, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    profile = models.ForeignKey(
        "customers.Profile", on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    r = models.PositiveSmallIntegerField()
    f = models.PositiveSmallIntegerField()
    m = models.PositiveSmallIntegerField()
    cell = models.CharField(max_length=20)
    last_date = models.DateField(null=True)
    receipts = models.PositiveIntegerField(default=0)
    revenue = models.DecimalField(max_digits=19, decimal_places=4, default=0)
    since = models.DateTimeField()  # when the group became this one

    class Meta:
        indexes = [models.Index(fields=["scheme", "cell", "r", "f"], name="segments_rfm_places")]

    def __str__(self) -> str:
        return f"RFM of profile {self.profile_id}"


class RfmPast(models.Model):
    """A stay in a group that has ended: one row for a change, none for a run in which nothing changed."""

    scheme = models.ForeignKey(
        RfmScheme, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    profile = models.ForeignKey(
        "customers.Profile", on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    cell = models.CharField(max_length=20)
    since = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["scheme", "until", "since"], name="segments_rfm_past")]
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="segments_rfm_past_lasted")
        ]

    def __str__(self) -> str:
        return f"past RFM {self.pk}"


class OwnIndicator(models.Model):
    """A figure about customers that the company made itself: a formula over inputs, each with a letter."""

    class Kind(models.TextChoices):
        NUMBER = "number", pgettext_lazy("kind of indicator", "Number")
        MONEY = "money", pgettext_lazy("kind of indicator", "Money")
        PERCENT = "percent", pgettext_lazy("kind of indicator", "Share, shown in per cent")
        DAYS = "days", pgettext_lazy("kind of indicator", "Days")
        DATE = "date", pgettext_lazy("kind of indicator", "Day")

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=Kind)
    note = models.CharField(max_length=300, blank=True, default="")
    inputs: models.JSONField[Any, Any] = models.JSONField(
        default=list
    )  # formulas.inputs, a letter each in order
    formula = models.CharField(max_length=500)
    position = models.IntegerField(default=0)
    kept_on = models.DateField(null=True)  # the day for which everybody's value stands in facts
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        """How the card, lists and the API call it."""
        return f"made.{self.code}"
