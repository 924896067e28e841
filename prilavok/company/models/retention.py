"""How long kinds of data are kept, and what has gone."""

from django.db import models


class RetentionRule(models.Model):
    """How many days a kind of data is kept (kernel.retention); none: for ever."""

    kind = models.CharField(max_length=40, primary_key=True)
    days = models.PositiveIntegerField(null=True)

    def __str__(self) -> str:
        return self.kind


class RetentionRun(models.Model):
    """What went of a kind one night. Kept: it proves that the rule is carried out."""

    kind = models.CharField(max_length=40)
    days = models.PositiveIntegerField()
    rows = models.PositiveBigIntegerField()
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.rows} of {self.kind}"
