"""The second factor: codes of the phone, recovery codes; who must have one, who lost theirs, where one is logged in."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from prilavok.company import actions, queries, rules
from prilavok.company.models import Employee, RecoveryCode, SecondFactor, SignIn
from prilavok.kernel import clock
from prilavok.kernel.models import StoredEvent
from tests.cast import NOON, PASSWORD, actor, hire, login

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code(secret: str = SECRET, *, off: int = 0) -> str:
    return rules.totp(secret, int(clock.real().timestamp()) // rules.STEP + off)


def switch_on(employee: Employee) -> list[str]:
    """Codes are on, by a code of the step before: the one of now still opens."""
    return actions.set_totp(
        employee_id=employee.pk, secret=SECRET, code=code(off=-1), at=clock.real(), by=actor(employee)
    )


def knock(client: Client, email: str = "olga@prilavok.test") -> str:
    return client.post("/login/?next=/settings/me/", {"username": email, "password": PASSWORD})["Location"]


def is_in(client: Client) -> bool:
    return client.get("/settings/me/").status_code == 200


def test_it_is_switched_on_with_a_picture_and_asked_for_at_the_door(olga: Employee, client: Client) -> None:
    login(client, olga)
    page = client.get("/settings/security/codes/").content.decode()
    secret = re.search(r'<code class="token">([A-Z2-7]+)</code>', page)
    assert secret and "<svg" in page
    assert client.post("/settings/security/codes/", {"code": "000000"}).status_code == 422
    codes = client.post("/settings/security/codes/", {"code": code(secret[1], off=-1)}).content.decode()
    assert len(re.findall(r"<code>[0-9a-f]{5}-[0-9a-f]{5}</code>", codes)) == 10
    assert secret[1] not in SecondFactor.objects.get().totp

    door = Client()
    assert knock(door) == "/login/second/"
    assert not is_in(door)
    assert door.post("/login/second/", {"code": "123456"}).status_code == 422
    assert door.post("/login/second/", {"code": code(secret[1])})["Location"] == "/settings/me/"
    assert is_in(door)


def test_a_code_opens_once_and_a_recovery_code_too(olga: Employee) -> None:
    spare = switch_on(olga)[0]
    for given in (code(), spare.upper()):
        first, second = Client(), Client()
        for client in (first, second):
            knock(client)
            client.post("/login/second/", {"code": given})
        assert (is_in(first), is_in(second)) == (True, False)
    assert queries.codes_left(olga.pk) == 9
    assert spare not in "".join(RecoveryCode.objects.values_list("digest", flat=True))


def test_guessing_shuts_the_second_door_for_a_while(olga: Employee) -> None:
    switch_on(olga)
    at = clock.real()
    for _ in range(8):
        with pytest.raises(actions.WrongCode):
            actions.check_code(employee_id=olga.pk, code="000000", at=at)
    with pytest.raises(actions.TooManyWrong):
        actions.check_code(employee_id=olga.pk, code=code(), at=at)
    later = at + timedelta(minutes=16)
    fresh = rules.totp(SECRET, int(later.timestamp()) // rules.STEP)
    assert actions.check_code(employee_id=olga.pk, code=fresh, at=later) == "totp"


def test_nobody_comes_to_the_second_door_without_the_first(olga: Employee, client: Client) -> None:
    switch_on(olga)
    assert client.post("/login/second/", {"code": code()})["Location"] == "/login/"


def test_it_is_taken_off_by_the_password_only(olga: Employee, client: Client) -> None:
    switch_on(olga)
    login(client, olga)
    client.post("/settings/security/codes/removal/", {"password": "guess"})
    assert queries.has_second_factor(olga.pk)
    assert client.post("/settings/security/recovery/", {"password": "guess"}).status_code == 302
    assert "<code>" in client.post("/settings/security/recovery/", {"password": PASSWORD}).content.decode()
    before = SecondFactor.objects.get().totp
    page = client.get("/settings/security/codes/").content.decode()
    other = re.search(r'<code class="token">([A-Z2-7]+)</code>', page)
    assert other and 'name="password"' in page
    new = {"code": code(other[1], off=-1)}
    client.post("/settings/security/codes/", new | {"password": "guess"})
    assert SecondFactor.objects.get().totp == before
    client.post("/settings/security/codes/", new | {"password": PASSWORD})
    assert SecondFactor.objects.get().totp != before
    client.post("/settings/security/codes/removal/", {"password": PASSWORD})
    assert not queries.has_second_factor(olga.pk) and queries.codes_left(olga.pk) == 0


def test_a_role_may_demand_it(ada: Employee, marina: Employee, client: Client) -> None:
    login(client, ada)
    rights = queries.roles().get(code="marketer").permissions
    client.post("/settings/roles/marketer/", {"rights": rights, "second_factor": "on"})
    hers = login(Client(), marina)
    assert hers.get("/customers/")["Location"] == "/settings/security/"
    assert "demands" in hers.get("/settings/security/").content.decode()
    assert hers.get("/api/v1/customers").status_code == 403
    switch_on(marina)
    assert hers.get("/customers/").status_code == 200


def test_the_owner_s_role_is_demanded_of_by_owners_only(olga: Employee, ada: Employee) -> None:
    assert login(Client(), ada).post("/settings/roles/owner/", {"second_factor": "on"}).status_code == 403
    login(Client(), olga).post("/settings/roles/owner/", {"second_factor": "on"})
    assert queries.standing(olga.pk).owes


def test_the_administrator_takes_it_away_from_who_lost_the_phone(
    ada: Employee, marina: Employee, client: Client
) -> None:
    switch_on(marina)
    hers = login(Client(), marina)
    assert is_in(hers)
    login(client, ada).post(f"/settings/employees/{marina.public_id}/second-factor/")

    assert not is_in(hers)
    assert knock(Client(), marina.email) == "/settings/me/"
    assert StoredEvent.objects.filter(type="company.SecondFactorReset", by_id=ada.pk).count() == 1
    limited = hire("Boris", "operator")
    assert (
        login(Client(), limited).post(f"/settings/employees/{ada.public_id}/second-factor/").status_code
        == 403
    )


# ── Where one is logged in ───────────────────────────────────────────────────────────────────────────────

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/605"


def phone(employee: Employee) -> Client:
    client = login(Client(headers={"User-Agent": PHONE}, REMOTE_ADDR="203.0.113.9"), employee)
    assert is_in(client)
    return client


def test_log_ins_stand_there_with_device_and_place_and_are_ended(olga: Employee, client: Client) -> None:
    mobile, third = phone(olga), phone(olga)
    login(client, olga)
    page = client.get("/settings/security/").content.decode()
    assert "Safari, iPhone" in page and "203.0.113.9" in page
    first = SignIn.objects.filter(device=PHONE).order_by("id")[0]
    client.post(f"/settings/security/log-ins/{first.pk}/end/")
    assert (is_in(mobile), is_in(third), is_in(client)) == (False, True, True)

    client.post("/settings/security/log-ins/end/")
    assert (is_in(third), is_in(client)) == (False, True)


def test_nobody_ends_another_s(olga: Employee, marina: Employee, client: Client) -> None:
    mobile = phone(olga)
    login(client, marina)
    assert client.post(f"/settings/security/log-ins/{SignIn.objects.get().pk}/end/").status_code == 404
    assert is_in(mobile)


def test_a_stolen_cookie_is_dead_after_the_log_out(olga: Employee) -> None:
    mobile, thief = phone(olga), Client()
    thief.cookies["sessionid"] = mobile.cookies["sessionid"].value
    assert is_in(thief)
    mobile.post("/logout/")

    assert not is_in(thief)
    assert not queries.sign_ins(actor(olga), at=clock.real())
    assert SignIn.objects.get().ended_at


def test_a_new_password_ends_what_was_open_elsewhere(olga: Employee) -> None:
    mobile = phone(olga)
    actions.choose_password(employee_id=olga.pk, new="another-long-password-2", at=NOON)
    assert not is_in(mobile) and not queries.sign_ins(actor(olga), at=clock.real())


def test_a_log_in_that_was_not_used_yet_is_listed_and_ends_with_the_others(
    olga: Employee, client: Client
) -> None:
    login(client, olga)
    client.get("/settings/me/")
    thief = Client()
    thief.post("/login/", {"username": olga.email, "password": PASSWORD}, headers={"User-Agent": "Thief/1.0"})
    page = client.get("/settings/security/").content.decode()
    assert page.count("End this log-in") == 1

    client.post("/settings/security/log-ins/end/")

    assert thief.get("/settings/me/").status_code == 302
    assert client.get("/settings/me/").status_code == 200
