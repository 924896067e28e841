"""The log-in: how it is guarded, how a forgotten password comes back, when a session ends."""

import re
from datetime import timedelta

import pytest
from django.test import Client, override_settings

from prilavok.company import actions, queries
from prilavok.company.models import Employee, PasswordRequest
from prilavok.kernel.models import StoredEvent
from tests.cast import NOON, PASSWORD, actor, login

NEW = "another-long-password-2"


def knock(client: Client, password: str, *, email: str = "olga@prilavok.test") -> int:
    return client.post("/login/", {"username": email, "password": password}).status_code


def the_link_of(employee: Employee) -> str:
    return queries.password_link(employee.pk).removeprefix("http://127.0.0.1:8000")


def through(client: Client, link: str) -> str:
    """Follow the link; the address of the form behind it."""
    answer = client.get(link)
    return str(answer.headers.get("Location", ""))


def test_the_right_password_opens(olga: Employee, client: Client) -> None:
    assert knock(client, PASSWORD) == 302
    assert client.get("/settings/me/").status_code == 200


def test_after_eight_wrong_passwords_the_door_stays_shut_for_a_while(
    olga: Employee, marina: Employee, client: Client
) -> None:
    with override_settings(AXES_ENABLED=True):
        tried = [knock(client, "wrong-password") for _ in range(8)]
        assert tried == [200] * 7 + [429]
        assert knock(client, PASSWORD) == 429
        assert knock(client, PASSWORD, email=marina.email) == 302


def test_the_shut_door_says_what_to_do(olga: Employee, client: Client) -> None:
    with override_settings(AXES_ENABLED=True):
        for _ in range(8):
            knock(client, "wrong-password")
        answer = client.post(
            "/login/",
            {"username": "olga@prilavok.test", "password": PASSWORD},
            headers={"Accept-Language": "en"},
        )
    assert "15 minutes" in answer.content.decode()


@pytest.mark.parametrize("elsewhere", ["https://evil.test/", "//evil.test/", "javascript:alert(1)"])
def test_the_door_leads_nowhere_else(olga: Employee, client: Client, elsewhere: str) -> None:
    answer = client.post(
        f"/login/?next={elsewhere}", {"username": olga.email, "password": PASSWORD, "next": elsewhere}
    )
    assert answer["Location"] == "/"


def test_a_form_without_its_token_is_refused(olga: Employee) -> None:
    strict = login(Client(enforce_csrf_checks=True), olga)
    assert strict.post("/settings/me/", {"language": "en", "theme": "auto"}).status_code == 403
    answer = strict.post("/api/v1/shops", {}, "application/json", headers={"Idempotency-Key": "k"})
    assert answer.status_code == 403


def test_pages_run_no_scripts_but_their_own(olga: Employee, client: Client) -> None:
    answer = login(client, olga).get("/settings/me/")
    policy = answer["Content-Security-Policy"]
    scripts = next(part for part in policy.split(";") if part.strip().startswith("script-src"))
    assert "unsafe" not in scripts and "'self'" in scripts and "'nonce-" in scripts
    assert (
        "object-src 'none'" in policy and "base-uri 'none'" in policy and "frame-ancestors 'self'" in policy
    )
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_the_session_ends_with_the_log_in(olga: Employee, marina: Employee, client: Client) -> None:
    login(client, marina)
    actions.set_active(employee_id=marina.pk, active=False, by=actor(olga), at=NOON)
    assert client.get("/settings/me/").status_code == 302


def test_a_session_lasts_two_weeks_at_most_and_is_hidden_from_scripts(olga: Employee, client: Client) -> None:
    knock(client, PASSWORD)
    cookie = client.cookies["sessionid"]
    assert cookie["max-age"] == 14 * 24 * 3600
    assert cookie["httponly"] and cookie["samesite"] == "Lax"


# ── A new password ───────────────────────────────────────────────────────────────────────────────────────


def test_ones_own_password_is_changed_and_every_other_log_in_ends(olga: Employee, client: Client) -> None:
    elsewhere = login(Client(), olga)
    login(client, olga)
    answer = client.post("/settings/me/password/", {"old": PASSWORD, "new": NEW})
    assert answer.status_code == 302
    assert client.get("/settings/me/").status_code == 200
    assert elsewhere.get("/settings/me/").status_code == 302
    assert knock(Client(), NEW) == 302


def test_whoever_sits_down_at_an_open_page_cannot_change_the_password(olga: Employee, client: Client) -> None:
    answer = login(client, olga).post("/settings/me/password/", {"old": "guess", "new": NEW})
    assert answer.status_code == 422
    assert "not your password of today" in answer.content.decode()


def test_a_weak_password_is_refused_wherever_it_is_chosen(olga: Employee, client: Client) -> None:
    form = through(client, the_link_of(olga))
    assert (
        "at least 10"
        in client.post(form, {"password": "short"}, headers={"Accept-Language": "en"}).content.decode()
    )
    mine = login(Client(), olga).post("/settings/me/password/", {"old": PASSWORD, "new": "password123"})
    assert mine.status_code == 422


def test_a_link_opens_once(olga: Employee, client: Client) -> None:
    link = the_link_of(olga)
    form = through(client, link)
    assert link not in form  # the secret leaves the address at once
    client.post(form, {"password": NEW})
    assert knock(Client(), NEW) == 302
    assert "used already" in Client().get(link, headers={"Accept-Language": "en"}).content.decode()


def test_a_guessed_link_opens_nothing(olga: Employee, client: Client) -> None:
    guessed = re.sub(r"[^/]+/$", "c0ffee-0123456789abcdef0123456789abcdef/", the_link_of(olga))
    assert "used already" in client.get(guessed, headers={"Accept-Language": "en"}).content.decode()


def test_the_door_does_not_tell_who_works_here(olga: Employee, client: Client) -> None:
    answers = [
        re.sub(
            r'nonce="[^"]*"|value="[^"]*"',
            "",
            client.post("/login/forgotten/", {"email": email}).content.decode(),
        )
        for email in (olga.email, "nobody@prilavok.test")
    ]
    assert answers[0] == answers[1]
    assert PasswordRequest.objects.count() == 1


def test_letters_about_passwords_come_one_in_five_minutes(olga: Employee) -> None:
    for minutes in (0, 1, 4, 6):
        actions.forget_password(email=olga.email, at=NOON + timedelta(minutes=minutes))
    assert StoredEvent.objects.filter(type="company.PasswordForgotten").count() == 2


def test_an_administrator_hands_over_a_link(ada: Employee, marina: Employee, client: Client) -> None:
    page = login(client, ada).post(f"/settings/employees/{marina.public_id}/password/").content.decode()
    found = re.search(r"/login/password/[^<\s]+", page)
    assert found
    visitor = Client()
    visitor.post(through(visitor, found[0]), {"password": NEW})
    assert knock(Client(), NEW, email=marina.email) == 302
