"""The manual's two questions are answered without a keyboard, and end in a count of people."""

import pytest

from prilavok.ui import manual
from tests.browser.conftest import AsRole
from tests.browser.questions import QUESTIONS, Question


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_question_ends_in_a_count_and_the_manual_shows_each_step(
    question: Question, as_role: AsRole
) -> None:
    page = as_role("Marina")
    steps = list(question(page))
    assert page.locator("#segment-count .stat-value").inner_text().strip()
    for language in ("ru", "en"):
        text = (manual.DOCS / language / "segments.md").read_text()
        assert all(f"(../pictures/{step}-{language}.webp)" in text for step in steps)
