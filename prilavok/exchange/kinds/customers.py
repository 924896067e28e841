"""Customers with their cards, contacts and consents."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from django.utils.translation import gettext_lazy as _

from prilavok.company import queries as company
from prilavok.customers import actions as customers
from prilavok.customers import queries as customer_queries
from prilavok.customers.actions import addresses
from prilavok.customers.ports import CLAIMED, Evidence, NewConsent, NewCustomer
from prilavok.customers.queries import AskedConsent
from prilavok.exchange.kinds.base import BadCell, Cells, Column, Kind, Reader, Twins, batches
from prilavok.exchange.kinds.own import OWN, own_columns, own_readers, read_moment_before, read_tags
from prilavok.exchange.kinds.shops import read_coordinates
from prilavok.exchange.rules.dates import read_date
from prilavok.exchange.rules.words import read_code, read_sex, read_text, read_yes
from prilavok.exchange.run import Run
from prilavok.kernel.places import Point
from prilavok.kernel.sheets import Row
from prilavok.kernel.unreadable import Unreadable

CHANNELS = {"consent_email": "email", "consent_sms": "sms"}
CONSENT = "consent."
COLUMN_OF = {"cards": "card", "shop_id": "registered_shop", "consents": "consent_email"}


LINE = partial(read_text, longest=300)


@dataclass(frozen=True)
class Home:
    """The home address in one line, and where it stands on the globe."""

    line: str
    place: Point | None


@dataclass
class _Builder:
    """Makes customers of rows."""

    run: Run
    cells: Cells
    twins: Twins
    shops: dict[str, int]
    own: dict[str, Reader]
    asked: list[AskedConsent]
    moment: Reader

    def build(self, row: Row) -> tuple[NewCustomer, Home | None] | None:
        value, cells = self.cells.value, self.cells
        external = value(row, "external_id", read_code, "")
        card = value(row, "card", read_code, "")
        if (external or card) and not self.twins.is_new(external or card, row):
            return None
        registered = value(row, "registered_at", self.moment)
        new = NewCustomer(
            external_id=external,
            cards=(card,) if card else (),
            last_name=value(row, "last_name", read_text, ""),
            first_name=value(row, "first_name", read_text, ""),
            middle_name=value(row, "middle_name", read_text, ""),
            sex=value(row, "sex", read_sex, ""),
            birth_date=value(row, "birth_date", self.birthday),
            email=cells.text(row, "email"),
            phone=cells.text(row, "phone"),
            shop_id=value(row, "registered_shop", self.shop),
            registered_at=registered,
            source="import",
            consents=tuple(self.consents(row, registered)),
            invented=value(row, "invented", read_yes, False),
            tags=value(row, "tags", read_tags, ()),
            own={code: value(row, f"{OWN}{code}", read) for code, read in self.own.items()},
        )
        return new, self.home(row)

    def home(self, row: Row) -> Home | None:
        line = self.cells.value(row, "address", LINE, "")
        place = self.cells.value(row, "coordinates", read_coordinates)
        if place and not line:
            raise BadCell("address", Unreadable("missing"))
        return Home(line, place) if line else None

    def consents(self, row: Row, at: datetime | None) -> list[NewConsent]:
        found = []
        for key, channel in CHANNELS.items():
            given = self.cells.value(row, key, read_yes)
            if given is not None:
                found.append(NewConsent(channel=channel, given=given, at=at, source="import"))
        for one in self.asked:
            given = self.cells.value(row, f"{CONSENT}{one.key}", read_yes)
            if given is not None:
                found.append(
                    NewConsent(
                        purpose=one.purpose.code, channel=one.channel, given=given, at=at, source="import"
                    )
                )
        return found

    def birthday(self, text: str) -> date:
        return read_date(text, latest=self.run.at.date())

    def shop(self, text: str) -> int:
        try:
            return self.shops[text]
        except KeyError:
            raise Unreadable("unknown_shop", value=text[:40]) from None


def load(run: Run) -> None:
    shops = {shop.code: shop.pk for shop in company.shops(run.by)}
    cells = Cells(run)
    own = own_readers(cells, "person")
    moment = partial(read_moment_before, run.at, company.zone())
    asked = [one for one in _purposes() if cells.has(f"{CONSENT}{one.key}")]
    builder = _Builder(run, cells, Twins(), shops, own, asked, moment)
    books, held_back = run.account("rows"), 0
    origin = run.options.get("verified") or ""
    evidence = Evidence.declared(origin, run.import_id) if origin else CLAIMED
    for rows, built in batches(run, builder.build, size=5_000):
        people = [new for new, _home in built]
        loaded = customers.load_customers(people, by=run.by, at=run.at, evidence=evidence)
        run.loaded += loaded.created
        run.changed += loaded.changed
        run.unchanged += loaded.known - loaded.changed
        for reject in loaded.rejects:
            run.reject(rows[reject.index], COLUMN_OF.get(reject.field, reject.field), Unreadable(reject.code))
        for (_new, home), profile_id in zip(built, loaded.profile_ids, strict=True):
            if home and profile_id is not None:
                _bring(run, profile_id, home)
        held_back += loaded.held_back
        books.base += sum(profile_id is not None for profile_id in loaded.profile_ids)
        run.progress(run)
    books.file, books.rejected = run.rows - builder.twins.repeated, run.rejected
    if not origin and (cells.has("card") or cells.has("email") or cells.has("phone")):
        run.note("claimed")
    if held_back:
        run.note("held_back", count=held_back)
    if builder.twins.repeated:
        run.note("repeated_rows", count=builder.twins.repeated)


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
            ("согласие на почту", "согласие email", "согласие на рассылку", "согласие"),
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
