"""Files and the photo: kept as what their bytes are, handed out without rights, gone with the erased."""

import io
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import ExifTags, Image, ImageOps

from prilavok.company.models import Employee
from prilavok.customers import actions
from prilavok.customers.actions import files
from prilavok.customers.models import CustomerFile, Profile
from prilavok.customers.queries.files import body
from prilavok.kernel import clock
from prilavok.kernel.actors import SYSTEM
from tests.cast import NOON, hire, login

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def stored(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "customers"


def at(name: str, profile: Profile, *more: object) -> str:
    return reverse(f"customers:{name}", args=[profile.public_id, *more])


def picture(size: tuple[int, int] = (600, 400), kind: str = "JPEG") -> bytes:
    """A picture that says where it was taken."""
    exif = Image.Exif()
    exif[0x010F] = "Phone of the customer"
    written = io.BytesIO()
    Image.new("RGB", size, "red").save(written, kind, **({"exif": exif} if kind == "JPEG" else {}))
    return written.getvalue()


def sent(name: str, body: bytes) -> dict[str, SimpleUploadedFile]:
    return {"file": SimpleUploadedFile(name, body)}


def test_a_file_is_kept_handed_out_deleted_and_brought_back(
    client: Client, anna: Profile, oleg: Employee
) -> None:
    page = login(client, oleg).post(
        at("files", anna), sent("анкета.html", b"<script>alert(1)</script>"), headers=HTMX
    )
    assert "анкета.html" in page.content.decode()
    kept = CustomerFile.objects.get()
    answer = client.get(at("file", anna, kept.public_id))
    assert answer.content == b"<script>alert(1)</script>"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Type"] == "text/plain"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]

    client.post(at("settle_file", anna, kept.public_id, "delete"), headers=HTMX)
    assert client.get(at("file", anna, kept.public_id)).status_code == 404
    client.post(at("settle_file", anna, kept.public_id, "restore"), headers=HTMX)
    assert client.get(at("file", anna, kept.public_id)).status_code == 200


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("a.pdf", b"", "The file is empty"),
        ("a.pdf", b"MZ\x90\x00", "This is a program"),
        ("a.bin", b"x" * 2048, "larger than 0 MB"),
    ],
)
def test_what_is_not_kept_is_refused_in_words(
    name: str,
    body: bytes,
    said: str,
    client: Client,
    anna: Profile,
    oleg: Employee,
    stored: Path,
    monkeypatch,
) -> None:
    monkeypatch.setattr(files, "LARGEST", 1024)
    answer = login(client, oleg).post(at("files", anna), sent(name, body), headers=HTMX)
    assert answer.status_code == 422 and said in answer.content.decode()
    assert not CustomerFile.objects.exists() and not list(stored.glob("*"))


def test_a_photo_is_cut_to_a_square_and_forgets_where_it_was_taken(
    client: Client, anna: Profile, oleg: Employee
) -> None:
    card = login(client, oleg).get(at("card", anna)).content.decode()
    assert ">АК</span>" in card
    face = client.post(at("photo", anna), sent("me.jpg", picture()), headers=HTMX).content.decode()
    assert "<img" in face
    answer = client.get(at("photo", anna))
    shown = Image.open(io.BytesIO(answer.content))
    assert (shown.format, shown.size, dict(shown.getexif())) == ("JPEG", (320, 320), {})
    assert b"Phone of the customer" not in answer.content
    assert "<img" in client.get(at("card", anna)).content.decode()

    made = CustomerFile.objects.get()
    client.post(at("settle_file", anna, made.public_id, "delete"), headers=HTMX)
    assert client.get(at("photo", anna)).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not a picture",
        b"\xff\xd8\xff" + b"\0" * 50,
        b"GIF89a<script>",
        b"<svg xmlns='x'/>",
        b"%PDF-1.4",
    ],
)
def test_photos_that_are_not_photos(body: bytes, client: Client, anna: Profile, oleg: Employee) -> None:
    answer = login(client, oleg).post(at("photo", anna), sent("me.jpg", body), headers=HTMX)
    assert answer.status_code == 422
    assert ("This is not a photo" if body else "The file is empty") in answer.content.decode()


def test_a_picture_of_too_many_pixels_is_not_unpacked(
    client: Client, anna: Profile, oleg: Employee, monkeypatch
) -> None:
    monkeypatch.setattr(files, "PIXELS", 1_000_000)
    answer = login(client, oleg).post(
        at("photo", anna), sent("me.png", picture((2000, 1000), "PNG")), headers=HTMX
    )
    assert answer.status_code == 422 and "larger than 1 megapixels" in answer.content.decode()


