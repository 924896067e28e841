"""The journey written as the files that a retailer would bring: what `prilavok import` reads."""

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from demo.journey import GASOLINE, Journey, Lines, Product, Redemption
from demo.people import Invented
from demo.russian import CATEGORIES, DEPARTMENTS, UNSORTED

HELD_WEEKS = 4
GALLON = "gal"
PIECE = "pcs"

RECEIPT_COLUMNS = [
    "receipt", "shop", "till", "paid_at", "card", "line", "product", "quantity", "unit",
    "revenue", "card_discount", "manufacturer_coupon", "shop_coupon", "coupons",
]  # fmt: skip


@dataclass(frozen=True)
class Written:
    """What was written, with the sums that the books must meet."""

    title: str
    real: bool
    moved_weeks: int
    cut: str
    """The shop's wall time from which receipts are held back."""
    ends: str
    lines: int
    receipts: int
    households: int
    shops: int
    products: int
    campaigns: int
    coupon_rows: int
    coupon_repeats: int
    redemptions: int
    lines_without_product: int
    revenue: str
    loaded_lines: int
    loaded_receipts: int
    loaded_revenue: str
    held_lines: int
    held_receipts: int
    held_revenue: str

    def save(self, folder: Path) -> None:
        (folder / "written.json").write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1))

    @classmethod
    def saved(cls, folder: Path) -> "Written | None":
        """What stands in the folder, or nothing."""
        path = folder / "written.json"
        return cls(**json.loads(path.read_text())) if path.exists() else None


def cut_of(journey: Journey) -> datetime:
    """The midnight from which the last four weeks are held back."""
    day_after = (journey.last_moment() + timedelta(days=1)).replace(hour=0, minute=0, second=0)
    return day_after - timedelta(weeks=HELD_WEEKS)


