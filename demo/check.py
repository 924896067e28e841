"""`make demo CHECK=1`: walks the main job by itself, prints its figures, and says whether they are as they must be.

Load → know → choose → act → time passes → prove. The same four weeks are reckoned twice with the same people: with
nothing planted the report must say «не доказано», with the known effect planted it must find it.
"""

import os
import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
from django.conf import settings
from django.db.models import Sum
from django.utils import translation
from rich.console import Console

from demo import cast, live, load, planting, points
from demo.files import Written
from demo.progress import Bar
from prilavok.campaigns import queries as campaign_queries
from prilavok.campaigns.models import Campaign
from prilavok.catalog import queries as catalog
from prilavok.company import actions as company
from prilavok.company import queries as company_queries
from prilavok.customers import queries as customers
from prilavok.exchange import actions as exchange
from prilavok.exchange import queries as exchange_queries
from prilavok.exchange.models import Import
from prilavok.experiments import queries as experiments
from prilavok.experiments.models import Experiment
from prilavok.facts import client as facts
from prilavok.kernel import clock
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.ids import uuid7
from prilavok.ledger import queries as ledger
from prilavok.loyalty import queries as loyalty
from prilavok.loyalty.models import Reckoned
from prilavok.messaging import starter
from prilavok.orders import queries as orders
from prilavok.orders.models import LineDiscount, ReceiptLine
from prilavok.segments import actions as segments
from prilavok.ui.formats import number

NAME = "Проверка: мясо со скидкой"
COUPON = "CHECK-MEAT"
NAIVE = {"8": 271_000, "13": 284_000, "18": 348_000}
"""What naive reports of the data set's unassigned campaigns claim, rounded to thousands."""
PATIENCE = 900
"""Seconds for anything that another process has to do."""


class Wrong(Exception):
    """A figure is not as it must be."""


def walk(folder: Path, console: Console, *, only: str | None = None) -> int:
    """Walk all steps; 0 when every figure is as it must be, else 1."""
    written = Written.saved(folder)
    if written is None:
        console.print("Сначала загрузите демонстрацию: prilavok demo load.", style="red")
        return 1
    walked = Walk(folder, written, console)
    for step in walked.steps():
        began = monotonic()
        try:
            step()
        except (Wrong, live.Rejected) as wrong:
            console.print(f"[red]✗[/red] {step.__doc__}: {wrong}")
            return 1
        console.print(f"[green]✓[/green] {step.__doc__} ({monotonic() - began:.0f} с)")
    whose = "" if written.real else " Магазин сгенерирован: набора данных здесь нет."
    console.print(f"[green]Проверка прошла.[/green]{whose}")
    return 0


def mail_page() -> str:
    """Where the demo's mail catcher shows its letters."""
    return os.environ.get("PRILAVOK_CATCHER_URL", settings.PUBLIC_URL)


