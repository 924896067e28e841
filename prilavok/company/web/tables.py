"""Lists of the settings pages."""

from typing import Any

import django_tables2
from django.utils.translation import gettext_lazy as _

from prilavok.company.models import Employee, Look, Shop
from prilavok.ui.tables import LinkColumn, MomentColumn, StateColumn, Table


class Shops(Table):
    name = django_tables2.Column(verbose_name=_("Shop"))
    code = django_tables2.Column(verbose_name=_("Code"))
    brand = django_tables2.Column(verbose_name=_("Brand"))
    region = django_tables2.Column(verbose_name=_("Region"))
    timezone = django_tables2.Column(verbose_name=_("Time zone"))
    kind = django_tables2.Column(verbose_name=_("Kind"))

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
    name = django_tables2.Column(verbose_name=_("Name"))
    prefix = django_tables2.Column(verbose_name=_("Begins with"))
    permissions = django_tables2.Column(verbose_name=_("Rights"))
    made_at = MomentColumn(verbose_name=_("Made"))
    end = django_tables2.TemplateColumn(
        template_name="company/token_end.html", verbose_name="", orderable=False
    )

    def render_permissions(self, value: list[str]) -> str:
        return ", ".join(value)


class Looks(Table):
    at = MomentColumn(verbose_name=_("When"))
    who = django_tables2.Column(verbose_name=_("Who"), empty_values=())
    what = django_tables2.Column(verbose_name=_("What"))
    rows = django_tables2.Column(verbose_name=_("Rows"))
    profile_id = django_tables2.Column(verbose_name=_("Profile"))

    def __init__(self, *args: Any, names: dict[int, str], **more: Any) -> None:
        super().__init__(*args, **more)
        self.names = names

    def render_who(self, record: Look) -> str:
        if record.actor_kind == "employee":
            return self.names.get(record.actor_id or 0, f"#{record.actor_id}")
        return f"{record.actor_kind} #{record.actor_id or ''}"

    def render_what(self, record: Look) -> str:
        return record.get_what_display()
