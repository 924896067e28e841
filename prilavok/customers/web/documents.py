"""What customers agree to: versions of texts, and the proof of one person's consents."""

import json
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from markdown_it import MarkdownIt

from prilavok.company import actions as company_actions
from prilavok.company import queries as company
from prilavok.customers import actions, queries
from prilavok.customers.actions.optins import CONFIRMABLE
from prilavok.customers.models import ConsentDocument
from prilavok.customers.queries import ConsentProof
from prilavok.customers.web.own import works_here
from prilavok.customers.web.views import sheet_of
from prilavok.kernel import clock
from prilavok.kernel.web import Request, needs, public
from prilavok.ui.forms import ModelForm
from prilavok.ui.toasts import toast

_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


class DocumentForm(ModelForm):
    """A draft of what customers agree to."""

    permission = "customers.documents"
    purpose = forms.ChoiceField(label=gettext_lazy("Purpose"), choices=[])
    text = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 18}),
        help_text=gettext_lazy(
            "Markdown: an empty line between paragraphs, ## before a heading, - before an item."
        ),
    )

    class Meta:
        model = ConsentDocument
        fields = ("code", "language", "purpose", "title", "text")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        purpose = self.fields["purpose"]
        purpose.choices = [  # type: ignore[attr-defined]
            (one.code, queries.purpose_name(one)) for one in queries.purposes().values()
        ]


def rendered(text: str) -> SafeString:
    """A text in Markdown as HTML; tags in it stay text."""
    return mark_safe(str(_markdown.render(text)))


@require_GET
@needs("customers.documents")
def documents(request: Request) -> HttpResponse:
    rules = queries.channel_rules(request.actor)
    context = {
        "rows": list(queries.documents(request.actor)),
        "rules": [(one, rules.get(one.value, False)) for one in CONFIRMABLE],
    }
    return render(request, "customers/documents.html", context)


@needs("customers.documents")
def edit(request: Request, public_id: UUID | None = None) -> HttpResponse:
    """A new draft, or one that is being written."""
    found = queries.document(public_id, request.actor) if public_id else None
    form = DocumentForm(request.POST or None, instance=found)
    if found:
        del form.fields["code"], form.fields["language"]
    if request.method == "POST" and form.is_valid():
        if found and found.state != "draft":
            raise actions.AlreadyPublished
        named = {"code": found.code, "language": found.language} if found else {}
        draft = actions.save_draft(by=request.actor, **(form.cleaned_data | named))
        toast(request, _("The draft is saved"))
        return HttpResponseRedirect(reverse("customers:document", args=[draft.public_id]))
    context = {"form": form, "document": found}
    return render(request, "customers/document_edit.html", context, status=422 if form.errors else 200)


@require_GET
@needs("customers.documents")
def document(request: Request, public_id: UUID) -> HttpResponse:
    found = queries.document(public_id, request.actor)
    versions = queries.documents(request.actor).filter(code=found.code, language=found.language)
    address = request.build_absolute_uri(reverse("customers:agreement", args=[found.public_id]))
    context = {"document": found, "text": rendered(found.text), "versions": versions, "address": address}
    return render(request, "customers/document.html", context)


@require_POST
@needs("customers.documents")
def publish(request: Request, public_id: UUID) -> HttpResponse:
    found = queries.document(public_id, request.actor)
    actions.publish_document(document_id=found.pk, by=request.actor, at=clock.now())
    toast(request, _("In force from now on"))
    return HttpResponseRedirect(reverse("customers:document", args=[public_id]))


@require_POST
@needs("customers.documents")
def version(request: Request, public_id: UUID) -> HttpResponse:
    draft = actions.new_version(document_id=queries.document(public_id, request.actor).pk, by=request.actor)
    return HttpResponseRedirect(reverse("customers:edit_document", args=[draft.public_id]))


@require_POST
@needs("customers.documents")
def drop(request: Request, public_id: UUID) -> HttpResponse:
    found = queries.document(public_id, request.actor)
    actions.drop_draft(document_id=found.pk, by=request.actor)
    toast(request, _("The draft is thrown away"))
    return HttpResponseRedirect(reverse("customers:documents"))


@require_POST
@needs("customers.documents")
def clicks(request: Request, channel: str) -> HttpResponse:
    """Whether a consent of the channel counts only after a click."""
    if channel not in CONFIRMABLE:
        raise Http404
    actions.demand_click(channel=channel, on=request.POST.get("on") == "yes", by=request.actor)
    toast(request, _("Saved"))
    return HttpResponseRedirect(reverse("customers:documents"))


@public(reason="the button that a letter leads to, for whoever holds its signed address")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """A GET shows the button and changes nothing, so that a scanner of mail may look; only pressing it counts."""
    if request.method == "POST" and not works_here(request):
        ip = request.META.get("REMOTE_ADDR") or None
        found = actions.confirm(token=token, ip=ip, at=clock.now())
    else:
        found = queries.opt_in_by(token)
    context = {"asked": found, "company": company.company()}
    return render(request, "customers/confirm.html", context, status=200 if found else 410)


@public(reason="what customers agree to, for everybody to read")
@require_GET
def read(request: HttpRequest, public_id: UUID) -> HttpResponse:
    try:
        found = queries.published_document(public_id)
    except ConsentDocument.DoesNotExist as missing:
        raise Http404 from missing
    context = {"document": found, "text": rendered(found.text), "company": company.company()}
    return render(request, "customers/agreement.html", context)


# ── The proof ────────────────────────────────────────────────────────────────────────────────────────────


@require_GET
@needs("customers.consents")
def proof(request: Request, public_id: UUID) -> HttpResponse:
    """All that proves this person's consents, as a page to print."""
    found = _taken(request, public_id)
    texts = [(one, rendered(one.text)) for one in found.texts.values()]
    context = {"proof": found, "texts": texts, "company": company.company()}
    return render(request, "customers/proof.html", context)


@require_GET
@needs("customers.consents")
def proof_file(request: Request, public_id: UUID) -> HttpResponse:
    """The same as JSON."""
    found = _taken(request, public_id)
    body = json.dumps(found.plain(), ensure_ascii=False, indent=1)
    response = HttpResponse(body, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="consents-{found.public_id}.json"'
    return response


def _taken(request: Request, public_id: UUID) -> ConsentProof:
    sheet = sheet_of(request, public_id)
    company_actions.note_look(profile_id=sheet.profile.pk, what="proof", by=request.actor, at=clock.now())
    return queries.proof(public_id, request.actor, at=clock.now())
