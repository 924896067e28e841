"""Templates, their versions, and how a letter reads for one person."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from prilavok.customers import queries as customers
from prilavok.kernel.actors import Actor
from prilavok.messaging import macros, ports
from prilavok.messaging.letters import links
from prilavok.messaging.letters.compiled import CompiledLetter
from prilavok.messaging.letters.mime import Written
from prilavok.messaging.models import Message, Template, TemplateVersion


def templates(by: Actor, *, archived: bool = False) -> QuerySet[Template]:
    """Templates with the id, number and subject of their latest version."""
    by.must("messaging.see")
    latest = TemplateVersion.objects.filter(template=OuterRef("pk")).order_by("-number")
    return Template.objects.filter(archived_at__isnull=not archived).annotate(
        version_id=Subquery(latest.values("id")[:1]),
        number=Subquery(latest.values("number")[:1]),
        subject=Subquery(latest.values("subject")[:1]),
        saved_at=Subquery(latest.values("made_at")[:1]),
    )


def template(public_id: UUID, by: Actor) -> Template:
    by.must("messaging.see")
    return Template.objects.get(public_id=public_id)


def versions_of(template_id: int, by: Actor) -> QuerySet[TemplateVersion]:
    """Every version of a template, the latest first."""
    by.must("messaging.see")
    return TemplateVersion.objects.filter(template=template_id).order_by("-number")


def latest_version(template_id: int) -> TemplateVersion | None:
    """What would be sent if this template were sent now."""
    return TemplateVersion.objects.filter(template=template_id).order_by("-number").first()


def version(public_id: UUID, by: Actor) -> TemplateVersion:
    by.must("messaging.see")
    return TemplateVersion.objects.select_related("template").get(public_id=public_id)


@lru_cache(maxsize=64)
def compiled(version_id: int) -> CompiledLetter:
    """The version ready to be filled. A version never changes, so it is kept."""
    return compile_version(TemplateVersion.objects.get(pk=version_id))


def compile_version(one: TemplateVersion) -> CompiledLetter:
    return CompiledLetter(
        subject=one.subject, html=one.html, text=one.text, links=one.links, fallbacks=one.fallbacks
    )


def preview(
    one: TemplateVersion,
    *,
    by: Actor,
    profile_id: int | None = None,
    context: Mapping[str, Any] | None = None,
) -> Written:
    """How the version reads for one customer, or for an invented one; links lead straight to their targets."""
    by.must("messaging.see")
    letter = compile_version(one)
    values = dict(context or {})
    if profile_id is None:
        filled = macros.samples() | values
    else:
        customers.visible(by).get(pk=profile_id)
        samples = macros.samples()
        filled = {key: samples[key] for key in (*ports.OFFER_MACROS, *ports.POINTS_MACROS)} | values
        filled = macros.values_for({profile_id: filled}, used=one.macros)[profile_id]
    filled |= {"unsubscribe_url": "#unsubscribe", "browser_url": "#browser", "open_url": "data:,"}
    return letter.fill(filled | letter.targets(filled))


def _values_of(message: Message, letter: CompiledLetter, used: list[str]) -> dict[str, str]:
    filled = macros.values_for({message.profile_id: message.context}, used=used)[message.profile_id]
    return filled | links.macros(message.public_id, letter.link_count)


def letter_of(public_id: UUID) -> Written:
    """The letter of a message as its reader has it; whoever holds its signed address may read it."""
    message = _with_version(public_id)
    letter = compiled(message.mailing.template_version_id)
    return letter.fill(
        _values_of(message, letter, message.mailing.template_version.macros) | {"open_url": "data:,"}
    )


def link_target(public_id: UUID, number: int) -> str:
    """Where a numbered link of a message leads its reader. Raises IndexError, Message.DoesNotExist."""
    message = _with_version(public_id)
    letter = compiled(message.mailing.template_version_id)
    return letter.target(number, _values_of(message, letter, message.mailing.template_version.macros))


def _with_version(public_id: UUID) -> Message:
    return Message.objects.select_related("mailing__template_version").get(public_id=public_id)
