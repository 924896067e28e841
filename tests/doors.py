"""A shop by its own doors: a till, a site and an employee send what they send, and books are kept apart of it."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from prilavok.company.models import Employee, Shop
from prilavok.kernel import clock, jobs, journal
from prilavok.messaging.catcher.moods import Mood, mood
from prilavok.messaging.models import TemplateVersion
from prilavok.messaging.tests.conftest import send_all
from tests.cast import NOON, login

MOSCOW, VLADIVOSTOK = ZoneInfo("Europe/Moscow"), ZoneInfo("Asia/Vladivostok")
ZONES = {"lenina": MOSCOW, "vlad": VLADIVOSTOK}
FIRST = date(2026, 3, 2)  # the day on which the letters leave and the promotion begins
DAYS = 14
LAST = FIRST + timedelta(days=DAYS - 1)
PEOPLE = 40


def moscow(day: int, hour: int = 12, minute: int = 0) -> datetime:
    """So many days after the first, by Moscow's clock."""
    at = datetime(2026, 3, 2, hour, minute, tzinfo=MOSCOW) + timedelta(days=day)
    return at.astimezone(UTC)


@dataclass
class Books:
    """What was sent through the doors: one line for each receipt, by the external id of its customer."""

    receipts: list[tuple[str, date, str, Decimal]] = field(default_factory=list)
    same: dict[str, str] = field(default_factory=dict)  # who turned out to be somebody else

    def write(self, who: str, shop: str, at: datetime, kind: str, revenue: str | Decimal) -> None:
        self.receipts.append((who, at.astimezone(ZONES[shop]).date(), kind, Decimal(revenue)))

    def of(self, people: set[str], first: date = FIRST, last: date = LAST) -> tuple[int, int, Decimal]:
        """Buyers, sales and revenue of these people in these days."""
        sales: dict[str, int] = defaultdict(int)
        revenue = Decimal(0)
        for who, day, kind, amount in self.receipts:
            person = self.same.get(who, who)
            if person in people and first <= day <= last:
                sales[person] += kind == "sale"
                revenue += amount
        return sum(1 for count in sales.values() if count), sum(sales.values()), revenue


