"""Makes the large base: the engine of facts reckons the rows, PostgreSQL takes them by COPY, both hold the same.

What stands in PostgreSQL is whole: rows, journal, letters, consents; facts have them as if they had been loaded from
the journal, so that `doctor` compares two stores and finds no difference. `only_facts` leaves receipts and letters
out of PostgreSQL, for a hundred million rows would take some forty gigabytes there; customers are always in both.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from datetime import time as midnight

from django.db import connection, transaction

from demo.large.recipe import CATEGORIES, DEPARTMENTS, Ground, Recipe, Shop
from prilavok.catalog import actions as catalog
from prilavok.catalog import queries as catalog_queries
from prilavok.catalog.ports import NewCategory, NewProduct
from prilavok.company import actions as company
from prilavok.company.actions import NewShop
from prilavok.customers.events import CustomerRegistered
from prilavok.facts import client, loading
from prilavok.facts.schema import registry
from prilavok.kernel import clock, journal
from prilavok.kernel.actors import SYSTEM
from prilavok.messaging import actions as messaging
from prilavok.orders.events import ReceiptPaid, ReceiptReturned

Tell = Callable[[str, int, int], None]
CUSTOMERS_AT_ONCE = 100_000
SALES_AT_ONCE = 1_000_000  # where only facts are written
SALES_OF_POSTGRES = 100_000
ZONES = (("Europe/Moscow", 3), ("Asia/Yekaterinburg", 5), ("Asia/Novosibirsk", 7), ("Asia/Vladivostok", 10))
STAGE = "generated_lines"
SOURCE = "generated"
LIVING = ("customers_profile", "orders_receipt", "messaging_message", "catalog_product", "company_shop")


class NotEmpty(Exception):
    """The base holds something already."""


@dataclass(frozen=True)
class Made:
    """What stands in the facts now: rows by table, the revenue in ten-thousandths, and the seconds it took."""

    rows: dict[str, int]
    revenue_units: int
    seconds: float


def make(recipe: Recipe, *, only_facts: bool = False, tell: Tell = lambda part, done, total: None) -> Made:
    """Fill an empty base. Raises NotEmpty, FactsDown."""
    begun = time.monotonic()
    _must_be_empty()
    loading.create_tables()
    loading.empty()
    recipe = replace(recipe, ground=_ground(recipe))
    books = _Books()
    for start, count in _parts(recipe.customers, CUSTOMERS_AT_ONCE):
        with transaction.atomic():
            _customers(recipe, start, count)
            books.begin()
        _states(start, count)
        books.done(f"customers-{start}")
        tell("customers", start + count, recipe.customers)
    _stage()
    for start, count in _parts(recipe.sales, SALES_AT_ONCE if only_facts else SALES_OF_POSTGRES):
        _sales(recipe, start, count, books, only_facts=only_facts)
        tell("receipts", start + count, recipe.sales)
    client.execute(f"DROP TABLE IF EXISTS {STAGE}")
    for mailing in range(recipe.mailings):
        _letters(recipe, mailing, books, only_facts=only_facts)
        tell("letters", mailing + 1, recipe.mailings)
    _settle(tell)
    return Made(
        _counted(), int(client.value("SELECT sum(revenue_units) FROM receipts")), time.monotonic() - begun
    )


def _must_be_empty() -> None:
    with connection.cursor() as cursor:
        for table in LIVING:
            cursor.execute(f"SELECT EXISTS (SELECT FROM {table})")
            if cursor.fetchone()[0]:
                raise NotEmpty(table)


def _parts(total: int, size: int) -> Iterable[tuple[int, int]]:
    return ((start, min(size, total - start)) for start in range(0, total, size))


# ── What sales refer to ──────────────────────────────────────────────────────────────────────────────────


def _ground(recipe: Recipe) -> Ground:
    """Shops, goods and a letter's text, by the doors that everybody uses."""
    at = datetime.combine(recipe.since, midnight(), UTC)
    company.make_roles()
    company.name_company(
        name="Большая база", currency="RUB", timezone="Europe/Moscow", language="ru", by=SYSTEM, demo=True
    )
    company.add_brand(code="second", name="Вторая марка", by=SYSTEM)
    rows = [
        NewShop(
            code=f"g{number}", name=f"Магазин {number + 1}", timezone=ZONES[number % 4][0],
            brand_code="second" if number % 10 == 9 else "main",
        )
        for number in range(recipe.shops)
    ]  # fmt: skip
    shops = company.add_shops(rows, by=SYSTEM, at=at, live=False)
    departments, categories = _catalog(recipe, at)
    products = catalog_queries.products_by_code(["g0", f"g{recipe.products - 1}"])
    first = products["g0"].id
    if products[f"g{recipe.products - 1}"].id != first + recipe.products - 1:
        raise NotEmpty("catalog_product")
    version = messaging.save_template(
        name="Письмо большой базы", subject="Новости", mjml_source=LETTER, by=SYSTEM, at=at
    )
    return Ground(
        shops=tuple(
            Shop(shops[row.code].pk, shops[row.code].brand_id, ZONES[number % 4][1])
            for number, row in enumerate(rows)
        ),
        categories=categories,
        departments=departments,
        first_product=first,
        template_version=version.pk,
    )


