"""The product list as a table."""

from typing import Any

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from prilavok.catalog.models import Product
from prilavok.ui.tables import LinkColumn, Table, state, yes


class NameColumn(LinkColumn):
    def render(self, value: Any, record: Product) -> SafeString:
        link = super().render(value, record)
        return (
            format_html("{} {}", link, state(str(_("to be described")), "warn"))
            if record.placeholder
            else link
        )


class ProductTable(Table):
    name = NameColumn(verbose_name=_("Product"), url="catalog:product", side=True)
    code = tables.Column(verbose_name=_("Code"))
    category = tables.Column(verbose_name=_("Category"))
    department = tables.Column(verbose_name=_("Department"), accessor="category__department", empty_values=())
    manufacturer = tables.Column(verbose_name=_("Manufacturer"))
    size_text = tables.Column(verbose_name=_("Size"))
    private_label = tables.Column(verbose_name=_("Private label"))

    def render_category(self, record: Product) -> str:
        return record.category.shown_name

    def render_department(self, record: Product) -> str:
        return (record.category.department or record.category).shown_name

    def render_private_label(self, value: bool) -> SafeString:
        return yes(value)
