from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from prilavok.kernel.permissions import declare


class CatalogConfig(AppConfig):
    name = "prilavok.catalog"
    label = "catalog"
    verbose_name = _("Catalog")

    def ready(self) -> None:
        from prilavok.catalog.web import places  # slots are filled once the apps are loaded

        declare_rights()
        places.fill()


def declare_rights() -> None:
    everyone = {"administrator", "marketer", "operator", "supervisor", "cashier", "analyst", "integrator"}
    declare("catalog.see", _("See products and categories"), roles=everyone)
    declare(
        "catalog.edit", _("Change products and categories"), roles={"administrator", "marketer", "integrator"}
    )
    declare(
        "catalog.cost", _("See and change what products cost the shop, and margins"), roles={"administrator"}
    )
