"""What letters link to: their picture, their links, their own page on the web, and the way out. Open to everybody who
holds a signed address; a stranger's guess leads nowhere."""

import base64
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.kernel import clock
from prilavok.kernel.web import public
from prilavok.messaging import actions, queries
from prilavok.messaging.letters import links
from prilavok.messaging.models import Message

_DOT = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
SEALED = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src http: https: data:; "
    "style-src 'unsafe-inline'; frame-ancestors 'self'"
)


def _message(token: str) -> UUID:
    found = links.read(token)
    if found is None:
        raise Http404
    return found


@public(reason="the picture in a letter that says it has been opened")
@never_cache
@require_safe
def picture(request: HttpRequest, token: str) -> HttpResponse:
    message = links.read(token)
    if message is not None:
        try:
            actions.note_open(message=message, at=clock.now(), **_visitor(request))
        except Message.DoesNotExist:
            pass  # an old letter still deserves its picture
    return HttpResponse(_DOT, content_type="image/gif")


@public(reason="a link in a letter")
@never_cache
@require_safe
def follow(request: HttpRequest, token: str, number: int) -> HttpResponse:
    message = _message(token)
    try:
        target = queries.link_target(message, number)
    except (IndexError, Message.DoesNotExist) as exc:
        raise Http404 from exc
    if not target.startswith(("http://", "https://")):
        raise Http404
    actions.note_click(message=message, link=number, at=clock.now(), **_visitor(request))
    return HttpResponseRedirect(target)


@public(reason="the letter on the web, for whoever has received it")
@never_cache
@require_safe
def letter(request: HttpRequest, token: str) -> HttpResponse:
    try:
        written = queries.letter_of(_message(token))
    except Message.DoesNotExist as exc:
        raise Http404 from exc
    return sealed(written.html)


def sealed(page: str) -> HttpResponse:
    """Somebody's HTML as a page that can do nothing: no scripts, no forms, no access to ours."""
    response = HttpResponse(page.replace("<head>", '<head><base target="_blank">', 1))
    response["Content-Security-Policy"] = SEALED
    response["X-Robots-Tag"] = "noindex"
    return response


@public(reason="the way out of a letter: a page with a button, and the mail program's one click (RFC 8058)")
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    message = _message(token)
    letter = Message.objects.filter(public_id=message).first()
    if letter is None:
        raise Http404
    done = request.method == "POST"
    if done:
        way = "one_click" if request.POST.get("List-Unsubscribe") == "One-Click" else "page"
        actions.unsubscribe(message=message, way=way, at=clock.now())
    by_reader = request.actor.kind != "employee"  # type: ignore[attr-defined]
    own = reverse("customers:own", args=[customers.own_token(letter.profile_id, in_letter=by_reader)])
    return render(
        request, "messaging/unsubscribe.html", {"done": done, "company": company.company(), "own": own}
    )


def _visitor(request: HttpRequest) -> dict[str, str]:
    """What speaks for or against a person at the other end."""
    purpose = (
        request.headers.get("Sec-Purpose")
        or request.headers.get("Purpose")
        or request.headers.get("X-Moz")
        or ""
    )
    return {
        "user_agent": request.headers.get("User-Agent", ""),
        "purpose": purpose,
        "method": request.method or "GET",
    }
