"""What segments ask of experiments: the arm, read through merges, gone when the draw is cancelled."""

from datetime import timedelta

from django.utils.translation import override

from prilavok.customers import actions as customers
from prilavok.customers import queries as people
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewCustomer
from prilavok.experiments import actions
from prilavok.experiments.actions import Candidate
from prilavok.experiments.facts import ARM
from prilavok.experiments.models import Arm
from prilavok.facts import client
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM
from tests.cast import NOON


def arms() -> dict[int, list[int]]:
    return dict(client.rows("SELECT profile_id, arms FROM experiment_arms FINAL"))


def test_the_arm_is_a_trait_until_the_draw_is_cancelled(facts: None, anna: Profile) -> None:
    boris = customers.register(NewCustomer(external_id="b", first_name="Борис"), by=SYSTEM, at=NOON)
    persons = people.persons_of([anna.pk, boris.pk])
    made = actions.draw(
        subject="campaign:1",
        title="Spring",
        candidates=[Candidate(pk, person, "all") for pk, person in persons.items()],
        control_share=0.5,
        horizon_days=28,
        starts_at=NOON + timedelta(days=1),
        by=SYSTEM,
        at=NOON,
    )
    journal.deliver()
    known = dict(Arm.objects.values_list("key", "pk"))
    assert arms() == {pk: [known[arm]] for pk, arm in made.arms.items()}
    assert ARM.picker and ARM.picker.search and ARM.picker.names
    with override("en"):
        assert (known["control"], "Spring · Control") in ARM.picker.search(SYSTEM, "spring", None).items
        assert ARM.picker.names([known["mailed"]]) == {known["mailed"]: "Spring · Mailed"}

    customers.merge(profile_id=anna.pk, other_id=boris.pk, by=SYSTEM, at=NOON)
    journal.deliver()
    earliest = min(
        anna.pk, boris.pk
    )  # both were drawn at once: the older record's arm holds, as in the report
    assert arms() == {anna.pk: [known[made.arms[earliest]]]}

    actions.cancel(public_id=made.experiment.public_id, by=SYSTEM, at=NOON)
    journal.deliver()
    assert arms() == {}
