"""Customers with their cards, contacts and consents."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from prilavok.company import queries as company
from prilavok.customers import actions as customers
from prilavok.customers import queries as customer_queries
from prilavok.customers.actions import CheckedCustomers, CustomersLoaded, addresses
from prilavok.customers.ports import CLAIMED, Evidence, NewConsent, NewCustomer
from prilavok.customers.queries import AskedConsent
from prilavok.exchange.hands import hands
from prilavok.exchange.kinds.base import (
    REMEMBERED,
    BadCell,
    Cells,
    Column,
    Columns,
    Kind,
    Reader,
    Twins,
    parts,
)
from prilavok.exchange.kinds.own import OWN, own_columns, own_readers, read_moment_before, read_tags
from prilavok.exchange.kinds.shops import read_coordinates
from prilavok.exchange.rules.dates import read_date
from prilavok.exchange.rules.words import read_code, read_sex, read_text, read_yes
from prilavok.exchange.run import Run
from prilavok.kernel.places import Point
from prilavok.kernel.sheets import Block, Row
from prilavok.kernel.unreadable import Unreadable

CHANNELS = {"consent_email": "email", "consent_sms": "sms"}
CONSENT = "consent."
BATCH = 5_000
COLUMN_OF = {"cards": "card", "shop_id": "registered_shop", "consents": "consent_email"}


LINE = partial(read_text, longest=300)


@dataclass(frozen=True)
class Home:
    """The home address in one line, and where it stands on the globe."""

    line: str
    place: Point | None


class _Told(NamedTuple):
    """A row of the file and whom it tells of."""

    row: Row
    new: NewCustomer
    home: Home | None


@dataclass
class _Builder:
    """Makes customers of rows."""

    run: Run
    columns: Columns
    twins: Twins
    shops: dict[str, int]
    own: dict[str, Reader]
    asked: list[AskedConsent]
    moment: Reader
    _alike: dict[tuple[Any, ...], tuple[NewConsent, ...]] = field(default_factory=dict)

    def build(self, block: Block) -> list[_Told]:
        """The customers of some rows. Those that can't be read are rejected, those that repeat others passed over."""
        columns, rows = self.columns, list(block.rows())
        columns.open(block)
        keys = [columns.values(key, read_code, "") for key in ("external_id", "card")]
        repeated = self._repeated(rows, *keys)
        cells = zip(rows, self._homes(), *keys, *self._fields(), strict=True)
        told = [
            _Told(row, _customer(*own), home)
            for place, (row, home, *own) in enumerate(cells)
            if place not in columns.bad and place not in repeated
        ]
        for place, bad in sorted(columns.bad.items()):
            self.run.reject(rows[place], bad.column, bad.why)
        self.run.unchanged += len(repeated)
        return told

    def _repeated(self, rows: list[Row], externals: list[str], cards: list[str]) -> set[int]:
        """Rows that say word for word what another said before them."""
        found, bad = set(), self.columns.bad
        for place, (row, external, card) in enumerate(zip(rows, externals, cards, strict=True)):
            key = external or card
            try:
                if key and place not in bad and not self.twins.is_new(key, row):
                    found.add(place)
            except BadCell as conflict:
                bad[place] = conflict
        return found

    def _fields(self) -> list[list[Any]]:
        """What `_customer` takes behind the keys."""
        values, texts = self.columns.values, self.columns.texts
        registered = values("registered_at", self.moment)
        return [
            *(values(key, read_text, "") for key in ("last_name", "first_name", "middle_name")),
            values("sex", read_sex, ""),
            values("birth_date", self.birthday),
            texts("email"),
            texts("phone"),
            values("registered_shop", self.shop),
            registered,
            self._consents(registered),
            values("invented", read_yes, False),
            values("tags", read_tags, ()),
            self._own_fields(len(registered)),
        ]

    def _own_fields(self, rows: int) -> list[Any]:
        columns = [self.columns.values(f"{OWN}{code}", read) for code, read in self.own.items()]
        told = zip(*columns, strict=True) if columns else [()] * rows
        return [dict(zip(self.own, values, strict=True)) for values in told]

    def _homes(self) -> list[Home | None]:
        lines = self.columns.values("address", LINE, "")
        places = self.columns.values("coordinates", read_coordinates)
        for place, (line, point) in enumerate(zip(lines, places, strict=True)):
            if point and not line:
                self.columns.blame(place, "address", Unreadable("missing"))
        return [Home(*told) if told[0] else None for told in zip(lines, places, strict=True)]

    def _consents(self, registered: list[datetime | None]) -> list[tuple[NewConsent, ...]]:
        """Those of each row; rows that say the same share them."""
        asked = [(key, "marketing", channel) for key, channel in CHANNELS.items()]
        asked += [(f"{CONSENT}{one.key}", one.purpose.code, one.channel) for one in self.asked]
        given = [self.columns.values(key, read_yes) for key, _purpose, _channel in asked]
        found = []
        for answers in zip(registered, *given, strict=True):
            alike = self._alike.get(answers)
            if alike is None:
                alike = self._alike[answers] = _consents(asked, *answers)
            found.append(alike)
        if len(self._alike) > REMEMBERED:
            self._alike.clear()
        return found

    def birthday(self, text: str) -> date:
        return read_date(text, latest=self.run.at.date())

    def shop(self, text: str) -> int:
        try:
            return self.shops[text]
        except KeyError:
            raise Unreadable("unknown_shop", value=text[:40]) from None


