"""Everything others may ask about goods."""

from bisect import bisect_right
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from prilavok.catalog.models import NAME_WORDS, Category, Product, ProductCost
from prilavok.catalog.ports import ProductRef, Sold
from prilavok.catalog.rules import name_key
from prilavok.kernel import prepared
from prilavok.kernel.actors import Actor
from prilavok.kernel.words import having


def products(by: Actor) -> QuerySet[Product]:
    """All goods with their categories."""
    by.must("catalog.see")
    return Product.objects.select_related("category", "category__department")


def get(public_id: UUID, by: Actor) -> Product:
    """One product. Raises Product.DoesNotExist."""
    return products(by).get(public_id=public_id)


def listed(
    by: Actor, text: str = "", *, category_id: int | None = None, placeholder: bool | None = None
) -> QuerySet[Product]:
    """Goods narrowed by a search, by a category with all below it, by being described or not."""
    found = search(text, by)
    if category_id is not None:
        found = found.filter(category__in=with_descendants([category_id]))
    return found if placeholder is None else found.filter(placeholder=placeholder)


def search(text: str, by: Actor) -> QuerySet[Product]:
    """Goods whose code or name has words that begin so, in any order."""
    return products(by).filter(having(NAME_WORDS, name_key(text)))


def categories(by: Actor) -> list[Category]:
    """The whole tree, each department followed by what stands below it."""
    by.must("catalog.see")
    children: dict[int | None, list[Category]] = {}
    for category in Category.objects.order_by("name", "id"):
        children.setdefault(category.parent_id, []).append(category)
    return list(_walk(None, children))


def _walk(parent: int | None, children: dict[int | None, list[Category]]) -> Iterable[Category]:
    for category in sorted(children.get(parent, []), key=lambda c: name_key(c.shown_name)):
        yield category
        yield from _walk(category.pk, children)


def counts() -> dict[int, int]:
    """How many goods stand in each category itself."""
    return dict(Product.objects.values_list("category").annotate(Count("id")))


def departments(by: Actor) -> list[Category]:
    """The tops of the tree, by name."""
    by.must("catalog.see")
    return sorted(Category.objects.filter(level=0), key=lambda c: name_key(c.shown_name))


def with_descendants(category_ids: Iterable[int]) -> list[int]:
    """These categories and all that stand below them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE below AS (
                SELECT id FROM catalog_category WHERE id = ANY(%s)
                UNION
                SELECT c.id FROM catalog_category c JOIN below ON c.parent_id = below.id
            )
            SELECT id FROM below ORDER BY id
            """,
            [list(category_ids)],
        )
        return [row[0] for row in cursor.fetchall()]


def category_ids(codes: Collection[str]) -> dict[str, int]:
    """Categories by their codes; unknown ones are missing."""
    return dict(Category.objects.filter(code__in=codes).values_list("code", "id"))


def category_names(category_ids: Collection[int]) -> dict[int, str]:
    """Names in the reader's language."""
    return {category.pk: category.shown_name for category in Category.objects.filter(pk__in=category_ids)}


def products_by_id(product_ids: Collection[int]) -> dict[int, Product]:
    """Goods by inner id, with their categories."""
    return Product.objects.select_related("category").in_bulk(list(product_ids))


def product_names(product_ids: Collection[int]) -> dict[int, str]:
    return dict(Product.objects.filter(pk__in=product_ids).values_list("id", "name"))


def makers(text: str, by: Actor) -> list[str]:
    """Names of manufacturers that contain these letters, in order. Raises Refused."""
    by.must("catalog.see")
    found = Product.objects.filter(manufacturer__icontains=text.strip()).exclude(manufacturer="")
    return list(found.order_by("manufacturer").values_list("manufacturer", flat=True).distinct())


def product_ids_of_makers(names: Collection[str]) -> list[int]:
    """All products of these manufacturers."""
    return list(Product.objects.filter(manufacturer__in=names).order_by("id").values_list("id", flat=True))


def some_of(category_ids: Collection[int], limit: int) -> list[int]:
    """Some products of these categories with all below them; of all, if none is named."""
    found = Product.objects.all()
    if category_ids:
        found = found.filter(category__in=with_descendants(category_ids))
    return list(found.order_by("id").values_list("id", flat=True)[:limit])


def products_by_code(codes: Collection[str]) -> dict[str, ProductRef]:
    """Goods by their codes; unknown codes are missing."""
    return _refs(Product.objects.filter(code__in=codes))


