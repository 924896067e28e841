"""What a customer wants to read and how often: on the card; and the company's topics in the settings."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from prilavok.customers import actions, queries
from prilavok.customers.models import Topic
from prilavok.customers.web.changes import contacts_panel, remember
from prilavok.customers.web.views import sheet_of
from prilavok.kernel import clock
from prilavok.kernel.actors import Actor
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.ui.forms import ModelForm
from prilavok.ui.toasts import toast


class TopicForm(ModelForm):
    """A topic's name and what customers read beside it."""

    permission = "customers.topics"
    check_on_leaving = False

    class Meta:
        model = Topic
        fields = ("name", "note")

    def _post_clean(self) -> None:
        """The action checks the topic and writes it: the instance stays as it was."""


# ── On the card ──────────────────────────────────────────────────────────────────────────────────────────


def said(request: HttpRequest, by: Actor) -> dict[str, Any]:
    """What the form of choices says: of the topics that it showed alone, so that a newer one is not refused unseen."""
    shown, wanted = set(request.POST.getlist("shown")), set(request.POST.getlist("topic"))
    offered = [one for one in queries.topics(by) if str(one.public_id) in shown]
    return {
        "topics": {one.pk: str(one.public_id) in wanted for one in offered},
        "frequency": request.POST.get("frequency") or None,
    }


@require_POST
@needs("customers.consents", "customers.see")
def choose(request: Request, public_id: UUID) -> HttpResponse:
    """Write down on the card what the customer chose."""
    sheet = sheet_of(request, public_id)
    told = said(request, request.actor) | {"source": "operator", "by": request.actor, "at": clock.now()}
    try:
        before = actions.choose_preferences(profile_id=sheet.profile.pk, **told)
        if before:
            toast(request, _("Saved"), undo=remember(request, sheet, "preferences", before))
    except Problem as problem:
        toast(request, str(problem), bad=True)
    return contacts_panel(request, public_id)


# ── Settings ─────────────────────────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "HEAD", "POST"])
@needs("customers.topics", "customers.see")
def topics(request: Request) -> HttpResponse:
    """All topics; a POST makes one."""
    form = TopicForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _kept(request, form):
        return HttpResponseRedirect(reverse("customers:topics"))
    gone = queries.gone_topics(request.actor)
    context = {"rows": queries.topics(request.actor), "gone": gone, "form": form}
    return render(request, "customers/topics.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("customers.topics", "customers.see")
def one(request: Request, topic: UUID) -> HttpResponse:
    """One topic: call it anew."""
    found = _topic(request, topic)
    form = TopicForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid() and _kept(request, form, found.pk):
        return HttpResponseRedirect(reverse("customers:topics"))
    context = {"form": form, "topic": found}
    return render(request, "customers/topic.html", context, status=422 if form.errors else 200)


@require_POST
@needs("customers.topics", "customers.see")
def turn(request: Request, topic: UUID, verb: str) -> HttpResponse:
    """Archive, or put to use again; each is the other's undo."""
    found = _topic(request, topic)
    if verb not in ("archive", "restore"):
        raise Http404
    try:
        if verb == "archive":
            actions.archive_topic(topic_id=found.pk, by=request.actor, at=clock.now())
        else:
            actions.restore_topic(topic_id=found.pk, by=request.actor)
        other = "restore" if verb == "archive" else "archive"
        toast(request, _("Saved"), undo=reverse("customers:turn_topic", args=[topic, other]))
    except Problem as problem:
        toast(request, str(problem), bad=True)
    return HttpResponseRedirect(reverse("customers:topics"))


def _topic(request: Request, public_id: UUID) -> Topic:
    try:
        return queries.topic(public_id, request.actor)
    except Topic.DoesNotExist as missing:
        raise Http404 from missing


def _kept(request: Request, form: TopicForm, topic_id: int | None = None) -> bool:
    try:
        actions.save_topic(topic_id=topic_id, by=request.actor, **form.cleaned_data)
    except Problem as problem:
        form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        return False
    toast(request, _("Saved"))
    return True