class Doors:
    """What a till, a site and an employee send; every write has its key."""

    def __init__(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        self.client, self.monkeypatch, self.books = client, monkeypatch, Books()
        self.ids: dict[str, str] = {}
        self.numbers = iter(range(1, 100_000))
        self.last_job = 0
        self.sold: list[dict[str, Any]] = []

    def at(self, moment: datetime) -> None:
        self.monkeypatch.setattr(clock, "now", lambda: moment)

    def send(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.client.generic(
            method,
            f"/api/v1{path}",
            data=json.dumps(body or {}, default=str),
            content_type="application/json",
            headers={"Idempotency-Key": str(uuid4()), "Accept-Language": "en"},
        )
        assert answer.status_code < 300, (path, answer.content.decode())
        return answer.json() if answer.content else None

    def get(self, path: str) -> Any:
        answer = self.client.get(f"/api/v1{path}", headers={"Accept-Language": "en"})
        assert answer.status_code == 200, answer.content.decode()
        return answer.json()

    def work(self) -> None:
        """What a worker does with the jobs that wait."""
        while job := ProcrastinateJob.objects.filter(pk__gt=self.last_job).order_by("pk").first():
            self.last_job = job.pk
            if job.task_name == "prilavok.call":
                jobs.call(**job.args)

    # ── People ───────────────────────────────────────────────────────────────────────────────────────────

    def register(self, who: str, email: str = "") -> None:
        said: dict[str, Any] = {
            "external_id": who,
            "first_name": who,
            "cards": [card(who)],
            "shop_code": "lenina",
        }
        if email:
            said |= {"email": email, "consents": [{"channel": "email"}]}
        self.ids[who] = self.send("POST", "/customers", said)["public_id"]

    def merge(self, winner: str, loser: str) -> Any:
        """They are one; the merge as it is told."""
        self.books.same[loser] = winner
        return self.send("POST", f"/customers/{self.ids[winner]}/merges", {"other": self.ids[loser]})

    # ── The till ─────────────────────────────────────────────────────────────────────────────────────────

    def sell(self, who: str, price: str, at: datetime, shop: str = "lenina", **more: Any) -> dict[str, Any]:
        """Reckoned and paid at the till. The answer of the commit, with the `lines` as they were reckoned."""
        self.at(at)
        pay = more.pop("pay", {})
        lines = [{"product": f"tea-{place}", "price": one} for place, one in enumerate(price.split("+"))]
        basket: dict[str, Any] = {"shop": shop, "lines": lines, **more}
        if who:
            basket["identifiers"] = [{"kind": "card", "value": card(who)}]
        asked = self.send("POST", "/till/calculate", basket)
        number = f"t{next(self.numbers)}"
        sold = self.send(
            "POST", "/till/commit", {"calculation": asked["calculation"], "number": number} | pay
        )
        self.books.write(who, shop, at, "sale", sold["total"])
        sold |= {"who": who, "shop": shop, "local": at.astimezone(ZONES[shop]).date()}
        self.sold.append(sold | {"lines": asked["lines"]})
        return self.sold[-1]

    def take_back(self, sold: dict[str, Any], at: datetime) -> None:
        """The first line comes back."""
        self.at(at)
        back = {"number": f"t{next(self.numbers)}", "lines": [{"line": 1, "quantity": "1"}]}
        told = self.send("POST", f"/till/receipts/{sold['id']}/returns", back)
        self.books.write(sold["who"], sold["shop"], at, "return", Decimal(told["total"]))
        sold["lines"] = sold["lines"][1:]

    def cancel(self, sold: dict[str, Any], at: datetime) -> None:
        self.at(at)
        told = self.send("POST", f"/till/receipts/{sold['id']}/cancel", {"number": f"t{next(self.numbers)}"})
        self.books.write(sold["who"], sold["shop"], at, "return", Decimal(told["total"]))
        sold["lines"] = []

    # ── Receipts that are told of ────────────────────────────────────────────────────────────────────────

    def tell(self, who: str, paid: str, at: datetime, shop: str = "lenina") -> dict[str, Any]:
        """A receipt of a till that reckons by itself."""
        receipt = {
            "shop": shop,
            "number": f"r{next(self.numbers)}",
            "paid_at": at,
            "customer": {"card": card(who)} if who else None,
            "lines": [{"product": "tea", "quantity": "1", "paid": paid}],
        }
        told: dict[str, Any] = self.send("POST", "/receipts", receipt)
        self.books.write(who, shop, at, "sale", told["revenue"])
        return told | {"who": who, "shop": shop}

    def bring(self, rows: list[tuple[str, str, datetime, str]]) -> None:
        """A file of receipts: customer, shop, moment (written as the shop's own clock shows it), revenue."""
        text = "receipt,shop,paid_at,card,product,quantity,revenue\n"
        for who, shop, at, revenue in rows:
            wall = at.astimezone(ZONES[shop]).strftime("%Y-%m-%d %H:%M:%S")
            text += f"f{next(self.numbers)},{shop},{wall},{card(who)},tea,1,{revenue}\n"
            self.books.write(who, shop, at, "sale", revenue)
        file = SimpleUploadedFile("receipts.csv", text.encode())
        answer = self.client.post(
            "/api/v1/imports",
            {"kind": "receipts", "file": file},
            headers={"Idempotency-Key": str(uuid4())},
        )
        assert answer.status_code == 200, answer.content.decode()
        brought = answer.json()["id"]
        self.send("POST", f"/imports/{brought}/start")
        self.work()
        done = self.get(f"/imports/{brought}")
        assert (done["state"], done["rejected"], done["loaded"]) == ("finished", 0, len(rows)), done


def card(who: str) -> str:
    return f"29{int(who[1:]):08d}"


@pytest.fixture
def doors(
    facts: None,
    client: Client,
    olga: Employee,
    shop_on_lenina: Shop,
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
    tmp_path: Path,
) -> Doors:
    settings.HOME = tmp_path
    login(client, olga)
    made = Doors(client, monkeypatch)
    made.at(moscow(-60))
    made.send("POST", "/shops", {"code": "vlad", "name": "Владивосток", "timezone": "Asia/Vladivostok"})
    return made


def put_up(doors: Doors, approver: Client, definition: dict[str, Any]) -> str:
    """A promotion that a colleague has approved."""
    made = doors.send("POST", "/promotions", definition)
    doors.send("POST", f"/promotions/{made['id']}/turns", {"turn": "ask"})
    own, doors.client = doors.client, approver
    doors.send("POST", f"/promotions/{made['id']}/verdict", {"version": 1})
    doors.client = own
    doors.work()
    return str(made["id"])


def arms(doors: Doors, experiment: str) -> dict[str, str]:
    """Who was drawn into which arm, by external id."""
    found: dict[str, str] = {}
    names = {public_id: who for who, public_id in doors.ids.items()}
    after: Any = 0
    while after is not None:
        page = doors.get(f"/experiments/{experiment}/people?after={after}")
        found |= {names[one["customer"]]: one["arm"] for one in page["items"]}
        after = page["next"]
    return found


def told(report: dict[str, Any]) -> dict[str, tuple[int, int, int, Decimal]]:
    """Of each arm: customers, buyers, receipts, revenue."""
    return {
        one["arm"]: (one["customers"], one["buyers"], one["receipts"], Decimal(str(round(one["revenue"], 4))))
        for one in report["arms"]
    }


def truth(doors: Doors, drawn: dict[str, str]) -> dict[str, tuple[int, int, int, Decimal]]:
    """The same of the books. Of two who are one the arm of the older record holds, where both were drawn at once."""
    arm_of: dict[str, str] = {}
    for who in sorted(drawn, key=lambda one: int(one[1:])):
        arm_of.setdefault(doors.books.same.get(who, who), drawn[who])
    people: dict[str, set[str]] = defaultdict(set)
    for who, arm in arm_of.items():
        people[arm].add(who)
    return {arm: (len(those), *doors.books.of(those)) for arm, those in people.items()}


def behind(doors: Doors, experiment: str, arm: str) -> tuple[int, int, int, Decimal]:
    """The same figures added up from the people behind them."""
    page = doors.get(f"/experiments/{experiment}/people?arm={arm}")
    assert page["next"] is None
    rows = page["items"]
    return (
        page["total"],
        sum(1 for one in rows if one["receipts"]),
        sum(one["receipts"] for one in rows),
        Decimal(str(round(sum(one["revenue"] for one in rows), 4))),
    )


def spent(doors: Doors, experiment: str, arm: str) -> list[float]:
    """What each of an arm bought."""
    return [one["revenue"] for one in doors.get(f"/experiments/{experiment}/people?arm={arm}")["items"]]


def discount(sold: dict[str, Any], promotion: str) -> Decimal:
    """What the promotion took off the lines that were not brought back."""
    off = (one for line in sold["lines"] for one in line["discounts"] if one["promotion"] == promotion)
    return sum((Decimal(one["amount"]) for one in off), Decimal(0))


def unadjusted(report: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = report["comparisons"][0]["unadjusted"]
    return found


def by_strata(report: dict[str, Any]) -> float:
    """The sum over strata of what the mailed spent less what so many of the control did."""
    [strata] = [cut["rows"] for cut in report["cuts"] if cut["cut"] == "stratum"]
    parts = (
        row["mailed"]["revenue"] - row["mailed"]["customers"] * row["control"]["per_customer"]
        for row in strata
    )
    return float(sum(parts))


@dataclass
class Story:
    """What was begun: the experiments of a campaign and of a promotion, and who was drawn for the campaign."""

    doors: Doors
    people: list[str]
    promotion: str
    campaign: str
    coupons: str
    drawn: dict[str, str] = field(default_factory=dict)

    @property
    def mailed(self) -> list[str]:
        return [who for who in self.people if self.drawn[who] == "mailed"]

    @property
    def left_alone(self) -> list[str]:
        return [who for who in self.people if self.drawn[who] == "control"]


def forty_regulars(doors: Doors) -> list[str]:
    """They come by the API, and what they bought before by a file."""
    people = [f"c{number}" for number in range(PEOPLE)]
    for who in people:
        doors.register(who, address_of(who))
    doors.at(moscow(-5))
    doors.bring([(who, "lenina", moscow(-30 + n % 20), f"{100 + 7 * n}.00") for n, who in enumerate(people)])
    # It is the first day already in the east, an hour later.
    doors.at(moscow(-1, 17, 45))
    doors.tell("c0", "11.00", moscow(-1, 17, 30), "vlad")
    doors.tell("c0", "13.00", moscow(-1, 16, 30), "vlad")
    # On the first morning one more comes.
    doors.at(moscow(0, 9))
    doors.register("c40", address_of("c40"))
    return [*people, "c40"]


def address_of(who: str) -> str:
    """One that takes letters at once."""
    return next(one for n in range(100) if mood(one := f"{who}-{n}@town.test") is Mood.ACCEPT)


OFFERED = {
    "name": "Ten off",
    "give": {"percent_off": 10},
    "needs": [{"amount": 500}],
    "control": {"percent": 50, "days": DAYS},
}
FIFTY = {"code": "FIFTY", "name": "Fifty", "reward_kind": "amount", "reward_value": "50", "uses": 1}


def begun(doors: Doors, approver: Client, letter: TemplateVersion) -> Story:
    """A promotion with a control group at the till, and letters with one, to the same people on the same day."""
    people = forty_regulars(doors)
    doors.send("POST", "/programmes", {"code": "points", "name": "Points"})
    put_up(doors, approver, {"name": "Points", "give": {"earn": 5}})
    journal.deliver()
    doors.at(NOON)
    promotion = put_up(doors, approver, OFFERED)
    listed = doors.send("POST", "/segments/lists", {"name": "All", "values": [card(who) for who in people]})
    series = FIFTY | {"valid_from": moscow(-1), "personal": True}
    coupons = doors.send("POST", "/coupon-series", series)["id"]
    draft = {
        "name": "Spring",
        "segment": listed["segment"]["public_id"],
        "template": letter.template.public_id,
        "coupon_series": coupons,
        "control_share": "0.5",
        "analysis_days": DAYS,
        "cost": "100",
    }
    campaign = doors.send("POST", "/campaigns", draft)["public_id"]
    doors.send("POST", f"/campaigns/{campaign}/launch")
    doors.work()
    send_all()
    journal.deliver()
    experiment = doors.get(f"/campaigns/{campaign}")["experiment"]
    return Story(doors, people, promotion, experiment, coupons, arms(doors, experiment))
