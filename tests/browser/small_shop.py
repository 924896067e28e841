"""A shop small enough to be made before a test: sixty customers, a year of receipts, one of everything else.

Always the same (seeded). Names follow the cast: Anna Petrova is the first customer.
"""

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from prilavok.campaigns import actions as campaigns
from prilavok.catalog import actions as catalog
from prilavok.catalog.ports import NewCategory, NewProduct
from prilavok.catalog.queries import products_by_code
from prilavok.company import actions as company
from prilavok.company.actions import NewShop
from prilavok.company.models import Employee
from prilavok.customers import actions as customers
from prilavok.customers import queries
from prilavok.customers.ports import NewConsent, NewCustomer
from prilavok.experiments import actions as experiments
from prilavok.experiments.actions import Candidate
from prilavok.kernel import clock, journal
from prilavok.kernel.actors import SYSTEM
from prilavok.loyalty import actions as loyalty
from prilavok.loyalty.ports import NewSeries
from prilavok.messaging import actions as messaging
from prilavok.orders import actions as orders
from prilavok.orders.ports import NewLine, NewReceipt
from prilavok.segments import actions as segments

PASSWORD = "a-long-password-1"
WOMEN = ("Анна", "Вера", "Дарья", "Жанна", "Инна", "Лидия", "Нина", "Ольга", "Раиса", "Тамара")
MEN = ("Борис", "Глеб", "Егор", "Захар", "Иван", "Кирилл", "Лев", "Максим", "Олег", "Пётр")
SURNAMES = ("Петров", "Иванов", "Кузнецов", "Орлов", "Волков", "Соколов")
GOODS = (
    (
        "meat",
        "Meat",
        "Мясо",
        (("beef", "Говядина 1 кг", 690), ("pork", "Свинина 1 кг", 420), ("chicken", "Курица 1 кг", 260)),
    ),
    (
        "dairy",
        "Dairy",
        "Молочное",
        (("milk", "Молоко 1 л", 95), ("cheese", "Сыр 200 г", 310), ("kefir", "Кефир 0,9 л", 88)),
    ),
    ("bakery", "Bakery", "Хлеб", (("rye", "Хлеб ржаной", 64), ("loaf", "Батон", 58), ("cake", "Торт", 540))),
    (
        "drinks",
        "Drinks",
        "Напитки",
        (("tea", "Чай 100 г", 180), ("juice", "Сок 1 л", 145), ("water", "Вода 1,5 л", 49)),
    ),
)


@dataclass
class SmallShop:
    """What the tests open."""

    employees: dict[str, Employee]
    profile_ids: list[int]


def make() -> SmallShop:
    """Fill an empty base."""
    at = clock.now()
    company.name_company(
        name="Лавка",
        currency="RUB",
        timezone="Europe/Moscow",
        language="ru",
        site="https://lavka.example/",
        by=SYSTEM,
    )
    employees = {
        name: _hire(name, role, at)
        for name, role in (
            ("Olga", "owner"),
            ("Marina", "marketer"),
            ("Ada", "administrator"),
            ("Oleg", "operator"),
            ("Klara", "cashier"),
        )
    }
    shops = company.add_shops(
        [
            NewShop(code="lenina", name="На Ленина", region="Москва"),
            NewShop(code="sadovaya", name="На Садовой", region="Тула"),
        ],
        by=SYSTEM,
        at=at,
    )
    _load_goods(at)
    ids = _load_customers([shop.pk for shop in shops.values()], at)
    _load_receipts(ids, [shop.pk for shop in shops.values()], at)
    return SmallShop(employees, ids)


def prove(shop: SmallShop) -> None:
    """An experiment that has ended, one that goes on, and one from a file. Receipts must have been delivered."""
    at = clock.now()
    persons = queries.persons_of(shop.profile_ids)
    candidates = [Candidate(profile, persons[profile]) for profile in shop.profile_ids]
    for number, (title, days_ago) in enumerate((("Письма весны", 40), ("Письма лета", 5)), start=1):
        experiments.draw(
            subject=f"test:{number}",
            title=title,
            candidates=candidates,
            control_share=Decimal("0.5"),
            horizon_days=28,
            by=SYSTEM,
            at=at - timedelta(days=days_ago),
            salt=title,
        )
    rows = [f"{arm},{number % 3},{number % 2}" for arm in ("A", "B", "C") for number in range(60)]
    experiments.load_experiment(
        content="\n".join(["group,spend,region", *rows]).encode(),
        title="Три письма",
        arm="group",
        control="A",
        outcome="spend",
        stratum="region",
        by=SYSTEM,
        at=at,
    )
    segments.reckon_rfm(by=SYSTEM, at=at)