def write(journey: Journey, people: list[Invented], folder: Path) -> Written:
    """Write all files; the receipts of the last four weeks into a file of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    cut = cut_of(journey)
    held = journey.lines.local >= np.datetime64(cut)
    write_shops(journey, folder)
    write_catalogue(journey.products, folder)
    write_people(people, folder)
    write_campaigns(journey, people, folder)
    used = coupons_used(journey)
    write_receipts(journey, journey.lines.picked(~held), people, {}, folder / "receipts.csv")
    write_receipts(journey, journey.lines.picked(held), people, used, folder / "receipts-held.csv")
    written = _summary(journey, held, cut)
    written.save(folder)
    return written


def _summary(journey: Journey, held: np.ndarray, cut: datetime) -> Written:
    lines = journey.lines
    early, late = lines.picked(~held), lines.picked(held)
    known = np.array([product.code for product in journey.products])
    return Written(
        title=journey.title,
        real=journey.real,
        moved_weeks=journey.moved_weeks,
        cut=cut.isoformat(),
        ends=journey.last_moment().isoformat(),
        lines=len(lines),
        receipts=len(np.unique(lines.basket)),
        households=len(np.unique(lines.household)),
        shops=len(np.unique(lines.store)),
        products=len(journey.products),
        campaigns=len(journey.campaigns),
        coupon_rows=len(journey.coupons),
        coupon_repeats=len(journey.coupons) - len(set(journey.coupons)),
        redemptions=len(journey.redemptions),
        lines_without_product=int(np.isin(lines.product, known, invert=True).sum()),
        revenue=money(int(lines.revenue.sum())),
        loaded_lines=len(early),
        loaded_receipts=len(np.unique(early.basket)),
        loaded_revenue=money(int(early.revenue.sum())),
        held_lines=len(late),
        held_receipts=len(np.unique(late.basket)),
        held_revenue=money(int(late.revenue.sum())),
    )


def money(whole_cents: int) -> str:
    """Cents as the text of a sum.

    >>> money(459603958), money(5), money(0)
    ('4596039.58', '0.05', '0.00')
    """
    return f"{whole_cents // 100}.{whole_cents % 100:02d}"


def _save(path: Path, header: list[str], rows: Iterable[Iterable[object]]) -> None:
    part = path.with_suffix(".part")
    with part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    part.replace(path)


def write_shops(journey: Journey, folder: Path) -> None:
    shops = np.unique(journey.lines.store).tolist()
    _save(
        folder / "shops.csv",
        ["code", "name", "timezone", "kind"],
        ([shop, f"Магазин {shop}", "America/New_York", "shop"] for shop in shops),
    )


def write_catalogue(products: Iterable[Product], folder: Path) -> None:
    products = list(products)
    _save(folder / "categories.csv", ["code", "name", "name_ru", "parent"], categories(products))
    _save(
        folder / "products.csv",
        ["code", "name", "category", "manufacturer", "private_label", "size", "unit"],
        (
            [
                product.code,
                product_name(product),
                category_code(product),
                product.manufacturer,
                "yes" if product.private_label else "no",
                product.size,
                GALLON if product.kind == GASOLINE else PIECE,
            ]
            for product in products
        ),
    )


def categories(products: Iterable[Product]) -> Iterator[list[str]]:
    """Departments first, then their categories."""
    pairs = {(product.department, product.category) for product in products}
    for department in sorted({department for department, _ in pairs}):
        yield [department, department.capitalize(), DEPARTMENTS.get(department, department), ""]
    for department, category in sorted(pairs, key=lambda pair: (pair[0], pair[1] or "")):
        name = category.capitalize() if category else "Without category"
        name_ru = CATEGORIES.get(category, category) if category else UNSORTED
        yield [f"{department}/{category or '-'}", name, name_ru, department]


def category_code(product: Product) -> str:
    return f"{product.department}/{product.category or '-'}"


def product_name(product: Product) -> str:
    """What stands on the receipt: the data set has kinds and sizes, no brands.

    >>> product_name(Product(1, "GROCERY", "FRZN ICE", "ICE - CRUSHED/CUBED", "22 LB", "2", False))
    'Ice - crushed/cubed, 22 lb'
    """
    name = (product.kind or product.category or product.department).capitalize()
    return f"{name}, {product.size.lower()}" if product.size.strip() else name


def write_people(people: Iterable[Invented], folder: Path) -> None:
    words = {True: "yes", False: "no", None: ""}
    _save(
        folder / "customers.csv",
        [
            "external_id", "card", "last_name", "first_name", "middle_name", "sex", "birth_date", "email",
            "phone", "consent_email", "consent_sms", "registered_at", "registered_shop", "invented",
        ],
        (
            [
                f"household-{one.household}", one.card, one.last_name, one.first_name, one.middle_name,
                one.sex, one.birth_date or "", one.email, one.phone, words[one.consent_email],
                words[one.consent_sms],
                one.registered.isoformat(" "), one.shop, "yes",
            ]
            for one in people
        ),
    )  # fmt: skip


def write_campaigns(journey: Journey, people: list[Invented], folder: Path) -> None:
    cards = {one.household: one.card for one in people}
    _save(
        folder / "campaigns.csv",
        ["code", "name", "kind", "starts", "ends"],
        (
            [one.code, f"Кампания {one.code} ({one.kind})", one.kind, one.starts, one.ends]
            for one in journey.campaigns
        ),
    )
    _save(
        folder / "campaign-targets.csv",
        ["campaign", "card"],
        ([campaign, cards[household]] for campaign, household in journey.targets if household in cards),
    )
    dates = {one.code: one for one in journey.campaigns}
    _save(
        folder / "coupons.csv",
        ["coupon", "product", "campaign", "valid_from", "valid_until"],
        (
            [coupon, product, code, dates[code].starts, dates[code].ends]
            for coupon, product, code in journey.coupons
        ),
    )
    cut = cut_of(journey).date()  # the later ones come in with their receipts
    _save(
        folder / "redemptions.csv",
        ["card", "coupon", "campaign", "date"],
        (
            [cards[one.household], one.coupon, one.campaign, one.day]
            for one in journey.redemptions
            if one.household in cards and one.day < cut
        ),
    )


def coupons_used(journey: Journey) -> dict[int, str]:
    """Basket → coupons used in it, each with its campaign: the household's basket of that day with one of its goods."""
    goods: dict[int, set[int]] = {}
    for coupon, product, _ in journey.coupons:
        goods.setdefault(coupon, set()).add(product)
    wanted: dict[tuple[int, object], list[Redemption]] = {}
    for one in journey.redemptions:
        wanted.setdefault((one.household, one.day), []).append(one)
    found: dict[int, list[str]] = {}
    for key, baskets in _visits(journey.lines, set(wanted)).items():
        for one in wanted[key]:
            holding = [
                basket for basket, products in baskets.items() if products & goods.get(one.coupon, set())
            ]
            code = f"{one.campaign}-{one.coupon}"  # the same code may have come by two campaigns
            found.setdefault((holding or list(baskets))[0], []).append(code)
    return {basket: " ".join(codes) for basket, codes in found.items()}


