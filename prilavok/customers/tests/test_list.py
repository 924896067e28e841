import io
from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from prilavok.company import actions as company
from prilavok.company.models import Employee, Look, Shop
from prilavok.customers import actions, queries
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewCustomer
from prilavok.kernel import clock
from prilavok.kernel.actors import SYSTEM
from tests.cast import NOON, actor, hire, login


@pytest.fixture
def boris(shop_on_lenina: Shop) -> Profile:
    new = NewCustomer(last_name="Орлов", first_name="Борис", phone="+79035550011", shop_id=shop_on_lenina.pk)
    return actions.register(new, by=SYSTEM, at=NOON)


@pytest.mark.parametrize(
    "text",
    ["Ковалева", "КОВАЛЁВА анна", "анна ков", "ан", "+7 916 123", "8 916 123-45-67", "89161234567", "4567",
     "9161234567", "2900000012345", "29000 00", "anna@ex"],
)  # fmt: skip
def test_anna_is_found_as_people_ask_for_her(
    text: str, anna: Profile, boris: Profile, oleg: Employee
) -> None:
    found = queries.listed(actor(oleg), text)

    assert [profile.pk for profile in found] == [anna.pk]


@pytest.mark.parametrize(
    "text", ["нна", "Орлова", "0000", "anna@other", "77", "ковалева | орлов", "!анна", "анна \\"]
)
def test_what_fits_nobody_finds_nobody(text: str, anna: Profile, boris: Profile, oleg: Employee) -> None:
    assert not queries.listed(actor(oleg), text).exists()


