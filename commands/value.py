"""`flask value …`: a member's stored value: shown, topped up in cash, spent, given back, frozen."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

import accounts
from commands import value_managers, value_rules
from commands.shell import JSON, for_company, group_of, say_json, say_rows
from commands.values import KEY
from store.company import calendar, settings
from store.kernel import ids, money
from store.kernel.refusals import not_found
from store.loyalty import (
    stored_values,
    top_up_payments,
    top_up_refunds,
    top_ups,
    value_proofs,
    value_spends,
    value_statements,
)
from store.loyalty.value_proofs import Proof, Sending
from store.people import codes, members
from store.people.members import Member
from store.shop import shops

group = group_of("value", "Stored value.")
group.add_command(value_rules.group)
group.add_command(value_managers.group)

_CODES = {"payment-code": "付款码", "sms": "会员验证码", "manager": "店长验证码"}
_KEY = click.option(
    "--key", type=KEY, required=True, help="Number of the case: the same one again changes nothing."
)
_SHOP = click.option("--shop", "shop_code", help="Code of the shop where this happens.")
_SHOP_WANTED = click.UsageError("请用 --shop 指明是哪家店的店长")
_REASON = click.option("--reason", required=True, help="Kept with the account.")


@group.command()
@click.argument("card")
@for_company
@JSON
def show(card: str, *, as_json: bool) -> None:
    """Show the account of CARD."""
    facts = _facts(members.of_card(card))
    if as_json:
        say_json(facts)
    else:
        say_rows(facts.items(), nothing="")


@group.command("top-up")
@click.argument("card")
@click.argument("yuan")
@click.option(
    "--receipt", type=KEY, required=True, help="Number of the receipt: the same one again changes nothing."
)
@_SHOP
@for_company
def top_up(card: str, yuan: str, *, receipt: str, shop_code: str | None) -> None:
    """Take YUAN in cash for the account of CARD."""
    member = members.of_card(card)
    made = top_up_payments.take_cash(
        member=member, amount_fen=money.fen(yuan), key=receipt, shop_id=_shop_id(shop_code)
    )
    gift = f"，赠送 {money.yuan(made.bonus_fen)} 元" if made.bonus_fen else ""
    click.echo(
        f"充值单 {made.number}：{_TOP_UP_STATES[made.state]} {money.yuan(made.principal_fen)} 元{gift}"
    )
    click.echo(_balance(member))


@group.command("ask-code")
@click.argument("card")
@click.option("--manager", is_flag=True, help="To the store manager, for a member who cannot receive one.")
@_SHOP
@for_company
def ask_code(card: str, *, manager: bool, shop_code: str | None) -> None:
    """Send the SMS code that a purchase of CARD is proved with."""
    member = members.of_card(card)
    if manager:
        sending = value_proofs.ask_code_of_manager(
            member=member, shop_id=_manager_s_shop(shop_code), address="shell"
        )
    else:
        sending = value_proofs.ask_code(member=member, address="shell")
    _send(sending)
    click.echo("验证码已发送")


@group.command()
@click.argument("card")
@click.argument("yuan")
@_KEY
@click.option("--order", "order_number")
@_SHOP
@click.option("--by", type=click.Choice(tuple(_CODES)), help="How the member agrees.")
@for_company
def spend(*, card: str, yuan: str, key: str, order_number: str | None, shop_code: str | None,
          by: str | None) -> None:  # fmt: skip
    """Take YUAN off the account of CARD. A code is asked for, so that it stands in no list of commands."""
    member, shop_id = members.of_card(card), _shop_id(shop_code)
    if by == "manager" and shop_id is None:
        raise _SHOP_WANTED
    row = value_spends.spend_proved(
        member=member, amount_fen=money.fen(yuan), key=key, prove=lambda: _proof(member, by, shop_id),
        order_number=order_number, shop_id=shop_id,
    )  # fmt: skip
    amount, principal, bonus = map(money.yuan, (row.amount_fen, row.principal_fen, row.bonus_fen))
    click.echo(f"已消费 {amount} 元（本金 {principal}，赠金 {bonus}）")
    click.echo(_balance(member))


@group.command()
@click.argument("key")
@click.argument("yuan")
@click.option(
    "--refund-key", type=KEY, required=True, help="Number of the return: the same one again changes nothing."
)
@click.option("--reason", default="")
@for_company
def refund(key: str, yuan: str, *, refund_key: str, reason: str) -> None:
    """Put YUAN of the purchase with this KEY back onto the account."""
    row = value_spends.refund(key=key, amount_fen=money.fen(yuan), refund_key=refund_key, reason=reason)
    click.echo(f"该笔消费 {money.yuan(row.amount_fen)} 元，已退 {money.yuan(row.refunded_fen)} 元")


@group.command("refund-top-up")
@click.argument("number")
@click.argument("yuan")
@_KEY
@_REASON
@for_company
def refund_top_up(number: str, yuan: str, *, key: str, reason: str) -> None:
    """Take YUAN of top-up NUMBER off the account and give it back; cash is handed out at once."""
    row = top_up_refunds.ask(number=number, amount_fen=money.fen(yuan), key=key, reason=reason)
    state = "已退还" if row.state == "done" else "待平台退款"
    click.echo(
        f"退款单 {row.number}：{state} {money.yuan(row.paid_fen)} 元，扣回赠金 {money.yuan(row.bonus_fen)} 元"
    )


@group.command()
@click.argument("card")
@_REASON
@for_company
def freeze(card: str, *, reason: str) -> None:
    """Let nothing out of the account of CARD; frozen twice it stays as it is."""
    stored_values.freeze(member=members.of_card(card), reason=reason)
    click.echo("已冻结")


@group.command()
@click.argument("card")
@_REASON
@for_company
def unfreeze(card: str, *, reason: str) -> None:
    """Open the frozen account of CARD again."""
    stored_values.unfreeze(member=members.of_card(card), reason=reason)
    click.echo("已解冻")


@group.command()
@click.argument("card")
@click.option(
    "--csv", "file", type=click.Path(dir_okay=False, path_type=Path), help="The whole of it, to a file."
)
@click.option("--limit", type=click.IntRange(1, value_statements.MOST_LINES), default=20, show_default=True)
@for_company
@JSON
def statement(card: str, *, file: Path | None, limit: int, as_json: bool) -> None:
    """List what came onto the account of CARD and what left it, the latest first."""
    member = members.of_card(card)
    if file is not None:
        try:
            file.write_text("".join(value_statements.as_csv(member)), encoding="utf-8", newline="")
        except OSError as error:
            raise click.ClickException(f"{file} 不能写入（{error.strerror}）") from error
        click.echo(f"已保存到 {file}")
        return
    lines = value_statements.lines(member, limit=limit)
    if as_json:
        say_json([vars(line) for line in lines])
    else:
        say_rows(map(_line, lines), nothing="尚无储值明细")


@group.command("top-ups")
@click.argument("card")
@for_company
@JSON
def top_ups_(card: str, *, as_json: bool) -> None:
    """List the top-ups of CARD, the latest first."""
    names = ("asked_at", "number", "channel", "state", "principal_fen", "bonus_fen", "refunded_fen")
    _say(top_ups.of(members.of_card(card)), names, as_json=as_json, nothing="尚未充值")


@group.command()
@click.argument("card")
@for_company
@JSON
def spends(card: str, *, as_json: bool) -> None:
    """List the purchases of CARD with their keys, the latest first."""
    names = ("at", "key", "state", "amount_fen", "bonus_fen", "refunded_fen", "proof", "order_number")
    _say(value_spends.of(members.of_card(card)), names, as_json=as_json, nothing="尚未消费")


def _say(rows: Iterable[Any], names: tuple[str, ...], *, as_json: bool, nothing: str) -> None:
    latest = sorted(rows, key=lambda row: -row.id)
    found = [{name: getattr(row, name) for name in names} for row in latest]
    if as_json:
        say_json(found)
    else:
        say_rows((facts.values() for facts in found), nothing=nothing)


def _proof(member: Member, by: str | None, shop_id: int | None) -> Proof | None:
    """What the cashier types in; a payment code names its member, and another's is refused with the purchase."""
    if by is None:
        return None
    code = click.prompt(_CODES[by], hide_input=True)
    if by == "payment-code":
        return value_proofs.by_payment_code(code=code, till="shell")[0]
    if by == "manager" and shop_id is not None:
        return value_proofs.by_code_of_manager(member=member, shop_id=shop_id, code=code)
    return value_proofs.by_code(member=member, code=code)


