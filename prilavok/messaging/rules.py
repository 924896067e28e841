"""What may become of a message, and what an open or a refusal means. Pure: no database, no clock, no Django.

    planned ──▶ in_flight ──▶ delivered        accepted by the recipient's server
       │            │   ├──▶ refused           for ever, with the reason
       │            │   ├──▶ planned           refused for now, or lost before acceptance was possible: again later
       │            │   └──▶ unknown           the connection or the sender was lost when the letter had left
       └──▶ suppressed                         no consent, no address, cancelled: one reason

«In flight» is written down before the first byte leaves. Whoever is in flight when a sender dies may or may not
have the letter: under «never twice» the message stays unknown, under «never lose» it is planned again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

PLANNED, IN_FLIGHT, DELIVERED, REFUSED, UNKNOWN, SUPPRESSED = (
    "planned",
    "in_flight",
    "delivered",
    "refused",
    "unknown",
    "suppressed",
)
STATES = (PLANNED, IN_FLIGHT, DELIVERED, REFUSED, UNKNOWN, SUPPRESSED)
NEVER_TWICE, NEVER_LOSE = "never_twice", "never_lose"

TRANSITIONS: Mapping[str, frozenset[str]] = {
    PLANNED: frozenset({IN_FLIGHT, SUPPRESSED}),
    IN_FLIGHT: frozenset({DELIVERED, REFUSED, UNKNOWN, PLANNED}),
    UNKNOWN: frozenset({DELIVERED, REFUSED, PLANNED}),  # the sender was alive after all and knows the answer
    DELIVERED: frozenset(),
    REFUSED: frozenset(),
    SUPPRESSED: frozenset(),
}

# ── What the other side said ─────────────────────────────────────────────────────────────────────────────

ACCEPTED, REJECTED, TEMPORARY, LOST_BEFORE, LOST_AFTER, UNTRIED = (
    "accepted",
    "rejected",
    "temporary",
    "lost_before",
    "lost_after",
    "untried",  # the connection was lost over an earlier letter of the window
)
MAX_ATTEMPTS = 6


@dataclass(frozen=True, slots=True)
class Outcome:
    """How handing over one letter ended: `kind`, the server's code (0 without an answer) and its words."""

    kind: str
    code: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The message's next state with the reason; `wait` is set when it is planned again.

    `counts` is False for an attempt that was none.
    """

    state: str
    reason: str = ""
    wait: timedelta | None = None
    counts: bool = True


def verdict(outcome: Outcome, *, policy: str, attempts: int) -> Verdict:
    """What an outcome makes of a message in flight. `attempts` counts this one.

    >>> verdict(Outcome(ACCEPTED, 250), policy=NEVER_TWICE, attempts=1).state
    'delivered'
    >>> verdict(Outcome(LOST_AFTER), policy=NEVER_TWICE, attempts=1)
    Verdict(state='unknown', reason='lost_connection', wait=None, counts=True)
    >>> verdict(Outcome(LOST_AFTER), policy=NEVER_LOSE, attempts=1).state
    'planned'
    >>> verdict(Outcome(TEMPORARY, 451, "4.7.1 later"), policy=NEVER_TWICE, attempts=MAX_ATTEMPTS)
    Verdict(state='refused', reason='451 4.7.1 later', wait=None, counts=True)
    """
    if outcome.kind == ACCEPTED:
        return Verdict(DELIVERED)
    if outcome.kind == UNTRIED:
        return Verdict(PLANNED, "", timedelta(), counts=False)
    reason = f"{outcome.code} {outcome.text}".strip()[:300] if outcome.code else "lost_connection"
    if outcome.kind == REJECTED:
        return Verdict(REFUSED, reason)
    if outcome.kind == LOST_AFTER and policy == NEVER_TWICE:
        return Verdict(UNKNOWN, reason)
    if attempts >= MAX_ATTEMPTS:
        return Verdict(UNKNOWN if outcome.kind == LOST_AFTER else REFUSED, reason)
    return Verdict(PLANNED, reason, back_off(attempts))


def after_death(policy: str) -> Verdict:
    """What becomes of a message that was in flight when its sender died.

    >>> after_death(NEVER_TWICE)
    Verdict(state='unknown', reason='sender_died', wait=None, counts=True)
    """
    if policy == NEVER_LOSE:
        return Verdict(PLANNED, "sender_died", timedelta())
    return Verdict(UNKNOWN, "sender_died")


def back_off(attempts: int, *, first: timedelta = timedelta(seconds=15)) -> timedelta:
    """How long to wait before trying again: four times longer after each attempt, an hour at most.

    >>> [int(back_off(n).total_seconds()) for n in (1, 2, 3, 4, 9)]
    [15, 60, 240, 960, 3600]
    """
    return min(first * int(4 ** (attempts - 1)), timedelta(hours=1))


def address_is_dead(code: int, text: str) -> bool:
    """Whether a refusal speaks of the mailbox itself, so that nobody should write there again.

    >>> address_is_dead(550, "5.1.1 No such user")
    True
    >>> address_is_dead(550, "5.7.1 Rejected as spam")
    False
    """
    if code not in (550, 551, 553):
        return False
    words = text.split()
    status = words[0] if words and words[0].count(".") == 2 else ""
    return status.startswith(("5.1.", "5.2.1")) or not status


# ── Who opened it ────────────────────────────────────────────────────────────────────────────────────────

_MACHINES = (
    "bot", "crawl", "spider", "scan", "preview", "prefetch", "monitor", "barracuda", "mimecast", "proofpoint",
    "safelinks", "symantec", "trendmicro", "forcepoint", "fireeye", "ironport", "kaspersky", "drweb", "curl/",
    "wget/", "python-", "go-http-client", "java/", "okhttp", "apache-httpclient", "headless", "phantomjs", "axios/",
)  # fmt: skip
_PREFETCH = timedelta(seconds=2)
BURST = timedelta(seconds=2)


def machine_reason(
    *,
    method: str,
    user_agent: str,
    purpose: str = "",
    since_delivery: timedelta | None = None,
    since_other_link: timedelta | None = None,
) -> str:
    """Why this open or click is not a person's; empty when nothing speaks against a person.

    `purpose` is the browser's own word for a prefetch; `since_other_link` is the time since another link of the
    same letter was followed: nobody reads two pages in two seconds.

    >>> machine_reason(method="GET", user_agent="Mozilla/5.0 (compatible; SomeScanner/1.0)")
    'robot'
    >>> machine_reason(method="GET", user_agent="Mozilla/5.0")
    'privacy proxy'
    >>> machine_reason(method="GET", user_agent="Mozilla/5.0 (Windows NT 10.0) Firefox/140.0")
    ''
    """
    agent = user_agent.lower().strip()
    if method != "GET":
        return "not a visit"
    if not agent or any(word in agent for word in _MACHINES):
        return "robot"
    if agent == "mozilla/5.0":
        return "privacy proxy"  # Apple's Mail Privacy Protection loads every picture under this name
    if "prefetch" in purpose.lower() or "preview" in purpose.lower():
        return "prefetch"
    if since_delivery is not None and since_delivery < _PREFETCH:
        return "too soon"
    if since_other_link is not None and since_other_link < BURST:
        return "all links at once"
    return ""
