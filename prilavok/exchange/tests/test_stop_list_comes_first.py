"""The stop list of another system comes as a file, rows of people who are not customers too."""

from collections.abc import Callable

from prilavok.customers.models import Suppression
from prilavok.exchange.models import Import
from prilavok.exchange.tests.conftest import Bring


def test_phones_and_mails_with_reasons_and_rejects(
    the_company: None, bring: Bring, rejects: Callable[[Import], list[list[str]]]
) -> None:
    text = (
        "Адрес;Причина;Дата отписки\n"
        "anna@example.org;Отписался;01.02.2025\n"
        "8 916 123-45-67;жалоба;\n"
        "не адрес;;\n"
        ";жалоба;\n"
        "boris@example.org;умер;\n"
    )
    one = bring("suppressions", text)

    assert (one.loaded, one.rejected) == (3, 2)
    assert [row[0] for row in rejects(one)] == ["не адрес", ""]
    stood = {row.value: (row.reason, row.note) for row in Suppression.objects.all()}
    assert stood == {
        "anna@example.org": ("unsubscribed", ""),
        "+79161234567": ("complaint", ""),
        "boris@example.org": ("other", "умер"),
    }
    assert Suppression.objects.get(value="anna@example.org").at.year == 2025
    assert bring("suppressions", text).unchanged == 3


def test_one_row_may_name_both(the_company: None, bring: Bring) -> None:
    bring("suppressions", "Почта;Телефон\nanna@example.org;+79161234567\n")

    assert set(Suppression.objects.values_list("kind", flat=True)) == {"email", "phone"}
