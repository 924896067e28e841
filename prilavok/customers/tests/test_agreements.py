"""What customers agree to is kept word for word, and that they did is proved in one click."""

import hashlib
import json
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from prilavok.customers import actions, queries
from prilavok.customers.models import Consent, ConsentDocument, Profile
from prilavok.customers.ports import NewCustomer
from prilavok.kernel.actors import SYSTEM
from tests.cast import NOON, login

WORDS = "Я согласна получать **предложения** от магазина <script>."


@pytest.fixture
def vera(the_company: None) -> Profile:
    new = NewCustomer(external_id="vera", first_name="Вера", last_name="Белова", email="vera@example.org")
    return actions.register(new, by=SYSTEM, at=NOON)


def published(text: str = WORDS, code: str = "offers", language: str = "ru") -> ConsentDocument:
    draft = actions.save_draft(code=code, language=language, title="Реклама", text=text, by=SYSTEM)
    return actions.publish_document(document_id=draft.pk, by=SYSTEM, at=NOON)


def test_what_was_published_never_changes_and_the_next_version_supersedes_it(the_company: None) -> None:
    first = published()
    with pytest.raises(actions.AlreadyPublished):
        actions.publish_document(document_id=first.pk, by=SYSTEM, at=NOON)
    for forbidden in ({"text": "другие слова"}, {"state": "draft"}, {"published_at": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ConsentDocument.objects.filter(pk=first.pk).update(**forbidden)
    with pytest.raises(IntegrityError), transaction.atomic():
        first.delete()

    draft = actions.new_version(document_id=first.pk, by=SYSTEM)
    assert actions.new_version(document_id=first.pk, by=SYSTEM).pk == draft.pk
    second = published("Новые слова")
    first.refresh_from_db()
    assert (draft.pk, second.number, first.state, first.text) == (second.pk, 2, "superseded", WORDS)
    assert queries.current_document("ru") == second
    assert queries.current_document("en") == second


def test_pages_lead_from_a_draft_to_a_text_that_everybody_may_read(ada, client: Client) -> None:
    login(client, ada)
    new = {"code": "offers", "language": "ru", "purpose": "marketing", "title": "Реклама", "text": WORDS}
    assert client.post(reverse("customers:new_document"), new | {"text": ""}).status_code == 422
    page = client.post(reverse("customers:new_document"), new)["Location"]
    draft = ConsentDocument.objects.get()
    address = reverse("customers:agreement", args=[draft.public_id])
    assert Client().get(address).status_code == 404
    client.post(reverse("customers:publish_document", args=[draft.public_id]))
    assert "In force" in client.get(page).content.decode()
    assert "Реклама" in client.get(reverse("customers:documents")).content.decode()
    shown = Client().get(address).content.decode()
    assert "<strong>предложения</strong>" in shown and "&lt;script&gt;" in shown
    assert client.post(reverse("customers:edit_document", args=[draft.public_id]), new).status_code == 409

    next_page = client.post(reverse("customers:new_version", args=[draft.public_id]))["Location"]
    client.post(next_page, {"purpose": "marketing", "title": "Реклама 2", "text": "Иначе"})
    client.post(
        reverse("customers:drop_document", args=[ConsentDocument.objects.get(state="draft").public_id])
    )
    assert ConsentDocument.objects.get().text == WORDS


def test_the_own_page_shows_the_text_and_the_ledger_names_it(vera: Profile, client: Client) -> None:
    agreed = published()
    page = reverse("customers:own", args=[queries.own_token(vera.pk)])
    assert str(agreed.public_id) in client.get(page).content.decode()

    client.post(page, {"channels": "1", "channel": ["email"]})
    line = Consent.objects.get()
    assert (line.document, line.text_version) == (agreed, "offers ru 1")


def test_the_api_names_the_version_that_was_shown(vera: Profile, ada, client: Client) -> None:
    agreed, client = published(), login(client, ada)
    address = f"/api/v1/customers/{vera.public_id}/consents"

    def say(**more: str) -> int:
        body = json.dumps({"channel": "email"} | more)
        headers = {"Idempotency-Key": f"{more}"}
        return client.post(address, body, content_type="application/json", headers=headers).status_code

    assert say(document=str(vera.public_id)) == 404
    assert say(document=str(agreed.public_id)) == 200
    assert Consent.objects.get().document == agreed


def test_the_proof_has_every_line_with_its_words_and_events(vera: Profile, oleg, client: Client) -> None:
    agreed = published()
    said: dict[str, Any] = {"profile_id": vera.pk, "channel": "email", "by": SYSTEM, "at": NOON}
    actions.give_consent(**said, source="site", document_id=agreed.pk, ip="203.0.113.9", proof="форма № 3")
    published("Новые слова")
    actions.withdraw_consent(**said, source="letter:page")
    other = actions.register(NewCustomer(external_id="v2", first_name="Вера"), by=SYSTEM, at=NOON)
    actions.merge(profile_id=other.pk, other_id=vera.pk, by=SYSTEM, at=NOON)

    login(client, oleg)
    page = client.get(reverse("customers:proof", args=[vera.public_id])).content.decode()
    for words in ("203.0.113.9", "форма № 3", "<strong>предложения</strong>", "customers.ConsentGiven"):
        assert words in page
    told = client.get(reverse("customers:proof_file", args=[other.public_id])).json()
    assert [(one["given"], one["document"]) for one in told["lines"]] == [(True, "offers ru 1"), (False, "")]
    assert told["texts"]["offers ru 1"]["text"] == WORDS
    assert told["lines"][0]["events"][0]["type"] == "customers.ConsentGiven"
    digest = told.pop("sha256")
    plain = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(plain.encode()).hexdigest() == digest
    by_api = client.get(f"/api/v1/customers/{vera.public_id}/consents/proof").json()
    assert by_api["lines"] == told["lines"]
    from prilavok.company.models import Look

    assert Look.objects.filter(what="proof").count() == 3


def test_who_has_no_right_is_told_so(vera: Profile, marina, client: Client) -> None:
    login(client, marina)
    assert client.get(reverse("customers:documents")).status_code == 403
    assert client.get(reverse("customers:proof", args=[vera.public_id])).status_code == 403
