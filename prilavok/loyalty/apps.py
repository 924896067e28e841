from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from prilavok.kernel import permissions


class LoyaltyConfig(AppConfig):
    name = "prilavok.loyalty"
    label = "loyalty"
    verbose_name = _("Loyalty")

    def ready(self) -> None:
        from prilavok.loyalty.web import places  # slots are filled once the apps are loaded

        places.fill()
        permissions.declare(
            "loyalty.see",
            _("See coupons"),
            roles=permissions.ROLES,
        )
        permissions.declare("loyalty.edit", _("Make and close series of coupons"), roles={"marketer"})
        permissions.declare("loyalty.issue", _("Issue coupons"), roles={"marketer", "operator"})
        permissions.declare("loyalty.redeem", _("Use coupons on receipts"), roles={"cashier", "integrator"})
        permissions.declare(
            "loyalty.load", _("Load coupons of the past"), roles={"administrator", "integrator"}
        )
        permissions.declare("loyalty.export", _("Export coupon codes"), roles={"marketer"})
