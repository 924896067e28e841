"""How people come in: their log-ins, outside log-ins, roles that ask for a second factor."""

from datetime import datetime
from typing import Annotated, Any

from ninja import Field, Path, Router, Schema, Status
from pydantic import ConfigDict

from prilavok.company import actions, queries
from prilavok.company.models import Provider, Role
from prilavok.kernel import clock
from prilavok.kernel.web import Request

router = Router(tags=["company"])

Code = Annotated[str, Path(pattern=r"^[-a-zA-Z0-9_]{1,40}$", examples=["corp"])]
Domain = Annotated[str, Field(max_length=200)]


class SignInOut(Schema):
    """Where somebody is logged in."""

    id: int
    device: str = Field(examples=["Firefox, Linux"])
    ip: str | None
    began_at: datetime
    seen_at: datetime
    current: bool = Field(description="The log-in that asks.")


class RoleOut(Schema):
    code: str
    label: str
    second_factor: bool = Field(description="Whoever has the role may do nothing before they have one.")

    @staticmethod
    def resolve_label(role: Role) -> str:
        return str(role.label)


class FactorIn(Schema):
    second_factor: bool


class ProviderIn(Schema):
    """An outside log-in by OpenID Connect. What is left out of `client_secret` stays as it was."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    issuer: str = Field(
        max_length=300, pattern=r"^https?://[^\s\[\]]+$", examples=["https://login.example.org"]
    )
    client_id: str = Field(min_length=1, max_length=200)
    client_secret: str = Field("", max_length=500, description="Kept sealed and never told again.")
    domains: list[Domain] = Field([], max_length=100, description="Of e-mails; none: any.")
    newcomers: str = Field(
        "", max_length=60, description="The role of whoever is not known yet; empty: nobody new."
    )
    active: bool = True


class ProviderOut(Schema):
    code: str
    name: str
    issuer: str
    client_id: str
    has_secret: bool
    domains: list[str]
    newcomers: str
    active: bool

    @staticmethod
    def resolve_has_secret(one: Provider) -> bool:
        return bool(one.client_secret)

    @staticmethod
    def resolve_newcomers(one: Provider) -> str:
        return one.newcomers.code if one.newcomers else ""


@router.get("/me/log-ins", response=list[SignInOut], summary="Where one is logged in")
def log_ins(request: Request) -> list[dict[str, Any]]:
    """Of the employee who asks; a token is nobody's log-in and has none."""
    session = _session(request)
    return [
        {
            "id": one.pk,
            "device": queries.device_name(one.device),
            "ip": one.ip,
            "began_at": one.began_at,
            "seen_at": one.seen_at,
            "current": one.session == session,
        }
        for one in queries.sign_ins(request.actor, at=clock.real())
    ]


@router.delete("/me/log-ins/{int:number}", response={204: None}, summary="End one of one's own log-ins")
def end_log_in(request: Request, number: int) -> Status[None]:
    actions.end_sign_in(sign_in_id=number, by=request.actor, at=clock.real())
    return Status(204, None)


@router.delete("/me/log-ins", response={204: None}, summary="End all of one's own log-ins but this one")
def end_other_log_ins(request: Request) -> Status[None]:
    actions.end_other_sign_ins(keep=_session(request), by=request.actor, at=clock.real())
    return Status(204, None)


def _session(request: Request) -> str:
    return (getattr(request, "session", None) and request.session.session_key) or ""


@router.get("/roles", response=list[RoleOut], summary="Roles, and which ask for a second factor")
def roles(request: Request) -> Any:
    request.actor.must("company.manage_people")
    return queries.roles()


@router.put(
    "/roles/{str:code}/second-factor", response=RoleOut, summary="Ask a role for a second factor, or not"
)
def demand_factor(request: Request, code: Code, new: FactorIn) -> Role:
    return actions.demand_factor(role=code, on=new.second_factor, by=request.actor, at=clock.now())


@router.get("/outside-log-ins", response=list[ProviderOut], summary="Outside log-ins")
def providers(request: Request) -> list[Provider]:
    request.actor.must("company.outside_logins")
    return queries.providers()


@router.put("/outside-log-ins/{str:code}", response=ProviderOut, summary="Make or change an outside log-in")
def save_provider(request: Request, code: Code, new: ProviderIn) -> Provider:
    return actions.save_provider(code=code, **new.dict(), by=request.actor, at=clock.now())


@router.delete("/outside-log-ins/{str:code}", response={204: None}, summary="Nobody comes by it any more")
def remove_provider(request: Request, code: Code) -> Status[None]:
    actions.remove_provider(code=code, by=request.actor, at=clock.now())
    return Status(204, None)
