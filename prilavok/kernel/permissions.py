"""The list of rights: each domain declares its own in AppConfig.ready(); company's roles pick from them."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from django.utils.functional import Promise

# The roles that an installation starts with; the owner holds every right.
ROLES = ("owner", "administrator", "marketer", "operator", "supervisor", "cashier", "analyst", "integrator")


@dataclass(frozen=True)
class Permission:
    key: str
    label: str | Promise
    roles: frozenset[str]

    @property
    def domain(self) -> str:
        return self.key.split(".")[0]


_declared: dict[str, Permission] = {}
_more: list[Callable[[], Iterable[Permission]]] = []


def declare(key: str, label: str | Promise, *, roles: Collection[str] = ()) -> None:
    """Make a right known. `roles`: the starting roles that hold it besides the owner."""
    unknown = set(roles) - set(ROLES)
    if unknown:
        raise ValueError(f"{key}: no such roles: {sorted(unknown)}")
    _declared[key] = Permission(key, label, frozenset(roles))


def declare_more(source: Callable[[], Iterable[Permission]]) -> None:
    """Make known where rights stand that the company made itself, such as those to its own fields."""
    if source not in _more:
        _more.append(source)


def declared() -> list[Permission]:
    made = [permission for source in _more for permission in source()]
    return sorted((*_declared.values(), *made), key=lambda permission: permission.key)


def of_role(role: str) -> frozenset[str]:
    """The rights that a starting role holds in a fresh installation."""
    return frozenset(p.key for p in _declared.values() if role == "owner" or role in p.roles)
