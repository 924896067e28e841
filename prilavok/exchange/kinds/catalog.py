"""Categories and goods."""

from datetime import date
from decimal import Decimal
from functools import partial

from django.utils.translation import gettext_lazy as _

from prilavok.catalog import actions as catalog
from prilavok.catalog import queries as catalog_queries
from prilavok.catalog.actions import CatalogLoaded, CategoryCircle, UnknownCategory
from prilavok.catalog.ports import NewCategory, NewCost, NewProduct
from prilavok.company import queries as company
from prilavok.exchange.kinds.base import Cells, Column, Kind, Reader, Twins, batches
from prilavok.exchange.rules.dates import read_date
from prilavok.exchange.rules.words import read_code, read_text, read_yes
from prilavok.exchange.run import Run
from prilavok.kernel.amounts import read_amount
from prilavok.kernel.sheets import Row
from prilavok.kernel.unreadable import Unreadable

UNITS = {"": "pcs", "pcs": "pcs", "pc": "pcs", "шт": "pcs", "шт.": "pcs", "штука": "pcs", "796": "pcs"} | {
    "kg": "kg", "кг": "kg", "l": "l", "л": "l",
}  # fmt: skip


def load_categories(run: Run) -> None:
    """Categories are few: all of them are placed in one go, parents first in whatever order they come."""
    cells, twins = Cells(run), Twins()

    def build(row: Row) -> NewCategory | None:
        code = cells.value(row, "code", read_code, required=True)
        if not twins.is_new(code, row):
            return None
        return NewCategory(
            code=code,
            name=cells.value(row, "name", read_text, required=True),
            name_ru=cells.value(row, "name_ru", read_text, ""),
            parent_code=cells.value(row, "parent", read_code, ""),
        )

    books = run.account("rows")
    for rows, categories in batches(run, build, size=50_000):
        rows, categories = _with_parents(run, rows, categories)
        try:
            _count(run, catalog.load_categories(categories, by=run.by, at=run.at))
        except (CategoryCircle, UnknownCategory) as problem:
            for row in rows:
                run.reject(row, "parent", Unreadable(problem.code, value=problem.params.get("category", "")))
        found = {category.code for category in catalog_queries.categories(run.by)}
        books.base += sum(category.code in found for category in categories)
        run.progress(run)
    books.file, books.rejected = run.rows - twins.repeated, run.rejected


def _with_parents(
    run: Run, rows: list[Row], categories: list[NewCategory]
) -> tuple[list[Row], list[NewCategory]]:
    """Without those whose parent is neither known nor here, and theirs."""
    known = {category.code for category in catalog_queries.categories(run.by)} | {""}
    pairs = list(zip(rows, categories, strict=True))
    while True:
        codes = known | {category.code for _row, category in pairs}
        orphans = [(row, one) for row, one in pairs if one.parent_code not in codes]
        if not orphans:
            return [row for row, _one in pairs], [one for _row, one in pairs]
        for row, one in orphans:
            run.reject(row, "parent", Unreadable("unknown_parent", value=one.parent_code))
        gone = {row.number for row, _one in orphans}
        pairs = [(row, one) for row, one in pairs if row.number not in gone]


def load_products(run: Run) -> None:
    """Goods, and what they cost the shop where the file says so. Raises Refused: costs are a right of their own."""
    cells, twins = Cells(run), Twins()
    if cells.has("cost"):
        run.by.must("catalog.cost")
    today = run.at.astimezone(company.zone()).date()
    day = partial(read_date, latest=today)

    def build(row: Row) -> tuple[NewProduct, NewCost | None] | None:
        code = cells.value(row, "code", read_code, required=True)
        if not twins.is_new(code, row):
            return None
        return _product(cells, row, code), _cost(cells, row, code, day, today)

    books = run.account("rows")
    for rows, built in batches(run, build, size=10_000):
        products = [product for product, _costs in built]
        loaded = catalog.load_products(products, by=run.by, at=run.at)
        _count(run, loaded)
        for reject in loaded.rejects:
            column, value = _blamed(reject.field, products[reject.index])
            run.reject(rows[reject.index], column, Unreadable(reject.code, value=value))
        refused = {reject.index for reject in loaded.rejects}
        codes = [product.code for index, product in enumerate(products) if index not in refused]
        books.base += len(catalog_queries.products_by_code(codes))
        costs = [cost for index, (_product, cost) in enumerate(built) if cost and index not in refused]
        if costs:
            catalog.load_costs(costs, by=run.by, at=run.at)
        run.progress(run)
    books.file, books.rejected = run.rows - twins.repeated, run.rejected


def _product(cells: Cells, row: Row, code: str) -> NewProduct:
    unit = cells.text(row, "unit").lower()
    return NewProduct(
        code=code,
        name=cells.value(row, "name", read_text, required=True),
        category_code=cells.value(row, "category", read_code, ""),
        manufacturer=cells.value(row, "manufacturer", read_text, ""),
        private_label=cells.value(row, "private_label", read_yes, False),
        size_text=cells.value(row, "size", read_text, ""),
        unit=UNITS.get(unit, "other"),
    )


def _cost(cells: Cells, row: Row, code: str, day: Reader, today: date) -> NewCost | None:
    cost = cells.value(row, "cost", read_cost)
    since = cells.value(row, "cost_since", day, today)
    return None if cost is None else NewCost(code=code, cost=cost, since=since)


def read_cost(text: str) -> Decimal:
    """What a unit costs the shop: a sum that is not below nought."""
    cost = read_amount(text)
    if cost < 0:
        raise Unreadable("cost_below_nought", value=text[:40])
    return cost


def _blamed(name: str, product: NewProduct) -> tuple[str, str]:
    return ("category", product.category_code) if name == "category_code" else (name, "")


def _count(run: Run, loaded: CatalogLoaded) -> None:
    run.loaded += loaded.added
    run.changed += loaded.changed
    run.unchanged += loaded.unchanged


CATEGORIES = Kind(
    key="categories",
    label=_("Categories"),
    permission="catalog.edit",
    load=load_categories,
    always=(
        Column("code", _("Code"), ("код", "код категории"), required=True),
        Column("name", _("Name"), ("название", "наименование", "категория"), required=True),
        Column("name_ru", _("Name in Russian"), ("название по русски", "русское название")),
        Column("parent", _("Parent’s code"), ("родитель", "код родителя", "parent code")),
    ),
)

PRODUCTS = Kind(
    key="products",
    label=_("Products"),
    permission="catalog.edit",
    load=load_products,
    always=(
        Column("code", _("Code"), ("код", "артикул", "код товара", "sku", "product"), required=True),
        Column("name", _("Name"), ("название", "наименование", "товар"), required=True),
        Column("category", _("Category’s code"), ("категория", "код категории", "category code")),
        Column("manufacturer", _("Manufacturer"), ("производитель", "бренд", "brand")),
        Column("private_label", _("Private label"), ("собственная марка", "стм", "private label")),
        Column("size", _("Size"), ("размер", "фасовка", "объем", "package size")),
        Column("unit", _("Unit"), ("единица", "ед", "ед изм", "единица измерения")),
        Column("cost", _("Cost of a unit"), ("себестоимость", "закупочная цена", "закупка", "cost price")),
        Column(
            "cost_since",
            _("Cost holds from"),
            ("себестоимость с", "дата себестоимости", "cost from"),
            hint=_("If the file does not say, from today on."),
        ),
    ),
)
