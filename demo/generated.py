"""A generated shop of the data set's shape, for where the data set cannot be had. Seeded: the same one every time.

Households differ in how often they come and how much they take, weeks and hours have their rhythm, goods their
popularity; a fifth of the receipts bear a card discount, some a coupon. Nothing of it is anybody's data.
"""

from datetime import date, timedelta

import numpy as np

from demo.dataset import CAMPAIGNS, HOUSEHOLDS
from demo.journey import GASOLINE, Column, Journey, Lines, PastCampaign, Product, Redemption

SEED = 451
STORES = 60
FIRST = np.datetime64("2017-01-01T00:00:00")
DAYS = 365
HOURS = np.array(
    [1, 0, 0, 0, 0, 0, 1, 2, 4, 6, 9, 12, 14, 14, 14, 15, 17, 19, 18, 15, 12, 8, 5, 2], dtype=float
)
WEEKDAYS = np.array([1.3, 0.9, 0.85, 0.85, 0.9, 1.05, 1.25])  # from Sunday

SHELVES = (
    ("GROCERY", "SOFT DRINKS", 60, 3.2, 0.13), ("GROCERY", "FLUID MILK PRODUCTS", 25, 2.4, 0.12),
    ("GROCERY", "BAKED BREAD/BUNS/ROLLS", 40, 2.3, 0.10), ("GROCERY", "CHEESE", 45, 3.1, 0.08),
    ("GROCERY", "BAG SNACKS", 55, 2.7, 0.07), ("GROCERY", "FROZEN PIZZA", 30, 4.6, 0.04),
    ("GROCERY", "SOUP", 40, 1.6, 0.05), ("GROCERY", "EGGS", 12, 1.9, 0.03), ("GROCERY", "YOGURT", 40, 2.2, 0.05),
    ("PRODUCE", "TROPICAL FRUIT", 18, 1.8, 0.06), ("PRODUCE", "POTATOES", 12, 3.3, 0.03),
    ("PRODUCE", "TOMATOES", 14, 2.6, 0.03), ("MEAT", "BEEF", 40, 7.2, 0.05), ("MEAT", "PORK", 25, 5.9, 0.02),
    ("MEAT-PCKGD", "LUNCHMEAT", 30, 3.2, 0.04), ("DRUG GM", "CANDY - PACKAGED", 50, 2.1, 0.03),
    ("DRUG GM", "BATH TISSUES", 14, 6.4, 0.02), ("DELI", "DELI MEATS", 22, 5.2, 0.02),
    ("PASTRY", "CAKES", 15, 7.5, 0.01), ("FUEL", "COUPON/MISC ITEMS", 1, 26.0, 0.02),
)  # fmt: skip


