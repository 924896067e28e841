from collections.abc import Callable
from datetime import date, timedelta
from uuid import uuid4

import pytest

from prilavok.company import actions as company_actions
from prilavok.company import queries as company
from prilavok.company.models import Employee, Shop
from prilavok.customers import actions as customer_actions
from prilavok.customers import queries as customers
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewCustomer
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM, Refused
from prilavok.kernel.errors import Problem
from prilavok.kernel.models import StoredEvent, Work
from prilavok.tasks import actions, queries
from prilavok.tasks.models import Task
from prilavok.tasks.ports import NewTask, Subject
from prilavok.tasks.problems import BadTask, ClosedAlready, UnknownEmployee
from prilavok.tasks.rules import UNDATED, Due, whole
from tests.cast import NOON, actor, hire

TOMORROW = NOON + timedelta(days=1)


def told(kind: str) -> list[StoredEvent]:
    return list(StoredEvent.objects.filter(type=f"tasks.{kind}").order_by("happened_at", "id"))


def set_it(by: Employee, title: str, **more: object) -> Task:
    new = NewTask(title=title, **{"responsible_id": by.pk} | more)  # type: ignore[arg-type]
    return actions.set_task(new, by=actor(by), at=NOON)


def titles(by: Employee, **asked: str) -> list[str]:
    found = queries.listed(actor(by), at=NOON, **{"whose": "all"} | asked)
    order = queries.LATEST if asked.get("state") else queries.BY_DUE
    return [task.title for task in found.order_by(*order)]


def test_a_task_is_set_done_and_opened_again(oleg: Employee, call: Task, anna: Profile) -> None:
    assert actions.finish([call.pk], result="Anna is content", by=actor(oleg), at=TOMORROW) == [call.pk]
    call.refresh_from_db()
    assert (call.outcome, call.result, call.closed_by_id) == ("done", "Anna is content", oleg.pk)
    assert actions.finish([call.pk], by=actor(oleg), at=TOMORROW) == []

    actions.reopen([call.pk], by=actor(oleg), at=TOMORROW)
    call.refresh_from_db()
    assert (call.is_open, call.outcome, call.result) == (True, "", "")
    assert [
        event.customer_id for kind in ("TaskSet", "TaskDone", "TaskReopened") for event in told(kind)
    ] == [anna.pk] * 3
    assert "content" not in str(told("TaskDone")[0].body)


def test_a_second_delivery_sets_no_second_task(oleg: Employee) -> None:
    new = NewTask(title="Call back", cause=uuid4())
    first, second = (actions.set_task(new, by=SYSTEM, at=NOON) for _ in range(2))
    assert first.pk == second.pk
    assert len(told("TaskSet")) == 1


def test_the_day_is_the_companys(oleg: Employee) -> None:
    zone = company.zone()
    set_it(oleg, "yesterday", due=whole(date(2026, 3, 1), zone))
    set_it(oleg, "an hour ago", due=Due(NOON - timedelta(hours=1)))
    set_it(oleg, "any hour of today", due=whole(date(2026, 3, 2), zone))
    set_it(oleg, "tonight", due=Due(NOON + timedelta(hours=11)))
    set_it(oleg, "tomorrow", due=Due(NOON + timedelta(hours=13)))
    set_it(oleg, "some day")

    assert titles(oleg) == [
        "yesterday",
        "an hour ago",
        "tonight",
        "any hour of today",
        "tomorrow",
        "some day",
    ]
    assert titles(oleg, when="overdue") == ["yesterday", "an hour ago"]
    assert titles(oleg, when="today") == ["tonight", "any hour of today"]
    assert titles(oleg, when="later") == ["tomorrow"]
    assert titles(oleg, when="undated") == ["some day"]
    assert titles(oleg, when="nonsense") == titles(oleg, whose="nonsense") == []
    assert queries.waiting(actor(oleg), NOON) == 4


def test_what_is_urgent_comes_first_at_the_same_time(oleg: Employee) -> None:
    set_it(oleg, "usual")
    set_it(oleg, "urgent", priority=1)
    set_it(oleg, "can wait", priority=3)
    assert titles(oleg) == ["urgent", "usual", "can wait"]
    assert titles(oleg, priority="1") == ["urgent"]
    assert titles(oleg, priority="high") == []


def test_everybody_sees_their_own_and_nobodys(oleg: Employee, marina: Employee, sasha: Employee) -> None:
    set_it(oleg, "Oleg's")
    set_it(marina, "Marina's")
    set_it(sasha, "Sasha gave it to Oleg", responsible_id=oleg.pk)
    set_it(sasha, "nobody's", responsible_id=None)

    assert titles(oleg) == ["Oleg's", "Sasha gave it to Oleg", "nobody's"]
    assert titles(marina) == ["Marina's", "nobody's"]
    assert titles(sasha) == ["Oleg's", "Marina's", "Sasha gave it to Oleg", "nobody's"]
    assert titles(sasha, whose="set") == ["Sasha gave it to Oleg", "nobody's"]
    assert titles(sasha, whose=str(marina.public_id)) == ["Marina's"]
    assert titles(sasha, whose="") == []


