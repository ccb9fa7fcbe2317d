"""`flask value rules …`: what comes on top of a top-up."""

from datetime import date
from typing import Any

import click

from commands.shell import JSON, for_company, group_of, say_json, say_rows
from commands.values import DAY
from store.company import calendar
from store.kernel import money
from store.loyalty import top_up_rules
from store.loyalty.top_up_rules import TopUpRule

group = group_of("rules", "Top-up rules.")


@group.command("list")
@for_company
@JSON
def list_(*, as_json: bool) -> None:
    """List all rules, the latest first."""
    found = [_facts(rule) for rule in top_up_rules.listing()]
    if as_json:
        say_json(found)
    else:
        names = ("code", "name", "words", "starts_at", "ends_at")
        say_rows(([facts[name] for name in names] for facts in found), nothing="尚无充值规则")


@group.command()
@click.argument("code")
@click.argument("name")
@click.argument("steps", nargs=-1, required=True, metavar="YUAN:BONUS…")
@click.option("--once", is_flag=True, help="A member has it a single time.")
@click.option("--from", "first", type=DAY, help="First day; now when left out.")
@click.option("--to", "last", type=DAY, help="Last day.")
@for_company
def add(
    code: str, name: str, steps: tuple[str, ...], *, once: bool, first: date | None, last: date | None
) -> None:
    """Add a rule, as `add summer 夏日充值 100:10 500:80`; added twice it is the same one."""
    rule = top_up_rules.add(
        code=code, name=name, steps=[_step(text) for text in steps], once=once,
        starts_at=calendar.start_of(first) if first else None, ends_at=calendar.end_of(last) if last else None,
    )  # fmt: skip
    click.echo(f"充值规则 {rule.code}（{rule.name}）：{top_up_rules.in_words(rule)}")


@group.command()
@click.argument("code")
@for_company
def end(code: str) -> None:
    """End a rule now; ended twice it stays as it is."""
    rule = top_up_rules.end(code=code)
    click.echo(f"充值规则 {rule.code} 已结束")


def _step(text: str) -> dict[str, int]:
    paid, _, bonus = text.partition(":")
    return {"amount_fen": money.fen(paid, field=text), "bonus_fen": money.fen(bonus, field=text)}


def _facts(rule: TopUpRule) -> dict[str, Any]:
    names = ("code", "name", "steps", "once", "starts_at", "ends_at")
    return {name: getattr(rule, name) for name in names} | {"words": top_up_rules.in_words(rule)}
