"""`flask settings …`: the settings of a tenant by group."""

import inspect
import json
from typing import Any

import click

from commands.cli_support import JSON_OPTION, command_group, print_json, print_rows, with_tenant
from store.core.errors import invalid, not_found
from store.tenants import settings
from store.tenants.settings import GROUPS, SettingsGroup

group = command_group("settings", "Settings of the tenant.")


@group.command("list")
@with_tenant
@JSON_OPTION
def list_(*, as_json: bool) -> None:
    """List all groups with their current values."""
    values_by_group = {name: _read_values(group_class) for name, group_class in sorted(GROUPS.items())}
    if as_json:
        print_json(values_by_group)
    else:
        print_rows(
            ((name, _to_compact_json(values)) for name, values in values_by_group.items()),
            empty_message="没有可设置的内容",
        )


@group.command()
@click.argument("settings_group", metavar="GROUP")
@with_tenant
def show(settings_group: str) -> None:
    """Print a group as JSON."""
    print_json(_read_values(_get_settings_group(settings_group)))


@group.command()
@click.argument("settings_group", metavar="GROUP")
def explain(settings_group: str) -> None:
    """Print what the settings of a group mean, with their types and defaults."""
    group_class = _get_settings_group(settings_group)
    click.echo(inspect.cleandoc(group_class.__doc__ or ""))
    fields = group_class.model_fields.items()
    print_rows(
        ((name, inspect.formatannotation(field.annotation), field.get_default(call_default_factory=True))
         for name, field in fields),
        empty_message="",
    )  # fmt: skip


@group.command("set")
@click.argument("settings_group", metavar="GROUP")
@click.argument("pairs", nargs=-1, required=True, metavar="KEY=VALUE…")
@with_tenant
def set_(settings_group: str, pairs: tuple[str, ...]) -> None:
    """Change values of a group. A VALUE is JSON (5, true, {"3": 5}) or text."""
    group_class = _get_settings_group(settings_group)
    changed = settings.change(group_class, **dict(_parse_pair(group_class, pair) for pair in pairs))
    print_json(changed.model_dump(mode="json"))


def _get_settings_group(name: str) -> type[SettingsGroup]:
    if name not in GROUPS:
        raise not_found(f"设置 {name}，可用的有 {'、'.join(sorted(GROUPS))}")
    return GROUPS[name]


def _read_values(settings_group: type[SettingsGroup]) -> dict[str, Any]:
    return settings.read(settings_group).model_dump(mode="json")


def _to_compact_json(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False)


def _parse_pair(settings_group: type[SettingsGroup], text: str) -> tuple[str, Any]:
    key, separator, value = text.partition("=")
    if not separator:
        raise invalid(text, "应写成 名称=值")
    if key not in settings_group.model_fields:
        raise invalid(key, f"不认识的字段，可用的有 {'、'.join(settings_group.model_fields)}")
    try:
        return key, json.loads(value)
    except (ValueError, RecursionError):
        return key, value
