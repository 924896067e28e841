"""Whether a customer may be written to, where, and why not."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prilavok.customers import rules
from prilavok.customers.models import Channel, Consent, ContactKind
from prilavok.kernel.actors import Actor

CONTACT_OF_CHANNEL = {Channel.EMAIL: ContactKind.EMAIL, Channel.SMS: ContactKind.PHONE}

_REASONS: dict[str, str | Promise] = {
    "no_address": _("No address"),
    "no_consent": _("No consent"),
    "withdrawn": _("Consent withdrawn"),
    "failed_address": _("The address does not work"),
    "suppressed": _("On the stop list"),
    "erased": _("Erased at their request"),
    "blocked": _("Blocked"),
    "duplicate_address": _("The same address as another customer"),
    "topic_refused": _("The topic is refused"),
}

PERSON = """
    FROM customers_profile p
    LEFT JOIN customers_kin k ON k.profile_id = p.id
    JOIN customers_profile h ON h.id = COALESCE(k.head_id, p.id)
    CROSS JOIN LATERAL (
        SELECT CASE WHEN k.head_id IS NULL THEN ARRAY[p.id]
            ELSE (SELECT array_agg(m.profile_id) FROM customers_kin m WHERE m.head_id = k.head_id) END AS kin
    ) family
"""  # a profile p, the profile h that stands for its person, and all profiles of this person
_BEST_ADDRESS = """
    LEFT JOIN LATERAL (
        SELECT value, failed_at FROM customers_contact c
        WHERE c.profile_id = ANY(family.kin) AND c.kind = %s
        ORDER BY c.failed_at IS NOT NULL, c.preferred DESC, c.verified_at IS NULL, c.profile_id <> h.id, c.id LIMIT 1
    ) address ON true
"""

_STOPPED = """EXISTS (
        SELECT FROM customers_contact c JOIN customers_suppression s ON s.kind = c.kind AND s.value = c.value
        WHERE c.profile_id = ANY(family.kin) AND c.kind = %s
    )"""  # any of the person's addresses of a kind stands on the stop list
_REFUSED = """COALESCE((
        SELECT NOT c.wanted FROM customers_topicchoice c WHERE c.profile_id = ANY(family.kin) AND c.topic_id = %s
        ORDER BY c.at DESC, c.id DESC LIMIT 1
    ), false)"""  # the person said last that they do not want the topic


def reach_reason(code: str) -> str | Promise:
    """The words of a reason that why_unreachable gives."""
    return _REASONS.get(code, code)


def why_unreachable(
    profile_ids: Iterable[int],
    channel: str,
    purpose: str = "marketing",
    brand_id: int | None = None,
    topic_id: int | None = None,
    taken: set[str] | None = None,
) -> dict[int, str | None]:
    """For each profile the reason why its person may not be written to, or None when they may.

    Where several of the profiles share one address, the oldest of those that are reachable keeps it. Who asks in pieces
    gives the same set to each: `taken` is what those before keep, and grows.
    Who has any address of the channel on the stop list is not written to at another one either.
    A consent of a brand counts for this brand only; one without a brand for all. Who refused the topic, if one is
    named, is left alone.
    """
    ids = list(profile_ids)
    sql = (
        "SELECT p.id, h.status, address.value, address.failed_at IS NOT NULL, consent.given, "
        + f"{_STOPPED}, {_REFUSED if topic_id else 'false'}"
        + PERSON
        + _BEST_ADDRESS
        + """
        LEFT JOIN LATERAL (
            SELECT given FROM customers_consent c
            WHERE c.profile_id = ANY(family.kin) AND c.purpose = %s AND c.channel = %s
              AND (c.brand_id IS NULL OR c.brand_id = %s)
            ORDER BY c.at DESC, c.id DESC LIMIT 1
        ) consent ON true
        WHERE p.id = ANY(%s) ORDER BY p.id
    """
    )
    reasons: dict[int, str | None] = dict.fromkeys(ids, "no_address")
    taken = set() if taken is None else taken
    with connection.cursor() as cursor:
        kind = _contact_kind(channel)
        about = [topic_id] if topic_id else []
        cursor.execute(sql, [kind, *about, kind, purpose, channel, brand_id, ids])
        for profile_id, status, address, failed, consent, stopped, refused in cursor.fetchall():
            reason = rules.why_unreachable(status, address is not None, failed, consent, stopped, refused)
            if reason is None and address in taken:
                reason = "duplicate_address"
            if reason is None:
                taken.add(address)
            reasons[profile_id] = reason
    return reasons


def addresses(profile_ids: Iterable[int], channel: str) -> dict[int, str]:
    """The working address of the person behind each profile: the preferred, else a verified, else the oldest."""
    sql = (
        "SELECT p.id, address.value"
        + PERSON
        + _BEST_ADDRESS
        + " WHERE p.id = ANY(%s) AND address.value IS NOT NULL AND address.failed_at IS NULL"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [_contact_kind(channel), list(profile_ids)])
        return dict(cursor.fetchall())


def _contact_kind(channel: str) -> str:
    return CONTACT_OF_CHANNEL[Channel(channel)].value


@dataclass(frozen=True, slots=True)
class ConsentState:
    """What holds now for one purpose and channel (and brand), and since when."""

    purpose: str
    channel: str
    brand_id: int | None
    given: bool
    at: datetime
    source: str


def consents_of(profile_ids: Collection[int], by: Actor) -> dict[int, list[ConsentState]]:
    """The consents of the person behind each profile that hold now, one per purpose, channel and brand."""
    by.must("customers.see")
    sql = (
        "SELECT DISTINCT ON (p.id, c.purpose, c.channel, c.brand_id)"
        " p.id, c.purpose, c.channel, c.brand_id, c.given, c.at, c.source"
        + PERSON
        + """
        JOIN customers_consent c ON c.profile_id = ANY(family.kin)
        WHERE p.id = ANY(%s) ORDER BY p.id, c.purpose, c.channel, c.brand_id, c.at DESC, c.id DESC
        """
    )
    found: dict[int, list[ConsentState]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(profile_ids)])
        for profile_id, *state in cursor.fetchall():
            found[profile_id].append(ConsentState(*state))
    return found


def consent_history(profile_ids: Collection[int], by: Actor) -> list[Consent]:
    """Every line of the ledger, the latest first."""
    by.must("customers.see")
    return list(
        Consent.objects.filter(profile__in=profile_ids)
        .select_related("brand", "document")
        .order_by("-at", "-id")[:200]
    )


def reach(profile_ids: Iterable[int], channel: str) -> Counter[str]:
    """How many profiles are reachable and how many are not, by reason ("" for the reachable)."""
    return Counter(reason or "" for reason in why_unreachable(profile_ids, channel).values())
