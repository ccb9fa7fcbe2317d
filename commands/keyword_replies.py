"""`flask keyword-replies …`: keyword replies, listed and saved from files."""

from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from commands.cli_support import JSON_OPTION, command_group, print_json, print_rows, read_json, with_tenant
from store.core.validation import to_domain_error
from store.official_accounts import keyword_replies
from store.official_accounts.keyword_replies import ReplyRule
from store.tenants import channels

group = command_group("keyword-replies", "Keyword replies.")


class KeywordReplyInput(BaseModel):
    """A rule in a file. Without `account` it applies to all accounts."""

    model_config = ConfigDict(extra="forbid")

    name: str
    match: str
    keywords: list[str]
    answers: list[dict[str, Any]]
    account: str | None = None
    selection: str = "all"
    priority: int = 100
    enabled: bool = True


_RULES_ADAPTER: TypeAdapter[list[KeywordReplyInput]] = TypeAdapter(list[KeywordReplyInput])


@group.command("list")
@with_tenant
@JSON_OPTION
def list_(*, as_json: bool) -> None:
    """List the rules in the order in which they are checked. The JSON has the format of `save`."""
    items = [_to_dict(rule) for rule in keyword_replies.list_rules()]
    if as_json:
        print_json(items)
    else:
        print_rows((_format_row(item) for item in items), empty_message="尚无关键词回复")


@group.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_tenant
def save(file: Path) -> None:
    """Save the rules in FILE, a JSON object or a list. If one is invalid, none is saved."""
    values = read_json(file)
    try:
        rules = _RULES_ADAPTER.validate_python(values if isinstance(values, list) else [values])
    except ValidationError as error:
        raise to_domain_error(error) from None
    keyword_replies.save_rules([_to_arguments(rule) for rule in rules])
    click.echo(f"已保存 {len(rules)} 条关键词回复")


@group.command()
@click.argument("name")
@click.option("--account", help="The account of the rule; if omitted, the rule for all accounts.")
@with_tenant
def remove(name: str, account: str | None) -> None:
    """Remove a rule."""
    keyword_replies.remove_rule(name=name, channel=channels.get_by_key(account) if account else None)
    click.echo(f"关键词回复“{name}”已删除")


def _to_arguments(rule: KeywordReplyInput) -> dict[str, Any]:
    channel = channels.get_by_key(rule.account) if rule.account else None
    values = rule.model_dump(exclude={"account", "answers"})
    return values | {"channel": channel, "replies": rule.answers}


def _to_dict(rule: ReplyRule) -> dict[str, Any]:
    item = {name: getattr(rule, name) for name in KeywordReplyInput.model_fields if name != "account"}
    return item | {"account": rule.channel.key if rule.channel else None}


def _format_row(values: dict[str, Any]) -> tuple[Any, ...]:
    keywords = "、".join(values["keywords"])
    state = "启用" if values["enabled"] else "停用"
    return (
        values["priority"],
        values["name"],
        values["match"],
        keywords,
        values["account"] or "全部账号",
        state,
    )
