"""`flask value managers …`: whose phone answers for a shop when a member cannot receive a code."""

import click

from commands.shell import JSON, for_company, group_of, say_json, say_rows
from store.kernel import secrets
from store.loyalty import value_managers
from store.shop import shops
from store.shop.shops import Shop

group = group_of("managers", "Store managers who vouch for purchases with stored value.")


@group.command("list")
@for_company
@JSON
def list_(*, as_json: bool) -> None:
    """List the shops with their manager's phone, masked."""
    found = [
        {
            "shop": Shop.get_by_id(row.shop_id).code,
            "phone": secrets.mask_phone(row.phone),
            "appointed_at": row.appointed_at,
            "appointed_by": row.appointed_by,
        }
        for row in value_managers.listing()
    ]
    if as_json:
        say_json(found)
    else:
        say_rows((facts.values() for facts in found), nothing="尚未设置店长手机")


@group.command()
@click.argument("shop_code", metavar="SHOP")
@click.argument("phone")
@for_company
def appoint(shop_code: str, phone: str) -> None:
    """Let PHONE answer for SHOP in place of the one before; appointed twice it stays."""
    row = value_managers.appoint(shop_id=shops.of_code(shop_code).id, phone=phone)
    click.echo(f"门店 {shop_code} 的店长手机 {secrets.mask_phone(row.phone)}")


@group.command()
@click.argument("shop_code", metavar="SHOP")
@for_company
def dismiss(shop_code: str) -> None:
    """Let nobody answer for SHOP."""
    value_managers.dismiss(shop_id=shops.of_code(shop_code).id)
    click.echo(f"门店 {shop_code} 已无店长手机")
