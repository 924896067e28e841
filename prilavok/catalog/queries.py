"""Everything others may ask about goods."""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce

from prilavok.catalog.models import NAME_KEY, Category, Product
from prilavok.catalog.ports import ProductRef
from prilavok.catalog.rules import name_key
from prilavok.kernel.actors import Actor


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
    fits = Q()
    for word in name_key(text).split()[:10]:
        fits &= Q(key__contains=f" {word}")
    return products(by).annotate(key=NAME_KEY).filter(fits) if fits else products(by)


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


def products_by_code(codes: Collection[str]) -> dict[str, ProductRef]:
    """Goods by their codes; unknown codes are missing."""
    return _refs(Product.objects.filter(code__in=codes))


def all_product_refs() -> dict[str, ProductRef]:
    """Every product by its code: for loading a year of receipts."""
    return _refs(Product.objects.all())


def _refs(found: QuerySet[Product]) -> dict[str, ProductRef]:
    rows = found.values_list(
        "code", "id", "category_id", Coalesce(F("category__department_id"), F("category_id"))
    )
    return {code: ProductRef(*ids) for code, *ids in rows.iterator(chunk_size=10_000)}
