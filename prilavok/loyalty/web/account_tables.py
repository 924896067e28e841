"""Lists of cards and of accounts as tables."""

from collections.abc import Mapping
from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from prilavok.customers.queries import Short
from prilavok.ledger.queries import WalletBalance
from prilavok.loyalty.models import Account, Card
from prilavok.loyalty.web import proposals
from prilavok.ui.tables import DayColumn, FigureColumn, LinkColumn, StateColumn, Table

CARD_KINDS = {"stock": "muted", "issued": "info", "active": "good", "blocked": "bad", "replaced": "muted"}


class CardTable(Table):
    number = LinkColumn(verbose_name=_("Number"), url="loyalty:card")
    kind = tables.Column(verbose_name=_("Kind"), accessor="kind__name")
    state = StateColumn(verbose_name=_("State"), accessor="state", kinds=CARD_KINDS)
    status = tables.Column(verbose_name=_("Status"), accessor="status__name", default="—")
    holder = tables.Column(verbose_name=_("Whose account"), accessor="account", empty_values=())
    shop = tables.Column(verbose_name=_("Shop of issue"), accessor="shop__name", default="—")
    issued_at = DayColumn(verbose_name=pgettext_lazy("card", "Issued"))
    activated_at = DayColumn(verbose_name=_("Activated"))
    activated_shop = tables.Column(
        verbose_name=_("Shop of activation"), accessor="activated_shop__name", default="—"
    )
    ended_at = DayColumn(verbose_name=pgettext_lazy("card", "Ended"))

    def __init__(self, rows: list[Card], people: Mapping[int, Short], **more: Any) -> None:
        super().__init__(rows, **more)
        self.people = people

    def render_holder(self, record: Card) -> SafeString | str:
        return proposals.owner(record.account, self.people) if record.account else "—"


class AccountTable(Table):
    owner = tables.Column(verbose_name=_("Whose account"), accessor="pk", attrs={"td": {"class": "name"}})
    programme = tables.Column(verbose_name=_("Programme"), accessor="programme__name")
    tier = tables.Column(verbose_name=_("Tier"), accessor="tier__name", default="—")
    available = FigureColumn(verbose_name=_("Available points"), accessor="pk")
    pending = FigureColumn(verbose_name=_("Pending"), accessor="pk")
    owed = FigureColumn(verbose_name=_("Debt"), accessor="pk")
    opened_at = DayColumn(verbose_name=pgettext_lazy("account", "Opened"))

    def __init__(
        self,
        rows: list[Account],
        people: Mapping[int, Short],
        balances: Mapping[int, WalletBalance],
        **more: Any,
    ) -> None:
        super().__init__(rows, **more)
        self.people, self.balances = people, balances

    def render_owner(self, record: Account) -> SafeString:
        name = owner_name(record, self.people)
        return format_html(
            '<a href="{}" data-row>{}</a>', reverse("loyalty:account", args=[record.public_id]), name
        )

    def render_available(self, record: Account, column: Any) -> str:
        return str(column.render(self.balances[record.pk].available))

    def render_pending(self, record: Account, column: Any) -> str:
        return str(column.render(self.balances[record.pk].pending))

    def render_owed(self, record: Account, column: Any) -> str:
        return str(column.render(self.balances[record.pk].owed))


def owner_name(account: Account, people: Mapping[int, Short]) -> str:
    """Whose account it is, as far as the reader may know."""
    if account.household is not None:
        return account.household.name or str(_("Household"))
    person = people.get(account.profile_id or 0)
    return (person.name or str(_("No name"))) if person else str(_("known, but not to you"))