@dataclass
class Walk:
    """What the steps hand to one another."""

    folder: Path
    written: Written
    console: Console
    segment: Any = None
    campaign: Campaign | None = None
    estimate: float = 0.0
    notes: dict[str, Any] = field(default_factory=dict)
    api: "Api" = field(default_factory=lambda: Api())

    def steps(self) -> tuple[Callable[[], None], ...]:
        """The main job in its order."""
        return (
            self.loaded,
            self.loaded_once,
            self.counted,
            self.known,
            self.chosen,
            self.launched,
            self.sent,
            self.answered,
            self.too_early,
            self.passed,
            self.not_proven,
            self.naive,
            self.proven,
            self.whole,
        )

    def say(self, text: str) -> None:
        self.console.print("    " + text, markup=False)

    def must(self, is_so: bool, text: str) -> None:
        """Print the figure; raise Wrong unless it is as it must be."""
        self.say(text)
        if not is_so:
            raise Wrong(text)

    # ── 1. Load ──────────────────────────────────────────────────────────────────────────────────────────

    def loaded(self) -> None:
        """Сумма в файле — сумма в базе"""
        books, written = load.books(), self.written
        if not clock.offset() or clock.now() < load.end_moment(written):
            held = books["revenue"] - Decimal(written.loaded_revenue)
            self.must(held >= 0, f"в файлах {written.loaded_revenue}, в базе {books['revenue']:.2f}")
        self.must(books["revenue"] == books["line_revenue"], f"по строкам чеков {books['line_revenue']:.2f}")
        people = customers.visible(SYSTEM).count()
        self.must(people == written.households, f"покупателей {number(people)}")

    def loaded_once(self) -> None:
        """Тот же файл ещё раз ничего не меняет"""
        before = load.books()
        for kind, name in (("customers", "customers.csv"), ("receipts", self._beginning())):
            one = exchange.import_file(
                kind, self.folder / name, by=SYSTEM, at=clock.now(), options=load.OPTIONS.get(kind)
            )
            self.must(
                not (one.loaded or one.rejected),
                f"{name}: загружено {one.loaded}, без изменений {number(one.unchanged)}",
            )
        self.must(load.books() == before, "книги те же")

    def _beginning(self) -> str:
        """The first receipts of the year as a file of their own."""
        path = self.folder / "receipts-beginning.csv"
        with (self.folder / "receipts.csv").open() as source:
            lines = list(islice(source, 20_001))
        last = lines[-1].split(",")[0]
        path.write_text("".join(line for line in lines if line.split(",")[0] != last))
        return path.name

    def counted(self) -> None:
        """Факты догнали базу"""
        self.wait_for_facts()

    def wait_for_facts(self) -> None:
        """Until the column store holds what PostgreSQL holds."""

        def agree() -> bool:
            books = load.books()
            row = facts.query("SELECT count() AS n, sum(revenue_units) AS units FROM receipts")[0]
            self.notes["facts"] = (row["n"], Decimal(row["units"]) / 10_000)
            return bool(self.notes["facts"] == (books["receipts"], books["revenue"]))

        until(agree, "факты не догоняют базу")
        receipts, revenue = self.notes["facts"]
        self.say(f"в фактах {number(receipts)} чеков на {revenue:.2f}")

    # ── 2. Know ──────────────────────────────────────────────────────────────────────────────────────────

    def known(self) -> None:
        """Список, карточка и RFM открываются"""
        segments.reckon_rfm(by=SYSTEM, at=clock.now())
        one = customers.visible(SYSTEM).order_by("pk").first()
        with closing(self.browser()) as browser:
            for address in (
                "/",
                "/customers/",
                f"/customers/{one.public_id}/" if one else "/",
                "/segments/rfm/",
            ):
                answer = browser.get(address)
                self.must(answer.status_code == 200, f"{address}: {answer.status_code}")

    def browser(self) -> httpx.Client:
        """Marina at her desk."""
        client = httpx.Client(base_url=settings.PUBLIC_URL, timeout=120, follow_redirects=True)
        page = client.get("/login/")
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        marina = next(person for person in cast.CAST if person.login == "marina")
        form = {
            "csrfmiddlewaretoken": found[1] if found else "",
            "username": marina.email,
            "password": cast.PASSWORD,
        }
        client.post("/login/", data=form, headers={"Referer": f"{settings.PUBLIC_URL}/login/"})
        return client

    # ── 3. Choose ────────────────────────────────────────────────────────────────────────────────────────

    def chosen(self) -> None:
        """Сегменты считаются"""
        meat = next(one for one in catalog.departments(SYSTEM) if one.code == "MEAT")
        receipts: dict[str, Any] = {"fact": "purchases", "measure": "receipts", "op": ">="}
        bought = {**receipts, "value": 2, "where": {"department": [meat.pk]}}
        idle = {"not": {**receipts, "value": 1, "window": {"last_days": 60}}}
        reachable = {"trait": "email_ok", "is": True}
        sleeping = self.api.post("segments/count", {"conditions": {"all": [bought, idle, reachable]}})[
            "people"
        ]
        self.must(sleeping > 0, f"мясо дважды, 60 дней ничего, можно писать: {sleeping}")
        wanted = {"name": NAME, "conditions": {"all": [bought, reachable]}}
        self.segment = self.found("segments") or self.api.post("segments", wanted)
        address = f"segments/{self.segment['public_id']}"
        until(lambda: bool(self.api.get(address)["size"]), "сегмент пуст")
        people = self.api.get(address)["size"]
        self.must(
            not self.written.real or 1300 <= people <= 1400, f"мясо дважды, можно писать: {number(people)}"
        )

    def found(self, kind: str) -> Any:
        """What an earlier, stopped check has made under this name."""
        return next((one for one in self.api.get(kind)["items"] if one["name"] == NAME), None)

    # ── 4. Act ───────────────────────────────────────────────────────────────────────────────────────────

    def launched(self) -> None:
        """Кампания с контрольной группой запущена через API"""
        told = self.found("campaigns") or self.api.post("campaigns", self._draft())
        address = f"campaigns/{told['public_id']}"
        if told["state"] == "draft":
            beforehand = self.api.get(f"{address}/sensitivity")
            share = round(beforehand["proposed_share"], 3)
            self.api.send("PATCH", address, {"control_share": str(share)})
            self.api.post(f"{address}/launch", {})
            tenth = min(beforehand["curve"], key=lambda point: abs(point["share"] - 0.1))
            self.say(
                f"при контроле 10 % эти группы покажут эффект от {tenth['smallest_effect']:.1f} на человека "
                f"за четыре недели; предложено {share:.0%}"
            )
        self.campaign = Campaign.objects.get(public_id=told["public_id"])
        self.must(self.campaign.state != "draft", f"доля контроля {self.campaign.control_share:.0%}")

    def _draft(self) -> dict[str, Any]:
        made = (one for one in self.api.get("coupon-series")["items"] if one["code"] == COUPON)
        series = next(made, None) or self.api.post(
            "coupon-series",
            {
                "code": COUPON,
                "name": "Скидка 10 % на мясо",
                "reward_value": "10",
                "valid_from": clock.now().isoformat(),
            },
        )
        with translation.override("ru"):
            blocks = starter.blocks()
            letter = self.api.post(
                "templates",
                {
                    "name": NAME,
                    "subject": starter.subject(),
                    "preheader": starter.preheader(),
                    "mjml": starter.mjml(blocks),
                    "fallbacks": {"first_name": "покупатель"},
                },
            )
        return {
            "name": NAME,
            "segment": self.segment["public_id"],
            "template": letter["template"],
            "coupon_series": series["id"],
            "analysis_days": 28,
        }

    def sent(self) -> None:
        """Письма разосланы, книги сошлись"""
        campaign = self.campaign
        if campaign is None:
            raise Wrong("нет кампании")

        def done() -> bool:
            campaign.refresh_from_db()
            return campaign.state == Campaign.State.SENT

        until(done, "рассылка не кончается")
        books = campaign_queries.books(campaign)
        parts = {
            name: getattr(books, name) for name in ("delivered", "refused", "control", "unknown", "waiting")
        }
        self.must(
            books.closed and not books.waiting,
            f"запланировано {number(books.planned)} = {parts}, снято {dict(books.suppressed)}",
        )
        self.must(books.refused > 0, f"отказано ловушкой: {books.refused}")
        counts = httpx.get(f"{mail_page()}/api/counts", timeout=60).json()
        self.must(
            counts["duplicates"] == 0,
            f"в ловушке писем {number(counts['letters'])}, повторов {counts['duplicates']}",
        )

    def answered(self) -> None:
        """Письмо открыто, ссылка нажата, отписка сработала"""
        mails = httpx.get(f"{mail_page()}/api/mails", params={"limit": 3}, timeout=60).json()["items"]
        opened, left = mails[0], mails[-1]
        letter = httpx.get(f"{mail_page()}/mail/{opened['id']}/html", timeout=60).text
        addresses = set(re.findall(rf'{re.escape(settings.PUBLIC_URL)}/m/[^"\s<>]+', letter))
        for address in sorted(addresses):
            if "unsubscribe" not in address:
                httpx.get(address, timeout=60)
        self.must(len(addresses) >= 2, f"адресов в письме: {len(addresses)}")
        raw = httpx.get(f"{mail_page()}/mail/{left['id']}/raw", timeout=60).text
        found = re.search(r"List-Unsubscribe:\s*<(http[^>]+)>", re.sub(r"\r?\n[ \t]+", " ", raw))
        self.must(found is not None, "в письме есть List-Unsubscribe")
        profiles = customers.profile_ids_by_contact("email", [left["recipient"]])
        answer = httpx.post(found[1], data={"List-Unsubscribe": "One-Click"}, timeout=60)  # type: ignore[index]
        profile = next(iter(profiles.values()))
        reason = customers.why_unreachable([profile], "email")[profile]
        self.must(
            answer.is_success and reason is not None,
            f"отписка одним нажатием: {answer.status_code}, {reason}",
        )

    def too_early(self) -> None:
        """До срока отчёт говорит «рано»"""
        if clock.now() < load.end_moment(self.written):
            report = experiments.report(self.experiment().pk, SYSTEM, clock.now())
            self.must(verdict(report) == "too_early", experiments.finding(report))

    def experiment(self) -> Experiment:
        found = campaign_queries.experiment_of(self.campaign) if self.campaign else None
        if found is None:
            raise Wrong("контрольная группа не вытянута")
        return found

    # ── 5. Prove ─────────────────────────────────────────────────────────────────────────────────────────

    def passed(self) -> None:
        """Прошли четыре недели: чеки пришли через кассу, с баллами и купонами"""
        payloads = live.held_back(self.folder / "receipts-held.csv")
        passed = self._pass(payloads)
        self.say(
            f"пришло {number(passed.receipts)} чеков на {number(passed.revenue, 2)} за {passed.seconds:.0f} с, "
            f"было {number(passed.again)}"
        )
        simulated = orders.receipts(SYSTEM).filter(number__startswith=live.SIMULATED)
        planted = simulated.aggregate(sum=Sum("revenue", default=0))["sum"]
        books = load.books()
        spent = LineDiscount.objects.filter(kind="points").aggregate(money=Sum("amount", default=0))["money"]
        total = books["revenue"] + spent - planted
        self.must(
            total == Decimal(self.written.revenue),
            f"вся сумма в базе {total:.2f} (из неё баллами {spent:.2f}), в данных {self.written.revenue}",
        )
        self.points(spent)
        self.wait_for_facts()

    def points(self, spent: Decimal) -> None:
        """The books of points close, and what receipts say of them is what the ledger says."""
        programme = loyalty.programmes(SYSTEM).get(code=points.CODE)
        moved = {one.kind: one.amount for one in ledger.trial_balance() if one.unit == programme.unit}
        told = Reckoned.objects.aggregate(
            spent=Sum("points_spent", default=0), earned=Sum("points_earned", default=0)
        )
        self.must(
            told["earned"] == -moved["issued"] > 0
            and told["spent"] == moved.get("redeemed", 0) == spent * 100,
            f"баллов начислено {number(told['earned'])}, потрачено {number(told['spent'])}",
        )
        self.must(
            not ledger.open_units() and not ledger.lots_that_differ(),
            f"книги сходятся, у покупателей {number(told['earned'] - told['spent'])} баллов",
        )

    def _pass(self, payloads: list[live.Payload]) -> live.Passed:
        token = company.make_token(
            name="Проверка: кассы", permissions_wanted=live.RIGHTS, by=SYSTEM, at=clock.now()
        )
        horizon = max(load.end_moment(self.written), self.experiment().horizon_at)
        with Bar(self.console) as bar:
            return live.pass_time(
                payloads, url=settings.PUBLIC_URL, token=token, until=horizon, tell=bar.time
            )

    def not_proven(self) -> None:
        """Ничего не заложено — «не доказано»"""
        if self.experiment().planted:
            self.say("эффект уже заложен раньше; шаг пропущен")
            return
        report = self.report()
        main = report.main
        self.estimate = main.effect.total
        self.must(main.effect.total_low < 0 < main.effect.total_high, experiments.finding(report))
        self.must(verdict(report) == "not_proven", interval(main))

    def naive(self) -> None:
        """Наивные отчёты прошлых кампаний показаны рядом с тем, почему они ничего не доказывают"""
        for code, claimed in NAIVE.items():
            past = Campaign.objects.get(code=code, legacy=True)
            found: Any = campaign_queries.naive_of(past, SYSTEM)
            if found is None:
                raise Wrong(f"кампания {code}: отчёта нет")
            change = found.change
            self.must(
                found.ratio_before > 2 and change.total_high < found.naive_total / 4,
                f"кампания {code}: наивно {found.naive_total:+,.0f}, но и до неё тратили "
                f"в {found.ratio_before:.1f} раза больше; разность разностей {change.total:+,.0f} "
                f"[{change.total_low:+,.0f}; {change.total_high:+,.0f}]",
            )
            if self.written.real and not self.experiment().planted:
                told = abs(found.naive_total - claimed) < 1_500
                self.must(told, f"кампания {code}: наивный отчёт данных обещал около {claimed:+,}")

    def proven(self) -> None:
        """Заложенный эффект найден: «доказано»"""
        experiment = self.experiment()
        planted = planting.plant(experiment, live.held_back(self.folder / "receipts-held.csv"))
        self.say(
            f"заложено {number(planted.total, 2)} ({planted.per_customer:.2f} на клиента с письмом; "
            f"{planted.buyers} из {planted.mailed} купили больше, {len(planted.payloads)} чеков {live.SIMULATED}…)"
        )
        self._pass(planted.payloads)
        self.wait_for_facts()
        report = self.report()
        main = report.main
        low, high = main.effect.total_low, main.effect.total_high
        self.must(
            low <= float(planted.total) <= high, f"{interval(main)}; заложено {number(planted.total, 2)}"
        )
        self.must(low > 0 and verdict(report) == "proven", experiments.finding(report))

    def whole(self) -> None:
        """Весь год в базе, до последней строки и купона"""
        written = self.written
        sold = ReceiptLine.objects.exclude(receipt__number__startswith=live.SIMULATED)
        self.equal("строк", sold.count(), written.lines)
        receipts = orders.receipts(SYSTEM).exclude(number__startswith=live.SIMULATED)
        self.equal("чеков", receipts.count(), written.receipts)
        self.equal("магазинов", company_queries.shops(SYSTEM).count(), written.shops)
        described = catalog.listed(SYSTEM, placeholder=False)
        self.equal("товаров в каталоге", described.count(), written.products)
        lost = sold.filter(product__placeholder=True).count()
        self.equal("строк с товарами, которых в каталоге не было", lost, written.lines_without_product)
        campaigns = Campaign.objects.filter(legacy=True).count()
        self.equal("прошлых кампаний", campaigns, written.campaigns)
        coupons = exchange_queries.imports(SYSTEM).filter(kind="coupons", state=Import.State.FINISHED).first()
        repeats = (
            [note["count"] for note in coupons.notes if note["code"] == "repeated_rows"] if coupons else []
        )
        self.equal("строк купонов", coupons.rows if coupons else 0, written.coupon_rows)
        self.equal("из них повторов", sum(repeats), written.coupon_repeats)
        used = loyalty.redemptions(SYSTEM).filter(coupon__series__imported=True)
        until(lambda: used.count() >= written.redemptions, "погашения купонов не сошлись", seconds=120)
        self.equal("погашений купонов", used.count(), written.redemptions)

    def equal(self, what: str, found: int, expected: int) -> None:
        self.must(found == expected, f"{what}: {number(found)} из {number(expected)}")

    def report(self) -> Any:
        return experiments.report(self.experiment().pk, SYSTEM, clock.now())


