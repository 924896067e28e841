"""What imports are tested on: a shop, goods, Anna with her card, and a way to bring a file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from prilavok.catalog import actions as catalog
from prilavok.catalog.ports import NewCategory, NewProduct
from prilavok.exchange import actions
from prilavok.exchange.models import Import
from prilavok.kernel.actors import SYSTEM
from tests.cast import NOON

Bring = Callable[..., Import]


@pytest.fixture(autouse=True)
def _own_home(settings: Any, tmp_path: Path) -> None:
    settings.HOME = tmp_path


@pytest.fixture
def goods(the_company: None) -> None:
    catalog.load_categories([NewCategory(code="MEAT", name="Meat")], by=SYSTEM, at=NOON)
    catalog.load_products(
        [NewProduct(code=code, name=code, category_code="MEAT") for code in ("P1", "P2")], by=SYSTEM, at=NOON
    )


@pytest.fixture
def bring(tmp_path: Path) -> Bring:
    """Import a file of this text (or these bytes) as the system does it by command."""

    def bring(kind: str, content: str | bytes, name: str = "file.csv", **more: Any) -> Import:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return actions.import_file(kind, path, by=SYSTEM, at=more.pop("at", NOON), **more)

    return bring


@pytest.fixture
def rejects() -> Callable[[Import], list[list[str]]]:
    """Rows of the rejects' file without its header: the file's cells, then row, column and reason."""
    from prilavok.exchange import queries

    return lambda one: queries.rejected_rows(one, SYSTEM)[1]
