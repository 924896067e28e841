"""A picture carries its table."""

import json

from django.utils.translation import override

from prilavok.ui import charts
from prilavok.ui.templatetags.ui import chart, chart_json, money, money_whole, signed_money


def test_the_table_tells_what_the_picture_shows() -> None:
    spec = charts.line(
        "Up", ["Mon", "Tue"], charts.Series("Revenue", [1.0, 2.0], [0.5, 1.5], [1.5, 2.5]), unit="receipts"
    )
    page = chart(spec)
    assert '<th scope="row">Mon</th>' in page
    assert "2" in page and "Revenue" in page


def test_a_cell_of_a_heat_map_opens_its_list() -> None:
    spec = charts.heat("RFM", ["1", "2"], ["a", "b"], [[1, 2], [3, 4]], links=["/1", "/2", "/3", "/4"])
    assert [cell[3] for _, cells in spec.table() for cell in cells] == ["/1", "/2", "/3", "/4"]


def test_data_cannot_close_its_script() -> None:
    spec = charts.bars("</script><b>", ["x"], charts.Series("s", [1]))
    assert "</script>" not in chart_json(spec)
    assert json.loads(chart_json(spec))["title"] == "</script><b>"


def test_money_is_written_with_its_sign_and_no_break_spaces() -> None:
    with override("ru"):
        assert money(-1234.5, "RUB") == "−1\xa0234,50\xa0₽"
        assert money_whole(1234567.89, "RUB") == "1\xa0234\xa0568\xa0₽"
        assert signed_money(412000, "RUB") == "+412\xa0000\xa0₽"
    with override("en"):
        assert money(1234.5, "USD") == "$1,234.50"
