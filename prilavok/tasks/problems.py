"""Why a task cannot be set or changed, in words."""

from django.utils.translation import gettext_lazy as _

from prilavok.kernel.errors import Problem


class BadTask(Problem):
    """Something in the task contradicts itself or leads nowhere."""

    code = "bad_task"


class UnknownEmployee(Problem):
    code = "unknown_employee"
    message = _("Nobody of that name works here, or not within your shops.")


class UnknownCustomer(Problem):
    code = "unknown_customer"
    message = _("There is no customer %(customer)s.")


class ClosedAlready(Problem):
    code = "task_closed"
    message = _("The task is closed. Open it again to change it.")