def _catalog(recipe: Recipe, at: datetime) -> tuple[tuple[int, ...], tuple[int, ...]]:
    departments = [
        NewCategory(code=f"d{n}", name=f"Department {n + 1}", name_ru=f"Отдел {n + 1}")
        for n in range(DEPARTMENTS)
    ]
    categories = [
        NewCategory(
            code=f"c{n}", name=f"Category {n + 1}", name_ru=f"Категория {n + 1}", parent_code=f"d{n % DEPARTMENTS}"
        )
        for n in range(CATEGORIES)
    ]  # fmt: skip
    catalog.load_categories([*departments, *categories], by=SYSTEM, at=at)
    goods = [
        NewProduct(
            code=f"g{n}", name=f"Товар {n + 1}", category_code=f"c{n % CATEGORIES}", unit="kg" if n % 5 == 0 else "pcs"
        )
        for n in range(recipe.products)
    ]  # fmt: skip
    catalog.load_products(goods, by=SYSTEM, at=at)
    known = {one.code: one.pk for one in catalog_queries.categories(SYSTEM)}
    return tuple(known[f"d{n}"] for n in range(DEPARTMENTS)), tuple(known[f"c{n}"] for n in range(CATEGORIES))


LETTER = (
    "<mjml><mj-body><mj-section><mj-column><mj-text>Новости магазина. "
    '<a href="{{ unsubscribe_url }}">Отписаться</a></mj-text></mj-column></mj-section></mj-body></mjml>'
)


# ── Customers ────────────────────────────────────────────────────────────────────────────────────────────


def _customers(recipe: Recipe, start: int, count: int) -> None:
    some = f"({recipe.customers_between(start, count)})"
    since = "concat(toString(registered_at), '+00')"
    _copy(
        "customers_person (id, public_id, kind, last_name, first_name, middle_name, sex, birth_date, invented)",
        f"SELECT p, {recipe.identity('person', 'p', 'registered_at')}, 'person', last_name, first_name, '', sex, "
        f"birth_date, 't' FROM {some}",
    )
    _copy(
        "customers_profile (id, public_id, person_id, registered_at, registered_shop_id, status, source, own)",
        f"SELECT p, public_id, p, {since}, shop_id, status, '{SOURCE}', '{{}}' FROM {some}",
    )
    _copy(
        "customers_contact (profile_id, kind, value, preferred, fail_reason)",
        f"SELECT p, c.1, c.2, 'f', '' FROM {some} ARRAY JOIN arrayFilter(c -> c.3, [('email', email, has_email), "
        "('phone', phone, has_phone)]) AS c",
    )
    _copy(
        "customers_identifier (profile_id, kind, value, proof, rule, at, by_kind)",
        f"SELECT p, 'card', concat('29', leftPad(toString(p), 11, '0')), 'verified', 'registration', {since}, 'system' "
        f"FROM {some}",
    )
    _copy(
        "customers_consent (profile_id, purpose, channel, given, at, source, text_version, proof, by_kind)",
        f"SELECT p, 'marketing', c.1, c.2, concat(toString(registered_at + c.3), '+00'), '{SOURCE}', '', '', 'system' "
        f"FROM {some} ARRAY JOIN arrayFilter(c -> c.4, [('email', 't', toIntervalSecond(0), said_email), "
        "('sms', 't', toIntervalSecond(0), consent_sms), "
        "('email', 'f', toIntervalSecond(86400), said_email AND NOT consent_email)]) AS c",
    )
    told = (
        'concat(\'{"profile_id":\', toString(p), \',"person_id":\', toString(p), \',"source":"\', '
        f"'{SOURCE}', '\",\"consents\":[', arrayStringConcat(arrayFilter(c -> c != '', "
        "[if(said_email, '\"email\"', ''), if(consent_sms, '\"sms\"', '')]), ','), ']}')"
    )
    _copy_events(
        recipe, "customers.CustomerRegistered", "p", "registered_at", "p", "NULL", "shop_id", told, some
    )


