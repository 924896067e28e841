from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from prilavok.kernel.permissions import declare, declare_more


class CustomersConfig(AppConfig):
    name = "prilavok.customers"
    label = "customers"
    verbose_name = _("Customers")

    def ready(self) -> None:
        from prilavok.customers.queries.own_fields import own_rights
        from prilavok.customers.web import places  # slots are filled once the apps are loaded

        declare_rights()
        declare_more(own_rights)
        places.fill()


def declare_rights() -> None:
    everyone = {"administrator", "marketer", "operator", "supervisor", "cashier", "analyst", "integrator"}
    reached = {"administrator", "marketer", "operator", "supervisor", "cashier", "integrator"}
    declare("customers.see", _("See customers"), roles=everyone)
    declare("customers.see_contacts", _("See phones and e-mails of customers"), roles=reached)
    declare(
        "customers.register",
        _("Register customers"),
        roles={"administrator", "operator", "supervisor", "cashier", "integrator"},
    )
    declare(
        "customers.edit",
        _("Correct data and contacts of customers"),
        roles={"administrator", "operator", "supervisor", "integrator"},
    )
    declare(
        "customers.note",
        _("Write notes about customers and raise alerts"),
        roles={"administrator", "marketer", "operator", "supervisor", "cashier", "integrator"},
    )
    declare(
        "customers.files",
        _("See, keep and delete files about customers"),
        roles={"administrator", "operator", "supervisor", "integrator"},
    )
    declare(
        "customers.tag",
        _("Put tags on customers and take them off"),
        roles={"administrator", "marketer", "operator", "supervisor", "integrator"},
    )
    declare(
        "customers.indicators",
        _("Choose the indicators of the card for the whole company"),
        roles={"administrator", "supervisor"},
    )
    declare(
        "customers.bulk",
        _("Change many customers at once"),
        roles={"administrator", "marketer", "supervisor", "integrator"},
    )
    declare(
        "customers.topics",
        _("Change the topics that customers choose from"),
        roles={"administrator", "marketer"},
    )
    declare("customers.tags", _("Rename, merge and delete tags"), roles={"administrator", "marketer"})
    declare(
        "customers.consents",
        _("Write down and withdraw consents"),
        roles={"administrator", "operator", "supervisor", "cashier", "integrator"},
    )
    declare(
        "customers.merge",
        _("Merge customers and undo merges"),
        roles={"administrator", "supervisor"},
    )
    declare(
        "customers.identify",
        _("Recognise customers by their identifiers"),
        roles={"administrator", "operator", "supervisor", "cashier", "integrator"},
    )
    declare(
        "customers.link",
        _("Prove identifiers: join those who turn out to be one"),
        roles={"administrator", "integrator"},
    )
    declare("customers.documents", _("Publish what customers agree to"), roles={"administrator"})
    declare(
        "customers.suppress",
        _("Keep the stop list"),
        roles={"administrator", "marketer", "operator", "supervisor", "integrator"},
    )
    declare(
        "customers.kinds",
        _("Change the kinds of identifiers and the rules of merging"),
        roles={"administrator"},
    )
    declare("customers.own_fields", _("Make own fields of customers"), roles={"administrator"})
    declare(
        "customers.erase",
        _("Erase customers at their request, hand out all that is known of one"),
        roles={"administrator"},
    )
    declare("customers.load", _("Load many customers"), roles={"administrator", "integrator"})
    declare(
        "customers.export",
        _("Export customers"),
        roles={"administrator", "marketer", "supervisor", "analyst"},
    )
