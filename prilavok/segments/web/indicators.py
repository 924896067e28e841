"""Making indicators: the form is the state, as in the editor of segments; every click draws it again with examples."""

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from prilavok.customers import queries as customers
from prilavok.facts.schema import registry
from prilavok.kernel import clock
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.segments import conditions, reckoning
from prilavok.segments.formulas import inputs, known, making
from prilavok.segments.formulas.reckoning import Formula, figures
from prilavok.segments.models import OwnIndicator
from prilavok.segments.web import drafts, rows
from prilavok.segments.web.figures import explained
from prilavok.ui.toasts import toast

TYPED = ("name", "code", "kind", "note", "formula")


@require_GET
@needs("segments.indicators")
def indicators(request: Request) -> HttpResponse:
    known.forget()
    names = {one.code: one.name for one in known.recent()}
    told = [(one, _in_words(one, names)) for one in known.recent()]
    context = {
        "rows": [pair for pair in told if pair[0].archived_at is None],
        "gone": [pair for pair in told if pair[0].archived_at is not None],
    }
    return render(request, "segments/indicators.html", context)


def _in_words(one: OwnIndicator, names: dict[str, str]) -> str:
    try:
        formula = known.understood(one)
    except Exception as bad:  # what it was made of may be gone: then the page says so
        if not isinstance(bad, Problem | ValueError):
            raise
        return _("What it is made of is there no more.")
    told = "; ".join(f"{part.name}: {inputs.in_words(part, names)}" for part in formula.inputs)
    return f"{one.formula} · {told}"


@needs("segments.indicators")
def edit(request: Request, code: str = "") -> HttpResponse:
    """One indicator to change, or a new one."""
    found = OwnIndicator.objects.filter(code=code).first() if code else None
    if code and found is None:
        raise Http404
    if request.method == "POST":
        return _saved(request, found)
    draft = _draft(found.inputs) if found else drafts.blank()
    typed = {name: getattr(found, name) for name in TYPED} if found else {"kind": "number"}
    return _page(request, found, draft, typed)


def _saved(request: Request, found: OwnIndicator | None) -> HttpResponse:
    draft = drafts.from_post(request.POST)
    typed = {name: request.POST.get(name, "").strip() for name in TYPED}
    given: dict[str, Any] = {name: typed[name] for name in ("name", "note", "formula")}
    given |= {"told": _inputs(draft), "by": request.actor, "at": clock.now()}
    try:
        if found:
            making.change_indicator(code=found.code, **given)
        else:
            making.make_indicator(kind=typed["kind"], code=typed["code"], **given)
    except Problem as problem:
        return _page(request, found, draft, typed, problem)
    toast(request, _("The indicator is saved"))
    return HttpResponseRedirect(reverse("segments:indicators"))


@require_POST
@needs("segments.indicators")
def change(request: Request) -> HttpResponse:
    """The rows after a click: something was added, taken away, chosen."""
    draft = drafts.changed(drafts.from_post(request.POST), request.POST)
    return render(
        request, "segments/indicator_rows.html", _rows(request, draft, request.POST.get("itself", ""))
    )


@require_POST
@needs("segments.indicators")
def count(request: Request) -> HttpResponse:
    """What the formula comes to for some customers, with the values of its letters."""
    told, formula = _inputs(drafts.from_post(request.POST)), request.POST.get("formula", "")
    context: dict[str, Any] = {}
    try:
        made_of = making.checked(told, formula, itself=request.POST.get("itself", ""))
        kind = request.POST.get("kind", "number")
        asked = Formula("", kind, tuple(made_of), making.understand(formula, made_of))
        context = {"examples": _examples(request, asked, formula), "kind": kind}
    except Problem as problem:
        context = {"problem": problem, "unfinished": not told or not formula.strip()}
    return render(request, "segments/indicator_examples.html", context)


def _examples(request: Request, asked: Formula, text: str) -> list[dict[str, Any]]:
    some = reckoning.count(conditions.EVERYBODY, by=request.actor, at=clock.now()).some[:5]
    needed = known.formulas(one.indicator for one in asked.inputs if one.indicator)
    found = figures([*needed, asked], customers.families(some), at=clock.now())
    people = customers.short(some, request.actor) if request.actor.may("customers.see") else {}
    names = {one.code: one.name for one in known.recent()}
    return [
        {
            "who": people[who],
            "value": inputs.value_in_words(_shown_as(asked.kind), _scaled(asked.kind, told[""].value)),
            "why": explained(text, asked, told[""], names),
        }
        for who, told in found.items()
        if who in people
    ]


