"""`flask settings …`: what the company chose, topic by topic."""

import json
from typing import Any

import click

from commands.shell import JSON, for_company, group_of, say_json, say_rows
from store.company import settings
from store.company.settings import TOPICS, Topic
from store.kernel.refusals import invalid, not_found

group = group_of("settings", "Settings of the company.")


@group.command("list")
@for_company
@JSON
def list_(*, as_json: bool) -> None:
    """List all topics with the values in force."""
    found = {name: _values(topic) for name, topic in sorted(TOPICS.items())}
    if as_json:
        say_json(found)
    else:
        say_rows(((name, _short(values)) for name, values in found.items()), nothing="没有可设置的内容")


@group.command()
@click.argument("topic")
@for_company
def show(topic: str) -> None:
    """Print one topic as JSON."""
    say_json(_values(_topic(topic)))


@group.command("set")
@click.argument("topic")
@click.argument("pairs", nargs=-1, required=True, metavar="KEY=VALUE…")
@for_company
def set_(topic: str, pairs: tuple[str, ...]) -> None:
    """Change values of a topic; a VALUE is JSON (5, true, {"3": 5}) or else text."""
    chosen = _topic(topic)
    changed = settings.change(chosen, **dict(_pair(chosen, pair) for pair in pairs))
    say_json(changed.model_dump(mode="json"))


def _topic(name: str) -> type[Topic]:
    if name not in TOPICS:
        raise not_found(f"设置 {name}，可用的有 {'、'.join(sorted(TOPICS))}")
    return TOPICS[name]


def _values(topic: type[Topic]) -> dict[str, Any]:
    return settings.read(topic).model_dump(mode="json")


def _short(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False)


def _pair(topic: type[Topic], text: str) -> tuple[str, Any]:
    key, mark, value = text.partition("=")
    if not mark:
        raise invalid(text, "应写成 名称=值")
    if key not in topic.model_fields:
        raise invalid(key, f"不认识的字段，可用的有 {'、'.join(topic.model_fields)}")
    try:
        return key, json.loads(value)
    except (ValueError, RecursionError):
        return key, value
