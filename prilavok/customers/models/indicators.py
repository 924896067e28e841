"""Which figures stand on the card, and in which order."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class IndicatorRows(models.Model):
    """Keys of indicators in the order in which an employee sees them; without an owner: the company's."""

    owner = models.OneToOneField("company.Employee", null=True, on_delete=models.CASCADE, related_name="+")
    keys = ArrayField(models.CharField(max_length=60), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner"], nulls_distinct=False, name="customers_indicator_rows_once"
            )
        ]

    def __str__(self) -> str:
        return f"indicators of #{self.owner_id}"
