"""`flask red-packets …`: red packets and transfers, those that wait for staff, the accounts, and the emergency stop."""

from pathlib import Path
from typing import Any

import click

import red_packet_calls
from commands.cli_support import JSON_OPTION, command_group, print_json, print_rows, read_text, with_tenant
from commands.params import KEY_TYPE
from store.core import money
from store.core.listing import Page
from store.customers import members
from store.payments import merchants
from store.red_packets import accounts, red_packet_list, staff_actions, states
from store.red_packets import settings as red_packet_settings
from store.red_packets.red_packet_list import RedPacketFilter
from store.red_packets.red_packets import RedPacket

group = command_group("red-packets", "Red packets and merchant transfers to customers.")

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@group.command("list")
@click.option("--held", is_flag=True, help="Only those that wait for staff.")
@click.option("--state", type=click.Choice(tuple(states.TRANSITIONS)))
@click.option("--limit", type=click.IntRange(1, 100), default=50, show_default=True)
@with_tenant
@JSON_OPTION
def list_(*, held: bool, state: str | None, limit: int, as_json: bool) -> None:
    """List the red packets, the newest first."""
    rows, _ = red_packet_list.list_page(RedPacketFilter(held=held, state=state), Page(size=limit))
    if as_json:
        print_json([_to_dict(row) for row in rows])
    else:
        print_rows((_to_dict(row).values() for row in rows), empty_message="没有红包")


@group.command()
@click.argument("card")
@click.argument("yuan")
@click.option("--key", type=KEY_TYPE, required=True, help="Number of the gift: again, it changes nothing.")
@click.option("--title", default="商家红包", show_default=True, help="What the person reads.")
@click.option("--wishing", default="恭喜发财，大吉大利", show_default=True)
@with_tenant
def send(card: str, yuan: str, *, key: str, title: str, wishing: str) -> None:
    """Send YUAN to the member of a CARD. The operation log keeps it."""
    row = staff_actions.send(
        customer=members.get_by_card(card).customer, amount_fen=money.fen(yuan), title=title, wishing=wishing, key=key
    )  # fmt: skip
    _print_packet(row)


@group.command()
@click.argument("public_id")
@with_tenant
def retry(public_id: str) -> None:
    """Send the red packet PUBLIC_ID again, under its number."""
    _print_packet(staff_actions.retry(public_id=public_id))


@group.command("give-up")
@click.argument("public_id")
@click.option("--reason", required=True, help="Kept in the operation log.")
@with_tenant
def give_up(public_id: str, *, reason: str) -> None:
    """End the red packet PUBLIC_ID, if it was not received."""
    _print_packet(staff_actions.give_up(public_id=public_id, reason=reason))


@group.command()
@click.option("--reason", required=True, help="Kept in the operation log.")
@with_tenant
def stop(*, reason: str) -> None:
    """Stop all requests and sending at once."""
    click.echo(f"已停发：{red_packet_settings.stop(reason=reason).reason}")


@group.command()
@with_tenant
def resume() -> None:
    """End the emergency stop."""
    staff_actions.resume()
    click.echo("已恢复发放")


@group.command("save-account")
@click.argument("merchant")
@click.option("--way", type=click.Choice(tuple(states.WAYS)), required=True)
@click.option("--name", "send_name", required=True, help="Who gives the money, as the person reads it.")
@click.option("--min-fen", type=int, default=accounts.DEFAULT_MIN_FEN, show_default=True)
@click.option("--max-fen", type=int, default=accounts.DEFAULT_MAX_FEN, show_default=True)
@click.option("--scene", "scene_id", default="", help="Scene that the merchant platform granted.")
@click.option("--certificate", type=_FILE, help="Red packets: apiclient_cert.pem of the merchant.")
@with_tenant
def save_account(merchant: str, *, certificate: Path | None, **values: Any) -> None:
    """Let the MERCHANT (its key) give money. With a certificate the APIv2 key is asked for and not echoed."""
    row = accounts.save(merchant, **values)
    if certificate is not None:
        merchants.replace_v2_secrets(
            key=merchant, client_certificate_pem=read_text(certificate),
            api_v2_key=click.prompt("APIv2 密钥", hide_input=True),
        )  # fmt: skip
    problem = red_packet_calls.find_problem(accounts.get(row.id))
    click.echo(problem or f"商户 {merchant} 可以发放{states.WAYS[row.way]}")


def _print_packet(row: RedPacket) -> None:
    click.echo(f"红包 {row.public_id}：{money.yuan(row.amount_fen)} 元，{states.STATE_LABELS[row.state]}")


def _to_dict(row: RedPacket) -> dict[str, Any]:
    return {
        "id": row.public_id, "number": row.number, "amount_fen": row.amount_fen, "way": row.way,
        "purpose": row.purpose, "state": row.state, "held": row.held, "message": row.message,
        "requested_at": row.requested_at,
    }  # fmt: skip
