from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from prilavok.kernel import permissions


class LedgerConfig(AppConfig):
    name = "prilavok.ledger"
    label = "ledger"
    verbose_name = _("Ledger")

    def ready(self) -> None:
        permissions.declare("ledger.see", _("See the books"), roles={"administrator", "analyst"})
