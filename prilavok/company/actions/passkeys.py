"""Passkeys: keys on the employee's own devices."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from prilavok.company import queries
from prilavok.company.actions.factors import forget_codes_of_nothing, new_codes
from prilavok.company.actions.problems import BadPasskey
from prilavok.company.events import SecondFactorSet, SecondFactorTaken
from prilavok.company.models import Employee, Passkey
from prilavok.company.vendors import webauthn
from prilavok.kernel import journal
from prilavok.kernel.actors import Actor


def offer_passkey(*, employee_id: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the browser is asked to make a key, and what to remember until it answers."""
    employee = Employee.objects.get(pk=employee_id)
    known = [bytes(one.public_key) for one in queries.passkeys(employee_id)]
    return webauthn.ask_for_new(employee.public_id.bytes, employee.email, known)


@transaction.atomic
def add_passkey(
    *, state: Mapping[str, Any], answer: Mapping[str, Any], name: str, by: Actor, at: datetime
) -> list[str]:
    """Take the key that the browser has made as one's own; recovery codes, if it is the first factor (else none).

    Raises BadPasskey.
    """
    me = by.id or 0
    first = not queries.has_second_factor(me)
    try:
        made = webauthn.new_key(state, answer)
        with transaction.atomic():
            Passkey.objects.create(
                employee_id=me,
                name=name.strip()[:100] or made.credential.hex()[:8],
                credential=made.credential,
                public_key=made.public_key,
                used_times=made.used_times,
                made_at=at,
            )
    except (webauthn.Untrue, IntegrityError) as error:
        raise BadPasskey from error
    journal.record(SecondFactorSet(employee_id=me, kind="passkey"), by=by, at=at)
    return new_codes(employee_id=me) if first else []


def rename_passkey(*, public_id: UUID, name: str, by: Actor) -> None:
    """Call one's own key otherwise. Raises Passkey.DoesNotExist."""
    own = Passkey.objects.get(public_id=public_id, employee=by.id or 0)
    own.name = name.strip()[:100] or own.name
    own.save(update_fields=["name"])


@transaction.atomic
def take_passkey(*, public_id: UUID, by: Actor, at: datetime) -> None:
    """One's own key opens no more. Raises Passkey.DoesNotExist."""
    own = Passkey.objects.get(public_id=public_id, employee=by.id or 0)
    own.delete()
    forget_codes_of_nothing(own.employee_id)
    journal.record(SecondFactorTaken(employee_id=own.employee_id, kind="passkey"), by=by, at=at)


def ask_passkey(*, employee_id: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the browser is asked at the door, and what to remember until it answers."""
    return webauthn.ask_for_known([bytes(one.public_key) for one in queries.passkeys(employee_id)])


@transaction.atomic
def check_passkey(
    *, employee_id: int, state: Mapping[str, Any], answer: Mapping[str, Any], at: datetime
) -> None:
    """Whether one of the employee's keys proved itself. A key whose count goes back was copied: it opens nothing.

    Raises BadPasskey.
    """
    keys = {
        bytes(one.credential): one for one in Passkey.objects.select_for_update().filter(employee=employee_id)
    }
    try:
        credential, times = webauthn.known_key(
            state, [bytes(one.public_key) for one in keys.values()], answer
        )
    except webauthn.Untrue as error:
        raise BadPasskey from error
    key = keys[credential]
    if (times or key.used_times) and times <= key.used_times:
        raise BadPasskey
    key.used_times, key.used_at = times, at
    key.save(update_fields=["used_times", "used_at"])
