from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "prilavok.reports"
    label = "reports"
    verbose_name = _("Reports")

    def ready(self) -> None:
        from prilavok.reports import menu  # fills the slots, once the apps are loaded

        menu.fill()
