"""What customers want to read and how often: chosen on their own page, on the card, by the API; read through merges."""

import json
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.company.models import Employee
from prilavok.customers import actions, queries
from prilavok.customers.models import FrequencyChoice, Profile, Topic, TopicChoice
from prilavok.customers.ports import NewCustomer
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM
from prilavok.segments import queries as segments
from tests.cast import NOON, login

HTMX = {"HX-Request": "true"}


@pytest.fixture
def wine(the_company: None) -> Topic:
    return actions.save_topic(name="Вино", note="Дегустации и скидки", by=SYSTEM)


@pytest.fixture
def cheese(the_company: None) -> Topic:
    return actions.save_topic(name="Сыр", by=SYSTEM)


@pytest.fixture
def boris(the_company: None) -> Profile:
    return actions.register(NewCustomer(external_id="boris", first_name="Борис"), by=SYSTEM, at=NOON)


@pytest.fixture
def page(anna: Profile) -> str:
    return reverse("customers:own", args=[queries.own_token(anna.pk, in_letter=True)])


def refuses(profile: Profile, *refused: Topic) -> None:
    topics = {one.pk: False for one in refused}
    actions.choose_preferences(profile_id=profile.pk, topics=topics, source="test", by=SYSTEM, at=NOON)


def wanted(profile: Profile) -> dict[str, bool]:
    return {one.topic.name: one.wanted for one in queries.preferences(profile.pk, SYSTEM).topics}


def why(profile: Profile, topic: Topic | None) -> str | None:
    about = topic.pk if topic else None
    return queries.why_unreachable([profile.pk], "email", topic_id=about)[profile.pk]


def test_without_topics_the_page_asks_only_how_often(page: str, client: Client) -> None:
    shown = client.get(page).content.decode()

    assert 'name="frequency"' in shown and 'name="topic"' not in shown


def test_anna_refuses_a_topic_and_the_ledger_tells_when_and_from_where(
    anna: Profile, wine: Topic, cheese: Topic, page: str, client: Client
) -> None:
    assert "Дегустации и скидки" in client.get(page).content.decode()
    new = actions.save_topic(name="Хлеб", by=SYSTEM)  # came while the page was open: it is not refused unseen
    said = {
        "preferences": "1",
        "shown": [str(wine.public_id), str(cheese.public_id)],
        "topic": [str(cheese.public_id)],
        "frequency": "month",
    }
    for _ in range(2):
        client.post(page, said, REMOTE_ADDR="203.0.113.9")

    assert wanted(anna) == {"Вино": False, "Сыр": True, new.name: True}
    line, often = TopicChoice.objects.get(), FrequencyChoice.objects.get()
    assert (line.topic, line.wanted, line.source, line.ip) == (wine, False, "own_page", "203.0.113.9")
    assert (often.frequency, often.source, often.ip) == ("month", "own_page", "203.0.113.9")
    assert (why(anna, wine), why(anna, cheese), why(anna, None)) == ("topic_refused", None, None)
    told = [line.text for line in queries.story([anna.pk], SYSTEM).lines]
    assert any("Вино" in text for text in told)


def test_what_is_chosen_is_read_through_merges_and_undone_with_them(
    anna: Profile, boris: Profile, wine: Topic
) -> None:
    refuses(boris, wine)
    merge = actions.merge(profile_id=boris.pk, other_id=anna.pk, by=SYSTEM, at=NOON)
    assert wanted(anna) == {"Вино": False}

    actions.undo_merge(merge_id=merge.pk, by=SYSTEM, at=NOON)
    assert (wanted(anna), wanted(boris)) == ({"Вино": True}, {"Вино": False})


def test_the_archive_tells_it_and_erasing_forgets_it(anna: Profile, wine: Topic) -> None:
    refuses(anna, wine)
    actions.choose_preferences(profile_id=anna.pk, frequency="week", source="test", by=SYSTEM, at=NOON)
    parts = {part.key: part.rows for part in queries.archive(anna.public_id, SYSTEM)}
    assert parts["topics"][0]["topic"] == "Вино" and parts["frequency"][0]["frequency"] == "week"

    actions.erase(profile_id=anna.pk, by=SYSTEM, at=NOON)
    assert not TopicChoice.objects.exists() and not FrequencyChoice.objects.exists()