def act(shop: SmallShop) -> None:
    """A segment, a letter, a coupon; one campaign that has been prepared and one draft."""
    at = clock.now()
    tree = {
        "all": [
            {"fact": "purchases", "measure": "receipts", "op": ">=", "value": 2},
            {"trait": "email_ok", "is": True},
        ]
    }
    segment = segments.create(name="Купили дважды, можно писать", tree=tree, kind="dynamic", by=SYSTEM, at=at)
    segments.refresh(segment_id=segment.pk, by=SYSTEM, at=at)
    letter = messaging.save_starter(name="Неделя мяса", by=SYSTEM, at=at)
    series = loyalty.create_series(
        NewSeries(
            code="MEAT10",
            name="10 % на мясо",
            valid_from=at - timedelta(days=1),
            valid_until=at + timedelta(days=30),
            reward_kind="percent",
            reward_value=Decimal(10),
            personal=True,
            uses=1,
        ),
        by=SYSTEM,
        at=at,
    )
    chosen = {"segment_id": segment.pk, "template_id": letter.template_id, "coupon_series_id": series.pk}
    launched = campaigns.create(name="Мясная неделя", by=SYSTEM, at=at, **chosen)
    campaigns.launch(campaign_id=launched.pk, by=SYSTEM, at=at)
    campaigns.prepare(campaign_id=launched.pk)
    campaigns.create(name="Черновик на декабрь", by=SYSTEM, at=at, **chosen)
    _promote(at)


def _promote(at: datetime) -> None:
    """A promotion that is live and one whose approval somebody waits for."""
    for name, give in (("Мясо по вторникам", {"percent_off": 10}), ("Три по цене двух", {"multiple": THREE})):
        made = loyalty.create_promotion({"name": name, "give": give}, by=SYSTEM, at=at)
        loyalty.ask_approval(made.pk, by=SYSTEM, at=at)
        if "percent_off" in give:
            loyalty.approve_promotion(made.pk, by=SYSTEM, at=at)


THREE = {"take": 3, "pay": 2}


def deliver() -> None:
    """Let every consumer, facts among them, see what has been loaded."""
    journal.deliver()


def _hire(name: str, role: str, at: datetime) -> Employee:
    return company.add_employee(
        email=f"{name.lower()}@prilavok.test",
        name=name,
        password=PASSWORD,
        roles=[role],
        by=SYSTEM,
        at=at,
        language="ru",
    )


def _load_goods(at: datetime) -> None:
    catalog.load_categories(
        [NewCategory(code=code, name=name, name_ru=russian) for code, name, russian, _ in GOODS],
        by=SYSTEM,
        at=at,
    )
    catalog.load_products(
        [
            NewProduct(code=code, name=name, category_code=category)
            for category, _, _, goods in GOODS
            for code, name, _ in goods
        ],
        by=SYSTEM,
        at=at,
    )


def _load_customers(shop_ids: list[int], at: datetime) -> list[int]:
    chance = random.Random(7)
    rows = []
    for number in range(60):
        woman = number % 2 == 0
        rows.append(
            NewCustomer(
                external_id=f"c{number}",
                first_name=(WOMEN if woman else MEN)[number // 2 % 10],
                last_name=SURNAMES[number % 6] + ("а" if woman else ""),
                sex="f" if woman else "m",
                birth_date=date(
                    1950 + chance.randrange(55), 1 + chance.randrange(12), 1 + chance.randrange(28)
                ),
                email=f"c{number}@example.com" if chance.random() < 0.85 else "",
                phone=f"+7916000{number:04}",
                cards=(f"2000{number:06}",),
                shop_id=shop_ids[number % len(shop_ids)],
                registered_at=at - timedelta(days=400 - number),
                consents=(NewConsent(channel="email", source="till"),) if chance.random() < 0.7 else (),
            )
        )
    loaded = customers.register_many(rows, by=SYSTEM, at=at)
    return [loaded[row.external_id] for row in rows]


def _load_receipts(profile_ids: list[int], shop_ids: list[int], at: datetime) -> None:
    chance = random.Random(11)
    goods = [(code, Decimal(price)) for *_, things in GOODS for code, _, price in things]
    refs = products_by_code([code for code, _ in goods])
    receipts = []
    for number in range(900):
        owner = chance.choice(profile_ids[: 8 + number % 53]) if chance.random() < 0.8 else None
        lines = []
        for code, price in chance.sample(goods, chance.randrange(1, 6)):
            quantity = Decimal(chance.randrange(1, 4))
            ref = refs[code]
            lines.append(
                NewLine(
                    ref.id,
                    ref.category_id,
                    ref.department_id,
                    quantity,
                    "pcs",
                    price * quantity,
                    price * quantity,
                )
            )
        receipts.append(
            NewReceipt(
                number=f"{number:06}",
                shop_id=chance.choice(shop_ids),
                till_code="1",
                paid_at=at - timedelta(days=chance.randrange(364), minutes=chance.randrange(700)),
                currency="RUB",
                lines=lines,
                profile_id=owner,
            )
        )
    orders.load_receipts(receipts, by=SYSTEM)
