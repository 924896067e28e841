from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from prilavok.kernel import permissions


class MessagingConfig(AppConfig):
    name = "prilavok.messaging"
    label = "messaging"
    verbose_name = _("Messaging")

    def ready(self) -> None:
        from prilavok.messaging.web import places  # slots are filled once the apps are loaded

        places.fill()
        permissions.declare(
            "messaging.see",
            _("See templates and messages"),
            roles={"administrator", "marketer", "operator", "supervisor", "analyst"},
        )
        permissions.declare("messaging.edit_templates", _("Write templates"), roles={"marketer"})
        permissions.declare("messaging.send_test", _("Send test letters"), roles={"marketer"})
        permissions.declare("messaging.send", _("Send mailings"), roles={"marketer"})
        permissions.declare(
            "messaging.write",
            _("Write a letter to one customer"),
            roles={"marketer", "operator", "supervisor"},
        )
        permissions.declare(
            "messaging.pause_all", _("Hold all letters back and let them go"), roles={"administrator"}
        )
