"""`flask payment-kinds …`: the payment kinds, and which of them earn points."""

from dataclasses import asdict

import click

from commands.cli_support import JSON_OPTION, command_group, print_json, print_rows, with_tenant
from store.payments import kinds

group = command_group("payment-kinds", "Payment kinds, and which of them earn points.")

_YES_NO = {True: "是", False: "否"}


@group.command("list")
@with_tenant
@JSON_OPTION
def list_(*, as_json: bool) -> None:
    """List the kinds: code, name, line of the report, received (实收), earns points (计算积分)."""
    rows = kinds.list_kinds()
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    cells = ((row.code, row.name, row.report, _YES_NO[row.received], _YES_NO[row.earns]) for row in rows)
    print_rows([("编码", "名称", "报表", "实收", "计算积分"), *cells], empty_message="")


@group.command("set-earns")
@click.argument("code", type=click.Choice(kinds.CODES))
@click.argument("earns", type=click.BOOL)
@with_tenant
def set_earns(code: str, *, earns: bool) -> None:
    """Set whether money of a kind earns points (EARNS: yes or no). Idempotent."""
    kind = kinds.set_earns(code=code, earns=earns)
    click.echo(f"{kind.name}：{'计算积分' if kind.earns else '不计算积分'}")
