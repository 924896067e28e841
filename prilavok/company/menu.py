"""What the company domain gives to the page's frame: settings pages, the currency, one's own appearance."""

from django.utils.translation import gettext_lazy as _

from prilavok.company import actions, queries
from prilavok.kernel import idempotency, retention
from prilavok.ui import ports
from prilavok.ui.ports import MenuItem

_KEPT = (
    retention.KeptKind(
        "looks",
        _("Log of access to personal data"),
        _("nothing of it"),
        lambda age: queries.old_looks(age).count(),
        actions.forget_looks,
    ),
    retention.KeptKind(
        "sign_ins",
        _("Log-ins of employees"),
        _("those of late"),
        lambda age: queries.old_sign_ins(age).count(),
        actions.forget_sign_ins,
    ),
    retention.KeptKind(
        "api_answers",
        _("Stored answers of the API"),
        _("what was done; the same key after that does it again"),
        idempotency.count_older,
        idempotency.forget_older,
        days=7,
    ),
)


def fill() -> None:
    """Called once the apps are loaded."""
    pages = (
        ("shops", _("Shops"), "company.see", "company"),
        ("employees", _("Employees"), "company.see", "company"),
        ("roles", _("Roles and rights"), "company.manage_people", "company"),
        ("tokens", _("Access tokens"), "company.manage_tokens", "company"),
        ("looks", _("Access to personal data"), "company.see_looks", "data"),
        ("retention", _("Retention"), "company.retention", "data"),
    )
    for position, (key, label, permission, group) in enumerate(pages, start=10):
        ports.menu.fill(
            MenuItem(key, label, f"company:{key}", permission=permission, section="settings", group=group),
            position=position,
        )
    for position, kind in enumerate(_KEPT, start=10):
        retention.kinds.fill(kind, position=position)
    ports.currency.answer(queries.currency)
    ports.remember_appearance.answer(actions.remember_appearance)
