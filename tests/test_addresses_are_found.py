"""An address leads where Django alone would lead it, and nowhere where Django finds nothing."""

import re
from collections.abc import Iterator

import pytest
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, path, resolve

from prilavok.config import addresses
from tests.test_every_door import NOTHING


def _addresses(resolver: URLResolver, prefix: str = "/") -> Iterator[str]:
    for one in resolver.url_patterns:
        address = prefix + str(one.pattern)
        if isinstance(one, URLPattern):
            yield re.sub(r"<(?:(\w+):)?\w+>", lambda found: NOTHING.get(found[1], NOTHING["uuid"]), address)
        else:
            yield from _addresses(one, address)


def _led(resolver: URLResolver, address: str) -> tuple[object, ...] | None:
    try:
        found = resolver.resolve(address)
    except Resolver404:
        return None
    return (
        found.func,
        found.args,
        found.kwargs,
        found.view_name,
        found.route,
        found.namespaces,
        found.app_names,
    )


def test_every_address_leads_where_django_leads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    known = [*_addresses(get_resolver())]
    asked = [*known, *(one + "x" for one in known), *(one.rstrip("/") for one in known), "/nowhere/at/all/"]
    led = {one: _led(get_resolver(), one) for one in asked}
    monkeypatch.setattr(addresses.Directory, "resolve", URLResolver.resolve)
    assert led == {one: _led(get_resolver(), one) for one in asked}
    assert all(led[one] for one in known) and not led["/nowhere/at/all/"]


def test_of_two_that_fit_the_first_is_taken_as_in_django() -> None:
    def one() -> None: ...
    def other() -> None: ...

    resolver = addresses.listed([path("cards/<slug:code>/", one), path("cards/new/", other)])[0]  # type: ignore[arg-type]
    assert resolver.resolve("cards/new/").func is one
    with pytest.raises(Resolver404) as told:
        resolver.resolve("cards/")
    assert len(told.value.args[0]["tried"]) == 2


def test_words_that_stand_in_no_address_are_one_to_it() -> None:
    [directory] = get_resolver().url_patterns
    assert isinstance(directory, addresses.Directory)
    resolve(f"/segments/{NOTHING['uuid']}/")
    before = len(directory._narrowed)
    for number in range(50):
        with pytest.raises(Resolver404):
            resolve(f"/nowhere-{number}/{number}/")
        resolve(f"/segments/{NOTHING['uuid'][:-2]}{number:02}/")
    assert len(directory._narrowed) <= before + 1