def _shown_as(kind: str) -> str:
    return kind if kind in ("money", "date") else "number"


def _scaled(kind: str, value: Any) -> Any:
    return value * 100 if kind == "percent" and value is not None else value


@require_POST
@needs("segments.indicators")
def use(request: Request, code: str, way: str) -> HttpResponse:
    """Out of use (`archive`) or into use again (`restore`); each is the other's undo."""
    try:
        if way == "archive":
            making.archive_indicator(code=code, by=request.actor, at=clock.now())
            undo = reverse("segments:indicator_use", args=[code, "restore"])
            toast(request, _("The indicator is out of use"), undo=undo)
        else:
            making.restore_indicator(code=code, by=request.actor)
            toast(request, _("The indicator is in use again"))
    except Problem as problem:
        toast(request, str(problem))
    return HttpResponseRedirect(reverse("segments:indicators"))


# ── The form ─────────────────────────────────────────────────────────────────────────────────────────────


def _page(
    request: Request,
    found: OwnIndicator | None,
    draft: drafts.Draft,
    typed: dict[str, Any],
    problem: Problem | None = None,
) -> HttpResponse:
    context = _rows(request, draft, found.code if found else "")
    context |= {"indicator": found, "typed": typed, "problem": problem, "kinds": OwnIndicator.Kind.choices}
    return render(request, "segments/indicator.html", context, status=422 if problem else 200)


def _rows(request: Request, draft: drafts.Draft, itself: str) -> dict[str, Any]:
    top = rows.shown(draft, request.actor)
    names = {one.code: one.name for one in known.recent() if one.code != itself}
    letters = inputs.names(len(top.items))
    for row in top.items:
        if row.type == "indicator":
            row.label = names.get(row.key, row.key)
        elif row.type == "fact":
            fact = registry().facts[row.key]
            numeric = {one.key for one in fact.measures if one.kind in inputs.KINDS and not one.permission}
            row.measures = [one for one in row.measures if one[0] in numeric]
    return {
        "top": top,
        "lettered": list(zip(letters, top.items, strict=False)),
        "full": len(top.items) >= inputs.MOST,
        "offers": _offers(names),
        "windows": rows.WINDOWS,
        "itself": itself,
        "editor": "indicator",
    }


def _offers(names: dict[str, str]) -> list[rows.Offer]:
    known_now = registry()
    facts = [(f"fact:{one.key}", one.label) for one in known_now.facts.values()]
    traits = [
        (f"trait:{one.key}", one.label)
        for one in sorted(known_now.traits.values(), key=lambda one: one.position)
        if one.kind in inputs.KINDS
        and one.offered
        and not one.permission
        and not one.key.startswith("indicator.")
    ]
    return [
        rows.Offer(_("What happened"), list(facts)),
        rows.Offer(_("Who they are"), list(traits)),
        rows.Offer(_("Other indicators"), [(f"indicator:{code}", name) for code, name in names.items()]),
    ]


def _draft(told: list[dict[str, Any]]) -> drafts.Draft:
    return {"group": "all", "items": [_compared(one) for one in told]}


def _compared(told: dict[str, Any]) -> drafts.Draft:
    """An input as the rows of segments know it: they compare with something."""
    if "trait" in told:
        return drafts.new_row(f"trait:{told['trait']}")
    if "fact" not in told:
        return dict(told)
    fact = registry().facts[told["fact"]]
    kind = next((one.kind for one in fact.measures if one.key == told["measure"]), "number")
    return {"op": "last_days" if kind == "date" else ">=", "value": "1", **told}


def _inputs(draft: drafts.Draft) -> list[dict[str, Any]]:
    found = []
    for one in draft["items"]:
        if "fact" in one:
            window = {key: value for key, value in one.get("window", {}).items() if value}
            told = {key: one[key] for key in ("fact", "measure", "where") if key in one}
            found.append({**told, "window": window})
        else:
            found.append({key: one[key] for key in ("trait", "indicator") if key in one})
    return found
