"""Templates, mailings and what became of every message."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from prilavok.kernel.ids import uuid7
from prilavok.messaging.ports import Policy


class Template(models.Model):
    """A letter that can be sent many times. Its text lives in versions; a sent version never changes."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    name = models.CharField(_("Name"), max_length=120)
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index("archived_at", F("id").desc(), name="messaging_template_newest")]

    def __str__(self) -> str:
        return self.name


class TemplateVersion(models.Model):
    """One saved text of a template, checked and compiled.

    `mjml` is what the author wrote; `html` is the Liquid text made of it, its links replaced by numbered macros,
    `links` their targets; `blocks` are the fields of the simple editor, if it was made there.
    """

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    template = models.ForeignKey(Template, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    subject = models.CharField(_("Subject"), max_length=250)
    preheader = models.CharField(_("Preview line"), max_length=250, blank=True)
    mjml = models.TextField()
    html = models.TextField()
    text = models.TextField()
    macros = models.JSONField(default=list)
    fallbacks = models.JSONField(default=dict)
    links = models.JSONField(default=list)
    blocks = models.JSONField(null=True)
    made_at = models.DateTimeField()
    by_kind = models.CharField(max_length=20)
    by_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="messaging_version_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.template_id} v{self.number}"


class Mailing(models.Model):
    """Letters of one template version to a list of people, on behalf of an owner such as `campaign:12`.

    Who refused its `topic` gets none.
    """

    class State(models.TextChoices):
        GATHERING = "gathering", _("Gathering recipients")
        SENDING = "sending", _("Sending")
        PAUSED = "paused", _("Paused")
        CANCELLED = "cancelled", _("Cancelled")
        DONE = "done", _("Sent")

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    owner = models.CharField(max_length=60, unique=True)
    template_version = models.ForeignKey(TemplateVersion, on_delete=models.PROTECT, related_name="+")
    topic = models.ForeignKey(
        "customers.Topic", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    policy = models.CharField(max_length=12, choices=Policy, default=Policy.NEVER_TWICE)
    start_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.GATHERING)
    made_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["start_at"], condition=Q(state="sending"), name="messaging_mailing_sending")
        ]

    def __str__(self) -> str:
        return f"mailing #{self.pk} of {self.owner}"


class MessageQuerySet(models.QuerySet["Message"]):
    def of_profiles(self, profile_ids: list[int]) -> Self:
        return self.filter(profile_id__in=profile_ids)


class Message(models.Model):
    """One letter to one person and what became of it. The address is the one that it was handed over with."""

    class State(models.TextChoices):
        PLANNED = "planned", _("Waiting")
        IN_FLIGHT = "in_flight", _("Being handed over")
        DELIVERED = "delivered", _("Delivered")
        REFUSED = "refused", _("Refused")
        UNKNOWN = "unknown", _("Not known")
        SUPPRESSED = "suppressed", _("Not sent")

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    mailing = models.ForeignKey(Mailing, on_delete=models.PROTECT, related_name="messages", db_index=False)
    profile = models.ForeignKey(
        "customers.Profile", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    address = models.CharField(max_length=254, blank=True, default="")
    context = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.PLANNED)
    reason = models.CharField(max_length=300, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)  # the machine's own time
    worker = models.IntegerField(null=True)  # who has it in flight
    lease_until = models.DateTimeField(null=True)  # the machine's own time
    settled_at = models.DateTimeField(null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mailing", "profile"], name="messaging_once_per_customer"),
            models.UniqueConstraint(
                fields=["mailing", "address"],
                condition=~Q(address="") & ~Q(state="suppressed"),
                name="messaging_once_per_address",
            ),
            models.CheckConstraint(
                condition=Q(state="in_flight", worker__isnull=False) | ~Q(state="in_flight"),
                name="messaging_in_flight_has_worker",
            ),
        ]
        indexes = [
            models.Index(
                "mailing",
                F("retry_at").asc(nulls_first=True),
                "id",
                condition=Q(state="planned"),
                name="messaging_waiting",
            ),
            models.Index(fields=["worker"], condition=Q(state="in_flight"), name="messaging_in_flight"),
            models.Index(fields=["mailing", "state", "reason"], name="messaging_books"),
            models.Index("profile", F("id").desc(), name="messaging_of_customer"),
        ]

    def __str__(self) -> str:
        return f"message #{self.pk}"


class Touch(models.Model):
    """An opening, a click or a leaving. `machine` says why it is not a person's; empty for people."""

    class Kind(models.TextChoices):
        OPEN = "open", _("Opening")
        CLICK = "click", _("Click")
        LEAVE = "leave", _("Unsubscribed")

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="touches", db_index=False)
    kind = models.CharField(max_length=5, choices=Kind)
    link = models.PositiveSmallIntegerField(null=True)
    machine = models.CharField(max_length=40, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["message", "kind", "at"], name="messaging_touch_of_message")]

    def __str__(self) -> str:
        return f"{self.kind} of message #{self.message_id}"
