"""The stop list of the system that one comes from: first of all, so that nobody who opted out is written to."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from prilavok.company import queries as company
from prilavok.customers import actions as customers
from prilavok.customers.actions import NewSuppression
from prilavok.exchange.kinds.base import BadCell, Cells, Column, Kind, batches, plain
from prilavok.exchange.rules.dates import read_moment
from prilavok.exchange.rules.words import read_text
from prilavok.exchange.run import Run
from prilavok.kernel.sheets import Row
from prilavok.kernel.unreadable import Unreadable

REASONS = {
    "unsubscribed": ("unsubscribed", "unsubscribe", "opt out", "optout", "отписан", "отписался", "отписка", "отказ"),
    "complaint": ("complaint", "complained of spam", "spam", "abuse", "жалоба", "жалоба на спам", "спам"),
    "bounced": ("bounced", "bounce", "hard bounce", "the address bounced", "адрес не работает", "недоставка"),
    "demand": ("demand", "demanded in writing", "требование", "письменное требование"),
}  # fmt: skip
_REASON_OF = {word: reason for reason, words in REASONS.items() for word in words}


@dataclass
class _Builder:
    """Makes rows of the stop list; a row may name a phone, an e-mail or both."""

    run: Run
    cells: Cells
    zone: ZoneInfo

    def build(self, row: Row) -> list[NewSuppression]:
        texts = [self.cells.text(row, key) for key in ("value", "email", "phone")]
        given = [text for text in texts if text]
        if not given:
            raise BadCell("value", Unreadable("missing"))
        why = self.cells.value(row, "reason", read_text, "")
        reason = _REASON_OF.get(plain(why), "other")
        note = self.cells.value(row, "note", read_text, "") or (why if reason == "other" else "")
        at = self.cells.value(row, "at", self.moment)
        return [NewSuppression(text, reason, note, at) for text in given]

    def moment(self, text: str) -> datetime:
        found = read_moment(text, latest=self.run.at)
        return found if found.tzinfo else found.replace(tzinfo=self.zone)


def load(run: Run) -> None:
    builder, books = _Builder(run, Cells(run), company.zone()), run.account("rows")
    for rows, found in batches(run, builder.build, size=2_000):
        flat = [(place, one) for place, group in enumerate(found) for one in group]
        loaded = customers.load_suppressions(
            [one for _place, one in flat], source="import", by=run.by, at=run.at
        )
        bad = {flat[index][0]: code for index, code in loaded.rejects}
        for place, code in bad.items():
            run.reject(rows[place], "value", Unreadable(code))
        taken = len(rows) - len(bad)
        run.loaded += min(loaded.created, taken)
        run.unchanged += taken - min(loaded.created, taken)
        books.base += taken
        run.progress(run)
    books.file, books.rejected = run.rows, run.rejected


SUPPRESSIONS = Kind(
    key="suppressions",
    label=_("Stop list"),
    permission="customers.suppress",
    to_see_rows="customers.see_contacts",
    load=load,
    about=_("Phones and e-mails that nothing may be sent to, also of people who are not customers."),
    always=(
        Column(
            "value", _("Phone or e-mail"), ("address", "адрес", "контакт", "телефон или почта", "contact")
        ),
        Column("email", _("E-mail"), ("e-mail", "почта", "эл почта", "электронная почта", "mail")),
        Column("phone", _("Phone"), ("телефон", "мобильный", "мобильный телефон", "mobile")),
        Column("reason", _("Why"), ("причина", "почему")),
        Column("note", _("Note"), ("заметка", "примечание", "комментарий", "comment")),
        Column("at", _("Since"), ("дата", "когда", "с", "date", "unsubscribed at", "дата отписки")),
    ),
)
