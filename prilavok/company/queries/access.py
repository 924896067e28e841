"""How an employee proves who they are, and where they are logged in."""

from datetime import datetime

from django.contrib.sessions.models import Session

from prilavok.company import rules
from prilavok.company.models import Employee, Passkey, Provider, RecoveryCode, SecondFactor, SignIn
from prilavok.kernel.actors import Actor


def has_second_factor(employee_id: int) -> bool:
    """Whether a password alone opens nothing: there are one-time codes or a passkey."""
    coded = SecondFactor.objects.filter(employee=employee_id).exclude(totp="").exists()
    return coded or Passkey.objects.filter(employee=employee_id).exists()


def second_factor(employee_id: int) -> SecondFactor | None:
    """The one-time codes of an employee, if there are any."""
    return SecondFactor.objects.filter(employee=employee_id).exclude(totp="").first()


def codes_left(employee_id: int) -> int:
    """How many recovery codes still open."""
    return RecoveryCode.objects.filter(employee=employee_id, used_at=None).count()


def passkeys(employee_id: int) -> list[Passkey]:
    return list(Passkey.objects.filter(employee=employee_id).order_by("made_at", "id"))


def sign_ins(by: Actor, *, at: datetime) -> list[SignIn]:
    """One's own log-ins that are open, the latest seen first. A token is nobody's log-in."""
    me = by.id if by.kind == "employee" else None
    own = list(SignIn.objects.filter(employee=me, session__isnull=False).order_by("-seen_at")[:100])
    keys = [one.session for one in own]
    alive = set(
        Session.objects.filter(session_key__in=keys, expire_date__gt=at).values_list("session_key", flat=True)
    )
    return [one for one in own if one.session in alive]


def providers() -> list[Provider]:
    """Outside log-ins, those out of use too."""
    return list(Provider.objects.select_related("newcomers").order_by("name", "id"))


def device_name(user_agent: str) -> str:
    return rules.device_name(user_agent)


def employee_for_login(employee_id: int) -> Employee | None:
    """Whoever has shown the first factor and may still log in."""
    return Employee.objects.filter(pk=employee_id, is_active=True).first()
