"""Saving a template: what cannot be sent to everybody cannot be saved."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from prilavok.kernel import journal
from prilavok.kernel.actors import Actor
from prilavok.kernel.errors import Problem
from prilavok.messaging import macros, starter
from prilavok.messaging.events import TemplateArchived, TemplateRestored, TemplateSaved
from prilavok.messaging.letters import liquid, mjml
from prilavok.messaging.models import Template, TemplateVersion
from prilavok.messaging.ports import MacroSource, Ready

_BARE = re.compile(r"\{\{-?\s*([\w.]+)\s*-?\}\}")
_SIZE = 200_000


class NoUnsubscribe(Problem):
    """Every letter must let its reader go."""

    code = "no_unsubscribe"
    field = "mjml"
    message = _("The letter has no unsubscribe link. Put {{ unsubscribe_url }} into the address of a link.")


class Missing(Problem):
    code = "template_incomplete"


def save_template(
    *,
    name: str,
    subject: str,
    by: Actor,
    at: datetime,
    template_id: int | None = None,
    mjml_source: str = "",
    blocks: Mapping[str, Any] | None = None,
    preheader: str = "",
    fallbacks: Mapping[str, str] | None = None,
) -> TemplateVersion:
    """Save a new template, or a new version of one; equal content makes no new version.

    The text is `mjml_source`, or `blocks` of the simple editor. `fallbacks` say what stands where a reader has no
    value; macros they leave out take the proposed ones. Raises BrokenText, UnknownMacro, TooMuchWork,
    NoUnsubscribe, Missing; writes nothing then.
    """
    by.must("messaging.edit_templates")
    source = starter.mjml(blocks) if blocks is not None else mjml_source
    content = check(subject=subject, preheader=preheader, source=source, fallbacks=fallbacks or {})
    if not name.strip():
        raise Missing(_("Give the template a name."), field="name")
    return store(template_id, name.strip()[:120], content | {"blocks": blocks}, by, at)


def check_draft(
    *,
    subject: str,
    preheader: str,
    fallbacks: Mapping[str, str],
    mjml_source: str = "",
    blocks: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What save_template would store of this content, or its Problem; stores nothing."""
    source = starter.mjml(blocks) if blocks is not None else mjml_source
    return check(subject=subject, preheader=preheader, source=source, fallbacks=fallbacks)


def check(
    *,
    subject: str,
    preheader: str,
    source: str,
    fallbacks: Mapping[str, str],
    more: Mapping[str, MacroSource] | None = None,
) -> dict[str, Any]:
    """The content of a version, checked and compiled; Liquid texts stay Liquid. Raises as save_template does.

    `more`: macros that only this text knows, beside those of all letters.
    """
    if not subject.strip():
        raise Missing(_("Write a subject: it is what people see first."), field="subject")
    if len(source) > _SIZE:
        raise Missing(
            _("The letter is longer than 200 KB; mail programs cut such letters off."), field="mjml"
        )
    known = macros.known() | dict(more or {})
    used = liquid.check(subject, known=known, field="subject", markup=False)
    used |= liquid.check(preheader, known=known, field="preheader", markup=False)
    used |= liquid.check(source, known=known, field="mjml")
    markup = mjml.compile_mjml(source, preheader=preheader)
    if "unsubscribe_url" not in used:
        raise NoUnsubscribe(field="mjml")
    return {
        "subject": " ".join(subject.split())[:250],
        "preheader": " ".join(preheader.split())[:250],
        "mjml": source,
        "html": markup.html,
        "text": markup.text,
        "links": list(markup.links),
        "macros": sorted(used),
        "fallbacks": _fallbacks(known, used, fallbacks, "\n".join((subject, preheader, source))),
    }


def _fallbacks(
    known: Mapping[str, MacroSource], used: set[str], chosen: Mapping[str, str], source: str
) -> dict[str, str]:
    """The chosen fallbacks of the macros in use; those shown without any take the proposed one."""
    bare = set(_BARE.findall(source))
    table = {}
    for name in sorted(used):
        if not macros.needs_fallback(name):
            continue
        if name in chosen:
            table[name] = str(chosen[name])[:200]
        elif name in bare:
            table[name] = str(known[name].fallback)
    return table


@transaction.atomic
def store(
    template_id: int | None, name: str, content: dict[str, Any], by: Actor, at: datetime
) -> TemplateVersion:
    """Keep checked content as a new version, unless it equals the latest."""
    if template_id is None:
        template = Template.objects.create(name=name, created_at=at)
    else:
        template = Template.objects.select_for_update().get(pk=template_id)
        if template.name != name:
            template.name = name
            template.save(update_fields=["name"])
    latest = template.versions.order_by("-number").first()
    if latest is not None and all(getattr(latest, field) == value for field, value in content.items()):
        return latest
    version = TemplateVersion.objects.create(
        template=template,
        number=latest.number + 1 if latest else 1,
        made_at=at,
        by_kind=by.kind,
        by_id=by.id,
        **content,
    )
    journal.record(
        TemplateSaved(template_id=template.pk, version_id=version.pk, number=version.number), by=by, at=at
    )
    return version


def save_starter(*, name: str, by: Actor, at: datetime, ready: Ready = Ready.COUPON) -> TemplateVersion:
    """A new template with a ready letter, which may be sent as it is: with a coupon's code, with points, or news."""
    return save_template(
        name=name,
        subject=starter.subject(ready),
        preheader=starter.preheader(ready),
        blocks=starter.blocks(ready),
        by=by,
        at=at,
    )


@transaction.atomic
def archive_template(*, template_id: int, by: Actor, at: datetime) -> Template:
    """Put a template away; what was sent with it stays. Undone by restore_template."""
    by.must("messaging.edit_templates")
    template = Template.objects.select_for_update().get(pk=template_id)
    if template.archived_at is None:
        template.archived_at = at
        template.save(update_fields=["archived_at"])
        journal.record(TemplateArchived(template_id=template.pk), by=by, at=at)
    return template


@transaction.atomic
def restore_template(*, template_id: int, by: Actor, at: datetime) -> Template:
    """Bring an archived template back."""
    by.must("messaging.edit_templates")
    template = Template.objects.select_for_update().get(pk=template_id)
    if template.archived_at is not None:
        template.archived_at = None
        template.save(update_fields=["archived_at"])
        journal.record(TemplateRestored(template_id=template.pk), by=by, at=at)
    return template
