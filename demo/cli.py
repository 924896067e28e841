"""`prilavok demo …`: the demo shop's own commands. Django is ready when this module is imported."""

import sys
from datetime import datetime
from pathlib import Path

import click
from django.conf import settings
from rich.console import Console

from demo import cast, check, dataset, live, load, planting, source
from demo.files import Written
from demo.large import making
from demo.large.recipe import Recipe
from demo.progress import Bar
from prilavok.company import actions as company
from prilavok.exchange.actions import Progress as FileProgress
from prilavok.kernel import clock
from prilavok.kernel.actors import SYSTEM
from prilavok.ui.formats import number

console = Console(highlight=False, soft_wrap=True)


@click.group()
def demo() -> None:
    """The demo shop."""


def folder() -> Path:
    """Where the demo's import files lie."""
    return Path(settings.HOME) / "demo"


@demo.command("load", help="Load the demo shop unless it is there.")
@click.option("--as-recorded", is_flag=True, help="Keep the dates of the data set.")
@click.option("--generated", is_flag=True, help="A generated shop, even where the data set can be had.")
@click.option("--welcome", "greets", is_flag=True, help="Then tell the address and the log-ins.")
def load_command(as_recorded: bool, generated: bool, greets: bool) -> None:
    console.print("Готовлю файлы демонстрационного магазина")
    try:
        written = source.prepare(
            folder(),
            now=clock.real(),
            as_recorded=as_recorded,
            only_generated=generated,
            loaded=bool(clock.offset()),
        )
    except source.Unlike as differences:
        console.print(f"Набор данных не тот, который знает демонстрация: {differences}", style="red")
        sys.exit(1)
    _say_what(written)
    with Bar(console) as bar:

        def tell(title: str, progress: FileProgress) -> None:
            bar.tell(title, progress.done, progress.total, f"{number(progress.rows)} строк")

        try:
            loaded = load.load(folder(), written, tell=tell)
        except load.BooksDiffer as where:
            console.print(f"Книги не сошлись: {where}", style="red")
            sys.exit(1)
    if loaded.new:
        _say_books(written)
    if greets:
        _greet()


def _say_what(written: Written) -> None:
    if written.real:
        console.print(dataset.TERMS)
    else:
        console.print(
            "Показан сгенерированный магазин той же формы: набора данных здесь нет.", style="yellow"
        )
    console.print(
        f"{written.title}: {number(written.lines)} строк, {number(written.receipts)} чеков, "
        f"{number(written.households)} покупателей, {number(written.shops)} магазинов, "
        f"{number(written.products)} товаров; сдвинуто на {written.moved_weeks} недель."
    )


def _say_books(written: Written) -> None:
    books = load.books()
    console.print(
        f"В файлах {written.loaded_revenue}, в базе {books['revenue']:.2f}; последние четыре недели "
        f"({number(written.held_receipts)} чеков на {written.held_revenue}) придут сами: prilavok demo live."
    )


@demo.command("live", help="Let time pass: the held-back receipts come in through the API.")
@click.option(
    "--minutes",
    type=float,
    default=5.0,
    show_default=True,
    help="How long four weeks take; 0: as fast as possible.",
)
@click.option("--connections", type=int, default=live.CONNECTIONS, show_default=True)
@click.option(
    "--effect/--no-effect",
    default=True,
    help="Plant a known effect into the latest campaign with a control group.",
)
def live_command(minutes: float, connections: int, effect: bool) -> None:
    written = Written.saved(folder())
    if written is None:
        console.print("Сначала загрузите демонстрацию: prilavok demo load.", style="red")
        sys.exit(1)
    payloads = live.held_back(folder() / "receipts-held.csv")
    planted = None
    experiment = planting.latest_experiment() if effect else None
    if experiment is not None:
        planted = planting.plant(experiment, payloads)
        payloads = payloads + planted.payloads
        console.print(
            f"В «{experiment.title}» заложен эффект {number(planted.total, 2)} ({planted.per_customer:.2f} "
            f"на клиента с письмом): {planted.buyers} из {planted.mailed} купят больше, "
            f"чеки {live.SIMULATED}…, касса simulated."
        )
    try:
        with Bar(console) as bar:
            passed = live.pass_time(
                payloads,
                url=settings.PUBLIC_URL,
                token=till_token(),
                until=load.end_moment(written),
                minutes=minutes,
                connections=connections,
                tell=bar.time,
            )
    except live.Rejected as why:
        console.print(f"Время остановилось: {why}", style="red", markup=False)
        sys.exit(1)
    console.print(
        f"Пришло {number(passed.receipts)} чеков на {number(passed.revenue, 2)} за {passed.seconds:.0f} с; "
        f"было раньше {number(passed.again)}."
    )


def till_token() -> str:
    """A token that may do what a till may do."""
    return company.make_token(
        name="Демонстрация: кассы",
        permissions_wanted=live.RIGHTS,
        by=SYSTEM,
        at=clock.now(),
    )


@demo.command("check", help="Walk the main job and assert its figures.")
@click.option("--only", type=click.Choice(["null", "planted"]), help="One of the two loops.")
def check_command(only: str | None) -> None:
    sys.exit(check.walk(folder(), console, only=only))


@demo.command("fill", hidden=True)
@click.option("--customers", type=int, required=True)
@click.option("--events", type=int, required=True)
@click.option("--seed", type=int, required=True)
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), required=True)
@click.option("--only-facts", is_flag=True)
def fill_command(customers: int, events: int, seed: int, until: datetime, only_facts: bool) -> None:
    recipe = Recipe(customers=customers, events=events, until=until.date(), seed=seed)
    parts = {
        "customers": "Покупатели",
        "receipts": "Чеки",
        "letters": "Письма",
        "settling": "Приведение в порядок",
    }
    try:
        with Bar(console) as bar:
            made = making.make(
                recipe,
                only_facts=only_facts,
                tell=lambda part, done, total: bar.tell(parts[part], done, total, number(done)),
            )
    except making.NotEmpty as where:
        console.print(f"База не пуста ({where}): большая база делается только в пустой.", style="red")
        sys.exit(1)
    rows = ", ".join(f"{table} {number(count)}" for table, count in made.rows.items())
    console.print(f"Готово за {made.seconds:.0f} с. Строк в фактах: {rows}.")
    console.print(
        f"Выручка {number(made.revenue_units // 10_000)}; зерно {seed}, последний день {until:%d.%m.%Y}."
    )


def _greet() -> None:
    console.print(f"\nДемонстрационный магазин: [bold]{settings.PUBLIC_URL}[/bold]")
    for email, name, does in cast.log_ins():
        console.print(f"  {email:24} {name}: {does}", markup=False)
    console.print(f"  Пароль у всех один: {cast.PASSWORD}", markup=False)
    console.print("  Письма: " + check.mail_page(), markup=False)
    console.print("  Пусть пройдут четыре недели: .venv/bin/prilavok demo live", markup=False)
