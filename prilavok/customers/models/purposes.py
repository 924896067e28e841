"""What customers may agree to: purposes of consents."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

MARKETING = "marketing"
"""Advertising and offers: what mailings ask for."""


class ConsentPurpose(models.Model):
    """A purpose of the company's own, or what it changed of one that Prilavok brings (queries.purposes).

    Whether it is asked by channel never changes: lines of the ledger are read by it. An archived one is asked no
    more; what was given holds and may be withdrawn.
    """

    code = models.CharField(_("Code"), max_length=20, primary_key=True)
    name_ru = models.CharField(_("Name in Russian"), max_length=100, blank=True, default="")
    name_en = models.CharField(_("Name in English"), max_length=100, blank=True, default="")
    note_ru = models.CharField(
        _("What customers read beside it, in Russian"), max_length=300, blank=True, default=""
    )
    note_en = models.CharField(
        _("What customers read beside it, in English"), max_length=300, blank=True, default=""
    )
    by_channel = models.BooleanField(_("Asked for e-mail and SMS apart"), default=False)
    offered = models.BooleanField(_("Stands on the customer’s own page"), default=False)
    position = models.PositiveSmallIntegerField(default=100)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["position", "code"]

    def __str__(self) -> str:
        return self.code
