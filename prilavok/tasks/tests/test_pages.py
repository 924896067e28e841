import json
from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse

from prilavok.company.models import Employee
from prilavok.customers.models import Profile
from prilavok.kernel import clock
from prilavok.kernel.actors import SYSTEM
from prilavok.tasks import actions
from prilavok.tasks.models import Task
from prilavok.tasks.ports import NewTask
from prilavok.tasks.rules import Due
from tests.cast import NOON, login


def page(client: Client, name: str, *args: object, **query: str) -> str:
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def press(client: Client, name: str, *args: object, **typed: object) -> Any:
    """A POST as a page's form sends it, to where it leads."""
    return client.post(reverse(name, args=args), typed, follow=True)


def take_back(client: Client, response: Any) -> None:
    [said] = [one for one in _toasts(response) if one["undo"]]
    assert client.post(said["undo"]).status_code == 302


def _toasts(response: Any) -> list[dict[str, str]]:
    if "HX-Trigger" in response.headers:
        told: list[dict[str, str]] = json.loads(response.headers["HX-Trigger"])["toasts"]
        return told
    text = response.content.decode().split('id="toasts-now"')[1].split(">", 1)[1].split("</script>")[0]
    said: list[dict[str, str]] = json.loads(text)
    return said


def test_oleg_sets_a_task_and_sees_it_in_his_day(client: Client, oleg: Employee, anna: Profile) -> None:
    login(client, oleg)
    form = page(client, "tasks:new", customer=str(anna.public_id))
    assert "Ковалёва" in form
    typed = {
        "title": "Call Anna",
        "kind": "call",
        "priority": "1",
        "day": (clock.now() - timedelta(days=2)).date().isoformat(),
        "responsible": str(oleg.public_id),
        "customer": str(anna.public_id),
        "remind_before": "60",
    }
    response = press(client, "tasks:new", **typed)

    task = Task.objects.get()
    assert (task.profile_id, task.responsible_id, task.whole_day) == (anna.pk, oleg.pk, True)
    assert (task.priority, task.remind_before) == (1, 60)
    day = page(client, "tasks:list")
    assert all(word in day for word in ("Overdue", "Call Anna", "Ковалёва", "High"))
    take_back(client, response)
    task.refresh_from_db()
    assert task.outcome == "cancelled"


def test_what_is_typed_wrong_stands_beside_its_field(client: Client, oleg: Employee) -> None:
    login(client, oleg)
    response = press(client, "tasks:new", title=" ", kind="call", priority="2", hour="14:00")
    assert response.status_code == 422
    assert "Name the day of this hour." in response.content.decode()
    assert client.get(reverse("tasks:new"), {"customer": "nonsense"}).status_code == 404


def test_a_task_is_moved_handed_over_corrected_and_closed_with_undo(
    client: Client, sasha: Employee, marina: Employee, call: Task
) -> None:
    login(client, sasha)
    one = call.public_id
    assert "SR-204" in page(client, "tasks:one", one)

    def now() -> Task:
        return Task.objects.get(pk=call.pk)

    moved = press(client, "tasks:when", one, day="2026-03-09", hour="15:30")
    assert now().due == Due(NOON + timedelta(days=7, hours=3, minutes=30))
    take_back(client, moved)
    assert now().due == call.due

    handed = press(client, "tasks:who", one, responsible=str(marina.public_id))
    assert now().responsible_id == marina.pk
    take_back(client, handed)
    assert now().responsible_id == call.responsible_id

    corrected = press(client, "tasks:what", one, title="Write", kind="letter", priority="3", remind_before="")
    assert (now().title, now().remind_before) == ("Write", None)
    take_back(client, corrected)
    assert (now().title, now().remind_before) == (call.title, 0)

    closed = press(client, "tasks:closure", one, outcome="done", result="Anna is content")
    assert now().result == "Anna is content"
    take_back(client, closed)
    assert now().is_open
    assert (
        "is cancelled"
        in press(client, "tasks:closure", one, outcome="cancelled", result="x").content.decode()
    )
    assert "x" in page(client, "tasks:one", one)
    assert [
        call.title in page(client, "tasks:list", whose="all", state=state) for state in ("", "cancelled")
    ] == [
        False,
        True,
    ]