def _states(start: int, count: int) -> None:
    """What facts keep of every customer, as its domains would load it."""
    for state in registry().states.values():
        if CustomerRegistered in state.on:
            loading.reload(state, list(range(start + 1, start + count + 1)))


# ── Sales ────────────────────────────────────────────────────────────────────────────────────────────────


def _stage() -> None:
    client.execute(f"DROP TABLE IF EXISTS {STAGE}")
    client.execute(f"""
        CREATE TABLE {STAGE} (kind LowCardinality(String), sign Int8, receipt_id Int64, original_id Int64,
            number UInt16, profile_id Int64, local_date Date, local_hour UInt8, happened_at DateTime64(3, 'UTC'),
            brand_id Int64, shop_id Int64, product_id Int64, category_id Int64, department_id Int64, weighed UInt8,
            quantity Decimal(14, 3), gross_units Int64, paid_units Int64)
        ENGINE = MergeTree ORDER BY (receipt_id, number)""")


HEAD = "receipt_id, profile_id, kind, happened_at, local_date, local_hour, brand_id, shop_id"


def _sales(recipe: Recipe, start: int, count: int, books: "_Books", *, only_facts: bool) -> None:
    client.execute(f"TRUNCATE TABLE {STAGE}")
    client.execute(f"INSERT INTO {STAGE} {recipe.lines_between(start, count)}")
    if not only_facts:
        with transaction.atomic():
            _sales_of_postgres(recipe)
            books.begin()
    client.execute(f"""
        INSERT INTO receipt_lines ({HEAD}, line, product_id, category_id, department_id, quantity, revenue_units,
            paid_units, discount_units, batch)
        SELECT {HEAD}, number, product_id, category_id, department_id, quantity, paid_units, paid_units,
            gross_units - paid_units, {books.batch} FROM {STAGE}""")
    client.execute(f"""
        INSERT INTO receipts ({HEAD}, currency, revenue_units, paid_units, discount_units, lines, items, batch)
        SELECT receipt_id, any(profile_id), any(kind), any(happened_at), any(local_date), any(local_hour),
            any(brand_id), any(shop_id), 'RUB', sum(paid_units), sum(paid_units), sum(gross_units) - sum(paid_units),
            count(), {ITEMS}, {books.batch} FROM {STAGE} GROUP BY receipt_id""")
    if not only_facts:
        books.done(f"sales-{start}")


ITEMS = "toDecimal64(sum(if(weighed, toDecimal64(sign, 3), quantity)), 3)"  # what is weighed is one piece