def test_who_is_limited_to_a_shop_sees_its_team_and_its_customers(
    oleg: Employee, anna: Profile, shop_on_lenina: Shop
) -> None:
    shops = company_actions.add_shops(
        [company_actions.NewShop(code="mira", name="На Мира")], by=SYSTEM, at=NOON
    )
    here, there = hire("Here", "supervisor"), hire("There", "supervisor")
    for one, shop in ((here, shop_on_lenina), (there, shops["mira"])):
        company_actions.give_role(employee_id=one.pk, role="supervisor", shops=[shop.pk], by=SYSTEM, at=NOON)
    pia = hire("Pia")
    company_actions.give_role(
        employee_id=pia.pk, role="operator", shops=[shop_on_lenina.pk], by=SYSTEM, at=NOON
    )
    actions.set_task(NewTask(title="Pia's", responsible_id=pia.pk), by=SYSTEM, at=NOON)
    actions.set_task(NewTask(title="Oleg's", responsible_id=oleg.pk), by=SYSTEM, at=NOON)
    actions.set_task(NewTask(title="about Anna", profile_id=anna.pk), by=SYSTEM, at=NOON)
    actions.set_task(NewTask(title="anybody's"), by=SYSTEM, at=NOON)

    assert titles(here) == ["Pia's", "about Anna", "anybody's"]
    assert titles(there) == ["anybody's"]
    with pytest.raises(UnknownEmployee):
        set_it(here, "for somebody elsewhere", responsible_id=oleg.pk)


def test_an_operator_gives_nothing_to_others_and_takes_what_is_nobodys(
    oleg: Employee, marina: Employee, sasha: Employee
) -> None:
    with pytest.raises(Refused):
        set_it(oleg, "for Marina", responsible_id=marina.pk)
    free = set_it(sasha, "nobody's", responsible_id=None)
    assert actions.assign({free.pk: oleg.pk}, by=actor(oleg), at=NOON) == {free.pk: None}
    with pytest.raises(Refused):
        actions.assign({free.pk: marina.pk}, by=actor(oleg), at=NOON)
    with pytest.raises(Task.DoesNotExist):
        actions.finish([free.pk], by=actor(marina), at=NOON)
    assert actions.assign({free.pk: marina.pk}, by=actor(sasha), at=NOON) == {free.pk: oleg.pk}


def test_the_stranger_does_nothing(max_stranger: Employee, call: Task) -> None:
    by = actor(max_stranger)
    for attempt in (
        lambda: queries.visible(by),
        lambda: actions.set_task(NewTask(title="x"), by=by, at=NOON),
        lambda: actions.finish([call.pk], by=by, at=NOON),
        lambda: actions.move({call.pk: UNDATED}, by=by, at=NOON),
    ):
        with pytest.raises(Refused):
            attempt()


def test_moving_and_giving_tell_what_was_before(
    oleg: Employee, marina: Employee, sasha: Employee, call: Task, visit: Task
) -> None:
    later = Due(TOMORROW)
    before = actions.move({call.pk: later, visit.pk: later}, by=actor(sasha), at=NOON)
    assert before == {call.pk: call.due, visit.pk: UNDATED}
    assert actions.move(before, by=actor(sasha), at=NOON) == {call.pk: later, visit.pk: later}
    assert actions.move(before, by=actor(sasha), at=NOON) == {}

    hands = actions.assign({call.pk: marina.pk, visit.pk: None}, by=actor(sasha), at=NOON)
    assert actions.assign(hands, by=actor(sasha), at=NOON) == {call.pk: marina.pk, visit.pk: None}
    assert (len(told("TaskMoved")), len(told("TaskAssigned"))) == (4, 4)


def test_a_closed_task_is_opened_before_it_changes(oleg: Employee, call: Task) -> None:
    actions.cancel([call.pk], reason="Anna has called herself", by=actor(oleg), at=NOON)
    changes: list[Callable[[], object]] = [
        lambda: actions.move({call.pk: UNDATED}, by=actor(oleg), at=NOON),
        lambda: actions.assign({call.pk: None}, by=actor(oleg), at=NOON),
        lambda: actions.change_task(call.pk, {"title": "else"}, by=actor(oleg), at=NOON),
    ]
    for change in changes:
        with pytest.raises(ClosedAlready):
            change()


