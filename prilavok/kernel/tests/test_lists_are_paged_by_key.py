"""Walking a list page by page shows every row once, in order, also while rows are added behind the reader."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from prilavok.kernel import paging
from prilavok.kernel.models import Work
from tests.cast import NOON
from tests.properties import cases


class Walking(TestCase):
    @settings(max_examples=cases(25), deadline=None)
    @given(st.lists(st.integers(0, 3), max_size=20), st.integers(1, 6))
    def test_each_row_is_met_once(self, hours: list[int], size: int) -> None:
        Work.objects.bulk_create(
            [Work(title=str(n), started_at=NOON + timedelta(hours=hour)) for n, hour in enumerate(hours)]
        )
        met, after = [], None
        while True:
            page = paging.keyset(Work.objects.all(), order=("-started_at", "id"), after=after, size=size)
            met += [work.pk for work in page.items]
            if not (after := page.next):
                break
        assert met == list(Work.objects.order_by("-started_at", "id").values_list("pk", flat=True))


@pytest.mark.parametrize("token", ["", "x", "W10", "bm8", "WyIiLDFd"])
@pytest.mark.django_db
def test_a_broken_token_is_told_from_a_good_one(token: str) -> None:
    if not token:
        assert paging.keyset(Work.objects.all(), order=("id",), after=token).items == []
        return
    with pytest.raises(paging.BadCursor):
        paging.keyset(Work.objects.all(), order=("id",), after=token)
