from datetime import date

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from prilavok.company.models import Employee, Look, Shop
from prilavok.customers import actions, queries
from prilavok.customers.models import Consent, Contact, Profile, StatusChange
from prilavok.customers.ports import NewCustomer
from prilavok.kernel.actors import SYSTEM
from tests.cast import NOON, actor, hire, login

HTMX = {"HX-Request": "true"}


def test_oleg_sees_who_anna_is(client: Client, anna: Profile, oleg: Employee) -> None:
    page = login(client, oleg).get(reverse("customers:card", args=[anna.public_id])).content.decode()

    for told in (
        "Ковалёва Анна Петровна",
        "+7 916 123-45-67",
        "anna@example.org",
        "2900000012345",
        "На Ленина",
    ):
        assert told in page
    assert "Registered at the till" in page


def test_every_look_at_a_card_is_kept_and_says_whether_contacts_were_seen(
    client: Client, anna: Profile, oleg: Employee
) -> None:
    page = reverse("customers:card", args=[anna.public_id])
    login(client, oleg).get(page)
    analyst = hire("Alla", "analyst")  # sees masks
    login(client, analyst).get(page)

    looks = Look.objects.filter(profile_id=anna.pk).order_by("id").values_list("actor_id", "what")
    assert list(looks) == [(oleg.pk, "contacts"), (analyst.pk, "card")]


def test_wherever_contacts_are_shown_a_look_is_kept(client: Client, anna: Profile, oleg: Employee) -> None:
    login(client, oleg)
    panel, whole = reverse("customers:contacts", args=[anna.public_id]), reverse("customers:list")
    for address in (panel, whole, "/ui/find/?q=Ковалёва"):
        Look.objects.all().delete()
        client.get(address)
        assert Look.objects.get().actor_id == oleg.pk, address


def test_masks_and_empty_lists_are_no_looks_at_contacts(
    client: Client, anna: Profile, oleg: Employee
) -> None:
    login(client, oleg).get(reverse("customers:list"), {"q": "nobody at all"})
    login(client, hire("Alla", "analyst")).get(reverse("customers:list"))
    assert not Look.objects.exists()


def test_the_log_names_whose_data_was_seen_by_whom(
    client: Client, anna: Profile, oleg: Employee, olga: Employee
) -> None:
    login(client, oleg).get(reverse("customers:card", args=[anna.public_id]))
    log = login(client, olga).get("/settings/access-log/").content.decode()
    assert "Oleg" in log and "Ковалёва" in log


def test_a_stranger_is_refused_everywhere(client: Client, anna: Profile, max_stranger: Employee) -> None:
    login(client, max_stranger)
    for name in ("card", "timeline", "indicators", "person", "contacts", "looks"):
        assert client.get(reverse(f"customers:{name}", args=[anna.public_id])).status_code == 403
    for name in ("list", "count", "new", "export"):
        address = reverse(f"customers:{name}")
        assert client.get(address).status_code == 403
    for name in ("removals", "preferences", "cards", "status"):
        assert client.post(reverse(f"customers:{name}", args=[anna.public_id])).status_code == 403


def test_every_panel_is_a_page_and_a_fragment(client: Client, anna: Profile, olga: Employee) -> None:
    login(client, olga)
    for name in ("timeline", "indicators", "person", "contacts", "looks"):
        address = reverse(f"customers:{name}", args=[anna.public_id])
        assert "<html" in client.get(address).content.decode()
        assert "<html" not in client.get(address, headers=HTMX).content.decode()


def test_a_card_opens_with_any_tab(client: Client, anna: Profile, olga: Employee) -> None:
    page = login(client, olga).get(reverse("customers:card", args=[anna.public_id]), {"tab": "contacts"})

    assert reverse("customers:contacts", args=[anna.public_id]) in page.content.decode()


def test_oleg_corrects_a_name_and_takes_it_back(client: Client, anna: Profile, oleg: Employee) -> None:
    typed = {
        "last_name": "Петрова",
        "first_name": "Анна",
        "middle_name": "",
        "sex": "f",
        "birth_date": "1987-03-08",
    }
    answer = login(client, oleg).post(reverse("customers:person", args=[anna.public_id]), typed, headers=HTMX)
    anna.person.refresh_from_db()
    assert anna.person.last_name == "Петрова"

    undo = next(iter(client.session["customers.undo"]))
    assert undo in answer.headers["HX-Trigger"]
    client.post(reverse("customers:undo", args=[anna.public_id, undo]))
    anna.person.refresh_from_db()
    assert (anna.person.last_name, anna.person.middle_name) == ("Ковалёва", "Петровна")
    assert anna.person.birth_date == date(1987, 3, 8)


def test_nobody_is_born_tomorrow(client: Client, anna: Profile, oleg: Employee) -> None:
    typed = {"last_name": "Ковалёва", "birth_date": "2199-01-01"}
    answer = login(client, oleg).post(reverse("customers:person", args=[anna.public_id]), typed, headers=HTMX)

    assert answer.status_code == 422
    assert "Nobody was born on this day" in answer.content.decode()
    assert "2199-01-01" in answer.content.decode()


def test_a_consent_is_withdrawn_and_the_undo_is_the_opposite(
    client: Client, anna: Profile, oleg: Employee
) -> None:
    withdraw = reverse("customers:consents", args=[anna.public_id, "marketing", "email", "no"])
    answer = login(client, oleg).post(withdraw, headers=HTMX)

    assert queries.why_unreachable([anna.pk], "email") == {anna.pk: "withdrawn"}
    assert "hx-swap-oob" in answer.content.decode()
    give = reverse("customers:consents", args=[anna.public_id, "marketing", "email", "yes"])
    assert give in answer.headers["HX-Trigger"]
    client.post(give, headers=HTMX)
    assert queries.why_unreachable([anna.pk], "email") == {anna.pk: None}
    assert Consent.objects.filter(profile=anna).count() == 3


