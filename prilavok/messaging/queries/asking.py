"""Mailings and links as conditions name them."""

from collections.abc import Collection

from django.db.models import QuerySet

from prilavok.messaging.models import Mailing, TemplateVersion
from prilavok.messaging.queries.messages import owners_named

LATEST = 200  # mailings among which one is looked for by name
OFFERED = 20


def mailing_names(ids: Collection[int]) -> dict[int, str]:
    """What mailings are called: by their owner's name, else by their template's."""
    return _named(list(_mailings().filter(pk__in=ids)))


def search_mailings(text: str) -> dict[int, str]:
    """The latest mailings whose name contains these letters, newest first."""
    key = text.strip().lower()
    named = _named(list(_mailings().order_by("-id")[:LATEST]))
    return {pk: name for pk, name in named.items() if key in name.lower()}


def search_links(text: str) -> list[str]:
    """Targets of links in the letters of the latest mailings that contain these letters."""
    key = text.strip().lower()
    links = _mailings().order_by("-id").values_list("template_version__links", flat=True)[:LATEST]
    found = dict.fromkeys(target for targets in links for target in targets if key in target.lower())
    return list(found)[:OFFERED]


def mailing_links(targets: Collection[str]) -> list[str]:
    """Where these targets stand, as `mailing.number of the link`."""
    wanted = set(targets)
    versions = {
        pk: [number for number, target in enumerate(links) if target in wanted]
        for pk, links in TemplateVersion.objects.exclude(links=[]).values_list("pk", "links")
    }
    known = {pk: numbers for pk, numbers in versions.items() if numbers}
    mailings = Mailing.objects.filter(template_version__in=known).values_list("pk", "template_version")
    return [
        f"{mailing}.{number}" for mailing, version in mailings.order_by("pk") for number in known[version]
    ]


def _mailings() -> QuerySet[Mailing]:
    return Mailing.objects.select_related("template_version__template")


def _named(mailings: list[Mailing]) -> dict[int, str]:
    owners = owners_named([one.owner for one in mailings])
    return {
        one.pk: owners[one.owner][0] if one.owner in owners else one.template_version.template.name
        for one in mailings
    }
