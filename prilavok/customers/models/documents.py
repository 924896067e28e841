"""What customers agree to, word for word."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from prilavok.customers.models.purposes import MARKETING
from prilavok.kernel.ids import uuid7


class ConsentDocument(models.Model):
    """One version of a text that customers agree to, in one language. Once published it never changes (a trigger
    sees to that): another wording is another version, and lines of the ledger name theirs for ever.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("In force")
        SUPERSEDED = "superseded", _("Superseded")

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    code = models.SlugField(_("Code"), max_length=30)
    language = models.CharField(_("Language"), max_length=5, choices=[("ru", "Русский"), ("en", "English")])
    number = models.PositiveIntegerField(default=1)
    purpose = models.CharField(_("Purpose"), max_length=20, default=MARKETING)
    title = models.CharField(_("Title"), max_length=200)
    text = models.TextField(_("Text"), max_length=100_000)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    published_at = models.DateTimeField(null=True)
    superseded_at = models.DateTimeField(null=True)
    by_kind = models.CharField(max_length=10)
    by_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "language", "number"], name="customers_document_version"),
            models.UniqueConstraint(
                fields=["code", "language"], condition=Q(state="draft"), name="customers_document_one_draft"
            ),
            models.UniqueConstraint(
                fields=["code", "language"],
                condition=Q(state="published"),
                name="customers_document_one_in_force",
            ),
        ]

    def __str__(self) -> str:
        return self.version

    @property
    def version(self) -> str:
        """How the ledger calls it.

        >>> ConsentDocument(code="offers", language="ru", number=3).version
        'offers ru 3'
        """
        return f"{self.code} {self.language} {self.number}"
