"""Lists of the settings pages."""

from datetime import datetime
from typing import Any

import django_tables2
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from prilavok.company.models import ApiToken, Employee, Look, Shop
from prilavok.company.ports import Whose
from prilavok.kernel import permissions
from prilavok.kernel.actors import Actor
from prilavok.ui.tables import FigureColumn, LinkColumn, MomentColumn, StateColumn, Table


class Shops(Table):
    name = LinkColumn(verbose_name=_("Shop"), url="company:shop")
    code = django_tables2.Column(verbose_name=_("Code"))
    brand = django_tables2.Column(verbose_name=_("Brand"))
    region = django_tables2.Column(verbose_name=_("Region"))
    timezone = django_tables2.Column(verbose_name=_("Time zone"))
    kind = django_tables2.Column(verbose_name=_("Kind"))
    place = django_tables2.Column(verbose_name=_("Coordinates"), orderable=False)

    def __init__(self, *args: Any, by: Actor, **more: Any) -> None:
        super().__init__(*args, **more)
        self.may_open = by.may("company.manage")

    def render_name(self, value: str, record: Shop, column: Any) -> str:
        link: str = column.render(value, record)
        return link if self.may_open else value

    def render_kind(self, record: Shop) -> str:
        return record.get_kind_display()


class Employees(Table):
    name = LinkColumn(verbose_name=_("Employee"), url="company:employee")
    email = django_tables2.Column(verbose_name=_("E-mail"))
    grants = django_tables2.Column(verbose_name=_("Roles"), empty_values=())
    last_login = MomentColumn(verbose_name=_("Last log-in"))
    is_active = StateColumn(
        verbose_name=_("Access"),
        kinds={True: "good", False: "muted"},
        words={True: _("open"), False: _("closed")},
    )

    def render_grants(self, record: Employee) -> str:
        return ", ".join(grant.role.label for grant in record.grants.all()) or "—"


class Tokens(Table):
    name = django_tables2.Column(verbose_name=_("Name"), attrs={"td": {"class": "name"}})
    prefix = django_tables2.Column(verbose_name=_("Begins with"))
    permissions = django_tables2.Column(verbose_name=_("Rights"))
    shops = django_tables2.Column(verbose_name=_("Shops"), empty_values=())
    made_at = MomentColumn(verbose_name=_("Made"))
    expires_at = MomentColumn(verbose_name=_("Until"), default=_("revoked by hand"))
    end = django_tables2.TemplateColumn(
        template_name="company/token_end.html", verbose_name="", orderable=False
    )

    def __init__(self, *args: Any, at: datetime, **more: Any) -> None:
        super().__init__(*args, **more)
        self.at = at

    def render_permissions(self, value: list[str]) -> str:
        labels = {one.key: str(one.label) for one in permissions.declared()}
        return ", ".join(labels.get(key, key) for key in value) or "—"

    def render_shops(self, record: ApiToken) -> str:
        return ", ".join(shop.name for shop in record.shops.all()) or str(_("all"))


class Looks(Table):
    at = MomentColumn(verbose_name=_("When"))
    who = django_tables2.Column(verbose_name=_("Who"), empty_values=())
    what = django_tables2.Column(verbose_name=_("What"))
    whose = django_tables2.Column(verbose_name=_("Customer"), empty_values=())
    rows = FigureColumn(verbose_name=_("How many customers"))

    def __init__(self, *args: Any, names: dict[int, str], whose: dict[int, Whose], **more: Any) -> None:
        super().__init__(*args, **more)
        self.names, self.people = names, whose

    def render_who(self, record: Look) -> str:
        return self.names[record.pk]

    def render_what(self, record: Look) -> str:
        return record.get_what_display()

    def render_whose(self, record: Look) -> str:
        found = self.people.get(record.profile_id or 0)
        return format_html('<a href="{}">{}</a>', found.url, found.name) if found else "—"
