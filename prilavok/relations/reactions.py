"""What relations do when others tell."""

from prilavok.customers.events import CustomerErased
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.journal import reacts_to
from prilavok.relations import actions


@reacts_to(CustomerErased)
def forget_the_erased(event: CustomerErased) -> None:
    actions.forget(profile_ids=event.profiles, by=SYSTEM)
