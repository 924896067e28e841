"""Companies with their legal details, addresses and the companies that they belong to."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from prilavok.company import queries as company
from prilavok.customers import actions as customers
from prilavok.customers import queries as customer_queries
from prilavok.customers.actions import addresses
from prilavok.customers.ports import CLAIMED, Evidence, NewCustomer
from prilavok.exchange.kinds.base import Cells, Column, Kind, Reader, Twins, batches
from prilavok.exchange.kinds.own import OWN, own_columns, own_readers, read_moment_before, read_tags
from prilavok.exchange.rules.words import read_code, read_form, read_text
from prilavok.exchange.run import Run
from prilavok.kernel.errors import Problem
from prilavok.kernel.sheets import Row
from prilavok.kernel.unreadable import Unreadable
from prilavok.relations import actions as relations
from prilavok.relations import queries as relation_queries
from prilavok.relations.ports import NewRelation

NUMBERS = ("inn", "kpp", "ogrn", "bic", "account")
TEXTS = {"full_name": 500, "address": 500, "bank": 200}
ADDRESSES = {"actual_address": "actual", "delivery_address": "delivery"}
COLUMN_OF = {"cards": "external_id", "last_name": "name", "shop_id": "registered_shop"}
LINE = partial(read_text, longest=500)


class _Told(NamedTuple):
    """A company of the file: itself, its postal addresses by kind, the INN of whom it belongs to."""

    new: NewCustomer
    addresses: dict[str, str]
    parent: str


@dataclass
class _Builder:
    """Makes companies of rows."""

    run: Run
    cells: Cells
    twins: Twins
    shops: dict[str, int]
    own: dict[str, Reader]
    moment: Reader

    def build(self, row: Row) -> _Told | None:
        value, cells = self.cells.value, self.cells
        external = value(row, "external_id", read_code, "")
        numbers = {name: value(row, name, read_code, "") for name in NUMBERS}
        key = external or "/".join((numbers["inn"], numbers["kpp"])).strip("/")
        if key and not self.twins.is_new(key, row):
            return None
        texts = {name: value(row, name, partial(read_text, longest=most), "") for name, most in TEXTS.items()}
        new = NewCustomer(
            kind="company",
            external_id=external,
            last_name=value(row, "name", partial(read_text, longest=100), ""),
            legal={"form": value(row, "form", read_form, ""), **numbers, **texts},
            email=cells.text(row, "email"),
            phone=cells.text(row, "phone"),
            shop_id=value(row, "registered_shop", self.shop),
            registered_at=value(row, "registered_at", self.moment),
            source="import",
            tags=value(row, "tags", read_tags, ()),
            own={code: value(row, f"{OWN}{code}", read) for code, read in self.own.items()},
        )
        addresses = {kind: value(row, name, LINE, "") for name, kind in ADDRESSES.items()}
        told = {kind: line for kind, line in addresses.items() if line}
        return _Told(new, told, value(row, "parent_inn", read_code, ""))

    def shop(self, text: str) -> int:
        try:
            return self.shops[text]
        except KeyError:
            raise Unreadable("unknown_shop", value=text[:40]) from None


def load(run: Run) -> None:
    """Load all companies; who belongs to whom is written down when all of them are known."""
    cells = Cells(run)
    shops = {shop.code: shop.pk for shop in company.shops(run.by)}
    moment = partial(read_moment_before, run.at, company.zone())
    builder = _Builder(run, cells, Twins(), shops, own_readers(cells, "company"), moment)
    books = run.account("rows")
    waiting: list[_Child] = []
    origin = run.options.get("verified") or ""
    evidence = Evidence.declared(origin, run.import_id) if origin else CLAIMED
    for rows, told in batches(run, builder.build):
        loaded = customers.load_customers([one.new for one in told], by=run.by, at=run.at, evidence=evidence)
        for reject in loaded.rejects:
            run.reject(rows[reject.index], COLUMN_OF.get(reject.field, reject.field), Unreadable(reject.code))
        for index, profile in enumerate(loaded.profile_ids):
            if profile is None:
                continue
            state = "new" if index in loaded.fresh else "same"
            child = _Child(rows[index], profile, told[index], "changed" if index in loaded.altered else state)
            if told[index].parent:
                waiting.append(child)
            else:
                _finish(run, child)
        run.progress(run)
    parents = _parents(waiting)
    for child in waiting:
        _finish(run, child, parents.get(child.told.parent, []))
    books.file, books.rejected = run.rows - builder.twins.repeated, run.rejected
    if builder.twins.repeated:
        run.note("repeated_rows", count=builder.twins.repeated)


class _Child(NamedTuple):
    """A company that is in the base now, and what became of its row: new, changed or the same."""

    row: Row
    profile: int
    told: _Told
    state: str


def _parents(waiting: Sequence[_Child]) -> dict[str, list[int]]:
    return customer_queries.profile_ids_by_inn({child.told.parent for child in waiting}) if waiting else {}


def _finish(run: Run, child: _Child, parents: Sequence[int] = ()) -> None:
    """Its addresses and whom it belongs to; then its row is booked. A row of which a part is refused is put aside:
    brought again it finds the company and adds that part."""
    try:
        with transaction.atomic():
            added = _place(run, child)
            if child.told.parent:
                added = _belong(run, child, parents) or added
    except _Refused as refused:
        run.reject(child.row, refused.column, refused.why)
        return
    run.account("rows").base += 1
    state = "changed" if added and child.state == "same" else child.state
    run.loaded += state == "new"
    run.changed += state == "changed"
    run.unchanged += state == "same"


class _Refused(Exception):
    def __init__(self, column: str, why: Unreadable) -> None:
        super().__init__(column, why.code)
        self.column, self.why = column, why


def _place(run: Run, child: _Child) -> bool:
    """Write its postal addresses down; whether one of them is new."""
    added = False
    for kind, line in child.told.addresses.items():
        try:
            told = {"kind": kind, "line": line}
            added |= addresses.bring_address(profile_id=child.profile, **told, by=run.by, at=run.at)
        except Problem as problem:
            column = next(name for name, its in ADDRESSES.items() if its == kind)
            raise _Refused(column, Unreadable("told", reason=str(problem))) from problem
    return added


def _belong(run: Run, child: _Child, parents: Sequence[int]) -> bool:
    """Make it a subsidiary; whether it was none before."""
    inn = child.told.parent
    if len(parents) != 1:
        raise _Refused(
            "parent_inn", Unreadable("several_companies" if parents else "unknown_company", value=inn[:40])
        )
    if relation_queries.path_up(child.profile)[:1] == list(parents):
        return False
    new = NewRelation(kind=relation_queries.SUBSIDIARY, first_id=child.profile, second_id=parents[0])
    try:
        relations.relate(new, by=run.by, at=run.at, live=False)
    except Problem as problem:
        raise _Refused("parent_inn", Unreadable("told", reason=str(problem))) from problem
    return True


COMPANIES = Kind(
    key="companies",
    label=_("Companies"),
    permission="customers.load",
    to_see_rows="customers.see_contacts",
    load=load,
    options=("verified",),
    counted=_("companies"),
    more=partial(own_columns, "company"),
    always=(
        Column("external_id", _("Key in your system"), ("id", "ид", "код", "код контрагента", "внешний код")),
        Column("name", _("Name"), ("название", "наименование", "компания", "контрагент"), required=True),
        Column("form", _("Kind"), ("вид", "вид контрагента", "юр физ лицо", "type")),
        Column("full_name", _("Full legal name"), ("полное наименование", "полное название", "full name")),
        Column("inn", _("INN"), ("инн",)),
        Column("kpp", _("KPP"), ("кпп",)),
        Column("ogrn", _("OGRN"), ("огрн", "огрнип")),
        Column("address", _("Legal address"), ("юридический адрес", "юр адрес", "адрес", "legal address")),
        Column("actual_address", _("Actual address"), ("фактический адрес", "факт адрес")),
        Column("delivery_address", _("Address of delivery"), ("адрес доставки", "delivery address")),
        Column("bank", _("Bank"), ("банк",)),
        Column("bic", _("BIC"), ("бик",)),
        Column("account", _("Account"), ("счет", "расчетный счет", "р с", "номер счета")),
        Column("email", _("E-mail"), ("e-mail", "почта", "эл почта", "электронная почта", "mail")),
        Column("phone", _("Phone"), ("телефон",)),
        Column("registered_at", _("Registered at"), ("дата регистрации", "registration date")),
        Column("registered_shop", _("Shop of registration"), ("магазин", "магазин регистрации", "shop")),
        Column("tags", _("Tags"), ("теги", "тег", "метки", "tag")),
        Column(
            "parent_inn",
            _("INN of the parent company"),
            ("инн головной", "инн головной организации", "инн холдинга", "parent", "parent inn"),
            hint=_(
                "Whom it belongs to in its holding; the parent may stand anywhere in the file or be known."
            ),
        ),
    ),
)
