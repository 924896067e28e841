"""The demo's caught letters can be opened, however many there are."""

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from prilavok.messaging.catcher.store import Store


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_thousandth_letter_opens_like_the_first(tmp_path, language: str) -> None:
    store = Store(tmp_path / "mail.sqlite3")
    for _ in range(1001):
        store.keep(
            at="2026-03-02T09:00:00", sender="a@b.test", recipients=["c@d.test"], raw=b"Subject: x\n\ny"
        )
    letters = store.page()
    with translation.override(language):
        page = render_to_string(
            "messaging/catcher/list.html",
            {"letters": letters, "counts": store.counts(), "next": letters[0].id},
        )

    assert 'href="/mail/1001"' in page and "before=1001" in page
