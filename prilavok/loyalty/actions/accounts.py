"""Programmes are made and changed; accounts are opened and closed."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from pydantic import ValidationError

from prilavok.kernel import journal, prepared, refusals
from prilavok.kernel.actors import Actor
from prilavok.kernel.ids import uuid7
from prilavok.loyalty.definitions import PoliciesWritten
from prilavok.loyalty.events import AccountOpened, ProgrammeChanged
from prilavok.loyalty.models import Account, Programme
from prilavok.loyalty.problems import BadPolicies, CodeTaken, ProgrammeThere


@transaction.atomic
def make_programme(
    *,
    code: str,
    name: str,
    by: Actor,
    at: datetime,
    brand_id: int | None = None,
    policies: dict[str, Any] | None = None,
    **terms: Any,
) -> Programme:
    """Begin a programme of points, for one brand or for all. Raises CodeTaken, ProgrammeThere, BadPolicies."""
    by.must("loyalty.programme")
    if Programme.objects.filter(code=code).exists():
        raise CodeTaken(field="code", taken=code)
    programme = Programme(code=code, name=name, brand_id=brand_id, made_at=at)
    _write(programme, policies or {}, terms)
    journal.record(ProgrammeChanged(programme_id=programme.pk), by=by, at=at, brand=brand_id)
    return programme


@transaction.atomic
def change_programme(
    programme_id: int, *, by: Actor, at: datetime, policies: dict[str, Any] | None = None, **terms: Any
) -> Programme:
    """Change how a programme reckons from now on. Raises ProgrammeThere, BadPolicies."""
    by.must("loyalty.programme")
    programme = Programme.objects.select_for_update().get(pk=programme_id)
    _write(programme, programme.policies if policies is None else policies, terms)
    journal.record(ProgrammeChanged(programme_id=programme.pk), by=by, at=at, brand=programme.brand_id)
    return programme


def _write(programme: Programme, policies: dict[str, Any], terms: dict[str, Any]) -> None:
    try:
        programme.policies = PoliciesWritten.model_validate(policies).model_dump(
            mode="json", exclude_defaults=True
        )
    except ValidationError as error:
        first = error.errors()[0]
        told = refusals.words(first).rstrip(".")
        raise BadPolicies(field=f"policies.{'.'.join(map(str, first['loc']))}", told=told) from error
    for name, value in terms.items():
        setattr(programme, name, value)
    try:
        with transaction.atomic():
            programme.save()
    except IntegrityError as error:
        raise ProgrammeThere(field="brand") from error


@transaction.atomic
def open_accounts(
    profile_ids: Collection[int], programme_id: int, *, by: Actor, at: datetime
) -> dict[int, Account]:
    """The account of each profile in a programme, opened where there is none yet."""
    by.must("loyalty.open_accounts")
    profiles = [*dict.fromkeys(profile_ids)]
    with prepared.together():  # a till waits for it
        fresh = prepared.ask(_OPEN, [programme_id, at, [uuid7() for _ in profiles], profiles])
        own = prepared.ask(_OWN, [programme_id, profiles])
        journal.record_many(
            [
                journal.Entry(
                    AccountOpened(programme_id=programme_id, account_id=account), at=at, customer=profile
                )
                for account, profile in fresh.rows()
            ],
            by=by,
            live=True,
        )
        accounts = [Account.from_db("default", _NAMES, row) for row in own.rows()]
    return {one.profile_id: one for one in accounts if one.profile_id}


_NAMES = [field.attname for field in Account._meta.concrete_fields]
_OPEN = """
    INSERT INTO loyalty_account (programme_id, opened_at, public_id, profile_id, name)
    SELECT %s::bigint, %s::timestamptz, public_id, profile, ''
    FROM unnest(%s::uuid[], %s::bigint[]) AS n (public_id, profile)
    ON CONFLICT DO NOTHING RETURNING id, profile_id"""
_OWN = f"""
    SELECT {", ".join(str(field.column) for field in Account._meta.concrete_fields)} FROM loyalty_account
    WHERE programme_id = %s::bigint AND profile_id = ANY(%s::bigint[]) AND household_id IS NULL AND name = ''
      AND closed_at IS NULL"""


@transaction.atomic
def open_pool(household_id: int, programme_id: int, *, by: Actor, at: datetime) -> Account:
    """The account that a household's members spend from together, opened if there is none yet."""
    by.must("loyalty.open_accounts")
    account, made = Account.objects.get_or_create(
        household_id=household_id, programme_id=programme_id, name="", defaults={"opened_at": at}
    )
    if made:
        told = AccountOpened(programme_id=programme_id, account_id=account.pk, household_id=household_id)
        journal.record(told, by=by, at=at)
    return account