def _sales_of_postgres(recipe: Recipe) -> None:
    head = f"""
        SELECT receipt_id, any(original_id) AS original, any(kind) AS what, any(profile_id) AS p,
            any(happened_at) AS at, any(local_date) AS day, any(local_hour) AS hour, any(brand_id) AS brand,
            any(shop_id) AS shop, sum(gross_units) AS gross, sum(paid_units) AS paid, {ITEMS} AS pieces,
            arrayStringConcat(arrayMap(x -> x.2, arraySort(groupArray((number, concat(toString(product_id), ',',
                toString(category_id), ',', toString(department_id), ',', toString(quantity), ',',
                {_money("paid_units")}, ',', {_money("paid_units")}, ',', {_money("gross_units - paid_units")}))))), ';'
            ) AS told
        FROM {STAGE} GROUP BY receipt_id ORDER BY receipt_id"""
    public = recipe.identity("receipt", "receipt_id", "at")
    whose = "if(p = 0, NULL, p)"
    _copy(
        "orders_receipt (id, public_id, number, shop_id, profile_id, kind, returns_id, paid_at, local_date, "
        "local_hour, currency, gross, paid, reimbursed, items, fingerprint)",
        f"SELECT receipt_id, {public}, toString(receipt_id), shop, {whose}, what, if(what = 'sale', NULL, original), "
        f"concat(toString(at), '+00'), day, hour, 'RUB', {_money('gross')}, {_money('paid')}, 0, pieces, "
        f"concat('\\\\x', lower(hex(sipHash128(receipt_id)))) FROM ({head})",
    )
    _copy(
        "orders_receiptline (id, receipt_id, number, product_id, returned_id, quantity, unit, gross, paid, reimbursed)",
        "SELECT receipt_id * 32 + number, receipt_id, number, product_id, if(kind = 'sale', NULL, "
        "original_id * 32 + number), quantity, if(weighed, 'kg', 'pcs'), "
        f"{_money('gross_units')}, {_money('paid_units')}, 0 FROM {STAGE} ORDER BY receipt_id, number",
    )
    body = (
        'concat(\'{"receipt_id":\', toString(receipt_id), \',"public_id":"\', '
        + public
        + ', \'","shop_id":\', '
        'toString(shop), \',"till_id":null,"local_date":"\', toString(day), \'","local_hour":\', toString(hour), '
        '\',"currency":"RUB","revenue":"\', ' + _money("paid") + ', \'","paid":"\', ' + _money("paid") + ", "
        '\'","discount":"\', ' + _money("gross - paid") + ', \'","items":"\', toString(pieces), \'",\', '
        "if(what = 'sale', '', concat('\"original_id\":', toString(original), ',')), "
        '\'"coupons":[],"lines":"\', told, \'"}\')'
    )
    kind = f"if(what = 'sale', '{ReceiptPaid.type_name()}', '{ReceiptReturned.type_name()}')"
    _copy_events(recipe, kind, "receipt_id", "at", whose, "brand", "shop", body, f"({head})", literal=False)


def _money(units: str) -> str:
    """Ten-thousandths as PostgreSQL and the journal's readers take money."""
    return f"toString(toDecimal64({units}, 0) * toDecimal64('0.0001', 4))"


# ── Letters ──────────────────────────────────────────────────────────────────────────────────────────────


def _letters(recipe: Recipe, mailing: int, books: "_Books", *, only_facts: bool) -> None:
    some = f"({recipe.letters_of(mailing)})"
    owner = f"generated:{mailing + 1}"
    rows = f"""
        SELECT m, p, e.1 AS event, e.2 AS machine, at + toIntervalSecond(e.3) AS moment, link
        FROM {some} ARRAY JOIN arrayConcat([(state, toUInt8(0), toUInt32(0))], touches) AS e"""
    if not only_facts:
        with transaction.atomic():
            _letters_of_postgres(recipe, mailing, owner, some, rows)
            books.begin()
    client.execute(f"""
        INSERT INTO messages (message_id, profile_id, mailing_id, owner, channel, event, happened_at, local_date,
            machine, link, batch)
        SELECT m, p, {mailing + 1}, '{owner}', 'email', event, moment, toDate(moment + toIntervalHour(3)), machine,
            if(event = 'clicked', toString(link), ''), {books.batch} FROM ({rows})""")
    if not only_facts:
        books.done(owner)


