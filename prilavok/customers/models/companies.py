"""What is kept of a company besides its name: the legal details."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from prilavok.customers.models.people import Person


class LegalForm(models.TextChoices):
    """What a company is by law. A private buyer is a person and has none."""

    LEGAL = "legal", _("Legal entity")
    SOLE = "sole", _("Sole trader")
    STATE = "state", _("State customer")


class Company(models.Model):
    """Legal details, one row for each person that is a company; its short name is the person's `last_name`.

    Numbers are checked when written (rules.legal). INN and KPP together name one company.
    """

    person = models.OneToOneField(Person, on_delete=models.PROTECT, primary_key=True, related_name="company")
    form = models.CharField(_("Kind"), max_length=10, choices=LegalForm, default=LegalForm.LEGAL)
    full_name = models.CharField(_("Full legal name"), max_length=500, blank=True, default="")
    inn = models.CharField(_("INN"), max_length=12, blank=True, default="")
    kpp = models.CharField(_("KPP"), max_length=9, blank=True, default="")
    ogrn = models.CharField(_("OGRN"), max_length=15, blank=True, default="")
    address = models.CharField(_("Legal address"), max_length=500, blank=True, default="")
    bank = models.CharField(_("Bank"), max_length=200, blank=True, default="")
    bic = models.CharField(_("BIC"), max_length=9, blank=True, default="")
    account = models.CharField(_("Account"), max_length=20, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["inn", "kpp"],
                condition=~Q(inn=""),
                opclasses=["varchar_pattern_ops", "varchar_pattern_ops"],  # also finds by the beginning
                name="customers_company_once",
            ),
        ]
        indexes = [models.Index(fields=["form"], name="customers_company_form")]

    def __str__(self) -> str:
        return f"company #{self.pk}"
