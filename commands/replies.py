"""`flask replies …`: keyword replies, read from files and listed."""

from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from commands.shell import JSON, for_company, group_of, read_json, say_json, say_rows
from store.activities import replies
from store.activities.replies import ReplyRule
from store.company import channels
from store.kernel.validation import refusal

group = group_of("replies", "Keyword replies.")


class Rule(BaseModel):
    """A rule as a file holds it; without `account` it listens on every account."""

    model_config = ConfigDict(extra="forbid")

    name: str
    match: str
    words: list[str]
    answers: list[dict[str, Any]]
    account: str | None = None
    pick: str = "all"
    place: int = 100
    enabled: bool = True


_RULES: TypeAdapter[list[Rule]] = TypeAdapter(list[Rule])


@group.command("list")
@for_company
@JSON
def list_(*, as_json: bool) -> None:
    """List the rules in the order in which they are looked at; JSON has the form that `save` takes."""
    found = [_facts(rule) for rule in replies.listing()]
    if as_json:
        say_json(found)
    else:
        say_rows((_line(facts) for facts in found), nothing="尚无关键词回复")


@group.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@for_company
def save(file: Path) -> None:
    """Make or change the rules in FILE, one or a list of them: all, or none when one is wrong."""
    values = read_json(file)
    try:
        rules = _RULES.validate_python(values if isinstance(values, list) else [values])
    except ValidationError as error:
        raise refusal(error) from None
    replies.save_all([_arguments(rule) for rule in rules])
    click.echo(f"已保存 {len(rules)} 条关键词回复")


@group.command()
@click.argument("name")
@click.option("--account", help="The account of the rule; without it the rule of all accounts.")
@for_company
def remove(name: str, account: str | None) -> None:
    """Remove a rule."""
    replies.remove(name=name, channel=channels.of_key(account) if account else None)
    click.echo(f"关键词回复“{name}”已删除")


def _arguments(rule: Rule) -> dict[str, Any]:
    channel = channels.of_key(rule.account) if rule.account else None
    values = rule.model_dump(exclude={"account", "answers"})
    return values | {"channel": channel, "answers_": rule.answers}


def _facts(rule: ReplyRule) -> dict[str, Any]:
    facts = {name: getattr(rule, name) for name in Rule.model_fields if name != "account"}
    return facts | {"account": rule.channel.key if rule.channel else None}


def _line(facts: dict[str, Any]) -> tuple[Any, ...]:
    words = "、".join(facts["words"])
    state = "启用" if facts["enabled"] else "停用"
    return facts["place"], facts["name"], facts["match"], words, facts["account"] or "全部账号", state
