"""Second factors: codes of a program on the phone, recovery codes; who must have one, and who lost theirs."""

import base64
import hmac
import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.db import transaction

from prilavok.company import queries, rules
from prilavok.company.actions.people import must_reach
from prilavok.company.actions.problems import NoFactorYet, OutsideScope, TooManyWrong, WrongCode
from prilavok.company.actions.signins import end_all
from prilavok.company.events import FactorDemanded, SecondFactorReset, SecondFactorSet, SecondFactorTaken
from prilavok.company.models import Employee, Passkey, RecoveryCode, Role, SecondFactor
from prilavok.kernel import journal, limits, vault
from prilavok.kernel.actors import Actor

CODES = 10
MOST_WRONG = 8
SHUT_FOR = timedelta(minutes=15)


def new_secret() -> str:
    """A secret for a program of one-time codes: 160 bits in base32."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


@transaction.atomic
def set_totp(*, employee_id: int, secret: str, code: str, at: datetime, by: Actor) -> list[str]:
    """Take one-time codes as one's own second factor, once a code proves that the program has the secret; the
    recovery codes, shown this once. Raises WrongCode.
    """
    step = rules.matching_step(secret, code, at.timestamp(), after=0)
    if step is None:
        raise WrongCode(field="code")
    SecondFactor.objects.update_or_create(
        employee_id=employee_id,
        defaults={"totp": vault.seal(secret), "totp_since": at, "last_step": step, "wrong": 0},
    )
    journal.record(SecondFactorSet(employee_id=employee_id, kind="totp"), by=by, at=at)
    return new_codes(employee_id=employee_id)


@transaction.atomic
def take_totp(*, employee_id: int, by: Actor, at: datetime) -> None:
    """One's own codes open no more; recovery codes go when no other factor is left."""
    SecondFactor.objects.filter(employee=employee_id).update(totp="", totp_since=None)
    forget_codes_of_nothing(employee_id)
    journal.record(SecondFactorTaken(employee_id=employee_id, kind="totp"), by=by, at=at)


@transaction.atomic
def new_codes(*, employee_id: int) -> list[str]:
    """New recovery codes, shown this once; those of before open no more. Raises NoFactorYet."""
    if not queries.has_second_factor(employee_id):
        raise NoFactorYet
    RecoveryCode.objects.filter(employee=employee_id).delete()
    codes = [secrets.token_hex(5) for _number in range(CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(employee_id=employee_id, digest=_digest(employee_id, code)) for code in codes
    )
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def forget_codes_of_nothing(employee_id: int) -> None:
    """Recovery codes recover a factor: without one there is nothing to recover."""
    if not queries.has_second_factor(employee_id):
        RecoveryCode.objects.filter(employee=employee_id).delete()


def _digest(employee_id: int, code: str) -> str:
    plain = "".join(one for one in code.lower() if one.isalnum())
    return hmac.new(
        settings.SECRET_KEY.encode(), f"recovery {employee_id} {plain}".encode(), sha256
    ).hexdigest()


def check_code(*, employee_id: int, code: str, at: datetime) -> str:
    """Which factor the code is of, `totp` or `recovery`; it opens once. Raises WrongCode, and TooManyWrong after
    eight wrong ones in a row, for a quarter of an hour.
    """
    found = _try(employee_id, code, at)
    if not found:
        raise WrongCode(field="code")
    return found


@transaction.atomic
def _try(employee_id: int, code: str, at: datetime) -> str:
    """The wrong try is written down too: the failure is raised outside the transaction."""
    SecondFactor.objects.get_or_create(employee_id=employee_id)
    factor = SecondFactor.objects.select_for_update().get(employee_id=employee_id)
    if factor.wrong >= MOST_WRONG and factor.wrong_at and at - factor.wrong_at < SHUT_FOR:
        raise TooManyWrong(field="code")
    found = _opens(factor, code, at)
    factor.wrong, factor.wrong_at = (0, None) if found else (factor.wrong % MOST_WRONG + 1, at)
    factor.save()
    return found


def _opens(factor: SecondFactor, code: str, at: datetime) -> str:
    if factor.totp:
        secret = vault.unseal(factor.totp)
        step = rules.matching_step(secret, code, at.timestamp(), after=factor.last_step)
        if step is not None:
            factor.last_step = step
            return "totp"
    own = RecoveryCode.objects.filter(
        employee=factor.employee_id, digest=_digest(factor.employee_id, code), used_at=None
    )
    return "recovery" if own.update(used_at=at) else ""


@transaction.atomic
def reset_factors(*, employee_id: int, by: Actor, at: datetime) -> None:
    """Take all second factors of somebody who lost theirs, and end their log-ins. Raises OutsideScope."""
    must_reach(employee_id, by)
    SecondFactor.objects.filter(employee=employee_id).delete()
    RecoveryCode.objects.filter(employee=employee_id).delete()
    Passkey.objects.filter(employee=employee_id).delete()
    end_all(employee_id=employee_id, at=at)
    journal.record(SecondFactorReset(employee_id=employee_id), by=by, at=at)


@transaction.atomic
def demand_factor(*, role: str, on: bool, by: Actor, at: datetime) -> Role:
    """Whoever has the role may do nothing before they have a second factor. Raises OutsideScope, Role.DoesNotExist."""
    by.must("company.manage_people")
    if not by.is_everywhere:
        raise OutsideScope
    found = Role.objects.select_for_update().get(code=role)
    if role == "owner":
        by.must("company.give_ownership")
    if found.second_factor != on:
        found.second_factor = on
        found.save(update_fields=["second_factor"])
        journal.record(FactorDemanded(role_id=found.pk, on=on), by=by, at=at)
    return found


def check_own_password(*, employee_id: int, password: str) -> bool:
    """Whether whoever sits there knows the password: asked before a factor is added or taken away. Raises TooOften."""
    limits.take(f"own password {employee_id}", times=MOST_WRONG, seconds=int(SHUT_FOR.total_seconds()))
    return Employee.objects.get(pk=employee_id).check_password(password)
