"""What cannot be sent to everybody cannot be saved; what a reader lacks falls back as the author chose."""

import pytest
from django.test import Client
from django.utils import translation

from prilavok.company import actions as company
from prilavok.company.models import Employee, Shop
from prilavok.customers import actions as customers
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewCustomer
from prilavok.kernel.actors import SYSTEM, Refused
from prilavok.messaging import actions, queries, starter
from prilavok.messaging.actions import NoUnsubscribe
from prilavok.messaging.letters.liquid import BrokenText, TooMuchWork, UnknownMacro
from prilavok.messaging.models import Template, TemplateVersion
from prilavok.messaging.ports import Ready
from tests.cast import NOON, actor, login

pytestmark = pytest.mark.django_db

OUT = '<a href="{{ unsubscribe_url }}">out</a>'


def mjml(text: str) -> str:
    return f"<mjml><mj-body><mj-section><mj-column><mj-text>{text}</mj-text></mj-column></mj-section></mj-body></mjml>"


def save(text: str, **more: object) -> TemplateVersion:
    content = {"name": "Test", "subject": "Hello", "mjml_source": mjml(text + OUT)} | more
    return actions.save_template(by=SYSTEM, at=NOON, **content)  # type: ignore[arg-type]


def test_an_unknown_macro_is_named(the_company: None) -> None:
    with pytest.raises(UnknownMacro, match="frist_name"):
        save("Hi {{ frist_name }}")
    assert not Template.objects.exists()


@pytest.mark.parametrize(
    "text",
    [
        "{% for i in (1..1000000000) %}x{% endfor %}",
        "{% for i in (1..200) %}{% for j in (1..200) %}x{% endfor %}{% endfor %}",
        "{{ (1..1000000000) | join: ',' }}",
        '{% assign s = "ab" %}{% for i in (1..100) %}{% assign s = s | append: s %}{% endfor %}',
    ],
)
def test_an_endless_loop_cannot_be_saved(the_company: None, text: str) -> None:
    with pytest.raises(TooMuchWork):
        save(text)


@pytest.mark.parametrize(
    "text", ["{% if first_name %}Hi", "{{ first_name | nosuch }}", "{% include 'x' %}", "<b", "{{"]
)
def test_broken_text_cannot_be_saved(the_company: None, text: str) -> None:
    with pytest.raises(BrokenText):
        save(text)


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", '<img src="x" onerror="a()">', "<iframe></iframe>"]
)
def test_active_content_cannot_be_saved(the_company: None, text: str) -> None:
    with pytest.raises(BrokenText) as refused:
        save(text)
    assert "what" in refused.value.params  # it names what it found


def test_a_letter_without_a_way_out_cannot_be_saved(the_company: None) -> None:
    with pytest.raises(NoUnsubscribe):
        actions.save_template(name="T", subject="S", mjml_source=mjml("Hi"), by=SYSTEM, at=NOON)


def test_a_reader_without_a_name_is_called_as_the_author_chose(the_company: None) -> None:
    version = save(
        'A {{ first_name | default: "друг" }} B {{ first_name }} C {{ full_name }}',
        fallbacks={"first_name": "сосед", "full_name": ""},
    )
    letter = queries.compiled(version.pk)
    assert "A друг B сосед C" in letter.fill({}).text
    assert "A Анна B Анна C" in letter.fill({"first_name": "Анна"}).text


def test_a_macro_without_a_chosen_fallback_takes_the_proposed_one(the_company: None) -> None:
    assert (
        save("Hi {{ first_name }}").fallbacks == {"first_name": "friend"}
        or save("Hi {{ first_name }}").fallbacks["first_name"]
    )


def test_values_cannot_bring_markup(the_company: None) -> None:
    version = save("Hi {{ first_name }} {% if last_name %}{{ last_name }}{% endif %}")
    filled = queries.compiled(version.pk).fill({"first_name": "<b>x</b>", "last_name": "<i>"})
    assert "&lt;b&gt;x&lt;/b&gt;" in filled.html
    assert "&lt;i&gt;" in filled.html