def test_oleg_writes_the_choice_down_on_the_card_and_takes_it_back(
    anna: Profile, wine: Topic, oleg: Employee, marina: Employee, client: Client
) -> None:
    address = reverse("customers:choose", args=[anna.public_id])
    said = {"shown": [str(wine.public_id)], "frequency": "week"}
    answer = login(client, oleg).post(address, said, headers=HTMX)
    assert answer.status_code == 200 and wanted(anna) == {"Вино": False}

    client.post(json.loads(answer.headers["HX-Trigger"])["toasts"][0]["undo"], headers=HTMX)
    assert wanted(anna) == {"Вино": True}
    assert queries.preferences(anna.pk, SYSTEM).frequency == "any"
    assert login(client, marina).post(address, said).status_code == 403


def test_marina_keeps_the_topics(
    anna: Profile, wine: Topic, marina: Employee, max_stranger: Employee, client: Client
) -> None:
    topics = reverse("customers:topics")
    assert login(client, marina).post(topics, {"name": "вино"}).status_code == 422  # there is one
    client.post(topics, {"name": "Сыр", "note": "Новинки"})
    client.post(reverse("customers:topic", args=[wine.public_id]), {"name": "Вина"})
    assert list(queries.topics(SYSTEM).values_list("name", flat=True)) == ["Вина", "Сыр"]

    refuses(anna, wine)
    client.post(reverse("customers:turn_topic", args=[wine.public_id, "archive"]))
    assert wanted(anna) == {"Сыр": True} and why(anna, wine) == "topic_refused"
    assert "Вина" in client.get(topics).content.decode()
    client.post(reverse("customers:turn_topic", args=[wine.public_id, "restore"]))
    assert wanted(anna) == {"Вина": False, "Сыр": True}
    assert login(client, max_stranger).get(topics).status_code == 403


def test_a_program_reads_and_writes_preferences(
    anna: Profile, ada: Employee, max_stranger: Employee, client: Client
) -> None:
    def write(method: str, path: str, body: object, key: str = "") -> tuple[int, dict[str, object]]:
        answer = client.generic(
            method,
            f"/api/v1{path}",
            json.dumps(body),
            content_type="application/json",
            headers={"Idempotency-Key": key or str(uuid4())},
        )
        return answer.status_code, answer.json()

    login(client, ada)
    status, topic = write("POST", "/topics", {"name": "Вино"})
    assert status == 201
    path = f"/customers/{anna.public_id}/preferences"
    body = {"topics": {topic["public_id"]: False}, "frequency": "week", "source": "site", "ip": "203.0.113.9"}
    first, again = write("PUT", path, body, key="one"), write("PUT", path, body, key="one")
    assert first == again and first[0] == 200, first
    told = client.get(f"/api/v1{path}").json()
    assert told["frequency"] == "week" and told["frequency_source"] == "site"
    assert [(one["name"], one["wanted"], one["source"]) for one in told["topics"]] == [
        ("Вино", False, "site")
    ]
    assert TopicChoice.objects.get().ip == "203.0.113.9"

    assert write("PUT", path, {"topics": {str(uuid4()): False}})[0] == 422
    assert write("PUT", path, {"frequency": "daily"})[0] == 422
    assert write("PATCH", f"/topics/{topic['public_id']}", {"archived": True})[1]["archived_at"]
    assert client.get(f"/api/v1{path}").json()["topics"] == []
    login(client, max_stranger)
    assert write("PUT", path, body)[0] == client.get(f"/api/v1{path}").status_code == 403


def test_refusals_and_frequency_are_conditions(
    facts: None, anna: Profile, boris: Profile, wine: Topic, cheese: Topic
) -> None:
    refuses(anna, wine)
    actions.choose_preferences(profile_id=boris.pk, frequency="month", source="test", by=SYSTEM, at=NOON)
    journal.deliver()

    def met(trait: str, op: str, *value: object) -> list[int]:
        found = segments.count({"trait": trait, "op": op, "value": list(value)}, SYSTEM, at=NOON)
        return sorted(found.some)

    assert met("refused_topic", "in", wine.pk) == [anna.pk]
    assert met("refused_topic", "not_in", wine.pk, cheese.pk) == [boris.pk]
    assert (met("frequency", "in", "month", "week"), met("frequency", "in", "any")) == ([boris.pk], [anna.pk])
    actions.merge(profile_id=boris.pk, other_id=anna.pk, by=SYSTEM, at=NOON)
    journal.deliver()
    assert met("refused_topic", "in", wine.pk) == [boris.pk]
