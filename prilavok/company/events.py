"""Events the company domain tells."""

from dataclasses import dataclass

from prilavok.kernel.event import Event


@dataclass(frozen=True, kw_only=True)
class ShopAdded(Event):
    shop_id: int


@dataclass(frozen=True, kw_only=True)
class ShopPlaced(Event):
    """A shop stands somewhere else on the globe than was known."""

    shop_id: int


@dataclass(frozen=True, kw_only=True)
class EmployeeAdded(Event):
    employee_id: int


@dataclass(frozen=True, kw_only=True)
class RoleGiven(Event):
    employee_id: int
    role_id: int


@dataclass(frozen=True, kw_only=True)
class RoleTaken(Event):
    employee_id: int
    role_id: int


@dataclass(frozen=True, kw_only=True)
class TokenMade(Event):
    token_id: int


@dataclass(frozen=True, kw_only=True)
class TokenRevoked(Event):
    token_id: int


@dataclass(frozen=True, kw_only=True)
class EmployeeSwitched(Event):
    employee_id: int
    active: bool


@dataclass(frozen=True, kw_only=True)
class RightsChanged(Event):
    role_id: int


@dataclass(frozen=True, kw_only=True)
class PasswordForgotten(Event):
    """Somebody asked at the door for a letter with a way to a new password."""

    employee_id: int


@dataclass(frozen=True, kw_only=True)
class PasswordLinkGiven(Event):
    """An administrator took a link by which the employee chooses a new password."""

    employee_id: int


@dataclass(frozen=True, kw_only=True)
class PasswordChanged(Event):
    employee_id: int


@dataclass(frozen=True, kw_only=True)
class SecondFactorSet(Event):
    """An employee has a second factor: `totp` or `passkey`."""

    employee_id: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class SecondFactorTaken(Event):
    """An employee gave one of their own second factors up."""

    employee_id: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class SecondFactorReset(Event):
    """An administrator took all second factors of an employee who lost theirs."""

    employee_id: int


@dataclass(frozen=True, kw_only=True)
class FactorDemanded(Event):
    """A role demands a second factor from now on, or no more."""

    role_id: int
    on: bool


@dataclass(frozen=True, kw_only=True)
class SignInsEnded(Event):
    """An employee ended log-ins of their own."""

    employee_id: int


@dataclass(frozen=True, kw_only=True)
class ProviderChanged(Event):
    """An outside log-in was added, changed or taken away."""

    provider_id: int


@dataclass(frozen=True, kw_only=True)
class RetentionChanged(Event):
    """How many days a kind of data is kept; None: for ever."""

    kind: str
    days: int | None
