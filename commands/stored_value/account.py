"""`flask stored-value …`: the stored value of a member: top-ups in cash, payments, refunds, freezing."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

import platform_clients
from commands.cli_support import JSON_OPTION, command_group, print_json, print_rows, with_tenant, write_csv
from commands.params import KEY_TYPE
from commands.stored_value import managers, top_up_rules
from store.core import money
from store.core.errors import not_found
from store.customers import members
from store.customers.members import Member
from store.shops import shops
from store.stored_value import accounts as stored_value_accounts
from store.stored_value import authorization as stored_value_authorization
from store.stored_value import payment_records as stored_value_records
from store.stored_value import payments as stored_value_payments
from store.stored_value import statements as stored_value_statements
from store.stored_value import top_up_payments, top_up_refunds, top_ups
from store.stored_value.authorization import PaymentAuthorization
from store.tenants import business_days

group = command_group("stored-value", "Stored value.")
group.add_command(top_up_rules.group)
group.add_command(managers.group)

_CODE_LABELS = {"payment-code": "付款码", "sms": "会员验证码", "manager": "店长验证码"}
_KEY_OPTION = click.option(
    "--key", type=KEY_TYPE, required=True, help="Number of the case, as idempotency key."
)
_SHOP_OPTION = click.option("--shop", "shop_code", help="Code of the shop.")
_SHOP_REQUIRED = click.UsageError("请用 --shop 指明是哪家店的店长")
_REASON_OPTION = click.option("--reason", required=True, help="Stored with the account.")


@group.command()
@click.argument("card")
@with_tenant
@JSON_OPTION
def show(card: str, *, as_json: bool) -> None:
    """Show the account of CARD."""
    fields = _account_to_dict(members.get_by_card(card))
    if as_json:
        print_json(fields)
    else:
        print_rows(fields.items(), empty_message="")


@group.command("top-up")
@click.argument("card")
@click.argument("yuan")
@click.option("--receipt", type=KEY_TYPE, required=True, help="Number of the receipt, as idempotency key.")
@_SHOP_OPTION
@with_tenant
def top_up(card: str, yuan: str, *, receipt: str, shop_code: str | None) -> None:
    """Top up the account of CARD with YUAN in cash."""
    member = members.get_by_card(card)
    row = top_up_payments.take_cash(
        member=member, amount_fen=money.fen(yuan), key=receipt, shop_id=_find_shop_id(shop_code)
    )
    bonus = f"，赠送 {money.yuan(row.bonus_fen)} 元" if row.bonus_fen else ""
    click.echo(
        f"充值单 {row.number}：{_TOP_UP_STATE_LABELS[row.state]} {money.yuan(row.principal_fen)} 元{bonus}"
    )
    click.echo(_format_balance(member))


@group.command("request-code")
@click.argument("card")
@click.option("--manager", is_flag=True, help="Send it to the store manager, for a member without SMS.")
@_SHOP_OPTION
@with_tenant
def request_code(card: str, *, manager: bool, shop_code: str | None) -> None:
    """Send the SMS code that authorizes a payment of CARD."""
    member, sender = members.get_by_card(card), platform_clients.sms_sender()
    if manager:
        code_message = stored_value_authorization.request_manager_code(
            member=member, shop_id=_shop_of_manager(shop_code), address="shell"
        )
    else:
        code_message = stored_value_authorization.request_code(member=member, address="shell")
    click.echo(platform_clients.send_sms_code(sender, phone=code_message.phone, code=code_message.code))


@group.command()
@click.argument("card")
@click.argument("yuan")
@_KEY_OPTION
@click.option("--order", "order_number")
@_SHOP_OPTION
@click.option("--by", type=click.Choice(tuple(_CODE_LABELS)), help="How the payment is authorized.")
@with_tenant
def spend(*, card: str, yuan: str, key: str, order_number: str | None, shop_code: str | None,
          by: str | None) -> None:  # fmt: skip
    """Pay YUAN from the account of CARD. The code is prompted for, so it is not in the shell history."""
    member, shop_id = members.get_by_card(card), _find_shop_id(shop_code)
    if by == "manager" and shop_id is None:
        raise _SHOP_REQUIRED
    row = stored_value_payments.spend_with_authorization(
        member=member,
        amount_fen=money.fen(yuan),
        key=key,
        authorize=lambda: _authorize(member, by, shop_id),
        order_number=order_number,
        shop_id=shop_id,
    )
    amount, principal, bonus = map(money.yuan, (row.amount_fen, row.principal_fen, row.bonus_fen))
    click.echo(f"已消费 {amount} 元（本金 {principal}，赠金 {bonus}）")
    click.echo(_format_balance(member))


@group.command()
@click.argument("key")
@click.argument("yuan")
@click.option("--refund-key", type=KEY_TYPE, required=True, help="Number of the return, as idempotency key.")
@click.option("--reason", default="")
@with_tenant
def refund(key: str, yuan: str, *, refund_key: str, reason: str) -> None:
    """Refund YUAN of the payment with this KEY to the account."""
    row = stored_value_payments.refund_by_key(
        key=key, amount_fen=money.fen(yuan), refund_key=refund_key, reason=reason
    )
    click.echo(f"该笔消费 {money.yuan(row.amount_fen)} 元，已退 {money.yuan(row.refunded_fen)} 元")


@group.command("refund-top-up")
@click.argument("number")
@click.argument("yuan")
@_KEY_OPTION
@_REASON_OPTION
@with_tenant
def refund_top_up(number: str, yuan: str, *, key: str, reason: str) -> None:
    """Refund YUAN of top-up NUMBER from the account. Cash is paid out at once."""
    row = top_up_refunds.request(number=number, amount_fen=money.fen(yuan), key=key, reason=reason)
    state = "已退还" if row.state == "completed" else "待平台退款"
    click.echo(
        f"退款单 {row.number}：{state} {money.yuan(row.paid_fen)} 元，扣回赠金 {money.yuan(row.bonus_fen)} 元"
    )


@group.command()
@click.argument("card")
@_REASON_OPTION
@with_tenant
def freeze(card: str, *, reason: str) -> None:
    """Freeze the account of CARD, so that payments are rejected. Idempotent."""
    stored_value_accounts.freeze(member=members.get_by_card(card), reason=reason)
    click.echo("已冻结")


@group.command()
@click.argument("card")
@_REASON_OPTION
@with_tenant
def unfreeze(card: str, *, reason: str) -> None:
    """Unfreeze the account of CARD."""
    stored_value_accounts.unfreeze(member=members.get_by_card(card), reason=reason)
    click.echo("已解冻")


@group.command()
@click.argument("card")
@click.option(
    "--csv",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the whole statement to a file.",
)
@click.option(
    "--limit", type=click.IntRange(1, stored_value_statements.MAX_PAGE_SIZE), default=20, show_default=True
)
@with_tenant
@JSON_OPTION
def statement(card: str, *, file: Path | None, limit: int, as_json: bool) -> None:
    """List the entries of the account of CARD, the latest first."""
    member = members.get_by_card(card)
    if file is not None:
        write_csv(file, stored_value_statements.to_csv(member))
        return
    lines = stored_value_statements.list_lines(member, limit=limit)
    if as_json:
        print_json([vars(line) for line in lines])
    else:
        print_rows(map(_format_row, lines), empty_message="尚无储值明细")


@group.command("top-ups")
@click.argument("card")
@with_tenant
@JSON_OPTION
def list_top_ups(card: str, *, as_json: bool) -> None:
    """List the top-ups of CARD, the latest first."""
    names = ("requested_at", "number", "channel", "state", "principal_fen", "bonus_fen", "refunded_fen")
    _print_latest(
        top_ups.select_for_member(members.get_by_card(card)), names, as_json=as_json, empty_message="尚未充值"
    )


@group.command("payments")
@click.argument("card")
@with_tenant
@JSON_OPTION
def list_payments(card: str, *, as_json: bool) -> None:
    """List the payments of CARD with their keys, the latest first."""
    names = (
        "created_at", "key", "state", "amount_fen", "bonus_fen", "refunded_fen", "authorized_by", "order_number",
    )  # fmt: skip
    _print_latest(
        stored_value_records.select_for_member(members.get_by_card(card)),
        names,
        as_json=as_json,
        empty_message="尚未消费",
    )


def _print_latest(rows: Iterable[Any], names: tuple[str, ...], *, as_json: bool, empty_message: str) -> None:
    latest = sorted(rows, key=lambda row: -row.id)
    items = [{name: getattr(row, name) for name in names} for row in latest]
    if as_json:
        print_json(items)
    else:
        print_rows((item.values() for item in items), empty_message=empty_message)


def _authorize(member: Member, method: str | None, shop_id: int | None) -> PaymentAuthorization | None:
    """Prompt for the code and return the authorization, or None without a method.

    A payment code of another member is rejected with the payment.
    """
    if method is None:
        return None
    code = click.prompt(_CODE_LABELS[method], hide_input=True)
    if method == "payment-code":
        return stored_value_authorization.authorize_by_payment_code(code=code, till="shell")[0]
    if method == "manager" and shop_id is not None:
        return stored_value_authorization.authorize_by_manager_code(member=member, shop_id=shop_id, code=code)
    return stored_value_authorization.authorize_by_sms(member=member, code=code)


def _shop_of_manager(code: str | None) -> int:
    if code is None:
        raise _SHOP_REQUIRED
    return shops.get_by_code(code).id


def _find_shop_id(code: str | None) -> int | None:
    return shops.get_by_code(code).id if code else None


def _format_balance(member: Member) -> str:
    member = members.read_current(member)
    account = stored_value_accounts.find_by_member(member)
    return f"会员 {member.card_number} 储值余额 {money.yuan(account.available_fen if account else 0)} 元"


def _account_to_dict(member: Member) -> dict[str, Any]:
    account = stored_value_accounts.find_by_member(member)
    if account is None:
        raise not_found("储值账户，该会员尚未充值")
    amounts = {
        name: getattr(account, name) for name in ("principal_fen", "bonus_fen", "held_fen", "limit_fen")
    }
    return {
        "card_number": member.card_number, **amounts, "spent_today_fen": stored_value_records.spent_today(member),
        "frozen_at": account.frozen_at, "frozen_reason": account.frozen_reason or None,
    }  # fmt: skip


def _format_row(line: stored_value_statements.StatementLine) -> tuple[Any, ...]:
    at = f"{business_days.to_local(line.booked_at):%Y-%m-%d %H:%M:%S}"
    amount, balance = money.yuan(line.amount_fen), money.yuan(line.balance_fen)
    return (at, line.label, amount, balance, line.order_number, line.reason)


_TOP_UP_STATE_LABELS = {
    "paid": "已充值",
    "refunded": "余额已达上限，已退回",
    "refunding": "余额已达上限，待退回",
}
