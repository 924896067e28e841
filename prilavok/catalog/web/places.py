"""What the catalog puts into the page's frame and into its own slots."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from prilavok.catalog import ports, queries
from prilavok.catalog.ports import ProductPanel
from prilavok.kernel.actors import Actor
from prilavok.ui import ports as ui

FOUND = 5  # goods in the palette


def fill() -> None:
    item = ui.MenuItem(
        "catalog", _("Products"), "catalog:products", "package", "catalog.see", section="analytics"
    )
    ui.menu.fill(item, position=60)
    ui.palette.fill(ui.PaletteSource(_search, _("Products")), position=40)
    ports.panels.fill(ProductPanel("about", _("Description"), "catalog:about", "catalog.see"), position=10)
    ports.panels.fill(ProductPanel("costs", _("Unit cost"), "catalog:costs", "catalog.cost"), position=20)


def _search(by: Actor, text: str) -> list[ui.Hit]:
    if not by.may("catalog.see") or len(text) < 2:
        return []
    return [
        ui.Hit(
            product.name,
            f"{product.code} · {product.category.shown_name}",
            reverse("catalog:product", args=[product.public_id]),
            "package",
        )
        for product in queries.search(text, by).order_by("name", "id")[:FOUND]
    ]
