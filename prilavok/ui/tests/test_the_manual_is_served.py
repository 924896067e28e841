"""The manual stands beside the product, in both languages, chapter by chapter."""

import re
from pathlib import Path

import pytest
from django.test import Client

from prilavok.company.models import Employee
from prilavok.ui import manual
from tests.cast import login

CHAPTERS = {
    language: {path.stem for path in (manual.DOCS / language).glob("*.md")} for language in ("ru", "en")
}


def test_every_chapter_speaks_both_languages() -> None:
    assert CHAPTERS["ru"] == CHAPTERS["en"]
    assert CHAPTERS["ru"]


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_first_page_leads_to_every_chapter(language: str) -> None:
    assert {chapter.slug for chapter in manual.contents(language)} == CHAPTERS[language]


@pytest.mark.parametrize(
    "path", sorted(manual.DOCS.glob("[er][nu]/*.md")), ids=lambda path: f"{path.parent.name}/{path.stem}"
)
def test_no_link_leads_nowhere(path: Path) -> None:
    chapter = manual.chapter(path.stem, path.parent.name)
    assert chapter is not None
    linked = set(re.findall(r'href="\.\./([a-z0-9-]+)/', chapter.html))
    assert linked <= CHAPTERS[path.parent.name]


def test_whoever_works_here_may_read_it(client: Client, max_stranger: Employee) -> None:
    assert login(client, max_stranger).get("/help/index/").status_code == 200


def test_an_address_outside_the_manual_is_not_found(client: Client, max_stranger: Employee) -> None:
    assert login(client, max_stranger).get("/help/settings/").status_code == 404


def test_pictures_stand_where_they_were_made_and_words_elsewhere(
    client: Client, max_stranger: Employee, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "made.webp").write_bytes(b"RIFF")
    text = "# One\n\n![What is seen](../pictures/made.webp)\n\n![What would be](../pictures/not-made.webp)\n"
    (tmp_path / "en" / "one.md").write_text(text)
    monkeypatch.setattr(manual, "DOCS", tmp_path)

    one = manual.chapter("one", "en")
    assert one and '<img src="../pictures/made.webp" alt="What is seen" />' in one.html
    assert "<em>What would be</em>" in one.html
    login(client, max_stranger)
    assert client.get("/help/pictures/made.webp").headers["Content-Type"] == "image/webp"
    for name in ("not-made.webp", "..%2Fen%2Fone.md", "one.md"):
        assert client.get(f"/help/pictures/{name}").status_code == 404
