"""`flask cashiers …`: the cashiers of the tills, their PINs and rights."""

from typing import Any

import click

from commands.cli_support import JSON_OPTION, command_group, print_json, print_rows, with_tenant
from store.shops import shops
from store.tills import cashiers
from store.tills.cashiers import RIGHTS, Cashier

group = command_group("cashiers", "Cashiers of the tills.")

_STATE_LABELS = {"active": "在职", "disabled": "已停用"}
_RIGHTS_HELP = f"Separated by commas: {', '.join(RIGHTS)}."
_PIN_OPTION = click.option("--pin", help="Six digits; prompted for if omitted.")


@group.command("list")
@with_tenant
@JSON_OPTION
def list_(*, as_json: bool) -> None:
    """List the cashiers by number."""
    rows = [_to_dict(cashier) for cashier in cashiers.list_cashiers()]
    if as_json:
        print_json(rows)
        return
    texts = (
        {**row, "rights": ",".join(row["rights"]), "locked": "已锁定" if row["locked"] else ""}
        for row in rows
    )
    print_rows((row.values() for row in texts), empty_message="没有收银员")


@group.command()
@click.argument("number")
@click.argument("name")
@click.option("--shop", "shop_code", help="Code of the shop; all shops if omitted.")
@click.option("--rights", default="sell", show_default=True, help=_RIGHTS_HELP)
@_PIN_OPTION
@with_tenant
def add(number: str, name: str, *, shop_code: str | None, rights: str, pin: str | None) -> None:
    """Add cashier NUMBER. Idempotent: a repeat leaves the PIN as it is."""
    shop = shops.get_by_code(shop_code) if shop_code else None
    cashier = cashiers.add(number=number, name=name, shop=shop, rights=rights.split(","), pin=_read_pin(pin))
    _print_state(cashier)


@group.command("set-pin")
@click.argument("number")
@_PIN_OPTION
@with_tenant
def set_pin(number: str, *, pin: str | None) -> None:
    """Set a new PIN, which unlocks, activates and ends the sessions of the cashier."""
    _print_state(cashiers.set_pin(cashiers.get_by_number(number), pin=_read_pin(pin)))


@group.command("set-rights")
@click.argument("number")
@click.argument("rights")
@with_tenant
def set_rights(number: str, rights: str) -> None:
    """Replace the rights of a cashier. RIGHTS are separated by commas. Idempotent."""
    _print_state(cashiers.change_rights(cashiers.get_by_number(number), rights=rights.split(",")))


@group.command()
@click.argument("number")
@with_tenant
def disable(number: str) -> None:
    """Block a cashier, which ends the sessions. Idempotent."""
    _print_state(cashiers.disable(cashiers.get_by_number(number)))


@group.command()
@click.argument("number")
@with_tenant
def unlock(number: str) -> None:
    """Remove the lock after wrong PINs. Idempotent."""
    _print_state(cashiers.unlock(cashiers.get_by_number(number)))


def _read_pin(pin: str | None) -> str:
    return click.prompt("密码", hide_input=True, confirmation_prompt=True) if pin is None else pin


def _print_state(cashier: Cashier) -> None:
    rights = "、".join(RIGHTS[right] for right in cashier.rights)
    click.echo(f"收银员 {cashier.number}（{cashier.name}）{_STATE_LABELS[cashier.state]}，权限：{rights}")


def _to_dict(cashier: Cashier) -> dict[str, Any]:
    return {
        "number": cashier.number, "name": cashier.name, "shop": cashier.shop.code if cashier.shop_id else None,
        "rights": cashier.rights, "state": cashier.state, "locked": cashiers.is_locked(cashier),
    }  # fmt: skip
