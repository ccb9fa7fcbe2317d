"""`flask stored-value managers …`: store managers who authorize payments of members without SMS."""

import click

from commands.cli_support import JSON_OPTION, command_group, print_json, print_rows, with_tenant
from store.core import masking
from store.shops import shops
from store.shops.shops import Shop
from store.stored_value import managers as stored_value_managers

group = command_group("managers", "Store managers who authorize payments with stored value.")


@group.command("list")
@with_tenant
@JSON_OPTION
def list_(*, as_json: bool) -> None:
    """List the shops with the masked phones of their managers."""
    items = [
        {
            "shop": Shop.get_by_id(row.shop_id).code,
            "phone": masking.mask_phone(row.phone),
            "appointed_at": row.appointed_at,
            "appointed_by": row.appointed_by,
        }
        for row in stored_value_managers.list_active()
    ]
    if as_json:
        print_json(items)
    else:
        print_rows((item.values() for item in items), empty_message="尚未设置店长手机")


@group.command()
@click.argument("shop_code", metavar="SHOP")
@click.argument("phone")
@with_tenant
def appoint(shop_code: str, phone: str) -> None:
    """Set PHONE as the phone of the manager of SHOP. Idempotent."""
    row = stored_value_managers.appoint(shop_id=shops.get_by_code(shop_code).id, phone=phone)
    click.echo(f"门店 {shop_code} 的店长手机 {masking.mask_phone(row.phone)}")


@group.command()
@click.argument("shop_code", metavar="SHOP")
@with_tenant
def dismiss(shop_code: str) -> None:
    """Remove the phone of the manager of SHOP."""
    stored_value_managers.dismiss(shop_id=shops.get_by_code(shop_code).id)
    click.echo(f"门店 {shop_code} 已无店长手机")
