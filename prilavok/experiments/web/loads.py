"""Loading a finished experiment."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from prilavok.experiments import actions, queries
from prilavok.experiments.actions import BadFile, Loaded
from prilavok.experiments.web.forms import ExperimentFile
from prilavok.kernel import clock
from prilavok.kernel.web import Request, needs
from prilavok.ui.toasts import toast


@require_http_methods(["GET", "POST"])
@needs("experiments.load")
def load(request: Request) -> HttpResponse:
    form = ExperimentFile(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _answer(request, form, _load(request, form))
        except BadFile as problem:
            form.add_error(problem.field if problem.field in form.fields else "file", str(problem))
    return render(request, "experiments/load.html", {"form": form}, status=422 if form.errors else 200)


def _load(request: Request, form: ExperimentFile) -> Loaded:
    asked = dict(form.cleaned_data)
    file = asked.pop("file")
    asked["title"] = asked["title"] or file.name.rsplit(".", 1)[0]
    return actions.load_experiment(content=file.read(), by=request.actor, at=clock.now(), **asked)


def _answer(request: Request, form: ExperimentFile, loaded: Loaded) -> HttpResponse:
    """To the report; where rows were rejected, first the page that says which."""
    if loaded.rejected:
        context = {"form": form, "loaded": loaded, "reasons": queries.REASONS}
        return render(request, "experiments/load.html", context)
    text = ngettext("%(n)s customer loaded", "%(n)s customers loaded", loaded.rows) % {"n": loaded.rows}
    toast(request, _("This file is already here") if loaded.again else text)
    return HttpResponseRedirect(reverse("experiments:report", args=[loaded.experiment.public_id]))
