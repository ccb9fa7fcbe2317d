"""`flask terminals …`: the terminals of the tills, and their secrets."""

from typing import Any

import click

from commands.cli_support import JSON_OPTION, command_group, print_json, print_rows, with_tenant
from store.shops import shops
from store.tills import terminals
from store.tills.terminals import IssuedSecret, Terminal

group = command_group("terminals", "Terminals of the tills.")

_STATE_LABELS = {"active": "使用中", "disabled": "已停用"}


@group.command("list")
@with_tenant
@JSON_OPTION
def list_(*, as_json: bool) -> None:
    """List the terminals by code."""
    rows = [_to_dict(terminal) for terminal in terminals.list_terminals()]
    if as_json:
        print_json(rows)
    else:
        print_rows((row.values() for row in rows), empty_message="没有终端")


@group.command()
@click.argument("code")
@click.argument("name", default="")
@click.option("--shop", "shop_code", required=True, help="Code of the shop.")
@with_tenant
@JSON_OPTION
def add(code: str, name: str, *, shop_code: str, as_json: bool) -> None:
    """Add terminal CODE and print its secret, which is shown only once. Idempotent."""
    _print_secret(terminals.add(code=code, name=name, shop=shops.get_by_code(shop_code)), as_json=as_json)


@group.command("renew-secret")
@click.argument("code")
@with_tenant
@JSON_OPTION
def renew_secret(code: str, *, as_json: bool) -> None:
    """Replace the secret of a terminal, which ends its sessions. Activates a disabled terminal."""
    _print_secret(terminals.renew_secret(terminals.get_by_code(code)), as_json=as_json)


@group.command()
@click.argument("code")
@with_tenant
def disable(code: str) -> None:
    """Block a terminal, which ends its sessions. Idempotent."""
    terminal = terminals.disable(terminals.get_by_code(code))
    click.echo(f"终端 {terminal.code} {_STATE_LABELS[terminal.state]}")


def _print_secret(issued: IssuedSecret, *, as_json: bool) -> None:
    terminal = issued.terminal
    if as_json:
        print_json(_to_dict(terminal) | {"secret": issued.secret or None})
        return
    click.echo(f"终端 {terminal.code}（{terminal.name}）{_STATE_LABELS[terminal.state]}")
    click.echo(f"密钥（只显示一次）：{issued.secret}" if issued.secret else "终端已存在，密钥不再显示")


def _to_dict(terminal: Terminal) -> dict[str, Any]:
    return {
        "code": terminal.code, "name": terminal.name, "shop": terminal.shop.code, "state": terminal.state,
    }  # fmt: skip