def test_many_are_closed_and_handed_over_at_once_with_undo(
    client: Client, sasha: Employee, marina: Employee, call: Task, visit: Task
) -> None:
    login(client, sasha)
    both = [str(call.public_id), str(visit.public_id)]
    handed = press(client, "tasks:assignments", selected=both, responsible=str(marina.public_id))
    assert "2 tasks changed hands" in handed.content.decode()
    assert set(Task.objects.values_list("responsible", flat=True)) == {marina.pk}
    take_back(client, handed)
    assert set(Task.objects.values_list("responsible", flat=True)) == {call.responsible_id}

    done = press(client, "tasks:done", selected=both)
    assert not Task.objects.open().exists()
    take_back(client, done)
    assert Task.objects.open().count() == 2
    assert client.post(reverse("tasks:done"), {"selected": "nonsense"}).status_code == 404


def test_the_next_steps_stand_on_the_customers_card(
    client: Client, oleg: Employee, anna: Profile, call: Task
) -> None:
    login(client, oleg)
    card = page(client, "customers:card", anna.public_id)
    assert reverse("tasks:of_customer", args=[anna.public_id]) in card
    panel = page(client, "tasks:of_customer", anna.public_id)
    assert all(word in panel for word in ("Next steps (1)", call.title, "SR-204", "/cases/SR-204/"))

    quick = {"title": "Send the catalogue", "kind": "letter", "day": "2026-03-04"}
    own = reverse("tasks:of_customer", args=[anna.public_id])
    added = client.post(own, quick, headers={"HX-Request": "true"})
    assert "Next steps (2)" in added.content.decode()
    step = Task.objects.get(title="Send the catalogue")
    assert (step.responsible_id, step.profile_id) == (oleg.pk, anna.pk)

    address = reverse("tasks:step_done", args=[anna.public_id, step.public_id])
    done = client.post(address, headers={"HX-Request": "true"})
    assert "Next steps (1)" in done.content.decode()
    take_back(client, done)
    assert Task.objects.open().count() == 2
    assert client.post(own, {"title": ""}, headers={"HX-Request": "true"}).status_code == 422


def test_the_timeline_tells_of_tasks_and_hides_what_colleagues_wrote(
    client: Client, oleg: Employee, marina: Employee, anna: Profile, call: Task
) -> None:
    actions.finish([call.pk], by=SYSTEM, at=NOON)
    login(client, oleg)
    story = page(client, "customers:timeline", anna.public_id)
    assert f"Task set: “{call.title}”" in story
    assert f"Task done: “{call.title}”" in story
    login(client, marina)
    story = page(client, "customers:timeline", anna.public_id)
    assert call.title not in story
    assert "Task done" in story


def test_the_menu_counts_and_the_palette_finds(client: Client, oleg: Employee, visit: Task) -> None:
    actions.set_task(
        NewTask(title="late", responsible_id=oleg.pk, due=Due(NOON)), by=SYSTEM, at=NOON - timedelta(days=1)
    )
    login(client, oleg)
    assert '<span>Tasks</span><span class="count">1</span>' in page(client, "tasks:list")
    assert visit.title in client.get(reverse("ui:find"), {"q": "supplier"}).content.decode()


def test_a_colleagues_task_is_not_there(client: Client, marina: Employee, call: Task) -> None:
    login(client, marina)
    assert client.get(reverse("tasks:one", args=[call.public_id])).status_code == 404
    assert press(client, "tasks:closure", call.public_id, outcome="done").status_code == 404
    assert press(client, "tasks:done", selected=[str(call.public_id)]).status_code == 200
    assert Task.objects.open().count() == 1


def test_a_stranger_gets_403(client: Client, max_stranger: Employee, anna: Profile, call: Task) -> None:
    login(client, max_stranger)
    for address in (
        reverse("tasks:list"),
        reverse("tasks:new"),
        reverse("tasks:one", args=[call.public_id]),
        reverse("tasks:of_customer", args=[anna.public_id]),
    ):
        assert client.get(address).status_code == 403
