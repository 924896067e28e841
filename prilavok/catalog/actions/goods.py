"""Goods and their categories come and change."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction

from prilavok.catalog import queries, rules
from prilavok.catalog.actions.problems import CategoryCircle, UnknownCategory
from prilavok.catalog.events import CategoryAdded, CategoryChanged, ProductAdded, ProductChanged
from prilavok.catalog.models import UNKNOWN, Category, Product, Unit
from prilavok.catalog.ports import NewCategory, NewProduct, ProductRef
from prilavok.kernel import journal
from prilavok.kernel.actors import Actor

CHUNK = 10_000  # rows per transaction


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was not taken: its place in the list, the field to blame and the code of the reason."""

    index: int
    field: str
    code: str


@dataclass(slots=True)
class CatalogLoaded:
    """What became of the rows."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    rejects: list[Reject] = field(default_factory=list)


@transaction.atomic
def load_categories(
    rows: Sequence[NewCategory], *, by: Actor, at: datetime, live: bool = False
) -> CatalogLoaded:
    """Add categories and bring the known up to date, in any order of rows.

    Raises CategoryCircle and UnknownCategory (a parent that is neither here nor known); writes nothing then.
    """
    by.must("catalog.edit")
    new_by_code = {row.code: row for row in rows}
    known = {category.code: category for category in Category.objects.select_for_update()}
    loaded = CatalogLoaded()
    entries = []
    for code in _parents_first(new_by_code, known):
        category, fields = _place(known.get(code), new_by_code[code], known)
        added = category.pk is None
        if added or fields:
            category.save()
            told = (
                CategoryAdded(category_id=category.pk)
                if added
                else CategoryChanged(category_id=category.pk, fields=fields)
            )
            entries.append(journal.Entry(told, at=at))
        loaded.added += added
        loaded.changed += bool(fields) and not added
        known[code] = category
    _lower_children(known)
    journal.record_many(entries, by=by, live=live)
    loaded.unchanged = len(new_by_code) - loaded.added - loaded.changed
    return loaded


def _parents_first(new: dict[str, NewCategory], known: dict[str, Category]) -> list[str]:
    code_of = {category.pk: code for code, category in known.items()}
    tree = {
        code: code_of.get(category.parent_id, "") for code, category in known.items() if category.parent_id
    }
    tree |= {code: row.parent_code for code, row in new.items()}
    try:
        return [code for code in rules.parents_first(tree) if code in new]
    except rules.Circle as circle:
        raise CategoryCircle(field="parent_code", category=circle.args[0]) from circle


def _place(
    category: Category | None, row: NewCategory, known: dict[str, Category]
) -> tuple[Category, tuple[str, ...]]:
    """The category as the row wants it and the names of what changed."""
    parent = known.get(row.parent_code) if row.parent_code else None
    if row.parent_code and parent is None:
        raise UnknownCategory(field="parent_code", category=row.parent_code)
    category = category or Category(code=row.code)
    wanted = {
        "name": row.name[:200],
        "name_ru": row.name_ru[:200] or category.name_ru,
        "parent_id": parent.pk if parent else None,
        "department_id": (parent.department_id or parent.pk) if parent else None,
        "level": parent.level + 1 if parent else 0,
    }
    changed = tuple(name for name, value in wanted.items() if getattr(category, name) != value)
    for name in changed:
        setattr(category, name, wanted[name])
    return category, changed


def _lower_children(known: dict[str, Category]) -> None:
    """Departments and levels of whatever stands below a category that moved."""
    by_id = {category.pk: category for category in known.values()}
    for category in sorted(by_id.values(), key=lambda c: c.level):
        parent = by_id.get(category.parent_id or 0)
        wanted = (parent.department_id or parent.pk, parent.level + 1) if parent else (None, 0)
        if (category.department_id, category.level) != wanted:
            category.department_id, category.level = wanted
            category.save(update_fields=["department", "level"])


def load_products(
    rows: Sequence[NewProduct], *, by: Actor, at: datetime, live: bool = False
) -> CatalogLoaded:
    """Add goods and bring the known up to date; a placeholder that is described is one no more.

    Rows without code or name or with an unknown category are rejected. Commits in chunks.
    """
    by.must("catalog.edit")
    total = CatalogLoaded()
    for start in range(0, len(rows), CHUNK):
        with transaction.atomic():
            part = _load_products(rows[start : start + CHUNK], by=by, at=at, live=live)
        total.added += part.added
        total.changed += part.changed
        total.unchanged += part.unchanged
        total.rejects += [Reject(start + r.index, r.field, r.code) for r in part.rejects]
    return total


def _load_products(rows: Sequence[NewProduct], *, by: Actor, at: datetime, live: bool) -> CatalogLoaded:
    loaded = CatalogLoaded()
    categories = dict(Category.objects.values_list("code", "id"))
    categories[""] = _unknown_category().pk
    taken: dict[str, Product] = {}
    for index, row in enumerate(rows):
        problem = _problem(row, categories)
        if problem:
            loaded.rejects.append(Reject(index, *problem))
        else:
            taken[row.code] = _product(row, categories[row.category_code])
    known = Product.objects.in_bulk(list(taken), field_name="code")
    fresh = [product for code, product in taken.items() if code not in known]
    changed = [
        (known[code], fields)
        for code, new in taken.items()
        if code in known and (fields := _differ(known[code], new))
    ]
    Product.objects.bulk_create(fresh, batch_size=2_000)
    Product.objects.bulk_update(
        [product for product, _fields in changed], _FIELDS, batch_size=1_000
    ) if changed else None
    entries = [journal.Entry(ProductAdded(product_id=product.pk), at=at) for product in fresh]
    entries += [journal.Entry(ProductChanged(product_id=p.pk, fields=fields), at=at) for p, fields in changed]
    journal.record_many(entries, by=by, live=live)
    loaded.added, loaded.changed = len(fresh), len(changed)
    loaded.unchanged = len(rows) - len(loaded.rejects) - loaded.added - loaded.changed
    return loaded


_FIELDS = ["name", "category", "manufacturer", "private_label", "size_text", "unit", "placeholder"]


def _problem(row: NewProduct, categories: dict[str, int]) -> tuple[str, str] | None:
    if not row.code or len(row.code) > 100:
        return "code", "no_code"
    if not row.name:
        return "name", "no_name"
    if row.category_code not in categories:
        return "category_code", "unknown_category"
    if row.unit not in Unit.values:
        return "unit", "unknown_unit"
    return None


def _product(row: NewProduct, category_id: int) -> Product:
    return Product(
        code=row.code,
        name=row.name[:300],
        category_id=category_id,
        manufacturer=row.manufacturer[:200],
        private_label=row.private_label,
        size_text=row.size_text[:100],
        unit=row.unit,
    )


def _differ(known: Product, new: Product) -> tuple[str, ...]:
    """Bring `known` to what `new` says; the names of what changed."""
    names = ("name", "category_id", "manufacturer", "private_label", "size_text", "unit", "placeholder")
    changed = tuple(name for name in names if getattr(known, name) != getattr(new, name))
    for name in changed:
        setattr(known, name, getattr(new, name))
    return changed


@transaction.atomic
def add_placeholders(
    codes: Collection[str], *, by: Actor, at: datetime, live: bool = False
) -> dict[str, ProductRef]:
    """Places for goods that receipts name and the catalog lacks, so that no sale is lost; all codes answered."""
    by.must("catalog.edit")
    with connection.cursor() as cursor:  # two tills with one unknown product, side by side
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('catalog.placeholders'))")
    known = queries.products_by_code(codes)
    category = _unknown_category()
    fresh = [
        Product(code=code, name=code, category=category, unit=Unit.OTHER, placeholder=True)
        for code in dict.fromkeys(codes)
        if code not in known
    ]
    Product.objects.bulk_create(fresh, batch_size=2_000)
    entries = [journal.Entry(ProductAdded(product_id=p.pk, placeholder=True), at=at) for p in fresh]
    journal.record_many(entries, by=by, live=live)
    return known | {p.code: ProductRef(p.pk, category.pk, category.pk) for p in fresh}


def _unknown_category() -> Category:
    names = {"name": "Not in the catalog", "name_ru": "Нет в каталоге"}
    return Category.objects.get_or_create(code=UNKNOWN, defaults=names)[0]
