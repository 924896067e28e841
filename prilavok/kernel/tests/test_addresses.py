"""Where a form may lead afterwards."""

import pytest
from django.test import RequestFactory

from prilavok.kernel.web import own_address


@pytest.mark.parametrize("target", ["/customers/?q=a", "http://testserver/segments/"])
def test_a_form_leads_back_to_a_page_of_this_site(target: str) -> None:
    assert own_address(RequestFactory().get("/"), target, "/home/") == target


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "", None]
)
def test_a_form_leads_to_nobody_elses_site(target: str | None) -> None:
    assert own_address(RequestFactory().get("/"), target, "/home/") == "/home/"
