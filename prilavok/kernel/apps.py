from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

from prilavok.kernel import moments


class KernelConfig(AppConfig):
    name = "prilavok.kernel"
    label = "kernel"
    verbose_name = _("Kernel")

    def ready(self) -> None:
        moments.register()
        # Events first: the journal reads stored ones back by their names.
        autodiscover_modules("events", "reactions")
