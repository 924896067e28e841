"""The demo shop comes into the base by the import that everybody uses, one file after another."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from demo import cast, points
from demo.files import Written
from demo.journey import CURRENCY, ZONE
from prilavok.company import actions as company
from prilavok.exchange import actions as exchange
from prilavok.exchange import queries as exchange_queries
from prilavok.exchange.actions import Progress
from prilavok.exchange.models import Import
from prilavok.kernel import clock
from prilavok.kernel.actors import SYSTEM
from prilavok.orders import queries as orders

FILES: tuple[tuple[str, str, str], ...] = (
    ("shops", "shops.csv", "Магазины"),
    ("categories", "categories.csv", "Категории"),
    ("products", "products.csv", "Товары"),
    ("customers", "customers.csv", "Клиенты"),
    ("receipts", "receipts.csv", "Чеки"),
    ("campaigns", "campaigns.csv", "Прошлые кампании"),
    ("campaign_targets", "campaign-targets.csv", "Кому они писали"),
    ("coupons", "coupons.csv", "Купоны"),
    ("redemptions", "redemptions.csv", "Погашения купонов"),
)

OPTIONS = {"customers": {"verified": "card"}}  # the programme's own list: everybody signed for the card

Tell = Callable[[str, Progress], None]


class BooksDiffer(Exception):
    """The base does not hold what the files hold; `args[0]` says where."""


@dataclass(frozen=True)
class Loaded:
    imports: list[Import]
    new: int
    """how many files were read this time; the others had been before"""

    @property
    def rejected(self) -> int:
        return sum(one.rejected for one in self.imports)


def set_clock(written: Written) -> datetime:
    """Put the demo's clock to the moment from which receipts are held back, unless it has been set before."""
    if not clock.offset():
        clock.set_demo(cut_moment(written) - clock.real())
    return clock.now()


def cut_moment(written: Written) -> datetime:
    """The moment from which receipts are held back."""
    return datetime.fromisoformat(written.cut).replace(tzinfo=ZONE)


def end_moment(written: Written) -> datetime:
    """The midnight after the last receipt."""
    last = datetime.fromisoformat(written.ends)
    return (last + timedelta(days=1)).replace(hour=0, minute=0, second=0, tzinfo=ZONE)


def load(folder: Path, written: Written, *, tell: Tell) -> Loaded:
    """Load all files that have not been loaded yet. Raises BooksDiffer."""
    at = set_clock(written)
    company.name_company(
        name="Прилавок · демо",
        currency=CURRENCY,
        timezone=ZONE.key,
        language="ru",
        site=os.environ.get("PRILAVOK_CATCHER_URL", "http://127.0.0.1:1080") + "/shop/",
        by=SYSTEM,
        demo=True,
    )
    company.add_brand(code="main", name="Прилавок", by=SYSTEM)
    cast.hire(at)
    done = [_load(kind, folder / name, title, tell) for kind, name, title in FILES if kind in exchange.KINDS]
    _check([one for one, _new in done], written)
    points.begin(at)
    return Loaded([one for one, _new in done], sum(new for _one, new in done))


def _load(kind: str, path: Path, title: str, tell: Tell) -> tuple[Import, bool]:
    if before := _finished(kind, path):
        return before, False
    one = exchange.import_file(
        kind,
        path,
        by=SYSTEM,
        at=clock.now(),
        options=OPTIONS.get(kind),
        progress=lambda progress: tell(title, progress),
    )
    return one, True


def _finished(kind: str, path: Path) -> Import | None:
    """The import that read this file to its end, wherever it lay."""
    found = exchange_queries.imports(SYSTEM).filter(
        kind=kind, file_name=path.name, size=path.stat().st_size, state=Import.State.FINISHED
    )
    return found.first()


def _check(imports: list[Import], written: Written) -> None:
    for one in imports:
        for line in one.reconciliation:
            if line["difference"]:
                raise BooksDiffer(f"{one.file_name}: {line}")
    receipts = next(one for one in imports if one.kind == "receipts")
    revenue = next(line for line in receipts.reconciliation if line["key"] == "revenue")
    if Decimal(revenue["base"]) / 10_000 != Decimal(written.loaded_revenue):
        raise BooksDiffer(f"revenue {revenue}, expected {written.loaded_revenue}")


def books() -> dict[str, Any]:
    """Totals of the whole base."""
    return dict(orders.books())
