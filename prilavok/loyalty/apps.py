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
            _("See coupons, points and promotions"),
            roles=permissions.ROLES,
        )
        permissions.declare("loyalty.edit", _("Make and close series of coupons"), roles={"marketer"})
        permissions.declare("loyalty.issue", _("Issue coupons"), roles={"marketer", "operator"})
        permissions.declare(
            "loyalty.redeem", _("Reckon and sell at the till"), roles={"cashier", "integrator"}
        )
        permissions.declare("loyalty.promote", _("Make and change promotions"), roles={"marketer"})
        permissions.declare(
            "loyalty.approve", _("Approve promotions that others made"), roles={"supervisor", "administrator"}
        )
        permissions.declare(
            "loyalty.response",
            _("See the response to promotions and purchases by cards"),
            roles={"marketer", "analyst", "supervisor"},
        )
        permissions.declare(
            "loyalty.programme", _("Set up programmes, tiers and kinds of cards"), roles={"administrator"}
        )
        permissions.declare(
            "loyalty.liability",
            _("See what programmes owe"),
            roles={"analyst", "marketer", "supervisor", "administrator"},
        )
        permissions.declare(
            "loyalty.open_accounts",
            _("Open accounts, issue and block cards"),
            roles={"cashier", "operator", "supervisor", "integrator"},
        )
        permissions.declare(
            "loyalty.transfer",
            _("Transfer points from one account to another"),
            roles={"operator", "supervisor", "integrator"},
        )
        permissions.declare(
            "loyalty.give_gifts",
            _("Give gifts by hand, and take them back"),
            roles={"cashier", "operator", "supervisor", "marketer", "integrator"},
        )
        permissions.declare(
            "loyalty.see_gift_cards",
            _("See gift cards and what is left on them"),
            roles={
                "administrator",
                "marketer",
                "operator",
                "supervisor",
                "cashier",
                "analyst",
                "integrator",
            },
        )
        permissions.declare(
            "loyalty.issue_gift_cards",
            _("Set up kinds of gift cards, issue and export their numbers"),
            roles={"administrator"},
        )
        permissions.declare(
            "loyalty.sell_gift_cards",
            _("Sell gift cards, and take unused ones back"),
            roles={"cashier", "supervisor", "integrator"},
        )
        permissions.declare(
            "loyalty.pay_gift_cards_out",
            _("Give the rest of gift cards in money"),
            roles={"supervisor"},
        )
        permissions.declare(
            "loyalty.block_gift_cards",
            _("Block and unblock gift cards"),
            roles={"operator", "supervisor"},
        )
        permissions.declare(
            "loyalty.correct",
            _("Propose corrections of points and see all of them"),
            roles={"operator", "supervisor", "administrator"},
        )
        permissions.declare(
            "loyalty.approve_corrections",
            _("Approve corrections of points that others proposed"),
            roles={"supervisor", "administrator"},
        )
        permissions.declare("loyalty.give_points", _("Give points by campaigns"), roles={"marketer"})
        permissions.declare(
            "loyalty.approve_points",
            _("Approve points that campaigns of others give"),
            roles={"supervisor", "administrator"},
        )
        permissions.declare(
            "loyalty.load", _("Load coupons of the past"), roles={"administrator", "integrator"}
        )
        permissions.declare("loyalty.export", _("Export coupon codes"), roles={"marketer"})