@pytest.mark.parametrize("text", ["o\\h", "салтыкова-", "o\\ салтыкова-щед"])
def test_signs_in_a_name_are_letters_like_others(text: str, shop_on_lenina: Shop, oleg: Employee) -> None:
    new = NewCustomer(last_name="Салтыкова-Щедрина", first_name="O\\h", external_id="joan")
    joan = actions.register(new, by=SYSTEM, at=NOON)

    assert queries.listed(actor(oleg), text).get() == joan


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Жанна Д'Арк", ["д'арк", "Д’Арк", "дʼарк", "дарк", "д арк", "арк жан", "жанна д`а"]),
        ("О’Нил Шакил", ["о'нил", "о’нил", "онил", "о нил", "нил"]),
        ("Кузьма Петров-Водкин", ["петров-водкин", "петров водкин", "петров–в", "водкин", "петроввод", "п-в к"]),
        ("Римский Корсаков", ["римский-корсаков", "корсаков"]),
    ],
)  # fmt: skip
def test_marks_in_a_name_may_be_typed_in_any_way(
    name: str, typed: list[str], anna: Profile, shop_on_lenina: Shop, oleg: Employee
) -> None:
    first, last = name.split(" ", 1)
    one = actions.register(
        NewCustomer(first_name=first, last_name=last, external_id="marked"), by=SYSTEM, at=NOON
    )

    for text in typed:
        assert queries.listed(actor(oleg), text).get() == one, text


def test_who_may_not_see_contacts_cannot_search_by_them(anna: Profile, the_company: None) -> None:
    from tests.cast import hire

    analyst = actor(hire("Andrey", "analyst"))

    assert not queries.listed(analyst, "anna@example.org").exists()
    assert not queries.listed(analyst, "9161234567").exists()
    assert queries.listed(analyst, "ковалева").get() == anna


def test_contacts_are_masked_in_list_card_and_export(
    client: Client, anna: Profile, the_company: None
) -> None:
    from tests.cast import hire

    login(client, hire("Andrey", "analyst"))
    pages = [
        client.get(reverse("customers:list")),
        client.get(reverse("customers:card", args=[anna.public_id])),
        client.get(reverse("customers:contacts", args=[anna.public_id])),
    ]
    download = client.get(reverse("customers:download", args=["csv"])).getvalue()
    for text in [*(page.content.decode() for page in pages), download.decode()]:
        assert "anna@example.org" not in text
        assert "1234567" not in text.replace(" ", "").replace("-", "").replace("2900000012345", "")


def test_the_list_is_narrowed_by_filters(anna: Profile, boris: Profile, oleg: Employee) -> None:
    by = actor(oleg)

    assert queries.listed(by, wanted={"reach": "email"}).get() == anna
    assert queries.listed(by, wanted={"reach": "not_email"}).get() == boris
    assert queries.listed(by, wanted={"status": "blocked"}).count() == 0
    assert queries.listed(by, wanted={"shop": "lenina"}).count() == 2
    assert queries.listed(by, wanted={"since": "2026-03-03"}).count() == 0
    assert queries.listed(by, wanted={"until": "2026-03-02"}).count() == 2
    assert queries.listed(by, wanted={"since": "the day before yesterday"}).count() == 0


def test_days_of_the_list_are_the_companys_also_for_a_program(
    client: Client, shop_on_lenina: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)  # half past one of 2 March in Moscow
    born = NewCustomer(first_name="Ян", birth_date=date(1990, 3, 2), shop_id=shop_on_lenina.pk)
    jan = actions.register(born, by=SYSTEM, at=night)
    token = company.make_token(name="Site", permissions_wanted=["customers.see"], by=SYSTEM, at=NOON)

    def since(day: str) -> int:
        asked = {"since": day}
        return len(
            client.get("/api/v1/customers", asked, headers={"Authorization": f"Bearer {token}"}).json()[
                "items"
            ]
        )

    assert (since("2026-03-02"), since("2026-03-03")) == (1, 0)
    monkeypatch.setattr(clock, "now", lambda: night)
    assert (
        "36 years old"
        in login(client, hire("Ada", "administrator"))
        .get(reverse("customers:card", args=[jan.public_id]))
        .content.decode()
    )


def test_pages_follow_one_another_without_a_gap(oleg: Employee) -> None:
    rows = [NewCustomer(external_id=str(n), last_name=f"Я{n % 7}") for n in range(130)]
    actions.load_customers(rows, by=SYSTEM, at=NOON)
    for sort in ("name", "-name", "registered_at", ""):
        seen: list[int] = []
        after = None
        while True:
            page = queries.page_of(queries.listed(actor(oleg)), sort=sort, after=after, size=50)
            seen += [profile.pk for profile in page.items]
            after = page.next
            if after is None:
                break
        assert len(seen) == len(set(seen)) == 130


def test_the_list_shows_chosen_columns_and_keeps_search(
    client: Client, anna: Profile, oleg: Employee
) -> None:
    page = (
        login(client, oleg)
        .get(reverse("customers:list"), {"q": "анна", "columns": ["birth_date"]})
        .content.decode()
    )

    assert "8 Mar 1987" in page.replace("\xa0", " ")
    assert "anna@example.org" not in page


def test_an_empty_shop_says_what_will_be_here(client: Client, oleg: Employee) -> None:
    assert "Customers will stand here" in login(client, oleg).get(reverse("customers:list")).content.decode()
    assert "Nobody is like that" in client.get(reverse("customers:list"), {"q": "нет"}).content.decode()


def test_an_export_is_kept_in_the_log_and_holds_the_narrowed_list(
    client: Client, anna: Profile, boris: Profile, marina: Employee
) -> None:
    answer = login(client, marina).get(reverse("customers:download", args=["xlsx"]), {"q": "анна"})
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.getvalue())).get_sheet_by_index(0)
    rows = sheet.to_python()

    assert len(rows) == 2
    assert rows[1][0] == "Ковалёва Анна Петровна"
    look = Look.objects.get(what="export")
    assert (look.actor_id, look.rows, look.profile_id) == (marina.pk, 1, None)


def test_klara_may_not_export(client: Client, anna: Profile, klara: Employee) -> None:
    assert login(client, klara).get(reverse("customers:download", args=["csv"])).status_code == 403


def test_marinas_saved_view_is_offered(client: Client, anna: Profile, marina: Employee) -> None:
    company.save_view(
        page="customers", name="Письма", query={"reach": "email"}, shared=False, by=actor(marina)
    )

    assert "Письма" in login(client, marina).get(reverse("customers:list")).content.decode()


def test_klara_registers_a_customer_at_the_counter(
    client: Client, klara: Employee, shop_on_lenina: Shop
) -> None:
    typed = {
        "first_name": "Вера",
        "phone": "8 916 000 00 01",
        "email": "vera@example.org",
        "shop": "lenina",
        "consent": "on",
    }
    answer = login(client, klara).post(reverse("customers:new"), typed)
    vera = Profile.objects.get(person__first_name="Вера")

    assert answer.headers["Location"] == reverse("customers:card", args=[vera.public_id])
    assert vera.registered_shop == shop_on_lenina
    assert queries.why_unreachable([vera.pk], "email") == {vera.pk: None}


def test_a_wrong_phone_is_told_at_its_field_and_nothing_is_lost(client: Client, klara: Employee) -> None:
    answer = login(client, klara).post(reverse("customers:new"), {"first_name": "Вера", "phone": "12"})

    assert answer.status_code == 422
    page = answer.content.decode()
    assert "This is not a phone number" in page
    assert "Вера" in page


def test_the_list_is_counted_apart(client: Client, anna: Profile, boris: Profile, oleg: Employee) -> None:
    login(client, oleg)

    assert "2 customers" in client.get(reverse("customers:count")).content.decode()
    assert "1 customer" in client.get(reverse("customers:count"), {"q": "анна"}).content.decode()


def test_markup_in_a_name_or_in_what_happened_stays_text(
    client: Client, shop_on_lenina: Shop, olga: Employee
) -> None:
    """Rows of lists and lines of timelines are joined by hand: what strangers type may not become a page's markup."""
    markup = "<img src=x onerror=alert(1)>"
    new = NewCustomer(last_name=markup, first_name="Анна", shop_id=shop_on_lenina.pk)
    profile = actions.register(new, by=SYSTEM, at=NOON)
    actions.change_status(profile_id=profile.pk, status="blocked", reason=markup, by=actor(olga), at=NOON)
    login(client, olga)

    for address in (reverse("customers:list"), reverse("customers:card", args=[profile.public_id])):
        page = client.get(address).content.decode()
        assert "<img" not in page
        assert "&lt;img src=x onerror" in page
