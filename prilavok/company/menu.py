"""What the company domain gives to the page's frame: settings pages, the currency, one's own appearance."""

from django.utils.translation import gettext_lazy as _

from prilavok.company import actions, queries
from prilavok.ui import ports
from prilavok.ui.ports import MenuItem


def fill() -> None:
    """Called once the apps are loaded."""
    pages = (
        ("shops", _("Shops"), "company.see"),
        ("employees", _("Employees"), "company.see"),
        ("roles", _("Roles and rights"), "company.manage_people"),
        ("tokens", _("Access tokens"), "company.manage_tokens"),
        ("looks", _("Access to personal data"), "company.see_looks"),
    )
    for position, (key, label, permission) in enumerate(pages, start=10):
        ports.menu.fill(
            MenuItem(key, label, f"company:{key}", permission=permission, section="settings"),
            position=position,
        )
    ports.currency.answer(queries.currency)
    ports.remember_appearance.answer(actions.remember_appearance)
