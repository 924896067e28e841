from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExchangeConfig(AppConfig):
    name = "prilavok.exchange"
    label = "exchange"
    verbose_name = _("Exchange")

    def ready(self) -> None:
        from prilavok.exchange import menu  # Menus and rights are declared once the models are loaded

        menu.fill()