@pytest.mark.parametrize("held", range(1, 9))
def test_a_photo_stands_upright_however_the_phone_was_held(held: int, anna: Profile) -> None:
    scene = Image.new("RGB", (1600, 1200), "white")
    for corner, colour in (((0, 0), "red"), ((800, 0), "green"), ((0, 600), "blue")):
        scene.paste(colour, (*corner, corner[0] + 800, corner[1] + 600))
    exif, written = Image.Exif(), io.BytesIO()
    exif[ExifTags.Base.Orientation] = held
    scene.save(written, "JPEG", exif=exif)

    made = files.set_photo(profile_id=anna.pk, chunks=[written.getvalue()], by=SYSTEM, at=NOON)

    upright: Any = ImageOps.exif_transpose(Image.open(written))
    shown: Any = Image.open(io.BytesIO(body(made)))
    for x, y in ((0.25, 0.25), (0.75, 0.25), (0.25, 0.75)):
        wanted = upright.getpixel((int(upright.width * x), int(upright.height * y)))
        got = shown.getpixel((int(320 * x), int(320 * y)))
        assert all(abs(one - other) < 12 for one, other in zip(wanted, got, strict=True)), (held, x, y)


def test_by_the_api_files_and_the_photo(client: Client, anna: Profile, oleg: Employee) -> None:
    login(client, oleg)
    base, key = f"/api/v1/customers/{anna.public_id}", {"Idempotency-Key": "f1"}
    made = client.post(f"{base}/files", sent("договор.docx", b"%PDF-1.7"), headers=key).json()
    assert (made["name"], made["kind"], made["size"]) == ("договор.docx", "application/pdf", 8)
    assert client.get(f"{base}/files/{made['id']}").content == b"%PDF-1.7"
    key = {"Idempotency-Key": "f2"}
    assert client.post(f"{base}/photo", sent("a.png", picture(kind="PNG")), headers=key).status_code == 201
    assert client.get(f"{base}/photo").headers["Content-Type"] == "image/jpeg"
    key = {"Idempotency-Key": "f3"}
    refused = client.post(f"{base}/photo", sent("a.png", b"no"), headers=key)
    assert (refused.status_code, refused.json()["code"]) == (422, "not_a_photo")
    for number, path in enumerate((f"/files/{made['id']}", "/photo")):
        gone = client.delete(base + path, headers={"Idempotency-Key": f"d{number}"})
        assert gone.status_code == 204
    assert client.get(f"{base}/files").json()["items"] == []


def test_another_file_under_a_used_key_is_not_taken_for_the_first(
    client: Client, anna: Profile, oleg: Employee
) -> None:
    login(client, oleg)

    def send(body: bytes) -> Any:
        path = f"/api/v1/customers/{anna.public_id}/files"
        return client.post(path, sent("a.pdf", body), headers={"Idempotency-Key": "one"})

    made, again, other = send(b"%PDF-1.7"), send(b"%PDF-1.7"), send(b"%PDF-1.8")
    assert again.json() == made.json()
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_what_was_deleted_a_month_ago_is_gone_with_its_bytes(
    anna: Profile, stored: Path, django_capture_on_commit_callbacks
) -> None:
    old, new = (
        files.add_file(profile_id=anna.pk, name="a.txt", chunks=[b"abc"], by=SYSTEM, at=NOON) for _ in "12"
    )
    for one, days in ((old, 40), (new, 3)):
        CustomerFile.objects.filter(pk=one.pk).update(deleted_at=clock.now() - timedelta(days=days))
    with django_capture_on_commit_callbacks(execute=True):
        actions.forget_deleted_files()
    assert list(CustomerFile.objects.all()) == [new] and len(list(stored.glob("*"))) == 1


def test_the_archive_has_the_files_and_the_erased_leave_none(
    client: Client, anna: Profile, ada: Employee, stored: Path, django_capture_on_commit_callbacks
) -> None:
    files.add_file(profile_id=anna.pk, name="анкета.txt", chunks=[b"abc"], by=SYSTEM, at=NOON)
    files.set_photo(profile_id=anna.pk, chunks=[picture()], by=SYSTEM, at=NOON)
    packed = zipfile.ZipFile(io.BytesIO(login(client, ada).get(at("archive", anna)).getvalue()))
    assert packed.read("files/1 анкета.txt") == b"abc" and "files/2 photo.jpg" in packed.namelist()

    with django_capture_on_commit_callbacks(execute=True):
        actions.erase(profile_id=anna.pk, by=SYSTEM, at=NOON)
    assert not CustomerFile.objects.exists() and not list(stored.glob("*"))


def test_files_are_not_for_everybody(client: Client, anna: Profile, max_stranger: Employee) -> None:
    kept = files.add_file(profile_id=anna.pk, name="a.txt", chunks=[b"abc"], by=SYSTEM, at=NOON)
    for employee in (max_stranger, hire("Alla", "analyst")):
        login(client, employee)
        assert client.get(at("files", anna)).status_code == 403
        assert client.get(at("file", anna, kept.public_id)).status_code == 403
        assert client.post(at("settle_file", anna, kept.public_id, "delete")).status_code == 403
        assert client.post(at("photo", anna), sent("a.png", picture())).status_code == 403