def _visits(lines: Lines, wanted: set[tuple[int, object]]) -> dict[tuple[int, object], dict[int, set[int]]]:
    days = lines.local.astype("datetime64[D]").tolist()
    visits: dict[tuple[int, object], dict[int, set[int]]] = {}
    for household, day, basket, product in zip(
        lines.household.tolist(), days, lines.basket.tolist(), lines.product.tolist(), strict=True
    ):
        if (household, day) in wanted:
            visits.setdefault((household, day), {}).setdefault(basket, set()).add(product)
    return visits


def write_receipts(
    journey: Journey, lines: Lines, people: list[Invented], coupons: dict[int, str], path: Path
) -> None:
    """One row per line, whole receipts together, in the order of time."""
    cards = {one.household: one.card for one in people}
    fuel = {product.code for product in journey.products if product.kind == GASOLINE}
    _save(path, RECEIPT_COLUMNS, _receipt_rows(lines, cards, fuel, coupons))


def _receipt_rows(
    lines: Lines, cards: dict[int, str], fuel: set[int], coupons: dict[int, str]
) -> Iterator[tuple[object, ...]]:
    moments = np.datetime_as_string(lines.local.astype("datetime64[s]")).tolist()
    discounts = (lines.card_discount, lines.manufacturer_coupon, lines.shop_coupon)
    sums = [_texts(lines.revenue, zero="0.00"), *map(_texts, discounts)]
    basket_before, number = None, 0
    for row, (basket, store, household, product, quantity) in enumerate(
        zip(
            lines.basket.tolist(),
            lines.store.tolist(),
            lines.household.tolist(),
            lines.product.tolist(),
            lines.quantity.tolist(),
            strict=True,
        )
    ):
        number = number + 1 if basket == basket_before else 1
        amount, unit = (
            (quantity, PIECE) if product not in fuel else fuel_quantity(quantity, int(lines.revenue[row]))
        )
        yield (
            basket, store, 1, moments[row].replace("T", " "), cards[household], number, product, amount, unit,
            sums[0][row], sums[1][row], sums[2][row], sums[3][row],
            coupons.get(basket, "") if number == 1 else "",
        )  # fmt: skip
        basket_before = basket


def _texts(column: np.ndarray, zero: str = "") -> list[str]:
    whole, where = np.unique(column, return_inverse=True)
    texts = [money(int(value)) if value else zero for value in whole]
    return [texts[place] for place in where.tolist()]


def fuel_quantity(quantity: int, revenue: int) -> tuple[object, str]:
    """Fuel is stored in thousandths of a gallon; a lone 1 is a sale whose volume nobody wrote down.

    >>> fuel_quantity(10597, 2532)
    ('10.597', 'gal')
    >>> fuel_quantity(1, 2000)
    (1, 'pcs')
    """
    if revenue > quantity * 10:
        return quantity, PIECE
    return f"{quantity // 1000}.{quantity % 1000:03d}", GALLON
