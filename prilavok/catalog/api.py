"""What the public API offers of the catalog."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from ninja import Field, Router, Schema, Status
from ninja.params.functions import Body, Query

from prilavok.catalog import actions, queries
from prilavok.catalog.actions import UnknownCategory
from prilavok.catalog.models import Category, Product, Unit
from prilavok.catalog.ports import NewCategory, NewCost, NewProduct
from prilavok.kernel import clock, paging
from prilavok.kernel.web import Request

router = Router(tags=["catalog"])

MOST = 1_000  # rows of one request


class CategoryOut(Schema):
    code: str
    name: str
    name_ru: str
    parent_code: str | None
    level: int


class ProductOut(Schema):
    public_id: UUID
    code: str
    name: str
    category_code: str
    department_code: str
    manufacturer: str
    private_label: bool
    size_text: str
    unit: Unit
    placeholder: bool = Field(description="A receipt named it first; the catalog has yet to describe it.")

    @staticmethod
    def resolve_category_code(product: Product) -> str:
        return product.category.code

    @staticmethod
    def resolve_department_code(product: Product) -> str:
        return (product.category.department or product.category).code


class ProductList(Schema):
    items: list[ProductOut]
    next: str | None


class CategoryIn(Schema):
    code: str = Field(min_length=1, max_length=100, examples=["meat"])
    name: str = Field(min_length=1, max_length=200, examples=["Meat"])
    name_ru: str = Field("", max_length=200, examples=["Мясо"])
    parent_code: str = Field("", max_length=100, description="Empty for a department.")


class ProductIn(Schema):
    code: str = Field(min_length=1, max_length=100, examples=["4607001234567"])
    name: str = Field(min_length=1, max_length=300, examples=["Фарш домашний, 400 г"])
    category_code: str = Field("", max_length=100, description="Empty when nobody knows.")
    manufacturer: str = Field("", max_length=200)
    private_label: bool = False
    size_text: str = Field("", max_length=100, examples=["400 г"])
    unit: Unit = Unit.PIECE


class CostIn(Schema):
    code: str = Field(
        min_length=1, max_length=100, description="The product’s code.", examples=["4607001234567"]
    )
    cost: Decimal = Field(ge=0, max_digits=19, decimal_places=4, examples=["61.5000"])
    since: date = Field(description="The day from which it holds.", examples=["2026-11-01"])


class CostOut(Schema):
    since: date
    cost: Decimal


class CostsLoadedOut(Schema):
    changed: int = Field(description="Costs that are new or others now.")


class RejectOut(Schema):
    index: int = Field(description="The row's place in the request, from 0.")
    field: str
    code: str


class LoadedOut(Schema):
    added: int
    changed: int
    unchanged: int
    rejects: list[RejectOut]


@router.get("/products", response=ProductList, summary="Products: search, filters, pages")
def products(
    request: Request,
    q: str = Query("", max_length=100, description="Beginnings of words of the name or code."),
    category: str = Query("", description="Code of a category; those below it are included."),
    placeholder: bool | None = None,
    after: str | None = None,
    limit: int = Query(50, ge=1, le=200),
) -> dict[str, Any]:
    category_id = _category(category).pk if category else None
    found = queries.listed(request.actor, q, category_id=category_id, placeholder=placeholder)
    page = paging.keyset(found, order=("name", "id"), after=after, size=limit)
    return {"items": page.items, "next": page.next}


def _category(code: str) -> Category:
    found = Category.objects.filter(code=code).first()
    if found is None:
        raise UnknownCategory(field="category", category=code)
    return found


@router.get("/products/{uuid:public_id}", response=ProductOut, summary="One product")
def product(request: Request, public_id: UUID) -> Product:
    return queries.get(public_id, request.actor)


@router.get(
    "/products/{uuid:public_id}/costs",
    response=list[CostOut],
    summary="What a product costs the shop, by the days from which it holds",
)
def product_costs(request: Request, public_id: UUID) -> object:
    return queries.costs(queries.get(public_id, request.actor).pk, request.actor)


@router.delete(
    "/products/{uuid:public_id}/costs/{since}",
    response={204: None},
    summary="Take out the cost that was said from a day on",
)
def drop_cost(request: Request, public_id: UUID, since: date) -> Status[None]:
    found = queries.get(public_id, request.actor)
    actions.drop_cost(product_id=found.pk, since=since, by=request.actor, at=clock.now())
    return Status(204, None)


@router.put("/costs", response=CostsLoadedOut, summary="Say what goods cost the shop from a day on, by code")
def put_costs(request: Request, rows: list[CostIn] = Body(..., max_length=MOST)) -> dict[str, int]:
    request.actor.must("catalog.cost")
    new = [NewCost(**row.dict()) for row in rows]
    return {"changed": actions.load_costs(new, by=request.actor, at=clock.now(), live=True)}


@router.put("/products", response=LoadedOut, summary="Add products and bring the known up to date, by code")
def put_products(
    request: Request, rows: list[ProductIn] = Body(..., max_length=MOST)
) -> actions.CatalogLoaded:
    request.actor.must("catalog.edit")
    new = [NewProduct(**row.dict()) for row in rows]
    return actions.load_products(new, by=request.actor, at=clock.now(), live=True)


@router.get("/categories", response=list[CategoryOut], summary="The whole tree, parents before children")
def categories(request: Request) -> list[dict[str, Any]]:
    found = queries.categories(request.actor)
    code_of = {category.pk: category.code for category in found}
    return [
        {
            "code": category.code,
            "name": category.name,
            "name_ru": category.name_ru,
            "parent_code": code_of.get(category.parent_id or 0),
            "level": category.level,
        }
        for category in found
    ]


@router.put(
    "/categories", response=LoadedOut, summary="Add categories and bring the known up to date, by code"
)
def put_categories(
    request: Request, rows: list[CategoryIn] = Body(..., max_length=MOST)
) -> actions.CatalogLoaded:
    request.actor.must("catalog.edit")
    new = [NewCategory(**row.dict()) for row in rows]
    return actions.load_categories(new, by=request.actor, at=clock.now(), live=True)
