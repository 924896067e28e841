from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.http import urlencode

from prilavok.kernel import live as notes
from prilavok.kernel.web import Request, for_employees


@for_employees
def live(request: Request) -> HttpResponse:
    """Send the page's event source to the live process, with the word that lets it in."""
    if not settings.LIVE_URL:
        return HttpResponse(status=204)  # tells the browser not to ask again
    asked = urlencode(
        {"key": request.GET.getlist("key"), "pass": notes.admission(request.user.pk)}, doseq=True
    )
    return HttpResponseRedirect(f"{settings.LIVE_URL}/live/?{asked}")
