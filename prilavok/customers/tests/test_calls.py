"""Who calls stands on the screen; what can be done is typed; the timeline is searched."""

from datetime import date, timedelta

from django.test import Client
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import override

from prilavok.company.models import Employee
from prilavok.customers import actions, queries
from prilavok.customers.events import CustomerChanged, StatusChanged
from prilavok.customers.models import Note, Profile
from prilavok.customers.ports import NewCustomer
from prilavok.customers.queries.telling import Narrowing
from prilavok.customers.web.deeds import deeds_for
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM
from tests.cast import NOON, actor, hire, login


def pop(client: Client, phone: str) -> str:
    return str(
        client.get(f"{reverse('customers:by_phone')}?{urlencode({'phone': phone})}").headers["Location"]
    )


def test_the_card_of_the_caller_pops_up(client: Client, anna: Profile, oleg: Employee) -> None:
    login(client, oleg)
    card = reverse("customers:card", args=[anna.public_id])
    for phone in ("+79161234567", "8 916 123-45-67", " 79161234567"):
        assert pop(client, phone) == card, phone
    assert client.get(reverse("customers:by_phone") + "?phone=+79161234567").headers["Location"] == card


def test_several_callers_are_a_list_and_a_new_one_is_a_form(
    client: Client, anna: Profile, oleg: Employee
) -> None:
    actions.register(NewCustomer(external_id="b", phone="+79161234567"), by=SYSTEM, at=NOON)
    login(client, oleg)
    assert pop(client, "+79161234567").startswith(reverse("customers:list") + "?q=")
    form = pop(client, "+7 903 000 11 22")
    assert form.startswith(reverse("customers:new"))
    assert 'value="+7 903 000 11 22"' in client.get(form).content.decode()
    assert pop(client, "anonymous").startswith(reverse("customers:new"))


def test_a_merged_record_pops_up_as_who_it_is(client: Client, anna: Profile, oleg: Employee) -> None:
    other = actions.register(NewCustomer(external_id="b", phone="+79160000001"), by=SYSTEM, at=NOON)
    actions.merge(profile_id=anna.pk, other_id=other.pk, by=SYSTEM, at=NOON)
    assert pop(login(client, oleg), "+79160000001") == reverse("customers:card", args=[anna.public_id])


def test_callers_are_not_shown_to_whoever_may_not_see_phones(client: Client, anna: Profile) -> None:
    login(client, hire("Alla", "analyst"))
    assert client.get(reverse("customers:by_phone") + "?phone=89161234567").status_code == 403


@override("en")
def test_a_verb_finds_the_deed_and_what_follows_is_its_argument(anna: Profile, oleg: Employee) -> None:
    by = actor(oleg)
    (note,) = deeds_for(anna, "note likes blue", by)
    assert (note.subtitle, note.post) == ("likes blue", {"text": "likes blue"})
    (card,) = deeds_for(anna, "add card 29001", by)
    assert card.url == reverse("customers:contacts", args=[anna.public_id]) + "?number=29001"
    (task,) = deeds_for(anna, "task call back", by)
    assert "title=back" in task.url or "title=call+back" in task.url
    assert deeds_for(anna, "dance", by) == []
    labels = {one.title for one in deeds_for(anna, "", by)}
    assert "Write a note" in labels and "Merge with another record" not in labels


def test_what_is_typed_after_the_verb_stands_in_the_form_and_a_note_is_written_at_once(
    client: Client, anna: Profile, oleg: Employee
) -> None:
    login(client, oleg)
    page = client.get(reverse("customers:deeds", args=[anna.public_id]) + "?q=note+blue").content.decode()
    assert "data-post" in page
    card = reverse("customers:contacts", args=[anna.public_id]) + "?number=29001"
    assert 'value="29001"' in client.get(card).content.decode()
    client.post(reverse("customers:notes", args=[anna.public_id]), {"text": "blue"})
    assert Note.objects.get().text == "blue"


@override("en")
def test_the_timeline_is_searched_by_words_and_days(client: Client, anna: Profile, oleg: Employee) -> None:
    for n in range(3):
        actions.change_status(
            profile_id=anna.pk,
            status="blocked" if n % 2 == 0 else "active",
            by=actor(oleg),
            at=NOON + timedelta(days=n),
        )
    by = actor(oleg)

    def found(**wanted: object) -> list[date]:
        story = queries.story([anna.pk], by, wanted=Narrowing(**wanted))  # type: ignore[arg-type]
        return [line.at.date() for line in story.lines]

    first = NOON.date()
    assert found(text="status BLOCKED") == [first + timedelta(days=day) for day in (2, 1, 0)]
    assert found(text="oleg", since=first + timedelta(days=1)) == [
        first + timedelta(days=2),
        first + timedelta(days=1),
    ]
    assert found(until=first) and max(found(until=first)) == first
    assert found(text="no such words") == []
    page = login(client, oleg).get(
        reverse("customers:timeline", args=[anna.public_id]), {"text": "blocked", "since": "nonsense"}
    )
    assert page.status_code == 200 and "Blocked" in page.content.decode()
    told = client.get(f"/api/v1/customers/{anna.public_id}/timeline", {"text": "→ blocked"}).json()
    assert len(told["items"]) == 3


@override("en")
def test_the_whole_of_a_long_timeline_is_searched_by_pages(anna: Profile, oleg: Employee) -> None:
    journal.record_many(
        [
            journal.Entry(
                StatusChanged(profile_id=anna.pk, old="active", new="blocked")
                if n == 900
                else CustomerChanged(profile_id=anna.pk, fields=("sex",)),
                at=NOON - timedelta(minutes=n),
                customer=anna.pk,
            )
            for n in range(1_000)
        ],
        by=SYSTEM,
        live=False,
    )
    story = queries.story([anna.pk], actor(oleg), wanted=Narrowing(text="blocked"))
    assert len(story.lines) == 1


@override("en")
def test_a_search_finds_what_telling_everything_finds(anna: Profile, oleg: Employee) -> None:
    by = actor(oleg)
    statuses = [("active", "blocked"), ("blocked", "active")]
    kinds = [StatusChanged(profile_id=anna.pk, old=old, new=new) for old, new in statuses] + [
        CustomerChanged(profile_id=anna.pk, fields=fields)
        for fields in (("sex",), ("last_name", "sex"), ("phone",))
    ]
    journal.record_many(
        [
            journal.Entry(kinds[n % len(kinds)], at=NOON - timedelta(minutes=n), customer=anna.pk)
            for n in range(40)
        ],
        by=by,
        live=False,
    )
    everything = queries.story([anna.pk], by, limit=1_000).lines
    for text in ("sex", "SEX last", "data oleg", "→ active", "phone", "Data", "corrected blocked"):
        words = text.lower().split()
        told = [
            one.id
            for one in everything
            if all(word in f"{one.text} {one.detail} {one.group} {one.by}".lower() for word in words)
        ]
        found = queries.story([anna.pk], by, wanted=Narrowing(text=text), limit=1_000).lines
        assert [one.id for one in found] == told, text