_SOLD = """
    WITH RECURSIVE goods AS (
        SELECT p.code, p.id, p.name, p.unit, p.manufacturer, p.category_id FROM catalog_product p WHERE p.code = ANY(%s)
    ), up AS (
        SELECT c.id AS category_id, c.id AS one, c.parent_id FROM catalog_category c
        WHERE c.id IN (SELECT category_id FROM goods)
        UNION ALL
        SELECT up.category_id, c.id, c.parent_id FROM up JOIN catalog_category c ON c.id = up.parent_id
    ), above AS (SELECT category_id, array_agg(one) AS within FROM up GROUP BY category_id)
    SELECT g.code, g.id, g.name, g.unit, g.manufacturer, g.category_id, coalesce(c.department_id, c.id), a.within
    FROM goods g JOIN catalog_category c ON c.id = g.category_id JOIN above a ON a.category_id = c.id"""


def sold(codes: Collection[str]) -> dict[str, Sold]:
    """What a till asks of the products of these codes, by one statement; unknown ones are missing."""
    rows = prepared.rows(_SOLD, [sorted(codes)])
    return {code: Sold._make((*told, frozenset(within))) for code, *told, within in rows}


def sold_soon(codes: Collection[str]) -> None:
    """Ask ahead what `sold` will be asked."""
    prepared.ahead(_SOLD, [sorted(codes)])


def shelves() -> dict[int, tuple[frozenset[int], str]]:
    """Of every product its category with all above it, and its manufacturer: for reckoning a year of receipts."""
    above = dict(Category.objects.values_list("id", "parent_id"))
    within: dict[int, frozenset[int]] = {}

    def up(category: int) -> frozenset[int]:
        if category not in within:
            parent = above.get(category)
            within[category] = frozenset([category]) | (up(parent) if parent else frozenset())
        return within[category]

    rows = Product.objects.values_list("id", "category_id", "manufacturer").iterator(chunk_size=10_000)
    return {product: (up(category), maker) for product, category, maker in rows}


def all_product_refs() -> dict[str, ProductRef]:
    """Every product by its code: for loading a year of receipts."""
    return _refs(Product.objects.all())


def _refs(found: QuerySet[Product]) -> dict[str, ProductRef]:
    rows = found.values_list(
        "code", "id", "category_id", Coalesce(F("category__department_id"), F("category_id"))
    )
    return {code: ProductRef(*ids) for code, *ids in rows.iterator(chunk_size=10_000)}


def costs(product_id: int, by: Actor) -> QuerySet[ProductCost]:
    """What a product cost from which days on, the latest first. Raises Refused."""
    by.must("catalog.cost")
    return ProductCost.objects.filter(product=product_id).order_by("-since")


@dataclass(frozen=True, slots=True)
class CostBook:
    """What goods cost on which days: of each product the days in order, and the costs from them on."""

    told: dict[int, tuple[list[date], list[Decimal]]]

    def on(self, product_id: int, day: date) -> Decimal | None:
        """The cost of a unit that is in force on this day; None where nobody has said any."""
        days, costs = self.told.get(product_id, ([], []))
        place = bisect_right(days, day)
        return costs[place - 1] if place else None

    def say(self, product_id: int, since: date, cost: Decimal) -> None:
        """From this day on it is this."""
        days, costs = self.told.setdefault(product_id, ([], []))
        place = bisect_right(days, since)
        days.insert(place, since)
        costs.insert(place, cost)


def cost_book(product_ids: Collection[int]) -> CostBook:
    """All costs of these goods: for domains, which show them to nobody without the right."""
    book = CostBook({})
    known = ProductCost.objects.filter(product__in=product_ids).order_by("product", "since")
    for product, since, cost in known.values_list("product_id", "since", "cost"):
        book.say(product, since, cost)
    return book


def costed_products() -> QuerySet[ProductCost, int]:
    """Ids of goods whose cost was ever said."""
    return ProductCost.objects.order_by().values_list("product_id", flat=True).distinct()


def cost_in_force(product: str, day: str) -> Subquery:
    """The cost of a unit as a column, where `product` and `day` name columns of the rows that are asked."""
    found = ProductCost.objects.filter(product=OuterRef(product), since__lte=OuterRef(day))
    return Subquery(found.order_by("-since").values("cost")[:1])