def _letters_of_postgres(recipe: Recipe, mailing: int, owner: str, some: str, rows: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO messaging_mailing (id, public_id, owner, template_version_id, policy, start_at, state, "
            "made_at) OVERRIDING SYSTEM VALUE VALUES (%s, gen_random_uuid(), %s, %s, 'never_twice', %s, 'done', %s)",
            [mailing + 1, owner, recipe.ground.template_version, clock.now(), clock.now()],
        )
    _copy(
        "messaging_message (id, public_id, mailing_id, profile_id, address, context, state, reason, attempts, "
        "settled_at)",
        f"SELECT m, {recipe.identity('letter', 'm', 'at')}, {mailing + 1}, p, address, '{{}}', state, "
        f"if(state = 'refused', '550 no such user', ''), 1, concat(toString(at), '+00') FROM {some}",
    )
    _copy(
        "messaging_touch (message_id, kind, link, machine, at)",
        "SELECT m, if(event = 'opened', 'open', 'click'), if(event = 'opened', NULL, link), "
        f"if(machine = 1, 'prefetch', ''), concat(toString(moment), '+00') "
        f"FROM ({rows}) WHERE event IN ('opened', 'clicked')",
    )
    body = (
        f'concat(\'{{"message_id":\', toString(m), \',"mailing_id":{mailing + 1},"owner":"{owner}",\', '
        "if(event = 'refused', '\"code\":550,', ''), "
        "if(event = 'clicked', concat('\"link\":', toString(link), ','), ''), "
        "if(event IN ('opened', 'clicked'), concat('\"machine\":', if(machine = 1, 'true', 'false'), ','), ''), "
        '\'"channel":"email"}\')'
    )
    kind = "concat('messaging.Message', upper(substring(event, 1, 1)), substring(event, 2))"
    number = "m * 8 + indexOf(['delivered', 'refused', 'opened', 'clicked'], event) + 4 * machine"
    _copy_events(recipe, kind, number, "moment", "p", "NULL", "NULL", body, f"({rows})", literal=False)


# ── Both stores ──────────────────────────────────────────────────────────────────────────────────────────


def _copy_events(
    recipe: Recipe, kind: str, key: str, at: str, whose: str, brand: str, shop: str, body: str, rows: str,
    *, literal: bool = True,
) -> None:  # fmt: skip
    """History into the journal. `kind` is the type's name or, unless `literal`, the SQL that says it."""
    told = f"'{kind}'" if literal else kind
    _copy(
        "kernel_storedevent (id, epoch, type, version, happened_at, customer_id, brand_id, shop_id, by_kind, live, "
        "body)",
        f"SELECT {recipe.identity('event', key, at)}, {journal.epoch()}, {told}, 1, concat(toString({at}), '+00'), "
        f"{whose}, {brand}, {shop}, 'system', 'f', {body} FROM {rows}",
    )


def _copy(table: str, question: str) -> None:
    rows = client.text(question)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        copy.write(rows)


class _Books:
    """The cursor that facts keep beside their data, moved batch by batch as their own loading does."""

    def __init__(self) -> None:
        self._reached, self._end, self._events = journal.Position(), journal.Position(), 0
        self.batch = 1

    def begin(self) -> None:
        """Inside the batch's transaction, when all its events are written."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) OVER (), epoch, transaction_id, id::text FROM kernel_storedevent "
                "WHERE transaction_id = pg_current_xact_id()::text::bigint AND epoch = %s "
                "ORDER BY epoch DESC, transaction_id DESC, id DESC LIMIT 1",
                [journal.epoch()],
            )
            self._events, *end = cursor.fetchone() or (0,)
        self._end = journal.Position(*end) if end else self._reached

    def done(self, token: str) -> None:
        """When facts have the batch's rows."""
        if self._events:
            loading.note_done(self.batch, self._reached, self._end, self._events, f"generated-{token}")
            self._reached = self._end
            self.batch += 1


SEQUENCES = (
    "customers_person", "customers_profile", "orders_receipt", "orders_receiptline", "messaging_mailing",
    "messaging_message",
)  # fmt: skip


def _settle(tell: Tell) -> None:
    """Ids go on behind the last one; the planner knows the tables; facts hold few large parts."""
    with connection.cursor() as cursor:
        for number, table in enumerate(SEQUENCES):
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), greatest((SELECT max(id) FROM {table}), 1))"
            )
            tell("settling", number + 1, len(SEQUENCES) + 1)
        cursor.execute("VACUUM (ANALYZE)") if not connection.in_atomic_block else cursor.execute("ANALYZE")
    tell("settling", len(SEQUENCES) + 1, len(SEQUENCES) + 1)


def _counted() -> dict[str, int]:
    return {
        table: int(client.value(f"SELECT count() FROM {table}"))
        for table in ("profiles", "receipts", "receipt_lines", "messages")
    }
