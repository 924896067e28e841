"""What messaging does when others tell."""

from prilavok.company.events import PasswordForgotten
from prilavok.customers.events import ConsentAsked, ContactCodeAsked, CustomerErased
from prilavok.kernel import clock
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.journal import reacts_to
from prilavok.messaging import actions


@reacts_to(PasswordForgotten)
def write_to_the_forgetful(event: PasswordForgotten) -> None:
    actions.send_password_letter(employee_id=event.employee_id, by=SYSTEM, at=clock.now())


@reacts_to(ConsentAsked)
def ask_for_the_click(event: ConsentAsked) -> None:
    actions.send_confirmation(opt_in_id=event.opt_in_id, by=SYSTEM, at=clock.now())


@reacts_to(ContactCodeAsked)
def send_the_code(event: ContactCodeAsked) -> None:
    if event.kind == "email":
        actions.send_code(code_id=event.code_id, by=SYSTEM, at=clock.now())


@reacts_to(CustomerErased)
def forget_the_erased(event: CustomerErased) -> None:
    actions.forget(profile_ids=event.profiles, by=SYSTEM)
