from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from prilavok.kernel import permissions


class FactsConfig(AppConfig):
    name = "prilavok.facts"
    label = "facts"
    verbose_name = _("Facts")

    def ready(self) -> None:
        permissions.declare("facts.rebuild", _("Rebuild the facts"), roles={"administrator"})
