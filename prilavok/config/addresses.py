"""Finding the page of an address by its first words.

Django tries every address in turn: of the hundreds that an installation has, a request passes by most, and that takes
longer than asking who is logged in. Here only those are tried that begin with the same words.
"""

from collections.abc import Sequence
from functools import cached_property

from django.urls import URLPattern, URLResolver
from django.urls.exceptions import Resolver404
from django.urls.resolvers import ResolverMatch, RoutePattern

WORDS = 2  # of an address, by which it is looked for
Words = tuple[str | None, ...]


class Directory(URLResolver):
    """Resolves as Django does, and what it does not find it leaves to Django, which tells what was tried."""

    def resolve(self, path: str) -> ResolverMatch:
        if match := self.pattern.match(str(path)):
            try:
                return self._beginning_with(self._words(match[0])).resolve(path)
            except Resolver404:
                pass
        return super().resolve(path)

    def _words(self, path: str) -> Words:
        """The first words; None for one that stands in no address, such as a number, so that there are few of them."""
        first = zip(path.split("/", WORDS)[:WORDS], self._known, strict=False)
        return tuple(word if word in known else None for word, known in first)

    def _beginning_with(self, words: Words) -> URLResolver:
        found = self._narrowed.get(words)
        if found is None:
            found = self._narrowed[words] = _narrowed(self, words)
        return found

    @cached_property
    def _narrowed(self) -> dict[Words, URLResolver]:
        return {}

    @cached_property
    def _known(self) -> list[set[str]]:
        """The words that stand first, second… in any address."""
        known: list[set[str]] = [set() for _ in range(WORDS)]
        for one in _flat(self):
            for place, word in zip(known, _certain(one), strict=False):
                place.add(word)
        return known


def listed(patterns: Sequence[URLPattern | URLResolver]) -> list[URLResolver]:
    """These addresses, to be found by their words."""
    return [Directory(RoutePattern(""), list(patterns))]


def _flat(resolver: URLResolver) -> list[URLPattern | URLResolver]:
    """Its addresses, with those of what stands in it without words of its own."""
    return [
        one
        for pattern in resolver.url_patterns
        for one in (_flat(pattern) if _is_wordless(pattern) else [pattern])  # type: ignore[arg-type]
    ]


def _is_wordless(pattern: URLPattern | URLResolver) -> bool:
    return isinstance(pattern, URLResolver) and str(pattern.pattern) == ""


def _certain(pattern: URLPattern | URLResolver) -> list[str]:
    """The words that every address of the pattern begins with, as far as they are known for certain.

    >>> from django.urls import path
    >>> [_certain(path(one, print)) for one in ("alive/", "cards/<int:pk>/edit/", "<slug:name>/")]
    [['alive', ''], ['cards'], []]
    """
    if not isinstance(pattern.pattern, RoutePattern):
        return []
    words = str(pattern.pattern).split("/")
    if isinstance(pattern, URLResolver):
        words.pop()  # goes on with what stands in it
    varies = next((place for place, word in enumerate(words) if "<" in word), len(words))
    return words[:varies]


def _narrowed(resolver: URLResolver, words: Words) -> URLResolver:
    """The same with those addresses only that may begin with these words."""
    kept: list[URLPattern | URLResolver] = []
    for pattern in resolver.url_patterns:
        if _is_wordless(pattern):
            kept.append(_narrowed(pattern, words))  # type: ignore[arg-type]
        elif all(mine == asked for mine, asked in zip(_certain(pattern), words, strict=False)):
            kept.append(_like(Directory, pattern) if isinstance(pattern, URLResolver) else pattern)
    return _like(URLResolver, resolver, [one for one in kept if not _is_empty(one)])


def _is_empty(pattern: URLPattern | URLResolver) -> bool:
    return isinstance(pattern, URLResolver) and not pattern.url_patterns


def _like(
    kind: type[URLResolver], one: URLResolver, patterns: list[URLPattern | URLResolver] | None = None
) -> URLResolver:
    """A resolver of this kind in the place of another, with these patterns or all of its own."""
    inside = one.url_patterns if patterns is None else patterns
    return kind(one.pattern, inside, one.default_kwargs, one.app_name, one.namespace)
