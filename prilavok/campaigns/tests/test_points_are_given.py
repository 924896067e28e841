"""Whoever gets the letter gets the points that it promises, once; nobody else gets any."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from prilavok.campaigns import actions, queries
from prilavok.campaigns.models import Campaign
from prilavok.campaigns.tests.conftest import Catcher, send_all
from prilavok.campaigns.tests.test_api import write
from prilavok.campaigns.tests.test_campaign_runs import launch, of_mood, people, told_of_the_end
from prilavok.company.models import Employee
from prilavok.customers import actions as customers
from prilavok.customers.models import Profile
from prilavok.experiments import ports as experiments
from prilavok.kernel import clock, jobs, journal
from prilavok.kernel.actors import SYSTEM, Actor, Refused
from prilavok.kernel.models import Cursor
from prilavok.ledger import actions as ledger
from prilavok.ledger import queries as books
from prilavok.loyalty import actions as loyalty
from prilavok.loyalty import queries as loyalty_queries
from prilavok.loyalty.models import Account, Award, Programme
from prilavok.loyalty.tests.conftest import programme, till
from prilavok.loyalty.tests.till import Till
from prilavok.messaging import actions as messaging
from prilavok.messaging.catcher.moods import Mood
from prilavok.messaging.catcher.store import Store
from prilavok.messaging.models import Message, TemplateVersion
from tests.cast import NOON, actor, hire, login

__all__ = ["programme", "till"]
D = Decimal

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sonya(the_company: None) -> Employee:
    """Sonya, who decides over what others propose."""
    return hire("Sonya", "supervisor")


@pytest.fixture
def promise(the_company: None) -> TemplateVersion:
    """A letter that says how many points there are, and until when."""
    blocks = {
        "heading": "{{ points_count }} баллов ваши",
        "body": "Потратьте их до {{ points_until }}.",
        "footer": "{{ company }}",
    }
    return messaging.save_template(
        name="Points",
        subject="Вам {{ points_count }} баллов",
        blocks=blocks,
        fallbacks={"points_count": "много", "points_until": "любого дня"},
        by=SYSTEM,
        at=NOON,
    )


@pytest.fixture
def giving(
    campaign_to: Callable[..., Campaign],
    promise: TemplateVersion,
    programme: Programme,
    sonya: Employee,
) -> Callable[..., Campaign]:
    """A campaign of 150 points to each, good for 30 days, which Sonya has approved."""

    def make(profiles: list[int], **more: object) -> Campaign:
        fields = {
            "template_id": promise.template_id,
            "coupon_series_id": None,
            "points_programme_id": programme.pk,
            "points": D(150),
            "points_days": 30,
        }
        one = campaign_to(profiles, **(fields | more))
        return actions.approve_points(campaign_id=one.pk, by=actor(sonya), at=NOON)

    return make


def send(campaign: Campaign) -> None:
    """Until nobody waits and all is told."""
    send_all()
    while Message.objects.filter(state="planned").update(retry_at=None):
        send_all()
    told_of_the_end(campaign)
    campaign.refresh_from_db()


def points_of(profiles: list[int]) -> dict[int, Decimal]:
    """What stands on the accounts of these people now; who has no account is missing."""
    found = list(Account.objects.filter(profile__in=profiles))
    balances = loyalty_queries.balances(found, at=clock.now())
    return {one.profile_id: balances[one.pk].available for one in found if one.profile_id}


def sound() -> None:
    """The books close: every transaction, every unit, every lot."""
    assert not books.open_transactions() and not books.open_units() and not books.lots_that_differ()


def assert_listed(
    client: Client, campaign: Campaign, got: set[int], marina: Employee, klara: Employee
) -> None:
    """The figure «given» opens its people, page by page, by the API and as a file for whoever may take it out."""
    people, api = f"/campaigns/{campaign.public_id}/points/", f"/api/v1/campaigns/{campaign.public_id}/points"
    login(client, marina)
    assert people in client.get(f"/campaigns/{campaign.public_id}/progress/").content.decode()
    page = client.get(people)
    assert page.context["total"] == len(got) > len(page.context["lines"])
    rest = client.get(people, {"after": page.context["more"]}).context["lines"]
    assert {row.profile_id for row, _who in [*page.context["lines"], *rest]} == got
    told = client.get(f"{api}/people?limit=200").json()["items"]
    assert len(told) == len(got) and {D(one["points"]) for one in told} == {D(150)}
    exported = client.get(f"{people}export/")
    assert exported.status_code == (200 if actor(marina).may("customers.export") else 403)
    if exported.status_code == 200:
        assert exported.getvalue().decode("utf-8-sig").count("\r\n") == len(got) + 1
    login(client, klara)
    assert [client.get(one).status_code for one in (people, f"{api}/people")] == [403, 403]


def test_who_gets_the_letter_has_the_points_and_nobody_else(
    client: Client,
    catcher: Catcher,
    town: Callable[..., list[int]],
    giving: Callable[..., Campaign],
    marina: Employee,
    klara: Employee,
) -> None:
    profiles = people(town, 80) + town(*of_mood(Mood.NO_SUCH_USER, 6))  # more than a page gets points
    for profile in profiles[:3]:
        customers.withdraw_consent(profile_id=profile, channel="email", source="call", by=SYSTEM, at=NOON)
    campaign = launch(giving(profiles))
    late = Message.objects.order_by("id").values_list("profile", flat=True)[0]
    customers.withdraw_consent(profile_id=late, channel="email", source="call", by=SYSTEM, at=NOON)
    assert not Account.objects.exists(), "a promise gives nothing yet"
    send(campaign)

    stood = queries.books(campaign)
    assert campaign.state == Campaign.State.SENT and stood.refused and stood.control and stood.delivered
    got = {one.profile_id for one in queries.people(campaign, SYSTEM, figure="delivered", size=100)}
    got |= {one.profile_id for one in queries.people(campaign, SYSTEM, figure="unknown", size=100)}
    assert_listed(client, campaign, got, marina, klara)
    assert points_of(profiles) == dict.fromkeys(got, D(150))
    sound()
    assert set(Store(catcher.path).page(size=1)[0].subject.split()) >= {"150"}


def test_told_again_nobody_gets_more(
    catcher: Catcher, town: Callable[..., list[int]], giving: Callable[..., Campaign]
) -> None:
    profiles = people(town, 12)
    campaign = launch(giving(profiles, control_share=0))
    send(campaign)
    had = points_of(profiles)
    assert set(had.values()) == {D(150)}
    Cursor.objects.filter(pk="campaigns").delete()  # the journal is read once more from its beginning
    journal.deliver()
    assert points_of(profiles) == had
    assert Award.objects.count() == len(had)
    sound()


def test_two_who_turn_out_to_be_one_get_the_points_once(
    catcher: Catcher, town: Callable[..., list[int]], giving: Callable[..., Campaign]
) -> None:
    before, other, late, third = profiles = people(town, 4)
    campaign = launch(giving(profiles, control_share=0))
    customers.merge(profile_id=before, other_id=other, by=SYSTEM, at=NOON)  # the letters wait still
    send_all()
    while Message.objects.filter(state="planned").update(retry_at=None):
        send_all()
    customers.merge(
        profile_id=third, other_id=late, by=SYSTEM, at=NOON
    )  # both have theirs, nothing is given yet
    journal.deliver()
    assert {*Message.objects.filter(state="delivered").values_list("profile", flat=True)} >= {late, third}
    assert points_of(profiles) == {before: D(150), third: D(150)}

    customers.merge(profile_id=before, other_id=third, by=SYSTEM, at=NOON)  # they got theirs as two
    assert actions.give_points({campaign.pk: profiles}, at=clock.now()) == 0
    sound()


def test_points_have_their_own_life_which_is_never_shorter_than_the_letter_says(
    catcher: Catcher, town: Callable[..., list[int]], giving: Callable[..., Campaign], programme: Programme
) -> None:
    profiles = people(town, 2)
    campaign = launch(giving(profiles, control_share=0))
    said = Message.objects.values_list("context", flat=True)[0]
    assert said["points_count"] == "150"
    loyalty.change_programme(programme.pk, lifetime_days=5, by=SYSTEM, at=NOON)
    send(campaign)
    account = Account.objects.get(profile=profiles[0])
    (lot,) = loyalty_queries.lots_of(account, SYSTEM)
    assert lot.expires_at is not None and lot.expires_at > clock.now() + timedelta(days=30)

    usual = launch(giving(profiles, control_share=0, points_days=None, points_wait=3))
    assert usual.points_days == 5, "what the letter promises is fixed at the launch"
    send(usual)
    assert {one.pending for one in loyalty_queries.balances([account], at=clock.now()).values()} == {D(150)}


def test_points_need_a_second_pair_of_eyes(
    town: Callable[..., list[int]],
    campaign_to: Callable[..., Campaign],
    letter: TemplateVersion,
    programme: Programme,
    marina: Employee,
    sonya: Employee,
    oleg: Employee,
    max_stranger: Employee,
) -> None:
    profiles = people(town, 5)
    for profile in profiles[2:]:
        customers.withdraw_consent(profile_id=profile, channel="email", source="call", by=SYSTEM, at=NOON)
    draft = campaign_to(profiles)
    fields = {"points_programme_id": programme.pk, "points": D(100)}
    with pytest.raises(Refused):
        actions.change(campaign_id=draft.pk, by=actor(oleg), at=NOON, **fields)
    chosen = actions.change(campaign_id=draft.pk, by=actor(marina), at=NOON, **fields)
    assert chosen.points_by == marina.pk
    with pytest.raises(actions.NotReady) as waits:
        actions.launch(campaign_id=draft.pk, by=actor(marina), at=NOON)
    assert waits.value.field == "points"
    for stranger in (marina, max_stranger):
        with pytest.raises(Refused):
            actions.approve_points(campaign_id=draft.pk, by=actor(stranger), at=NOON)
    with pytest.raises(actions.EmployeesOnly):
        actions.approve_points(campaign_id=draft.pk, by=SYSTEM, at=NOON)
    Campaign.objects.filter(pk=draft.pk).update(points_by=sonya.pk)
    with pytest.raises(actions.OwnPoints):
        actions.approve_points(campaign_id=draft.pk, by=actor(sonya), at=NOON)
    Campaign.objects.filter(pk=draft.pk).update(points_by=marina.pk)

    approved = actions.approve_points(campaign_id=draft.pk, by=actor(sonya), at=NOON)
    assert approved.points_approved_by == sonya.pk
    more = actions.change(campaign_id=draft.pk, points=D(101), by=actor(marina), at=NOON)
    assert more.points_approved_by is None, "what was approved was another sum"
    actions.approve_points(campaign_id=draft.pk, by=actor(sonya), at=NOON)
    renamed = actions.change(campaign_id=draft.pk, name="Other", by=actor(marina), at=NOON)
    assert renamed.points_approved_by == sonya.pk
    for profile in profiles[2:]:
        customers.give_consent(profile_id=profile, channel="email", source="call", by=SYSTEM, at=NOON)
    with pytest.raises(actions.NotReady) as grown:
        actions.launch(campaign_id=draft.pk, by=actor(marina), at=NOON)
    assert (grown.value.field, grown.value.params) == ("points", {"approved": 2, "people": 5})
    actions.approve_points(campaign_id=draft.pk, by=actor(sonya), at=NOON)
    assert actions.launch(campaign_id=draft.pk, by=actor(marina), at=NOON).state == "scheduled"
    again = actions.copy(campaign_id=draft.pk, name="Again", by=actor(marina), at=NOON)
    assert (again.points, again.points_approved_by) == (D(101), None)


def test_a_segment_that_grows_after_the_launch_stops_the_campaign_until_it_is_approved_anew(
    client: Client,
    catcher: Catcher,
    town: Callable[..., list[int]],
    giving: Callable[..., Campaign],
    sonya: Employee,
    marina: Employee,
) -> None:
    profiles = people(town, 30)
    for profile in profiles[20:]:
        customers.withdraw_consent(profile_id=profile, channel="email", source="call", by=SYSTEM, at=NOON)
    campaign = giving(profiles, control_share=0)
    Campaign.objects.filter(pk=campaign.pk).update(points_by=marina.pk)
    later = clock.now() + timedelta(hours=1)
    actions.change(campaign_id=campaign.pk, start_at=later, by=SYSTEM, at=NOON)
    assert [one.title for one in jobs.of_employee(sonya.pk)] == ["Meat days"], "told once that it waits"
    actions.launch(campaign_id=campaign.pk, by=actor(marina), at=NOON)
    for profile in profiles[20:]:
        customers.give_consent(profile_id=profile, channel="email", source="call", by=SYSTEM, at=NOON)
    Campaign.objects.filter(pk=campaign.pk).update(start_at=NOON)
    actions.prepare(campaign_id=campaign.pk)

    campaign.refresh_from_db()
    assert (campaign.state, campaign.points_approved_by, campaign.points_approved_for) == ("draft", None, 20)
    assert not campaign.customers.exists() and not Message.objects.exists()
    assert [len(jobs.of_employee(one.pk)) for one in (sonya, marina)] == [2, 1]
    assert queries.points_waiting(actor(sonya)).get() == campaign
    login(client, sonya)
    approval = f"/campaigns/{campaign.public_id}/approval/"
    assert "for 20 people" in client.get(approval).content.decode()
    told = client.get(f"/api/v1/campaigns/{campaign.public_id}").json()
    assert (told["points_approved_at"], told["points_approved_for"]) == (None, 20)

    client.post(approval)
    send(launch(campaign))
    assert points_of(profiles) == dict.fromkeys(profiles, D(150))
    sound()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"points": D(0)}, "points"),
        ({"points": D(-5)}, "points"),
        ({"points": None}, "points"),
        ({"points": D("0.5")}, "points"),
        ({"points": D("100.00001")}, "points"),
        ({"points": D(10**9)}, "points"),
        ({"points": D("NaN")}, "points"),
        ({"points_days": 0}, "points_days"),
        ({"points_days": 100_000}, "points_days"),
        ({"points_wait": 100_000}, "points_wait"),
        ({"points_programme_id": 987_654}, "points_programme"),
        ({"points_programme_id": None}, "points_programme"),
    ],
)
def test_what_cannot_be_promised_is_refused_at_once(
    campaign_to: Callable[..., Campaign], programme: Programme, wrong: dict[str, object], field: str
) -> None:
    draft = campaign_to([])
    fields = {"points_programme_id": programme.pk, "points": D(100)} | wrong
    with pytest.raises(actions.Unknown) as refused:
        actions.change(campaign_id=draft.pk, by=SYSTEM, at=NOON, **fields)
    assert refused.value.field == field
    draft.refresh_from_db()
    assert draft.points is None


def test_points_of_a_closed_programme_and_promises_without_points_do_not_leave(
    giving: Callable[..., Campaign], programme: Programme, campaign_to: Callable[..., Campaign]
) -> None:
    one = giving([])
    empty = actions.change(campaign_id=giving([]).pk, points_programme_id=None, by=SYSTEM, at=NOON)
    assert (empty.points, empty.points_approved_by) == (None, None)
    with pytest.raises(actions.NotReady) as promised:
        actions.launch(campaign_id=empty.pk, by=SYSTEM, at=NOON)
    assert promised.value.field == "points"
    loyalty.change_programme(programme.pk, active=False, by=SYSTEM, at=NOON)
    with pytest.raises(actions.Unknown) as closed:
        actions.launch(campaign_id=one.pk, by=SYSTEM, at=NOON)
    assert closed.value.field == "points_programme"


def test_the_report_tells_what_became_of_the_points_and_counts_no_cost_twice(
    catcher: Catcher, town: Callable[..., list[int]], giving: Callable[..., Campaign], till: Till
) -> None:
    campaign = launch(giving(people(town, 8), control_share=D("0.5"), analysis_days=2))
    send(campaign)
    now, day = clock.now(), timedelta(days=1)
    one, two, three, _four = mailed = list(Profile.objects.filter(pk__in=points_of_all()).order_by("pk"))
    sold = till.sell("1", "400.00", to=one, points=D(100), at=now)
    till.sell("2", "400.00", to=two, points=D(150), at=now + 10 * day)
    till.take_back(sold, "3", {1: "1"}, at=now + 11 * day)  # the 100 are given back
    till.sell("4", "400.00", to=three, points=D(30), at=now + 12 * day)

    def told(days: int) -> tuple[float, ...]:
        found = queries.points_given(campaign, at=now + days * day)
        assert found is not None and found.people == len(mailed) == 4
        assert found.given == found.spent + found.lapsed + found.alive
        return tuple(map(float, (found.given, found.spent, found.lapsed, found.alive, found.cost)))

    assert told(0) == (600, 100, 0, 500, 500), "100 are missing from the revenue already"
    assert told(10) == (600, 250, 0, 350, 500), "150 were spent after the analysis: nobody else counts them"
    assert told(12) == (600, 180, 0, 420, 500)
    assert told(40) == (600, 180, 420, 0, 80)
    ledger.settle_due(by=SYSTEM, at=now + 40 * day)
    assert told(40) == (600, 180, 420, 0, 80), "whether the lapse is written or not"
    assert told(0) == (600, 100, 0, 500, 500), "and what was is told as it was"
    experiment = queries.experiment_of(campaign)
    assert experiment is not None
    assert sum(source.amount(campaign.owner) for source in experiments.costs.items()) == D(500)
    sound()


def points_of_all() -> list[int]:
    return list(Account.objects.values_list("profile", flat=True))


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────────────


def test_marina_chooses_points_sonya_approves_them_and_the_campaign_tells_what_became_of_them(
    client: Client,
    catcher: Catcher,
    town: Callable[..., list[int]],
    campaign_to: Callable[..., Campaign],
    promise: TemplateVersion,
    programme: Programme,
    marina: Employee,
    sonya: Employee,
) -> None:
    profiles = people(town, 10)
    draft = campaign_to(profiles, coupon_series_id=None, control_share=0)
    what, when = (f"/campaigns/{draft.public_id}/{step}/" for step in ("what", "when"))
    login(client, marina)
    chosen = {"template": promise.template.public_id, "points_programme": programme.public_id}
    assert str(programme.public_id) in client.get(what).content.decode()
    for wrong in ("", "0", "-3", "1.5", "many", "99999999999999999999"):
        refused = client.post(what, chosen | {"points": wrong})
        assert refused.status_code == 422 and refused.context["form"].errors["points"], wrong
    told = client.get(f"{what}points/", {"points_programme": str(programme.public_id), "points": "200"})
    assert (told.context["most"].people, told.context["most"].money) == (10, D(2000))
    taken = client.post(what, chosen | {"points": "200", "points_days": "14", "points_wait": ""})
    assert taken.status_code == 302, taken.context["form"].errors
    page = client.get(when)
    approval = f"/campaigns/{draft.public_id}/approval/"
    assert approval in page.content.decode() and page.context["most"].points == D(2000)
    launched = page.context["form"].initial | {"start_at": "", "cost": ""}
    assert client.post(when, launched).status_code == 422
    assert client.get(approval).status_code == client.post(approval).status_code == 403

    login(client, sonya)
    assert approval in client.get("/campaigns/").content.decode()
    assert client.get(f"/campaigns/{draft.public_id}/", follow=True).redirect_chain[-1][0] == approval
    assert client.get(approval).context["chosen_by"] == "Marina"
    assert client.post(approval).status_code == 302
    assert client.get(approval).context["approved_by"] == "Sonya"

    login(client, marina)
    assert client.post(when, launched).status_code == 302
    actions.prepare(campaign_id=draft.pk)
    send(Campaign.objects.get())
    given = client.get(f"/campaigns/{draft.public_id}/").context["given"]
    assert (given.people, given.given, given.alive, given.cost) == (10, D(2000), D(2000), D(2000))
    account = Account.objects.get(profile=profiles[0])
    assert account.profile
    own = client.get(f"/loyalty/accounts/{account.public_id}/").content.decode()
    assert f'<a href="/campaigns/{draft.public_id}/">Meat days</a>' in own
    timeline = client.get(f"/customers/{account.profile.public_id}/?tab=timeline").content.decode()
    assert "Meat days" in timeline


def test_who_may_not_give_points_keeps_what_was_chosen(
    giving: Callable[..., Campaign],
    oleg: Employee,
) -> None:
    one = giving([])
    writer = Actor("employee", oleg.pk, frozenset({"campaigns.edit", "campaigns.see", "loyalty.see"}))
    with pytest.raises(Refused):
        actions.change(campaign_id=one.pk, points=D(200), by=writer, at=NOON)
    renamed = actions.change(campaign_id=one.pk, name="Other", points=D(150), by=writer, at=NOON)
    assert (renamed.points, renamed.points_approved_by) == (D(150), one.points_approved_by)
    assert actions.copy(campaign_id=one.pk, name="Again", by=writer, at=NOON).points is None


def test_the_api_sets_approves_and_reads_points(
    client: Client,
    campaign_to: Callable[..., Campaign],
    town: Callable[..., list[int]],
    programme: Programme,
    marina: Employee,
    sonya: Employee,
    max_stranger: Employee,
) -> None:
    draft = campaign_to(people(town, 4))
    address = f"/campaigns/{draft.public_id}"
    api = login(client, marina)
    assert api.get(f"/api/v1{address}/points").status_code == 409
    for body, field in (
        ({"points": "10"}, "points_programme"),
        ({"points_programme": programme.public_id}, "points"),
        ({"points_programme": programme.public_id, "points": "0"}, "points"),
        ({"points_programme": programme.public_id, "points": "1.5"}, "points"),
        ({"points_programme": programme.public_id, "points": "10", "points_days": 0}, "points_days"),
    ):
        refused = write(api, "PATCH", address, body)
        assert refused.status_code == 422 and field in refused.content.decode(), body
    told = write(api, "PATCH", address, {"points_programme": programme.public_id, "points": "10"}).json()
    assert (D(told["points"]), told["points_wait"], told["points_approved_at"]) == (D(10), 0, None)
    assert write(api, "POST", f"{address}/points/approval").status_code == 403
    assert write(api, "POST", f"{address}/launch").json()["code"] == "campaign_not_ready"

    api = login(client, sonya)
    most = api.get(f"/api/v1{address}/points").json()["most"]
    assert (most["people"], D(most["points"]), D(most["money"])) == (4, D(40), D(40))
    assert write(api, "POST", f"{address}/points/approval").json()["points_approved_at"]
    api = login(client, marina)
    assert write(api, "PATCH", address, {"points_programme": None}).json()["points"] is None
    api = login(client, max_stranger)
    assert api.get(f"/api/v1{address}/points").status_code == 403
    assert write(api, "POST", f"{address}/points/approval").status_code == 403
