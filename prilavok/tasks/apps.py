from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from prilavok.kernel import permissions

WORKERS = {"administrator", "marketer", "operator", "supervisor"}


class TasksConfig(AppConfig):
    name = "prilavok.tasks"
    label = "tasks"
    verbose_name = _("Tasks")

    def ready(self) -> None:
        from prilavok.tasks.web import places  # slots are filled once the apps are loaded

        places.fill()
        permissions.declare(
            "tasks.see",
            _("See one's own tasks, those one has set, and nobody's"),
            roles=WORKERS | {"integrator"},
        )
        permissions.declare(
            "tasks.see_all",
            _("See the tasks of the whole team"),
            roles={"administrator", "supervisor", "integrator"},
        )
        permissions.declare("tasks.edit", _("Set tasks and close one's own"), roles=WORKERS | {"integrator"})
        permissions.declare(
            "tasks.assign",
            _("Give tasks to others and change theirs"),
            roles={"administrator", "supervisor", "integrator"},
        )
