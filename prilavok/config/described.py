"""How the public API describes itself: schemas that several modules call the same are told apart."""

from collections import Counter
from collections.abc import Iterator
from enum import Enum
from functools import cache
from typing import Any

from ninja import NinjaAPI, Schema
from ninja.openapi import schema as openapi
from ninja.schema import NinjaGenerateJsonSchema
from pydantic.json_schema import CoreModeRef, DefsRef, JsonSchemaMode

from prilavok.kernel.lean import Lean

_SAID = ("prilavok", "api", "models")  # what the name of no schema needs


class DescribedAPI(NinjaAPI):
    """An API whose description names each schema once, however many domains have a `KindIn`."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> openapi.OpenAPISchema:
        return _Description(self, path_prefix or self.get_root_path(path_params or {}))


class _Description(openapi.OpenAPISchema):
    def _create_schema_from_model(
        self,
        model: Any,
        by_alias: bool = True,
        remove_level: bool = True,
        mode: JsonSchemaMode = "validation",
    ) -> tuple[dict[str, Any], bool]:
        if hasattr(model, "__ninja_flatten_map__"):  # parameters of an address have no schemas of their own
            return super()._create_schema_from_model(model, by_alias, remove_level, mode)
        schema: dict[str, Any] = model.model_json_schema(
            ref_template=openapi.REF_TEMPLATE, by_alias=by_alias, schema_generator=_ByModule, mode=mode
        )
        self.add_schema_definitions(schema.pop("$defs", {}))
        if remove_level and len(schema["properties"]) == 1:
            [(name, only)] = schema["properties"].items()
            return only, name in schema.get("required", ())
        return schema, True


class _ByModule(NinjaGenerateJsonSchema):
    """Of several schemas or choices with one name each is called after where it stands: RelationsKindIn,
    CustomersAddressesAddressKind.
    """

    def get_defs_ref(self, core_mode_ref: CoreModeRef) -> DefsRef:
        found = super().get_defs_ref(core_mode_ref)
        module, _, name = core_mode_ref[0].split(":")[0].rpartition(".")
        if name in _shared():
            own = "".join(part[:1].upper() + part[1:] for part in module.split(".") if part not in _SAID)
            self._prioritized_defsref_choices[found].insert(0, DefsRef(own.replace("_", "") + name))
        return found


@cache
def _shared() -> set[str]:
    counted = Counter(one.__name__ for kind in (Schema, Lean, Enum) for one in _below(kind))
    return {name for name, number in counted.items() if number > 1}


def _below(kind: type) -> Iterator[type]:
    one: type
    for one in kind.__subclasses__():
        if one.__module__.startswith("prilavok."):
            yield one
        yield from _below(one)
