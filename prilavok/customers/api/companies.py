"""Companies as customers, with their legal details."""

from typing import Any
from uuid import UUID

from ninja import Field, Router, Schema
from ninja import Status as HttpStatus
from pydantic import ConfigDict

from prilavok.customers import actions, queries
from prilavok.customers.api.people import shop_of
from prilavok.customers.models import Company, LegalForm, Profile
from prilavok.customers.ports import NewCompany
from prilavok.kernel import clock
from prilavok.kernel.web import Request

router = Router(tags=["customers"])


class DetailsIn(Schema):
    """Numbers as written: spaces are taken out, check digits are asked."""

    model_config = ConfigDict(extra="forbid")

    form: LegalForm = LegalForm.LEGAL
    full_name: str = Field(
        "", max_length=500, examples=["Общество с ограниченной ответственностью «Ромашка»"]
    )
    inn: str = Field("", max_length=30, examples=["7707083893"])
    kpp: str = Field("", max_length=30, examples=["773601001"])
    ogrn: str = Field("", max_length=30, examples=["1027700132195"])
    address: str = Field("", max_length=500)
    bank: str = Field("", max_length=200)
    bic: str = Field("", max_length=30, examples=["044525225"])
    account: str = Field("", max_length=40, examples=["40702810200000000001"])


class CompanyIn(DetailsIn):
    name: str = Field(max_length=100, examples=["ООО Ромашка"])
    external_id: str = Field("", max_length=200)
    phone: str = Field("", max_length=100)
    email: str = Field("", max_length=254)
    shop_code: str = Field("", max_length=60)
    source: str = Field("api", max_length=50)
    own: dict[str, Any] = Field({}, description="Own fields by code.", max_length=200)


class CompanyChangeIn(DetailsIn):
    """What is named is changed, the rest stays."""

    name: str = Field("", max_length=100)


class CompanyOut(Schema):
    """Legal details of a company; `name` is how it is shown."""

    public_id: UUID
    name: str
    form: LegalForm
    full_name: str
    inn: str
    kpp: str
    ogrn: str
    address: str
    bank: str
    bic: str
    account: str


@router.post("/companies", response={201: CompanyOut}, summary="Register a company")
def register(request: Request, new: CompanyIn) -> HttpStatus[dict[str, object]]:
    """A second company with the same INN and KPP is refused with 409; `customer` names the one that is known."""
    request.actor.must("customers.register")
    shop_id = shop_of(request, new.shop_code)
    told = NewCompany(**new.dict(exclude={"shop_code"}), shop_id=shop_id)
    profile = actions.register_company(told, by=request.actor, at=clock.now())
    return HttpStatus(201, _out(profile))


@router.get("/customers/{uuid:public_id}/company", response=CompanyOut, summary="Legal details of a company")
def details(request: Request, public_id: UUID) -> dict[str, object]:
    return _out(queries.get(public_id, request.actor))


@router.patch(
    "/customers/{uuid:public_id}/company", response=CompanyOut, summary="Correct a company's legal details"
)
def change(request: Request, public_id: UUID, new: CompanyChangeIn) -> dict[str, object]:
    request.actor.must("customers.edit")
    profile = queries.get(public_id, request.actor)
    actions.change_company(
        profile_id=profile.pk, by=request.actor, at=clock.now(), **new.dict(exclude_unset=True)
    )
    return _out(queries.get(public_id, request.actor))


def _out(profile: Profile) -> dict[str, object]:
    found = queries.company_of(queries.kin(profile.pk))
    if found is None:
        raise Company.DoesNotExist
    names = DetailsIn.model_fields
    return {"public_id": profile.public_id, "name": profile.person.full_name} | {
        name: getattr(found, name) for name in names
    }
