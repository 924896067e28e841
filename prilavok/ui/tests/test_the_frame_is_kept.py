"""Parts of the frame are drawn once for the same values; whoever would see something else gets another drawing."""

import re

from django.template import Context, Engine
from django.test import Client
from django.utils import translation

from prilavok.company import actions
from prilavok.company.models import Employee
from prilavok.ui.templatetags.kept import MARK
from tests.cast import NOON, actor, login

PAGE = "/settings/me/"
PRESSED_RU = 'lang="ru" aria-pressed="true"'


def shown(client: Client, page: str = PAGE) -> str:
    return client.get(page).content.decode()


def tokens(page: str) -> set[str]:
    return set(re.findall(r'name="csrfmiddlewaretoken" value="(\w{64})"', page))


def test_everybody_reads_their_own_name_language_and_colours(ada: Employee, olga: Employee) -> None:
    adas, olgas = login(Client(), ada), login(Client(), olga)
    assert 'class="who-name">Ada<' in shown(adas)
    assert 'class="who-name">Olga<' in shown(olgas)
    adas.post("/ui/appearance/", {"language": "ru", "theme": "dark"})
    assert 'value="dark" aria-pressed="true"' in shown(adas) and PRESSED_RU in shown(adas)
    assert 'value="auto" aria-pressed="true"' in shown(olgas) and PRESSED_RU not in shown(olgas)


def test_a_name_that_was_corrected_stands_there_at_once(ada: Employee, client: Client) -> None:
    login(client, ada)
    shown(client)
    Employee.objects.filter(pk=ada.pk).update(name="<Ada> & Co")
    assert 'class="who-name">&lt;Ada&gt; &amp; Co<' in shown(client)


def test_the_menu_loses_what_a_right_opened_at_once(ada: Employee, olga: Employee, client: Client) -> None:
    login(client, ada)
    assert 'href="/settings/roles/"' in shown(client, "/settings/shops/")
    actions.give_role(employee_id=ada.pk, role="analyst", by=actor(olga), at=NOON)
    actions.take_role(employee_id=ada.pk, role="administrator", by=actor(olga), at=NOON)
    assert 'href="/settings/roles/"' not in shown(client, "/settings/shops/")


def test_the_menu_marks_the_page_that_is_open(olga: Employee, client: Client) -> None:
    login(client, olga)
    for page in ("/settings/shops/", "/settings/employees/"):
        assert re.findall(r'<a href="([^"]+)" aria-current="page"', shown(client, page))[-1] == page


def test_tokens_nonces_and_addresses_are_of_this_very_request(ada: Employee, client: Client) -> None:
    login(client, ada)
    first, second = shown(client), shown(client, PAGE + "?a=1&b=<2>")
    assert tokens(first) and tokens(second) and not tokens(first) & tokens(second)
    assert 'name="next" value="/settings/me/?a=1&amp;b=%3C2%3E"' in second
    nonces = [re.findall(r'nonce="([^"]+)"', page) for page in (first, second)]
    assert all(nonces) and not set(nonces[0]) & set(nonces[1])
    assert MARK not in first + second


def test_the_template_sees_only_what_its_drawing_is_kept_by() -> None:
    engine = Engine(
        libraries={"kept": "prilavok.ui.templatetags.kept", "i18n": "django.templatetags.i18n"},
        loaders=[
            (
                "django.template.loaders.locmem.Loader",
                {
                    "part": '{% load i18n %}{{ known }}|{{ other }}|{% translate "Log out" %}|{{ now }}',
                    "page": '{% load kept %}{% kept "part" known=known fresh now=now %}',
                },
            )
        ],
    )
    page = engine.get_template("page")

    def drawn(language: str, **told: object) -> str:
        with translation.override(language):
            return page.render(Context(told))

    assert drawn("en", known="<1>", other=2, now="<") == "&lt;1&gt;||Log out|&lt;"
    assert drawn("en", known="<1>", other=3, now=f"{MARK}now{MARK}") == f"&lt;1&gt;||Log out|{MARK}now{MARK}"
    assert drawn("en", known="2", other=3, now="") == "2||Log out|"