class Api:
    """The public API as an integration of the shop's uses it."""

    RIGHTS = (
        "segments.see", "segments.edit", "campaigns.see", "campaigns.edit", "campaigns.launch", "loyalty.see",
        "loyalty.edit", "messaging.see", "messaging.edit_templates",
    )  # fmt: skip

    def __init__(self) -> None:
        token = company.make_token(
            name="Проверка", permissions_wanted=list(self.RIGHTS), by=SYSTEM, at=clock.now()
        )
        headers = {"Authorization": f"Bearer {token}"}
        self._client = httpx.Client(base_url=f"{settings.PUBLIC_URL}/api/v1/", headers=headers, timeout=300)

    def get(self, path: str) -> Any:
        return self._answer(self._client.get(path))

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self.send("POST", path, body)

    def send(self, method: str, path: str, body: dict[str, Any]) -> Any:
        headers = {"Idempotency-Key": str(uuid7())}
        return self._answer(self._client.request(method, path, json=body, headers=headers))

    def _answer(self, answer: httpx.Response) -> Any:
        if not answer.is_success:
            raise Wrong(
                f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text[:300]}"
            )
        return answer.json()


def verdict(report: Any) -> str:
    """The report's word: too_early, proven, harmful, not_proven."""
    return str(report.main.verdict.value)


def interval(main: Any) -> str:
    effect = main.effect
    return f"эффект {effect.total:+,.0f} [{effect.total_low:+,.0f}; {effect.total_high:+,.0f}]"


def until(done: Callable[[], bool], complaint: str, seconds: int = PATIENCE) -> None:
    """Wait until something has happened elsewhere. Raises Wrong when it takes too long."""
    began = monotonic()
    while not done():
        if monotonic() - began > seconds:
            raise Wrong(complaint)
        sleep(1)
