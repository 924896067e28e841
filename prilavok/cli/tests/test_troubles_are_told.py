"""What the machine does to us is told in whole sentences: what happened, and what to do."""

import errno
from pathlib import Path

import psycopg
import pytest
from django.db import OperationalError

from prilavok.cli import restore
from prilavok.cli.home import Home
from prilavok.cli.installation import Installation
from prilavok.cli.trouble import MEGABYTE, Trouble, megabytes, need_space, of_database, of_os_error


def wrapped(cause: Exception) -> OperationalError:
    failure = OperationalError(str(cause))
    failure.__cause__ = cause
    return failure


def test_a_full_disk_under_postgresql_is_told(tmp_path: Path) -> None:
    full = of_database(wrapped(psycopg.errors.DiskFull("could not extend file")), tmp_path)
    gone = of_database(wrapped(psycopg.OperationalError("server closed the connection")), tmp_path)

    assert str(tmp_path) in str(full)
    assert "server closed the connection" in str(gone)
    assert of_database(ValueError("ours"), tmp_path) is None


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_a_file_that_cannot_be_written_is_named(number: int) -> None:
    trouble = of_os_error(OSError(number, "no", "/srv/shop/run"))

    assert "/srv/shop/run" in trouble.what
    assert trouble.remedy


def test_too_little_room_is_told_before_anything_is_begun(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match=str(tmp_path)):
        need_space(tmp_path / "not" / "yet", 10**9)
    need_space(tmp_path, 0)


def test_what_a_folder_holds_counts_where_its_links_lead(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "data").write_bytes(bytes(2 * MEGABYTE))
    (tmp_path / "home" / "postgres").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "home" / "gone").symlink_to(tmp_path / "nowhere")

    assert megabytes(tmp_path / "home") == 2


def test_a_broken_config_names_its_file(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[ports\nweb = 8000", encoding="utf-8")

    with pytest.raises(Trouble, match=r"config\.toml"):
        Home(tmp_path).config()


@pytest.mark.parametrize("manifest", [None, "", "[]", "{}", '{"parts": [], "made_at": "", "version": ""}'])
def test_what_is_no_backup_is_told_and_how_to_name_one(manifest: str | None, tmp_path: Path) -> None:
    folder, installation = tmp_path / "copy", Installation(Home(tmp_path / "shop"))
    if manifest is None:
        folder.write_bytes(b"an archive of it")  # a file where the folder should be named
    else:
        folder.mkdir()
        (folder / "manifest.json").write_text(manifest, encoding="utf-8")

    with pytest.raises(Trouble, match="no finished backup") as told:
        restore.restore(installation, folder, replace=True, tell=print)
    assert "prilavok backup" in told.value.remedy