def test_equal_content_makes_no_new_version(the_company: None) -> None:
    first = save("Hi")
    assert save("Hi", template_id=first.template_id).pk == first.pk
    assert save("Hello", template_id=first.template_id).number == 2


def test_preview_reads_as_the_customer_does(anna: Profile, marina: Employee) -> None:
    version = actions.save_starter(name="Starter", by=actor(marina), at=NOON)
    written = queries.preview(version, profile_id=anna.pk, by=actor(marina))
    assert "Анна" in written.subject
    assert "Анна" in written.html
    assert "{{" not in written.html


def test_the_starter_letter_can_be_saved_in_both_languages(the_company: None) -> None:
    from django.utils import translation

    for language in ("ru", "en"):
        with translation.override(language):
            for ready in Ready:
                version = actions.save_starter(name=f"{language} {ready}", by=SYSTEM, at=NOON, ready=ready)
                assert version.blocks == starter.blocks(ready)


def test_the_starter_letter_promises_no_code_where_there_is_no_coupon(the_company: None) -> None:
    version = actions.save_starter(name="News", by=SYSTEM, at=NOON, ready=Ready.NEWS)
    assert "coupon" not in version.subject + version.html
    assert "{{ coupon_code }}" not in version.html


def test_the_letter_of_given_points_says_how_many_and_until_when(
    client: Client, anna: Profile, marina: Employee
) -> None:
    """A page of its own begins with it; as Anna reads it nothing is left to be filled in."""
    login(client, marina)
    begun = client.get("/templates/new/?ready=points").context["form"].initial
    with translation.override(marina.language):
        assert begun["heading"] == starter.blocks(Ready.POINTS)["heading"] and not begun["coupon"]
    version = actions.save_starter(name="Points", by=SYSTEM, at=NOON, ready=Ready.POINTS)
    assert {"points_count", "points_until"} <= set(version.macros)
    written = queries.preview(version, profile_id=anna.pk, by=actor(marina))
    assert "500" in written.subject and "31.12.2026" in written.html and "{{" not in written.html


def test_marina_writes_a_template_on_a_page(client: Client, marina: Employee) -> None:
    login(client, marina)
    page = client.get("/templates/new/")
    assert page.status_code == 200
    fields = page.context["form"].initial | {"name": "Meat days"}
    answer = client.post("/templates/new/", fields)
    assert answer.status_code == 302, answer.context["form"].errors
    assert client.get(answer["Location"]).status_code == 200
    assert Template.objects.get().name == "Meat days"


def test_the_page_says_which_macro_is_unknown(client: Client, marina: Employee) -> None:
    login(client, marina)
    fields = client.get("/templates/new/").context["form"].initial | {
        "name": "T",
        "body": "Hi {{ nickname }}",
    }
    answer = client.post("/templates/new/", fields)
    assert answer.status_code == 422
    assert "nickname" in answer.content.decode()
    assert "Hi {{ nickname }}" in answer.content.decode()


def test_a_draft_is_shown_unsaved_in_a_sealed_frame(client: Client, marina: Employee, anna: Profile) -> None:
    login(client, marina)
    fields = client.get("/templates/new/").context["form"].initial | {"body": "Only a draft"}
    answer = client.post("/templates/draft/?mode=simple", fields)
    assert "iframe" in answer.content.decode(), answer.content.decode()
    frame = client.get(f"/templates/draft/letter/?customer={anna.public_id}")
    assert "Only a draft" in frame.content.decode()
    assert frame["Content-Security-Policy"].startswith("sandbox")
    assert not Template.objects.exists()


def test_strangers_stay_out(client: Client, max_stranger: Employee, the_company: None) -> None:
    login(client, max_stranger)
    assert client.get("/templates/").status_code == 403
    with pytest.raises(Refused):
        actions.save_starter(name="x", by=actor(max_stranger), at=NOON)


