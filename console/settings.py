"""Settings (参数设置): all groups with labels, types, bounds, defaults and values, and the change of one group."""

import functools
from typing import Annotated, Any

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field, StringConstraints

from console import setting_labels
from console.auth import StaffCaller, staff_required
from console.lists import respond_once
from console.setting_labels import CATEGORIES, FieldLabel, GroupLabel
from store.core.errors import not_found
from store.tenants import cost_centres, settings
from store.tenants.settings import SettingsGroup
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("console_settings", __name__, url_prefix="/console/api/settings", enable_openapi=False)

_TEXT_COLUMNS = ("label", "code")
_TYPES = {"integer": "number", "boolean": "switch", "string": "text", "number": "number"}


class SettingsChange(RequestModel):
    """Values by the name of their field; a field that is left out stays."""

    values: Annotated[
        dict[Annotated[str, StringConstraints(max_length=60)], Any], Field(min_length=1, max_length=60)
    ]


@bp.get("")
@staff_required("settings.read")
def list_settings(caller: StaffCaller) -> Response:
    """Return the categories with their groups, in the order of the page."""
    groups = [
        (label.category, _to_group(settings.read(settings.GROUPS[name]), label))
        for name, label in _list_labels()
    ]
    return json_response({
        "categories": [
            {"key": key, "title": title, "groups": [group for category, group in groups if category == key]}
            for key, title in CATEGORIES
        ],
    })  # fmt: skip


@bp.patch("/<name>")
@staff_required("settings.edit")
@bp.input(SettingsChange)
def change_settings(name: str, caller: StaffCaller, json_data: SettingsChange) -> Response:
    caller.ensure_all_shops()
    label = dict(_list_labels()).get(name)
    if label is None or label.page is not None:
        raise not_found("该设置")
    group = settings.GROUPS[name]

    return respond_once(
        caller, json_data, lambda: _to_group(settings.change(group, **json_data.values), label)
    )


@bp.get("/cost-centres")
@staff_required("settings.read")
def list_cost_centres(caller: StaffCaller) -> Response:
    """Return the choices of fields of the type `cost_centre`."""
    found = cost_centres.list_cost_centres()
    return json_response([{"value": row.code, "label": f"{row.code} {row.name}"} for row in found])


def _list_labels() -> list[tuple[str, GroupLabel]]:
    return [(name, label) for name, label in setting_labels.GROUPS.items() if name in settings.GROUPS]


def _to_group(current: SettingsGroup, label: GroupLabel) -> dict[str, Any]:
    group = type(current)
    schema = _read_schema(group)
    values, defaults = (given.model_dump(mode="json") for given in (current, group()))
    fields = [] if label.page else [
        _to_field(name, label.fields[name], _resolve(found, schema)) for name, found in schema["properties"].items()
    ]  # fmt: skip
    return {
        "name": group.name, "title": label.title, "help": label.help, "page": label.page, "fields": fields,
        "values": values, "defaults": defaults, "is_changed": values != defaults,
    }  # fmt: skip


@functools.cache
def _read_schema(group: type[SettingsGroup]) -> dict[str, Any]:
    """Return the JSON schema of a group. It takes ten milliseconds, and there are thirty groups."""
    return group.model_json_schema()


def _resolve(found: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a field without the alternative of null."""
    chosen = next((one for one in found.get("anyOf", []) if one.get("type") != "null"), {})
    return {**found, **chosen}


def _to_field(name: str, label: FieldLabel, schema: dict[str, Any]) -> dict[str, Any]:
    kind = label.kind or _TYPES[schema["type"]]
    if kind == "number" and name.endswith("_fen") and not label.options:
        kind = "money"
    options = None
    if label.options:
        kind, options = (
            "select",
            [
                {"value": value, "label": label.options.get(str(value), str(value))}
                for value in schema["enum"]
            ],
        )
    return {
        "prop": name, "label": label.label, "help": label.help, "unit": label.unit, "type": kind,
        "shape": label.shape, "columns": [
            {"key": key, "label": title, "is_text": key in _TEXT_COLUMNS} for key, title in label.columns
        ],
        "options": options, "minimum": schema.get("minimum"), "maximum": schema.get("maximum"),
        "max_length": schema.get("maxLength"), "max_rows": schema.get("maxItems") or schema.get("maxProperties"),
    }  # fmt: skip
