from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from prilavok.kernel import permissions


class OrdersConfig(AppConfig):
    name = "prilavok.orders"
    label = "orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        from prilavok.orders.web import places  # slots are filled once the apps are loaded

        places.fill()
        permissions.declare(
            "orders.see",
            _("See receipts"),
            roles={"administrator", "marketer", "operator", "supervisor", "cashier", "analyst", "integrator"},
        )
        permissions.declare(
            "orders.export", _("Export receipts"), roles={"marketer", "analyst", "supervisor"}
        )
        permissions.declare("orders.record", _("Record sales and returns"), roles={"cashier", "integrator"})
        permissions.declare(
            "orders.load", _("Load receipts of the past"), roles={"administrator", "integrator"}
        )
