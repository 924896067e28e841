"""Who acts. Every public action and query takes `by`: an Actor; there is no ambient current user."""

from dataclasses import dataclass, field


class Refused(Exception):
    """The actor lacks the right; pages answer 403 and say whose right it is."""

    def __init__(self, permission: str) -> None:
        super().__init__(permission)
        self.permission = permission


@dataclass(frozen=True)
class Actor:
    """An employee, token, customer, partner or the system itself, with rights and scope.

    `brands` and `shops` limit what the actor sees; None means all of them.
    """

    kind: str
    id: int | None = None
    permissions: frozenset[str] = frozenset()
    brands: frozenset[int] | None = None
    shops: frozenset[int] | None = None
    everything: bool = field(default=False, repr=False)

    def may(self, permission: str) -> bool:
        """Whether the actor holds the right.

        >>> Actor("employee", 1, frozenset({"orders.see"})).may("orders.see")
        True
        >>> STRANGER.may("orders.see")
        False
        """
        return self.everything or permission in self.permissions

    def must(self, permission: str) -> None:
        """Raise Refused unless the actor holds the right."""
        if not self.may(permission):
            raise Refused(permission)

    @property
    def is_everywhere(self) -> bool:
        """Whether no brand and no shop limits the actor."""
        return self.brands is None and self.shops is None

    def sees_shop(self, shop_id: int | None) -> bool:
        return self.shops is None or shop_id in self.shops


SYSTEM = Actor("system", everything=True)
STRANGER = Actor("stranger", brands=frozenset(), shops=frozenset())
