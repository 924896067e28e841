from pathlib import Path
from typing import cast

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import check_for_language, get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST, require_safe

from prilavok.kernel import jobs
from prilavok.kernel.ports import Unanswered
from prilavok.kernel.web import Request, for_employees, needs, own_address, public
from prilavok.ui import manual as chapters
from prilavok.ui import ports, searches
from prilavok.ui import styleguide as pieces
from prilavok.ui.context import THEMES
from prilavok.ui.forms import checked

YEAR = 365 * 24 * 3600
WEEK = 7 * 24 * 3600
ICON = Path(__file__).parent.parent / "static" / "ui" / "favicon.ico"


@require_safe
@public(reason="browsers ask for it before anybody logs in")
@cache_control(max_age=WEEK, public=True)
def favicon(request: Request) -> HttpResponse:
    return HttpResponse(ICON.read_bytes(), content_type="image/x-icon")


@require_GET
@for_employees
def find(request: Request) -> HttpResponse:
    groups = searches.find(request.actor, request.GET.get("q", ""))
    return render(request, "ui/found.html", {"groups": groups, "text": request.GET.get("q", "")})


@require_GET
@for_employees
def bell(request: Request) -> HttpResponse:
    return render(request, "ui/bell.html", {"works": jobs.of_employee(request.user.pk or 0)})


@require_GET
@for_employees
def manual(request: Request, slug: str) -> HttpResponse:
    """A chapter of the users' manual, in the reader's language."""
    language = get_language() or "ru"
    found = chapters.chapter(slug, language)
    if found is None:
        raise Http404
    return render(request, "ui/manual.html", {"chapter": found, "contents": chapters.contents(language)})


@require_GET
@for_employees
def manual_picture(request: Request, name: str) -> HttpResponse:
    """A picture of the manual, the same in every language of the pages."""
    found = chapters.picture(name)
    if found is None:
        raise Http404
    return cast(HttpResponse, FileResponse(found.open("rb"), content_type="image/webp"))


@require_POST
@public(reason="chooses the language and colours of one's own pages, also before the log-in")
def appearance(request: Request) -> HttpResponse:
    language, theme = request.POST.get("language", ""), request.POST.get("theme", "")
    chosen = ports.Appearance(
        language if check_for_language(language) else "", theme if theme in THEMES else ""
    )
    _remember(request, chosen)
    response = redirect(_back(request))
    if chosen.language:
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, chosen.language, max_age=YEAR, samesite="Lax")
    if chosen.theme:
        response.set_cookie("theme", chosen.theme, max_age=YEAR, samesite="Lax")
    return response


def _remember(request: Request, chosen: ports.Appearance) -> None:
    if not request.user.is_authenticated:
        return
    try:
        ports.remember_appearance()(request.user.pk, chosen)
    except Unanswered:
        return


def _back(request: Request) -> str:
    return own_address(request, request.POST.get("next") or request.META.get("HTTP_REFERER", ""))


@require_POST
@for_employees
def check(request: Request, form: str, field: str) -> HttpResponse:
    found = checked(form)
    if found is None or field not in found.base_fields:
        raise Http404
    if found.permission:
        request.actor.must(found.permission)
    return render(request, "ui/errors.html", {"errors": found(request.POST).errors.get(field, [])})


@require_GET
@needs("ui.styleguide")
def styleguide(request: Request) -> HttpResponse:
    return render(request, "ui/styleguide.html", pieces.example())


@require_GET
@needs("ui.styleguide")
def styleguide_row(request: Request, number: int) -> HttpResponse:
    return render(request, "ui/styleguide_row.html", {"row": pieces.row(number)})
