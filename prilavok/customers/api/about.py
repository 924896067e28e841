"""What is kept of a customer besides who they are: addresses, dates, alerts, notes, and the history of it all."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from ninja import Field, Router, Schema
from ninja import Status as HttpStatus
from ninja.params.functions import Query
from pydantic import ConfigDict

from prilavok.company import actions as company_actions
from prilavok.company import queries as company
from prilavok.customers import actions, queries
from prilavok.customers.actions import addresses, dates, notes
from prilavok.customers.models import Address, Alert, Note, Profile
from prilavok.customers.queries.notes import note_of, notes_of, standing_alerts
from prilavok.customers.queries.postal import Day, addresses_of, date_kinds, days_of
from prilavok.kernel import clock, paging
from prilavok.kernel.web import Request

router = Router(tags=["customers"])


def _customer(request: Request, public_id: UUID, right: str = "customers.see") -> Profile:
    request.actor.must(right)
    return queries.get(public_id, request.actor)


def _looked(profile: Profile, request: Request) -> None:
    """What was written about somebody leaves a line in the log of access, as their contacts do."""
    company_actions.note_look(profile_id=profile.pk, what="api", by=request.actor, at=clock.now())


def _today() -> date:
    return clock.now().astimezone(company.zone()).date()


# ── Addresses ────────────────────────────────────────────────────────────────────────────────────────────


class PartsIn(Schema):
    model_config = ConfigDict(extra="forbid")

    postcode: str = Field("", max_length=10, examples=["125009"])
    country: str = Field("", max_length=60)
    region: str = Field("", max_length=120)
    city: str = Field("", max_length=120, examples=["Москва"])
    street: str = Field("", max_length=200, examples=["ул. Тверская"])
    house: str = Field("", max_length=30, examples=["4к2"])
    flat: str = Field("", max_length=30, examples=["12"])
    rest: str = Field("", max_length=200)


class AddressIn(PartsIn):
    kind: Address.Kind = Address.Kind.ACTUAL
    line: str = Field(
        "",
        max_length=300,
        examples=["125009, г. Москва, ул. Тверская, д. 4, кв. 12"],
        description="The address in one line; parts that are given besides hold.",
    )
    coordinates: str = Field(
        "",
        max_length=60,
        examples=["55.755864, 37.617698"],
        description="Latitude and longitude in degrees. Not sent with a correction, they stay with the same address "
        "and go when it becomes another one.",
    )


class AddressOut(Schema):
    id: UUID
    kind: Address.Kind
    line: str
    postcode: str
    country: str
    region: str
    city: str
    street: str
    house: str
    flat: str
    rest: str
    latitude: Decimal | None
    longitude: Decimal | None
    at: datetime
    rule: str

    @staticmethod
    def resolve_id(address: Address) -> UUID:
        return address.public_id


@router.get("/customers/{uuid:public_id}/addresses", response=list[AddressOut], summary="Postal addresses")
def customer_addresses(request: Request, public_id: UUID) -> object:
    """Empty without the right `customers.see_contacts`."""
    profile = _customer(request, public_id)
    actions.note_contacts([profile.pk], by=request.actor, at=clock.now())
    return addresses_of(queries.kin(profile.pk), request.actor)


@router.post("/customers/{uuid:public_id}/addresses", response={201: AddressOut}, summary="Add an address")
def add_address(request: Request, public_id: UUID, new: AddressIn) -> HttpStatus[Address]:
    profile = _customer(request, public_id, "customers.edit")
    made = addresses.add_address(profile_id=profile.pk, by=request.actor, at=clock.now(), **new.dict())
    return HttpStatus(201, made)


@router.patch(
    "/customers/{uuid:public_id}/addresses/{uuid:address_id}",
    response=AddressOut,
    summary="Correct an address: parts that are not sent stay",
)
def change_address(request: Request, public_id: UUID, address_id: UUID, new: AddressIn) -> Address:
    profile = _customer(request, public_id, "customers.edit")
    request.actor.must("customers.see_contacts")  # the answer shows the parts that were not sent
    told = new.dict(exclude_unset=True)
    addresses.change_address(
        profile_id=profile.pk, address=address_id, by=request.actor, at=clock.now(), **told
    )
    return Address.objects.get(public_id=address_id)


@router.delete(
    "/customers/{uuid:public_id}/addresses/{uuid:address_id}",
    response={204: None},
    summary="Remove an address",
)
def remove_address(request: Request, public_id: UUID, address_id: UUID) -> HttpStatus[None]:
    profile = _customer(request, public_id, "customers.edit")
    addresses.remove_address(profile_id=profile.pk, address=address_id, by=request.actor, at=clock.now())
    return HttpStatus(204, None)


# ── Dates ────────────────────────────────────────────────────────────────────────────────────────────────


class DateIn(Schema):
    model_config = ConfigDict(extra="forbid")

    kind: str = Field("wedding", max_length=20, description="The code of a kind: `GET /date-kinds`.")
    day: int = Field(ge=1, le=31)
    month: int = Field(ge=1, le=12)
    year: int | None = Field(None, ge=1900, le=2100, description="Null when nobody knows it.")
    note: str = Field("", max_length=100)


class DateOut(Schema):
    id: UUID | None = Field(description="Null for the birthday, which is a field of the customer.")
    kind: str
    name: str
    day: int
    month: int
    year: int | None
    note: str
    next: date
    years: int | None = Field(description="How many years it will be then.")

    @staticmethod
    def resolve_id(one: Day) -> str | None:
        return one.id or None


class DateKindOut(Schema):
    code: str
    name: str


@router.get("/date-kinds", response=list[DateKindOut], summary="Kinds of personal dates")
def kinds_of_dates(request: Request) -> list[dict[str, str]]:
    request.actor.must("customers.see")
    return [{"code": code, "name": name} for code, name in date_kinds().items()]


class DateKindIn(Schema):
    name: str = Field(min_length=1, max_length=100)


@router.put("/date-kinds/{code}", response=DateKindOut, summary="Make a kind of dates, or call it anew")
def change_date_kind(request: Request, code: str, new: DateKindIn) -> object:
    return dates.change_date_kind(code=code, name=new.name, by=request.actor)


@router.get(
    "/customers/{uuid:public_id}/dates", response=list[DateOut], summary="Birthday and other personal dates"
)
def customer_dates(request: Request, public_id: UUID) -> list[Day]:
    profile = _customer(request, public_id)
    _looked(profile, request)
    return days_of(profile, queries.kin(profile.pk), request.actor, today=_today())


@router.post("/customers/{uuid:public_id}/dates", response={201: list[DateOut]}, summary="Add a date")
def add_date(request: Request, public_id: UUID, new: DateIn) -> HttpStatus[list[Day]]:
    profile = _customer(request, public_id, "customers.edit")
    dates.add_date(profile_id=profile.pk, by=request.actor, at=clock.now(), **new.dict())
    return HttpStatus(201, days_of(profile, queries.kin(profile.pk), request.actor, today=_today()))


@router.delete(
    "/customers/{uuid:public_id}/dates/{uuid:date_id}", response={204: None}, summary="Remove a date"
)
def remove_date(request: Request, public_id: UUID, date_id: UUID) -> HttpStatus[None]:
    profile = _customer(request, public_id, "customers.edit")
    dates.remove_date(profile_id=profile.pk, date_id=date_id, by=request.actor, at=clock.now())
    return HttpStatus(204, None)


# ── Alerts and notes ─────────────────────────────────────────────────────────────────────────────────────


class AlertIn(Schema):
    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=500)
    severity: Alert.Severity = Alert.Severity.WARNING
    until: date | None = Field(None, description="The last day on which it stands; null: until it is ended.")


class AlertOut(Schema):
    id: UUID
    text: str
    severity: Alert.Severity
    until: date | None
    at: datetime

    @staticmethod
    def resolve_id(alert: Alert) -> UUID:
        return alert.public_id


@router.get("/customers/{uuid:public_id}/alerts", response=list[AlertOut], summary="Alerts that stand today")
def alerts(request: Request, public_id: UUID) -> object:
    profile = _customer(request, public_id)
    _looked(profile, request)
    return standing_alerts(queries.kin(profile.pk), request.actor, today=_today())


@router.post("/customers/{uuid:public_id}/alerts", response={201: AlertOut}, summary="Raise an alert")
def raise_alert(request: Request, public_id: UUID, new: AlertIn) -> HttpStatus[Alert]:
    profile = _customer(request, public_id, "customers.note")
    made = notes.raise_alert(profile_id=profile.pk, by=request.actor, at=clock.now(), **new.dict())
    return HttpStatus(201, made)


@router.delete(
    "/customers/{uuid:public_id}/alerts/{uuid:alert_id}", response={204: None}, summary="End an alert"
)
def end_alert(request: Request, public_id: UUID, alert_id: UUID) -> HttpStatus[None]:
    profile = _customer(request, public_id, "customers.note")
    notes.end_alert(profile_id=profile.pk, alert=alert_id, by=request.actor, at=clock.now())
    return HttpStatus(204, None)


class NoteIn(Schema):
    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=5_000)
    pinned: bool = False


class NoteChange(Schema):
    model_config = ConfigDict(extra="forbid")

    text: str | None = Field(None, min_length=1, max_length=5_000)
    pinned: bool | None = None


class NoteOut(Schema):
    id: UUID
    text: str
    pinned: bool
    at: datetime
    changed_at: datetime | None

    @staticmethod
    def resolve_id(note: Note) -> UUID:
        return note.public_id


class NoteList(Schema):
    items: list[NoteOut]
    next: str | None


@router.get("/customers/{uuid:public_id}/notes", response=NoteList, summary="Notes, the pinned first")
def customer_notes(
    request: Request, public_id: UUID, after: str | None = None, limit: int = Query(50, ge=1, le=200)
) -> paging.Page[Note]:
    profile = _customer(request, public_id)
    _looked(profile, request)
    found = notes_of(queries.kin(profile.pk), request.actor)
    return paging.keyset(found, order=("-pinned", "-at", "-id"), after=after, size=limit)


@router.post("/customers/{uuid:public_id}/notes", response={201: NoteOut}, summary="Write a note")
def write_note(request: Request, public_id: UUID, new: NoteIn) -> HttpStatus[Note]:
    profile = _customer(request, public_id, "customers.note")
    made = notes.write_note(profile_id=profile.pk, by=request.actor, at=clock.now(), **new.dict())
    return HttpStatus(201, made)


@router.patch(
    "/customers/{uuid:public_id}/notes/{uuid:note_id}", response=NoteOut, summary="Correct or pin a note"
)
def change_note(request: Request, public_id: UUID, note_id: UUID, new: NoteChange) -> Note:
    profile = _customer(request, public_id, "customers.note")
    notes.change_note(
        profile_id=profile.pk, note=note_id, by=request.actor, at=clock.now(), **new.dict(exclude_unset=True)
    )
    return note_of(queries.kin(profile.pk), note_id, request.actor)


@router.delete(
    "/customers/{uuid:public_id}/notes/{uuid:note_id}",
    response={204: None},
    summary="Delete a note; within a month it can be restored",
)
def delete_note(request: Request, public_id: UUID, note_id: UUID) -> HttpStatus[None]:
    profile = _customer(request, public_id, "customers.note")
    notes.delete_note(profile_id=profile.pk, note=note_id, by=request.actor, at=clock.now())
    return HttpStatus(204, None)


@router.post(
    "/customers/{uuid:public_id}/notes/{uuid:note_id}/restoration",
    response=NoteOut,
    summary="Bring a deleted note back",
)
def restore_note(request: Request, public_id: UUID, note_id: UUID) -> Note:
    profile = _customer(request, public_id, "customers.note")
    notes.restore_note(profile_id=profile.pk, note=note_id, by=request.actor, at=clock.now())
    return note_of(queries.kin(profile.pk), note_id, request.actor)


# ── History ──────────────────────────────────────────────────────────────────────────────────────────────


class ChangeOut(Schema):
    at: datetime
    field: str
    before: str
    after: str
    rule: str = Field(description="How it came: operator, api, import, merge, unmerge, own_page.")
    by: str


@router.get(
    "/customers/{uuid:public_id}/history",
    response=list[ChangeOut],
    summary="Who changed which field, when, before and after",
)
def history(request: Request, public_id: UUID, field: str = Query("", max_length=80)) -> list[queries.Change]:
    """The latest 200 changes. Contacts are masked without the right `customers.see_contacts`."""
    profile = _customer(request, public_id)
    actions.note_contacts([profile.pk], by=request.actor, at=clock.now())
    fields = [field] if field else []
    return queries.history(queries.kin(profile.pk), request.actor, fields=fields)