def test_a_correction_tells_its_fields_and_can_be_taken_back(oleg: Employee, call: Task) -> None:
    before = actions.change_task(
        call.pk, {"title": "Write to Anna", "kind": "letter", "priority": 2}, by=actor(oleg), at=NOON
    )
    assert before == {"title": "Call back: the case is resolved", "kind": "call"}
    assert told("TaskChanged")[0].body["fields"] == ["kind", "title"]
    assert actions.change_task(call.pk, before, by=actor(oleg), at=NOON)["title"] == "Write to Anna"


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("title", {"title": "  "}),
        ("title", {"title": "x" * 301}),
        ("title", {"title": "\u202e\u200b"}),
        ("reason", {"reason": "x" * 10_000}),
        ("kind", {"kind": "dance"}),
        ("priority", {"priority": 9}),
        ("remind_before", {"remind_before": -5}),
        ("due_at", {"due": Due(NOON.replace(year=9999))}),
        ("subject", {"subject": Subject("x", "javascript:alert(1)")}),
        ("subject", {"subject": Subject("x", "//elsewhere.test/")}),
    ],
)
def test_what_is_wrong_is_named(oleg: Employee, field: str, wrong: dict[str, object]) -> None:
    with pytest.raises(Problem) as caught:
        set_it(oleg, **{"title": "Call"} | wrong)  # type: ignore[arg-type]
    assert caught.value.field == field
    assert not Task.objects.exists()


def test_a_title_turns_no_list_around(oleg: Employee) -> None:
    assert set_it(oleg, " Call\u202e Anna\u200b\n now ").title == "Call Anna now"


def test_a_long_result_is_refused(oleg: Employee, call: Task) -> None:
    with pytest.raises(BadTask):
        actions.finish([call.pk], result="x" * 1001, by=actor(oleg), at=NOON)


def test_the_bell_rings_once_and_again_after_a_move(
    oleg: Employee, call: Task, visit: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    morning = NOON.replace(hour=6)  # nine o'clock in Moscow
    for moment, rung in ((morning - timedelta(minutes=1), 0), (morning, 1), (NOON, 1)):
        monkeypatch.setattr("prilavok.kernel.clock.now", lambda moment=moment: moment)
        actions.remind()
        assert Work.objects.filter(employee_id=oleg.pk, notice=True).count() == rung
    rung_for = Work.objects.get()
    assert (rung_for.title, rung_for.link) == (call.title, f"/tasks/{call.public_id}/")

    actions.move({call.pk: Due(TOMORROW)}, by=actor(oleg), at=NOON)
    monkeypatch.setattr("prilavok.kernel.clock.now", lambda: TOMORROW)
    actions.remind()
    assert Work.objects.count() == 2


def test_the_closed_and_the_free_are_not_remembered(
    oleg: Employee, call: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions.finish([call.pk], by=actor(oleg), at=NOON)
    actions.set_task(NewTask(title="free", due=Due(NOON), remind_before=0), by=SYSTEM, at=NOON)
    monkeypatch.setattr("prilavok.kernel.clock.now", lambda: TOMORROW)
    actions.remind()
    assert not Work.objects.exists()


def test_a_task_stays_with_its_profile_when_people_are_merged(
    oleg: Employee, call: Task, anna: Profile
) -> None:
    twin = customer_actions.register(NewCustomer(external_id="twin", first_name="Аня"), by=SYSTEM, at=NOON)
    merge = customer_actions.merge(profile_id=twin.pk, other_id=anna.pk, by=SYSTEM, at=NOON)

    assert list(queries.of_profiles(customers.kin(twin.pk), actor(oleg))) == [call]
    assert queries.numbers_of_profiles([anna.pk, twin.pk]) == {anna.pk: 1}

    customer_actions.undo_merge(merge_id=merge.pk, by=SYSTEM, at=NOON)
    assert not queries.of_profiles(customers.kin(twin.pk), actor(oleg)).exists()
    assert list(queries.of_profiles(customers.kin(anna.pk), actor(oleg))) == [call]


def test_tasks_are_found_by_what_by_number_and_by_customer(oleg: Employee, call: Task, visit: Task) -> None:
    def found(text: str) -> list[Task]:
        return list(queries.searched(queries.visible(actor(oleg)), text, actor(oleg)).order_by("pk"))

    assert found("call BACK") == found("sr-204") == found("Ковалёва") == [call]
    assert found("supplier") == [visit]
    assert found("") == [call, visit]
    assert found("%") == []


@pytest.mark.django_db(transaction=True)
def test_of_whoever_is_erased_no_task_tells(the_company: None, anna: Profile) -> None:
    task = actions.set_task(NewTask(title="Позвонить Анне Ковалёвой", profile_id=anna.pk), by=SYSTEM, at=NOON)
    assert queries.archived([anna.pk])[0]["title"] == "Позвонить Анне Ковалёвой"
    customer_actions.erase(profile_id=anna.pk, by=SYSTEM, at=NOON)
    journal.deliver()
    task.refresh_from_db()

    assert (task.title, task.outcome) == (actions.FORGOTTEN, "cancelled")