def test_an_endless_loop_is_told_on_the_page(client: Client, marina: Employee) -> None:
    login(client, marina)
    loop = "{% for i in (1..1000000000) %}x{% endfor %}" + OUT
    fields = {"name": "T", "subject": "S", "mjml": mjml(loop)}
    answer = client.post("/templates/new/?mode=mjml", fields)
    assert answer.status_code == 422
    assert "never ends" in answer.content.decode()
    assert not Template.objects.exists()


def test_a_customer_without_a_name_is_called_as_the_author_chose(
    client: Client, marina: Employee, anna: Profile, shop_on_lenina: Shop
) -> None:
    nameless = customers.register(
        NewCustomer(external_id="nobody", email="nobody@town.test", shop_id=shop_on_lenina.pk),
        by=SYSTEM,
        at=NOON,
    )
    login(client, marina)
    shown = client.get("/templates/new/").context["form"].initial
    fields = shown | {"name": "T", "body": "Dear {{ first_name }}!", "fallback_first_name": "сосед"}
    saved = client.post("/templates/new/", fields)
    assert saved.status_code == 302, saved.context["form"].errors
    version = TemplateVersion.objects.get()
    for reader, called in ((nameless, "Dear сосед!"), (anna, "Dear Анна!")):
        letter = client.get(f"/templates/versions/{version.public_id}/letter/?customer={reader.public_id}")
        assert called in letter.content.decode()


def test_the_button_of_a_new_letter_leads_to_the_shops_own_site(the_company: None) -> None:
    assert actions.save_starter(name="Starter", by=SYSTEM, at=NOON).links == ["https://lavka.test/"]


def test_without_a_site_a_new_letter_has_no_button_until_its_address_is_given(
    client: Client, marina: Employee
) -> None:
    company.name_company(name="Lavka", currency="RUB", timezone="Europe/Moscow", language="en", by=SYSTEM)
    assert actions.save_starter(name="Starter", by=SYSTEM, at=NOON).links == []
    login(client, marina)
    fields = client.get("/templates/new/").context["form"].initial | {"name": "T", "button": "Come in"}
    answer = client.post("/templates/new/", fields)
    assert answer.status_code == 422
    assert "where the button leads" in answer.content.decode()
    assert client.post("/templates/new/", fields | {"button_url": "lavka.test/new"}).status_code == 302
    assert TemplateVersion.objects.order_by("-id")[0].links == ["https://lavka.test/new"]


def test_a_letter_shows_own_fields_and_falls_back_as_its_author_chose(anna: Profile) -> None:
    boris = customers.register(NewCustomer(first_name="Борис", email="b@example.org"), by=SYSTEM, at=NOON)
    for code, kind in (("size", "choice"), ("city", "text")):
        options = ["38 = тридцать восьмой"] if kind == "choice" else []
        customers.add_own_field(name=code, code=code, kind=kind, options=options, by=SYSTEM)
    customers.change_own(profile_id=anna.pk, values={"size": "38", "city": "Тверь"}, by=SYSTEM, at=NOON)
    customers.add_own_field(name="Доход", code="income", kind="money", guard="see", by=SYSTEM)
    letter = (
        "Размер {{ customer.own.size }}{% if customer.own.city == 'Тверь' %}, из Твери{% endif %}"
        "{{ customer.own.city | default: ', откуда?' }}"
    )
    version = save(letter, fallbacks={"customer.own.size": "любой"})
    shown = {one.pk: queries.preview(version, profile_id=one.pk, by=SYSTEM).html for one in (anna, boris)}
    assert "Размер тридцать восьмой, из ТвериТверь" in shown[anna.pk]
    assert "Размер любой, откуда?" in shown[boris.pk]
    with pytest.raises(UnknownMacro):
        save("{{ customer.own.income }}")
