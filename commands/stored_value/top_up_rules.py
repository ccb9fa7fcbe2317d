"""`flask stored-value top-up-rules …`: the bonus of top-ups."""

from datetime import date
from typing import Any

import click

from commands.cli_support import JSON_OPTION, command_group, print_json, print_rows, with_tenant
from commands.params import DAY_TYPE
from store.core import money
from store.stored_value import top_up_rules
from store.stored_value.top_up_rules import TopUpRule
from store.tenants import business_days

group = command_group("top-up-rules", "Top-up rules.")


@group.command("list")
@with_tenant
@JSON_OPTION
def list_(*, as_json: bool) -> None:
    """List all rules, the latest first."""
    items = [_to_dict(rule) for rule in top_up_rules.list_rules()]
    if as_json:
        print_json(items)
    else:
        names = ("code", "name", "description", "starts_at", "ends_at")
        print_rows(([item[name] for name in names] for item in items), empty_message="尚无充值规则")


@group.command()
@click.argument("code")
@click.argument("name")
@click.argument("steps", nargs=-1, required=True, metavar="YUAN:BONUS…")
@click.option("--once", is_flag=True, help="Each member gets the bonus only once.")
@click.option("--from", "first", type=DAY_TYPE, help="First day; now if omitted.")
@click.option("--to", "last", type=DAY_TYPE, help="Last day.")
@with_tenant
def add(
    code: str, name: str, steps: tuple[str, ...], *, once: bool, first: date | None, last: date | None
) -> None:
    """Add a rule, for example `add summer 夏日充值 100:10 500:80`. Idempotent."""
    rule = top_up_rules.add(
        code=code,
        name=name,
        steps=[_parse_step(text) for text in steps],
        single_use=once,
        starts_at=business_days.start_of(first) if first else None,
        ends_at=business_days.end_of(last) if last else None,
    )
    click.echo(f"充值规则 {rule.code}（{rule.name}）：{top_up_rules.describe(rule)}")


@group.command()
@click.argument("code")
@with_tenant
def end(code: str) -> None:
    """End a rule now. Idempotent."""
    rule = top_up_rules.end(code=code)
    click.echo(f"充值规则 {rule.code} 已结束")


def _parse_step(text: str) -> dict[str, int]:
    paid, _, bonus = text.partition(":")
    return {"amount_fen": money.fen(paid, field=text), "bonus_fen": money.fen(bonus, field=text)}


def _to_dict(rule: TopUpRule) -> dict[str, Any]:
    names = ("code", "name", "steps", "single_use", "starts_at", "ends_at")
    return {name: getattr(rule, name) for name in names} | {"description": top_up_rules.describe(rule)}