def test_contacts_are_added_normalised_removed_and_brought_back(
    client: Client, anna: Profile, oleg: Employee
) -> None:
    login(client, oleg).post(
        reverse("customers:contacts", args=[anna.public_id]), {"value": "8 903 000 11 22"}
    )
    contact = Contact.objects.get(value="+79030001122")

    client.post(reverse("customers:preferences", args=[anna.public_id]), {"contact": contact.pk})
    assert queries.addresses([anna.pk], "sms") == {anna.pk: "+79030001122"}

    client.post(reverse("customers:removals", args=[anna.public_id]), {"contact": contact.pk}, headers=HTMX)
    assert not Contact.objects.filter(pk=contact.pk).exists()
    undo = next(iter(client.session["customers.undo"]))
    client.post(reverse("customers:undo", args=[anna.public_id, undo]))
    assert Contact.objects.filter(profile=anna, value="+79030001122").exists()


def test_the_thousandth_contact_is_removed_like_the_first(
    client: Client, anna: Profile, oleg: Employee
) -> None:
    contact = Contact.objects.filter(profile=anna).latest("pk")
    Contact.objects.filter(pk=contact.pk).update(id=1_234_567)
    page = login(client, oleg).get(reverse("customers:contacts", args=[anna.public_id])).content.decode()

    assert 'name="contact" value="1234567"' in page


def test_a_contact_of_another_customer_cannot_be_removed_from_here(
    client: Client, anna: Profile, oleg: Employee, shop_on_lenina: Shop
) -> None:
    boris = actions.register(NewCustomer(phone="+79990000000"), by=SYSTEM, at=NOON)
    theirs = Contact.objects.get(profile=boris)
    answer = login(client, oleg).post(
        reverse("customers:removals", args=[anna.public_id]), {"contact": theirs.pk}
    )

    assert answer.status_code == 404
    assert Contact.objects.filter(pk=theirs.pk).exists()


def test_a_card_of_another_customer_is_refused_with_words(
    client: Client, anna: Profile, oleg: Employee
) -> None:
    boris = actions.register(NewCustomer(first_name="Борис"), by=SYSTEM, at=NOON)
    answer = login(client, oleg).post(
        reverse("customers:cards", args=[boris.public_id]), {"number": "2900 0000 12345"}, headers=HTMX
    )

    assert answer.status_code == 422
    assert "Another customer has this number already" in answer.content.decode()


def test_a_block_keeps_its_reason_and_can_be_undone(client: Client, anna: Profile, oleg: Employee) -> None:
    typed = {"status": "blocked", "reason": "Шумит"}
    login(client, oleg).post(reverse("customers:status", args=[anna.public_id]), typed)

    change = StatusChange.objects.get(profile=anna)
    assert (change.old, change.new, change.reason) == ("active", "blocked", "Шумит")
    assert queries.why_unreachable([anna.pk], "email") == {anna.pk: "blocked"}
    undo = next(iter(client.session["customers.undo"]))
    client.post(reverse("customers:undo", args=[anna.public_id, undo]))
    anna.refresh_from_db()
    assert anna.status == "active"

    told = client.post(
        reverse("customers:status", args=[anna.public_id]), typed | {"reason": "я" * 300}, follow=True
    )
    assert "at most 200 characters" in told.content.decode()


def test_the_timeline_is_filtered_by_group_and_paged(anna: Profile, oleg: Employee) -> None:
    for n in range(40):
        act = actions.withdraw_consent if n % 2 == 0 else actions.give_consent
        act(profile_id=anna.pk, channel="email", source="operator", by=SYSTEM, at=NOON)
    by = actor(oleg)
    first = queries.story([anna.pk], by, group="consents", limit=30)
    rest = queries.story([anna.pk], by, group="consents", before=first.next, limit=30)

    assert (len(first.lines), len(rest.lines), rest.next) == (30, 10, None)
    assert {line.id for line in first.lines}.isdisjoint({line.id for line in rest.lines})


def test_the_customer_of_another_shop_is_not_there(client: Client, anna: Profile, oleg: Employee) -> None:
    from prilavok.company import actions as company

    shops = company.add_shops([company.NewShop(code="arbat", name="На Арбате")], by=SYSTEM, at=NOON)
    company.give_role(employee_id=oleg.pk, role="operator", by=SYSTEM, at=NOON, shops=[shops["arbat"].pk])

    assert login(client, oleg).get(reverse("customers:card", args=[anna.public_id])).status_code == 404
    assert anna.person.last_name not in client.get(reverse("customers:list")).content.decode()


def test_the_card_asks_the_database_twelve_times_at_most(
    client: Client, anna: Profile, olga: Employee
) -> None:
    for n in range(60):
        act = actions.withdraw_consent if n % 2 == 0 else actions.give_consent
        act(profile_id=anna.pk, channel="email", source="operator", by=actor(olga), at=NOON)
    page = reverse("customers:card", args=[anna.public_id])
    login(client, olga).get(page)  # what the process remembers, such as the menu's counters, it remembers now
    with CaptureQueriesContext(connection) as asked:
        client.get(page)

    assert len(asked) <= 12, "\n".join(query["sql"][:120] for query in asked)