def _consents(
    asked: list[tuple[str, str, str]], at: datetime | None, *given: bool | None
) -> tuple[NewConsent, ...]:
    return tuple(
        NewConsent(purpose=purpose, channel=channel, given=answer, at=at, source="import")
        for (_key, purpose, channel), answer in zip(asked, given, strict=True)
        if answer is not None
    )


def _customer(
    external: str,
    card: str,
    last_name: str,
    first_name: str,
    middle_name: str,
    sex: str,
    birth_date: date | None,
    email: str,
    phone: str,
    shop_id: int | None,
    registered_at: datetime | None,
    consents: tuple[NewConsent, ...],
    invented: bool,
    tags: tuple[str, ...],
    own: dict[str, Any],
) -> NewCustomer:
    return NewCustomer(
        external_id=external,
        cards=(card,) if card else (),
        last_name=last_name,
        first_name=first_name,
        middle_name=middle_name,
        sex=sex,
        birth_date=birth_date,
        email=email,
        phone=phone,
        shop_id=shop_id,
        registered_at=registered_at,
        source="import",
        consents=consents,
        invented=invented,
        tags=tags,
        own=own,
    )


def load(run: Run) -> None:
    """Load all customers of the file, batch by batch: while one is written, the next is read."""
    loader = _Loader(run)
    with hands(
        run.sheet.path, most=1
    ) as hand:  # only one writes: what it meets, the rows before have left there
        for told in parts(map(loader.builder.build, run.blocks()), size=BATCH):
            checked = customers.check_customers([one.new for one in told], at=run.at)
            hand.give(partial(loader.write, checked), partial(loader.book, told))
    loader.finish()