def _send(sending: Sending) -> None:
    template = settings.read(codes.CodeRules).template
    accounts.sms().send(sending.phone, template, {"code": sending.code}, ids.public("sms_"))


def _manager_s_shop(code: str | None) -> int:
    if code is None:
        raise _SHOP_WANTED
    return shops.of_code(code).id


def _shop_id(code: str | None) -> int | None:
    return shops.of_code(code).id if code else None


def _balance(member: Member) -> str:
    account = stored_values.of(member)
    return f"会员 {member.card_number} 储值余额 {money.yuan(account.available_fen if account else 0)} 元"


def _facts(member: Member) -> dict[str, Any]:
    account = stored_values.of(member)
    if account is None:
        raise not_found("储值账户，该会员尚未充值")
    fen = {name: getattr(account, name) for name in ("principal_fen", "bonus_fen", "held_fen", "limit_fen")}
    return {
        "card_number": member.card_number, **fen, "spent_today_fen": value_spends.spent_today(member),
        "frozen_at": account.frozen_at, "frozen_reason": account.frozen_reason or None,
    }  # fmt: skip


def _line(line: value_statements.Line) -> tuple[Any, ...]:
    at = f"{calendar.local(line.at):%Y-%m-%d %H:%M:%S}"
    return (
        at,
        line.word,
        money.yuan(line.amount_fen),
        money.yuan(line.balance_fen),
        line.order_number,
        line.reason,
    )


_TOP_UP_STATES = {"paid": "已充值", "returned": "余额已达上限，已退回", "returning": "余额已达上限，待退回"}
