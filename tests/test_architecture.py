"""The rules of the house that import-linter cannot say."""

import importlib
import re
import tomllib
from pathlib import Path

import grimp
import pytest
from django.apps import apps
from django.db.models import ForeignKey, ManyToManyField, Model
from django.urls import URLPattern, URLResolver, get_resolver

PYPROJECT = Path(__file__).parent.parent / "pyproject.toml"
CONTRACT = tomllib.loads(PYPROJECT.read_text("utf-8"))["tool"]["importlinter"]["contracts"][0]
LAYERS = [
    {name for name in re.split(r"\W+", re.sub(r"\(\w+\)", "", layer)) if name} for layer in CONTRACT["layers"]
]
TOP = LAYERS.pop(0)
LEVEL = {domain: level for level, domains in enumerate(reversed(LAYERS)) for domain in domains}
FACE = {"actions", "queries", "events", "ports", "facts"}
OPEN = {"kernel", "facts", "ledger", "ui"}  # their READMEs name the modules that are open besides

graph = grimp.build_graph("prilavok", exclude_type_checking_imports=True)


def _domain(module: str) -> str:
    return module.split(".")[1]


def _crossings() -> list[tuple[str, str]]:
    return [
        (importer, imported)
        for importer in sorted(graph.modules)
        for imported in sorted(graph.find_modules_directly_imported_by(importer))
        if importer.count(".") >= 2
        and imported.startswith("prilavok.")
        and _domain(importer) != _domain(imported)
        and not {"tests", "testing"} & set(importer.split("."))
        and _domain(importer) not in TOP
        and _domain(imported) not in OPEN
    ]


def test_domains_meet_only_at_their_public_face() -> None:
    trespasses = [
        pair for pair in _crossings() if pair[1].count(".") < 2 or pair[1].split(".")[2] not in FACE
    ]
    assert not trespasses


OUR_MODELS = [model for model in apps.get_models() if model.__module__.startswith("prilavok.")]


@pytest.mark.parametrize("model", OUR_MODELS, ids=lambda model: model._meta.label)
def test_foreign_keys_point_down_and_leave_no_back_door(model: type[Model]) -> None:
    for field in model._meta.get_fields():
        if isinstance(field, ForeignKey | ManyToManyField) and not isinstance(field.related_model, str):
            here, there = model._meta.app_label, field.related_model._meta.app_label
            if here != there:
                assert LEVEL[there] < LEVEL[here], field
                assert field.remote_field.hidden, f"{field}: give it related_name='+'"


@pytest.mark.parametrize("domain", sorted(LEVEL))
def test_every_domain_introduces_itself(domain: str) -> None:
    readme = Path(importlib.import_module(f"prilavok.{domain}").__file__ or "").with_name("README.md")
    text = readme.read_text()
    assert all(word in text for word in ("Knows:", "Listens to:", "Tells:"))


def _views(resolver: URLResolver | None = None, prefix: str = "") -> list[tuple[str, URLPattern]]:
    found: list[tuple[str, URLPattern]] = []
    for pattern in (resolver or get_resolver()).url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += _views(pattern, path)
        else:
            found.append((path, pattern))
    return found


PAGES = [(path, pattern) for path, pattern in _views() if not path.startswith("api/")]


@pytest.mark.parametrize("path, pattern", PAGES, ids=[path for path, _ in PAGES])
def test_every_page_names_its_right_or_why_it_needs_none(path: str, pattern: URLPattern) -> None:
    view = pattern.callback
    assert hasattr(view, "permissions") or getattr(view, "public_reason", False), path