class _Loader:
    """Writes customers that were made of rows, and books what became of them."""

    def __init__(self, run: Run) -> None:
        shops = {shop.code: shop.pk for shop in company.shops(run.by)}
        cells = Cells(run)
        asked = [one for one in _purposes() if cells.has(f"{CONSENT}{one.key}")]
        self.run = run
        self.builder = _Builder(
            run, Columns(run), Twins(), shops, own_readers(cells, "person"), asked,
            partial(read_moment_before, run.at, company.zone()),
        )  # fmt: skip
        self.books, self.held_back = run.account("rows"), 0
        self.origin = run.options.get("verified") or ""
        self.evidence = Evidence.declared(self.origin, run.import_id) if self.origin else CLAIMED

    def write(self, checked: CheckedCustomers) -> CustomersLoaded:
        """May be done by another hand."""
        return customers.load_checked(checked, by=self.run.by, at=self.run.at, evidence=self.evidence)

    def book(self, told: list[_Told], loaded: CustomersLoaded) -> None:
        run = self.run
        run.loaded += loaded.created
        run.changed += loaded.changed
        run.unchanged += loaded.known - loaded.changed
        for reject in loaded.rejects:
            column = COLUMN_OF.get(reject.field, reject.field)
            run.reject(told[reject.index].row, column, Unreadable(reject.code))
        for one, profile_id in zip(told, loaded.profile_ids, strict=True):
            if one.home and profile_id is not None:
                _bring(run, profile_id, one.home)
        self.held_back += loaded.held_back
        self.books.base += sum(profile_id is not None for profile_id in loaded.profile_ids)
        run.progress(run)

    def finish(self) -> None:
        run, repeated = self.run, self.builder.twins.repeated
        self.books.file, self.books.rejected = run.rows - repeated, run.rejected
        if not self.origin and run.mapping.keys() & {"card", "email", "phone"}:
            run.note("claimed")
        if self.held_back:
            run.note("held_back", count=self.held_back)
        if repeated:
            run.note("repeated_rows", count=repeated)


def _purposes() -> list[AskedConsent]:
    """Consents to other purposes than advertising, whose columns have names of their own."""
    return [one for one in customer_queries.askable_consents() if not one.is_advertising]


def _columns() -> Iterable[Column]:
    """A column for each own field of people and for each consent to a purpose."""
    yield from own_columns("person")
    for one in _purposes():
        yield Column(f"{CONSENT}{one.key}", one.label, (one.label.lower(), f"{CONSENT}{one.key}"))


def _bring(run: Run, profile_id: int, home: Home) -> None:
    addresses.bring_address(
        profile_id=profile_id,
        kind="home",
        line=home.line,
        coordinates=str(home.place or ""),
        by=run.by,
        at=run.at,
    )


CUSTOMERS = Kind(
    key="customers",
    label=_("Customers"),
    permission="customers.load",
    to_see_rows="customers.see_contacts",
    load=load,
    options=("verified",),
    more=_columns,
    always=(
        Column(
            "external_id",
            _("Key in your system"),
            ("id", "ид", "код", "код клиента", "внешний код", "customer id"),
        ),
        Column("card", _("Card number"), ("карта", "номер карты", "карта лояльности", "card number")),
        Column("last_name", _("Last name"), ("фамилия", "surname")),
        Column("first_name", _("First name"), ("имя", "name")),
        Column("middle_name", _("Middle name"), ("отчество", "patronymic")),
        Column("sex", _("Sex"), ("пол", "gender")),
        Column("birth_date", _("Birth date"), ("дата рождения", "день рождения", "др", "birthday")),
        Column("email", _("E-mail"), ("e-mail", "почта", "эл почта", "электронная почта", "mail")),
        Column("phone", _("Phone"), ("телефон", "мобильный", "мобильный телефон", "mobile")),
        Column(
            "consent_email",
            _("Consent to e-mail"),
            ("согласие на почту", "согласие email", "согласие e-mail", "согласие на рассылку", "согласие"),
        ),
        Column("consent_sms", _("Consent to SMS"), ("согласие на sms", "согласие на смс")),
        Column(
            "registered_at", _("Registered at"), ("дата регистрации", "зарегистрирован", "registration date")
        ),
        Column("registered_shop", _("Shop of registration"), ("магазин", "магазин регистрации", "shop")),
        Column("address", _("Home address"), ("адрес", "домашний адрес", "адрес проживания", "home address")),
        Column("coordinates", _("Coordinates of the home"), ("координаты", "координаты адреса", "location")),
        Column("tags", _("Tags"), ("теги", "тег", "метки", "tag")),
        Column("invented", _("Invented"), ("вымышлен",)),
    ),
)
