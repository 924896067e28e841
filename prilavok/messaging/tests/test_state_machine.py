"""Whatever happens to a message, it goes only where it may, and under «never twice» it leaves at most once."""

from hypothesis import given
from hypothesis import strategies as st

from prilavok.messaging import rules
from prilavok.messaging.rules import Outcome

OUTCOMES = st.sampled_from(
    [
        Outcome(rules.ACCEPTED, 250, "2.0.0 OK"),
        Outcome(rules.REJECTED, 550, "5.1.1 No such user"),
        Outcome(rules.TEMPORARY, 451, "4.7.1 Later"),
        Outcome(rules.LOST_BEFORE),
        Outcome(rules.LOST_AFTER),
        Outcome(rules.UNTRIED),
    ]
)
DIED = st.none()
POLICIES = st.sampled_from([rules.NEVER_TWICE, rules.NEVER_LOSE])


@given(policy=POLICIES, story=st.lists(OUTCOMES | DIED, max_size=30))
def test_a_message_goes_only_where_it_may(policy: str, story: list[Outcome | None]) -> None:
    state, attempts, may_have_left = rules.PLANNED, 0, 0
    for outcome in story:
        if state != rules.PLANNED:
            break
        state, attempts = rules.IN_FLIGHT, attempts + 1
        if outcome is None:
            verdict = rules.after_death(policy)
        else:
            verdict = rules.verdict(outcome, policy=policy, attempts=attempts)
        may_have_left += outcome is None or outcome.kind in (rules.ACCEPTED, rules.LOST_AFTER)
        attempts -= not verdict.counts
        assert verdict.state in rules.TRANSITIONS[state]
        assert (verdict.wait is not None) == (verdict.state == rules.PLANNED)
        state = verdict.state
    if policy == rules.NEVER_TWICE:
        assert may_have_left <= 1
        assert not may_have_left or state in (rules.DELIVERED, rules.UNKNOWN)


@given(policy=POLICIES, outcome=OUTCOMES.filter(lambda one: one.kind not in (rules.ACCEPTED, rules.UNTRIED)))
def test_nothing_is_tried_for_ever(policy: str, outcome: Outcome) -> None:
    assert rules.verdict(outcome, policy=policy, attempts=rules.MAX_ATTEMPTS).state != rules.PLANNED


@given(attempts=st.integers(1, rules.MAX_ATTEMPTS))
def test_waiting_grows(attempts: int) -> None:
    assert rules.back_off(attempts) <= rules.back_off(attempts + 1)
