"""What products and categories are made of when others bring them, and what others may add to a product's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.utils.functional import Promise

from prilavok.kernel.slots import Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCategory:
    """A category as told from outside; `parent_code` empty for a department."""

    code: str
    name: str
    name_ru: str = ""
    parent_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProduct:
    """A product as told from outside; `category_code` empty when nobody knows."""

    code: str
    name: str
    category_code: str = ""
    manufacturer: str = ""
    private_label: bool = False
    size_text: str = ""
    unit: str = "pcs"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCost:
    """What one unit of a product costs the shop from a day on, in the company's currency."""

    code: str
    cost: Decimal
    since: date


class ProductRef(NamedTuple):
    """What a receipt needs to know of a product: inner ids of it, its category and its department."""

    id: int
    category_id: int
    department_id: int


class Sold(NamedTuple):
    """What a till asks of a product. `within`: its category and all above it."""

    id: int
    name: str
    unit: str
    manufacturer: str
    category_id: int
    department_id: int
    within: frozenset[int]


@dataclass(frozen=True, slots=True)
class ProductPanel:
    """A panel on the product's page. Its URL takes the product's `public_id`."""

    key: str
    label: str | Promise
    url_name: str
    permission: str


panels: Slot[ProductPanel] = Slot("catalog.panels")
