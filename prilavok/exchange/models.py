"""Imports: what was brought, how it was read, what became of it."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from prilavok.kernel.ids import uuid7


class Import(models.Model):
    """One file brought once. The same file again is another import, which finds everything unchanged."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waits for your choice")
        RUNNING = "running", _("Running")
        FINISHED = "finished", _("Finished")
        FAILED = "failed", _("Not read")
        UNDONE = "undone", _("Undone")

    public_id = models.UUIDField(unique=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=30)
    file_name = models.CharField(max_length=255)
    path = models.CharField(
        max_length=500
    )  # where the file lies, below the imports folder or where the command found it
    digest = models.CharField(max_length=64)
    size = models.BigIntegerField()
    mapping = models.JSONField(default=dict)  # column key → name in the header
    options = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    by_kind = models.CharField(max_length=10)
    by_id = models.BigIntegerField(null=True)
    made_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    stepped_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    done_bytes = models.BigIntegerField(default=0)
    rows = models.BigIntegerField(default=0)
    loaded = models.BigIntegerField(default=0)
    changed = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    reconciliation = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    problem = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-made_at", "-id"], name="exchange_import_latest")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "running", "finished", "failed", "undone"]),
                name="exchange_import_state_known",
            ),
        ]

    def __str__(self) -> str:
        return f"import #{self.pk} of {self.kind}"

    @property
    def megabytes(self) -> int:
        """The file's size in whole megabytes, at least one."""
        return max(1, -(-self.size // 2**20))

    @property
    def done_megabytes(self) -> int:
        return min(self.megabytes, self.done_bytes // 2**20)

    @property
    def closed(self) -> bool:
        return self.state in (self.State.FINISHED, self.State.FAILED, self.State.UNDONE)
