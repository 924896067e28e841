"""Templates: list, editor, preview, test; messages: one letter and what became of it."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from prilavok.company import actions as company_actions
from prilavok.customers import actions as customer_actions
from prilavok.customers import queries as customers
from prilavok.kernel import clock, paging
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs, own_address
from prilavok.messaging import actions, macros, queries
from prilavok.messaging.models import Message, Template, TemplateVersion
from prilavok.messaging.ports import Ready
from prilavok.messaging.web import forms, tables
from prilavok.messaging.web.tracking import sealed
from prilavok.ui.toasts import toast


@require_GET
@needs("messaging.see")
def templates(request: Request) -> HttpResponse:
    archived = request.GET.get("archived") == "1"
    found = queries.templates(request.actor, archived=archived)
    if text := request.GET.get("q", "").strip():
        found = found.filter(name__icontains=text)
    page = paging.keyset(found, order=("-id",), after=request.GET.get("after"))
    table = tables.TemplateTable(page.items, more=page.next)
    context = {"table": table, "rows": page.items, "archived": archived, "total": found.count()}
    return render(request, "messaging/templates.html", context)


@require_http_methods(["GET", "POST"])
@needs("messaging.edit_templates")
def new(request: Request) -> HttpResponse:
    return _editor(request, None)


@require_http_methods(["GET", "POST"])
@needs("messaging.see")
def template(request: Request, public_id: UUID) -> HttpResponse:
    return _editor(request, _template(request, public_id))


def _ready(request: Request) -> Ready:
    """The ready letter that a new template begins with: the one asked for."""
    asked = request.GET.get("ready")
    return Ready(asked) if asked in list(Ready) else Ready.COUPON


def _editor(request: Request, one: Template | None) -> HttpResponse:
    version = queries.versions_of(one.pk, request.actor).select_related("template").first() if one else None
    mode = _mode(request, version)
    form = forms.form_for(mode)(request.POST or None, initial=forms.initial(version, _ready(request)))
    if request.method == "POST" and form.is_valid():
        try:
            saved = actions.save_template(
                template_id=one.pk if one else None, by=request.actor, at=clock.now(), **form.content()
            )
        except Problem as problem:
            form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        else:
            toast(request, _("Template saved"))
            own = reverse("messaging:template", args=[saved.template.public_id])
            return redirect(own_address(request, request.GET.get("back"), own))
    status = 422 if form.is_bound and form.errors else 200
    context = {"form": form, "mode": mode, "template": one, "version": version} | _sides(request, one)
    return render(request, "messaging/editor.html", context, status=status)


def _mode(request: Request, version: TemplateVersion | None) -> str:
    if request.GET.get("mode") in ("mjml", "simple"):
        return str(request.GET["mode"])
    return "mjml" if version is not None and version.blocks is None else "simple"


def _sides(request: Request, one: Template | None) -> dict[str, Any]:
    return {
        "macros": [source for source in macros.known().values() if source.key != "open_url"],
        "test": forms.TestLetter(auto_id="test_%s", initial={"to": request.user.get_username()}),
        "versions": list(one.versions.order_by("-number")[:10]) if one else [],
    }


def _template(request: Request, public_id: UUID) -> Template:
    try:
        return queries.template(public_id, request.actor)
    except Template.DoesNotExist as missing:
        raise Http404 from missing


# ── Preview ──────────────────────────────────────────────────────────────────────────────────────────────


@require_POST
@needs("messaging.edit_templates")
def draft(request: Request) -> HttpResponse:
    """Check what is typed and show it, unsaved: the frame then asks `draft_letter`."""
    form = forms.form_for(request.GET.get("mode", "simple"))(request.POST)
    form.fields["name"].required = False
    problem, number = "", 0
    if form.is_valid():
        try:
            number = _keep_draft(request, form.content())
        except Problem as exc:
            problem = str(exc)
    else:
        problem = " ".join(str(error) for errors in form.errors.values() for error in errors)
    reader = _reader(request, request.POST.get("reader", ""))
    return render(request, "messaging/draft.html", {"problem": problem, "draft": number, "reader": reader})


def _keep_draft(request: Request, content: dict[str, Any]) -> int:
    """Compile a draft into the session; its number changes with its text. Raises Problem."""
    content = {key: value for key, value in content.items() if key != "name"}
    fields = actions.check_draft(**content)
    request.session["messaging_draft"] = fields
    return abs(hash(repr(fields)))


@xframe_options_sameorigin
@require_GET
@needs("messaging.edit_templates")
def draft_letter(request: Request) -> HttpResponse:
    fields = request.session.get("messaging_draft")
    if not fields:
        raise Http404
    return _shown(request, TemplateVersion(**fields))


@xframe_options_sameorigin
@require_GET
@needs("messaging.see")
def preview(request: Request, public_id: UUID) -> HttpResponse:
    """A saved version as one customer reads it (`?customer=` public id), for frames."""
    try:
        return _shown(request, queries.version(public_id, request.actor))
    except TemplateVersion.DoesNotExist as missing:
        raise Http404 from missing


def _shown(request: Request, version: TemplateVersion) -> HttpResponse:
    reader = request.GET.get("customer", "")
    profile = customers.get(UUID(reader), request.actor).pk if reader else None
    written = queries.preview(version, profile_id=profile, by=request.actor)
    if request.GET.get("part") == "text":
        return HttpResponse(written.text, content_type="text/plain; charset=utf-8")
    return sealed(written.html)


def _reader(request: Request, text: str) -> Any:
    """The customer whom a typed name, card or e-mail means; None for an invented reader."""
    if not text.strip():
        return None
    found = customers.search(customers.visible(request.actor), text, request.actor).first()
    if found is None:
        return None
    customer_actions.note_contacts([found.pk], by=request.actor, at=clock.now())
    return customers.short([found.pk], request.actor).get(found.pk)


@require_POST
@needs("messaging.send_test")
def test(request: Request, public_id: UUID) -> HttpResponse:
    try:
        version = queries.version(public_id, request.actor)
    except TemplateVersion.DoesNotExist as missing:
        raise Http404 from missing
    form = forms.TestLetter(request.POST, auto_id="test_%s")
    sent = False
    if form.is_valid():
        reader = _reader(request, request.POST.get("reader", ""))
        profile = customers.get(reader.public_id, request.actor).pk if reader else None
        try:
            actions.send_test(
                version=version,
                to=form.cleaned_data["to"],
                profile_id=profile,
                by=request.actor,
                at=clock.now(),
            )
            sent = True
        except Problem as problem:
            form.add_error("to", str(problem))
    context = {"test": form, "version": version, "sent": sent}
    return render(request, "messaging/test.html", context, status=200 if sent else 422)


@require_POST
@needs("messaging.edit_templates")
def archive(request: Request, public_id: UUID) -> HttpResponse:
    one = _template(request, public_id)
    actions.archive_template(template_id=one.pk, by=request.actor, at=clock.now())
    toast(request, _("Template archived"), undo=reverse("messaging:restore", args=[public_id]))
    return HttpResponseRedirect(reverse("messaging:templates"))


@require_POST
@needs("messaging.edit_templates")
def restore(request: Request, public_id: UUID) -> HttpResponse:
    one = _template(request, public_id)
    actions.restore_template(template_id=one.pk, by=request.actor, at=clock.now())
    toast(request, _("Template is back"))
    return HttpResponseRedirect(reverse("messaging:template", args=[public_id]))


# ── Messages ─────────────────────────────────────────────────────────────────────────────────────────────


@require_GET
@needs("messaging.see")
def message(request: Request, public_id: UUID) -> HttpResponse:
    try:
        one = queries.of_public_id(public_id, request.actor)
    except Message.DoesNotExist as missing:
        raise Http404 from missing
    reader = customers.short([one.profile_id], request.actor).get(one.profile_id)
    customer_actions.note_contacts([one.profile_id] if reader else [], by=request.actor, at=clock.now())
    owner = queries.owners_named([one.mailing.owner]).get(one.mailing.owner)
    context = {
        "message": one,
        "reader": reader,
        "owner": owner,
        "kind": tables.STATE_KINDS[one.state],
        "reason": queries.reason_words(one.reason) if one.reason else "",
        "touches": one.touches.order_by("-at")[:100],
    }
    return render(request, "messaging/message.html", context)


@xframe_options_sameorigin
@require_GET
@needs("messaging.see")
def letter(request: Request, public_id: UUID) -> HttpResponse:
    """The letter of a message as its reader has it, without being counted as opened; only of who may be seen."""
    one = get_object_or_404(Message, public_id=public_id)
    if one.profile_id not in customers.short([one.profile_id], request.actor):
        raise Http404
    company_actions.note_look(profile_id=one.profile_id, what="card", by=request.actor, at=clock.now())
    return sealed(queries.letter_of(one.public_id).html)


@require_GET
@needs("messaging.see")
def of_customer(request: Request, public_id: UUID) -> HttpResponse:
    """The tab «Messages» of a customer's card."""
    profile = customers.get(public_id, request.actor)
    found = queries.of_customer(customers.kin(profile.pk), request.actor)
    page = paging.keyset(found, order=("-id",), after=request.GET.get("after"))
    table = tables.MessageTable(page.items, more=page.next)
    return render(
        request, "messaging/of_customer.html", {"profile": profile, "table": table, "rows": page.items}
    )
