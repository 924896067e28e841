"""The stop list as it may be seen: searched by address, masked for who may not see contacts."""

from collections import defaultdict
from collections.abc import Collection, Iterator

from django.db import connection
from django.db.models import Q, QuerySet

from prilavok.customers import rules
from prilavok.customers.models import ContactKind, Suppression
from prilavok.customers.queries.people import phone_region
from prilavok.kernel import paging
from prilavok.kernel.actors import Actor

ORDER = ("-at", "-id")


def suppressions(by: Actor, text: str = "", kind: str = "", reason: str = "") -> QuerySet[Suppression]:
    """The stop list; page it by ORDER. Only a whole address is searched for by who may not see contacts."""
    by.must("customers.suppress")
    found = Suppression.objects.all()
    if kind:
        found = found.filter(kind=kind)
    if reason:
        found = found.filter(reason=reason)
    return found.filter(_matching(text.strip(), by)) if text.strip() else found


def _matching(text: str, by: Actor) -> Q:
    try:
        if "@" in text:
            whole = Q(kind=ContactKind.EMAIL, value=rules.normal_email(text))
        else:
            whole = Q(kind=ContactKind.PHONE, value=rules.normal_phone(text, phone_region()))
    except rules.BadValue:
        whole = Q(pk=None)
    if not by.may("customers.see_contacts"):
        return whole
    return whole | Q(value__icontains=text.lower()) | Q(note__icontains=text)


def suppressed_shown(one: Suppression, by: Actor) -> str:
    """The address as `by` may see it; nothing where its owner was erased."""
    if not one.value:
        return ""
    if not by.may("customers.see_contacts"):
        return rules.masked(one.kind, one.value)
    return rules.shown_phone(one.value) if one.kind == ContactKind.PHONE else one.value


def every_suppression(found: QuerySet[Suppression]) -> Iterator[Suppression]:
    """All rows, page by page: no long transaction, no large memory."""
    after = None
    while True:
        page = paging.keyset(found, order=ORDER, after=after, size=1_000)
        yield from page.items
        after = page.next
        if after is None:
            return


_STOPPED = """
    SELECT DISTINCT p.id, c.kind FROM customers_profile p
    LEFT JOIN customers_kin k ON k.profile_id = p.id
    LEFT JOIN customers_kin m ON m.head_id = k.head_id
    JOIN customers_contact c ON c.profile_id = COALESCE(m.profile_id, p.id)
    JOIN customers_suppression s ON s.kind = c.kind AND s.value = c.value
    WHERE p.id = ANY(%s)"""


def stopped_kinds(profile_ids: Collection[int]) -> dict[int, set[str]]:
    """Kinds of contacts by which nothing may be sent to the person behind each profile; who has none is missing."""
    found: dict[int, set[str]] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(_STOPPED, [list(profile_ids)])
        for profile, kind in cursor.fetchall():
            found[profile].add(kind)
    return found