def make() -> Journey:
    """The generated year."""
    random = np.random.default_rng(SEED)
    products, prices, weights = _shelves(random)
    lines = _lines(random, products, prices, weights)
    campaigns = [_campaign(number) for number in range(1, CAMPAIGNS + 1)]
    big = np.argsort(-np.bincount(lines.household, weights=lines.revenue, minlength=HOUSEHOLDS + 1))
    targets = [
        (one.code, int(household))
        for one in campaigns
        for household in sorted(
            random.choice(big[:1200], size=900 if one.kind == "Type A" else 150, replace=False)
        )
        if household
    ]
    coupons = [
        (50_000_000_000 + one.code * 100 + number, int(product), one.code)
        for one in campaigns
        for number in range(8)
        for product in random.choice([goods.code for goods in products[:400]], size=12, replace=False)
    ]
    return Journey(
        title="Сгенерированный магазин",
        real=False,
        lines=lines,
        products=products,
        age_bands=_ages(random),
        campaigns=campaigns,
        targets=targets,
        coupons=coupons + coupons[:: len(coupons) // 40],
        redemptions=_redemptions(random, lines, campaigns, coupons),
    )


def _shelves(random: np.random.Generator) -> tuple[list[Product], Column, Column]:
    products: list[Product] = []
    prices: list[float] = []
    weights: list[float] = []
    for department, category, count, price, share in SHELVES:
        popularity = 1 / np.arange(1, count + 1) ** 0.8
        for number in range(count):
            fuel = department == "FUEL"
            kind = GASOLINE if fuel else f"{category} {number + 1}"
            code = 800_000 + len(products)
            products.append(Product(code, department, category, kind, "", str(number % 9), number % 4 == 0))
            prices.append(price * float(random.uniform(0.6, 1.6)))
            weights.append(share * popularity[number] / popularity.sum())
    return products, np.array(prices), np.array(weights) / sum(weights)


def _lines(random: np.random.Generator, products: list[Product], prices: Column, weights: Column) -> Lines:
    visits = np.maximum(1, random.gamma(1.1, 52, HOUSEHOLDS)).astype(int)
    appetite = random.lognormal(0, 0.55, HOUSEHOLDS)
    household = np.repeat(np.arange(1, HOUSEHOLDS + 1), visits)
    days = random.choice(DAYS, size=len(household), p=_days())
    hours = random.choice(24, size=len(household), p=HOURS / HOURS.sum())
    moments = (
        FIRST
        + days.astype("timedelta64[D]")
        + hours.astype("timedelta64[h]")
        + random.integers(0, 3600, len(household)).astype("timedelta64[s]")
    )
    moments[-1] = FIRST + np.timedelta64(DAYS - 1, "D") + np.timedelta64(23, "h")
    home = random.integers(0, STORES, HOUSEHOLDS + 1)
    store = np.where(
        random.random(len(household)) < 0.85, home[household], random.integers(0, STORES, len(household))
    )
    size = np.maximum(1, random.poisson(7.5 * np.minimum(appetite[household - 1], 4)))
    order = np.argsort(moments, kind="stable")
    household, moments, store, size = household[order], moments[order], store[order], size[order]
    return _filled(random, (household, store, moments, size), products, prices, weights)


def _days() -> Column:
    rhythm = WEEKDAYS[np.arange(DAYS) % 7] * (1 + 0.1 * np.sin(np.arange(DAYS) / DAYS * 2 * np.pi))
    return np.asarray(rhythm / rhythm.sum())


def _filled(
    random: np.random.Generator,
    baskets: tuple[Column, Column, Column, Column],
    products: list[Product],
    prices: Column,
    weights: Column,
) -> Lines:
    """Baskets with goods in them."""
    household, store, moments, size = baskets
    of = np.repeat(np.arange(len(size)), size)
    goods = random.choice(len(products), size=len(of), p=weights)
    keep = np.unique(of * len(products) + goods)
    of, goods = keep // len(products), keep % len(products)
    quantity = 1 + random.poisson(0.35, len(of))
    price = np.maximum(5, np.rint(prices[goods] * random.uniform(0.9, 1.1, len(of)) * 100)).astype(np.int64)
    fuel = np.array([product.kind == GASOLINE for product in products])[goods]
    list_price = np.where(fuel, price, price * quantity)
    card = np.where((random.random(len(of)) < 0.45) & ~fuel, np.rint(list_price * 0.15), 0).astype(np.int64)
    codes = np.array([product.code for product in products])[goods]
    lost = random.random(len(of)) < 0.003
    return Lines(
        household=household[of],
        store=store[of] + 300,
        basket=31_000_000_000 + of,
        product=np.where(lost, codes + 5_000_000, codes),
        quantity=np.where(fuel, np.rint(list_price / 0.242).astype(np.int64), quantity),
        revenue=list_price - card,
        card_discount=card,
        manufacturer_coupon=np.where((random.random(len(of)) < 0.012) & (list_price - card > 100), 100, 0),
        shop_coupon=np.zeros(len(of), dtype=np.int64),
        local=moments[of],
    )


def _campaign(number: int) -> PastCampaign:
    starts = date(2017, 1, 1) + timedelta(days=(number - 1) * 12)
    kind = "Type A" if number in (8, 13, 18) else "Type C" if number % 5 == 0 else "Type B"
    return PastCampaign(number, kind, starts, starts + timedelta(days=46 if kind == "Type A" else 32))


def _ages(random: np.random.Generator) -> dict[int, str]:
    known = random.choice(np.arange(1, HOUSEHOLDS + 1), size=800, replace=False)
    bands = random.choice(["19-24", "25-34", "35-44", "45-54", "55-64", "65+"], size=800)
    return dict(zip(known.tolist(), bands.tolist(), strict=True))


def _redemptions(
    random: np.random.Generator,
    lines: Lines,
    campaigns: list[PastCampaign],
    coupons: list[tuple[int, int, int]],
) -> list[Redemption]:
    """Some baskets in which a coupon of a running campaign was shown, each coupon once in a basket."""
    codes: dict[int, list[int]] = {}
    for coupon, _, campaign in coupons:
        codes.setdefault(campaign, []).append(coupon)
    found: dict[Redemption, None] = {}
    for row in sorted(random.choice(len(lines), size=600, replace=False)):
        day = lines.local[row].astype("datetime64[D]").item()
        running = [one.code for one in campaigns if one.starts <= day <= one.ends]
        if not running:
            continue
        campaign = int(random.choice(running))
        coupon = int(random.choice(codes[campaign]))
        found[Redemption(int(lines.household[row]), coupon, campaign, day)] = None
    return list(found)
