"""`flask coupons …`: coupon rules from draft to end, coupons given to members, taken out of use, and figures.

Whoever runs a command is its writer or approver: an approval wants the login of somebody else.
"""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from commands.programmes import PROGRAMME, chosen
from commands.shell import JSON, for_company, group_of, read_json, read_text, say_json, say_rows
from commands.values import COUNT, KEY
from store.kernel import money
from store.kernel.refusals import invalid
from store.loyalty import (
    coupon_batches,
    coupon_faces,
    coupon_figures,
    coupon_gifts,
    coupon_rules,
    coupon_stock,
    coupons,
)
from store.loyalty.coupon_batches import CouponBatch
from store.loyalty.coupon_gifts import CouponGiftStep, Party
from store.loyalty.coupon_rules import CouponRule
from store.people import members

group = group_of("coupons", "Coupon rules, and the coupons given under them.")

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_RULE = click.argument("public_id", metavar="RULE")
_OPINION = click.option("--opinion", default="", help="Kept with the step.")
_ROLES = {"offered": "giver", "taken_back": "giver", "accepted": "receiver", "refused": "receiver"}
_VERSION = click.option("--version", required=True, help="The version that was read, as `show` tells it.")


@group.command("list")
@click.option("--state", type=click.Choice(tuple(coupon_rules.MOVES)))
@for_company
@JSON
def list_(state: str | None, *, as_json: bool) -> None:
    """List the rules, the newest first, with how many coupons were given and are left."""
    found = [_facts(rule) for rule in coupon_rules.listing(state=state)]
    if as_json:
        say_json(found)
    else:
        say_rows((facts.values() for facts in found), nothing="尚无优惠券")


@group.command()
@_RULE
@for_company
@JSON
def show(public_id: str, *, as_json: bool) -> None:
    """Show a rule: its terms, the version that an approver has to name, and every step so far."""
    rule = coupon_rules.of_public_id(public_id)
    steps = [
        {name: getattr(step, name) for name in ("at", "state", "actor", "note")}
        for step in coupon_rules.history(rule)
    ]
    terms = rule.terms.model_dump(mode="json")
    if as_json:
        say_json({**_facts(rule), "version": rule.version, "terms": terms, "steps": steps})
        return
    face = coupon_faces.of(rule.terms)
    words = "；".join((face.headline, face.threshold, face.validity, *face.conditions))
    say_rows([*_facts(rule).items(), ("version", rule.version), ("words", words)], nothing="")
    say_rows((step.values() for step in steps), nothing="")


@group.command()
@click.argument("file", type=_FILE)
@PROGRAMME
@for_company
def draft(file: Path, programme_code: str | None) -> None:
    """Write a rule from a JSON FILE of its terms."""
    _say(coupon_rules.draft(programme=chosen(programme_code), values=_terms(file)))


@group.command()
@_RULE
@click.argument("file", type=_FILE)
@for_company
def edit(public_id: str, file: Path) -> None:
    """Change the terms of a draft that stand in a JSON FILE; the others stay."""
    _say(coupon_rules.edit(coupon_rules.of_public_id(public_id), values=_terms(file)))


@group.command()
@_RULE
@click.option("--approver", required=True, help="Login of the colleague who is to approve.")
@for_company
def submit(public_id: str, approver: str) -> None:
    """Put a draft before an approver; from then on it cannot be edited."""
    _say(coupon_rules.ask_approval(coupon_rules.of_public_id(public_id), approver=approver))


@group.command()
@_RULE
@_VERSION
@_OPINION
@for_company
def approve(public_id: str, version: str, opinion: str) -> None:
    """Approve exactly the version that was read."""
    rule = coupon_rules.of_public_id(public_id)
    _say(coupon_rules.approve(rule, version=version, opinion=opinion))


@group.command()
@_RULE
@_VERSION
@_OPINION
@for_company
def reject(public_id: str, version: str, opinion: str) -> None:
    """Send a rule back with an opinion; `revise` takes it up again."""
    rule = coupon_rules.of_public_id(public_id)
    _say(coupon_rules.reject(rule, version=version, opinion=opinion))


def _step(name: str, help_text: str, verb: Callable[[CouponRule], CouponRule]) -> None:
    """A command that moves a rule, or makes one of it, and needs nothing but its name."""

    @_RULE
    @for_company
    def run(public_id: str) -> None:
        _say(verb(coupon_rules.of_public_id(public_id)))

    group.command(name, help=help_text)(run)


_step("revise", "Take a rejected rule up again as a draft.", coupon_rules.revise)
_step("copy", "Make a new draft with the same terms.", coupon_rules.copy)
_step("put-up", "List a rule (上架): from now on its coupons can be had.", coupon_rules.put_up)
_step("take-down", "Delist a rule (下架): coupons given stay good.", coupon_rules.take_down)


@group.command()
@_RULE
@click.confirmation_option(prompt="结束后不能再上架，确定吗？")
@for_company
def end(public_id: str) -> None:
    """End a rule for good; coupons given stay good."""
    _say(coupon_rules.end(coupon_rules.of_public_id(public_id)))


@group.command("add-stock")
@_RULE
@click.argument("quantity", type=COUNT)
@click.option("--cost", default="0", show_default=True, help="What it costs, in yuan.")
@click.option("--reason", required=True, help="Kept with it.")
@click.option(
    "--key", type=KEY, required=True, help="Number of the case: the same one again changes nothing."
)
@for_company
def add_stock(*, public_id: str, quantity: int, cost: str, reason: str, key: str) -> None:
    """Add coupons to the stock of an approved rule (增发)."""
    rule, cost_fen = coupon_rules.of_public_id(public_id), money.fen(cost, field="cost")
    coupon_stock.add(rule, quantity=quantity, cost_fen=cost_fen, reason=reason, key=key)
    _say(coupon_rules.of_public_id(public_id))


@group.command()
@_RULE
@for_company
@JSON
def figures(public_id: str, *, as_json: bool) -> None:
    """Tell how far the stock went, who used it and what it brought; money in fen."""
    found = coupon_figures.of(coupon_rules.of_public_id(public_id))
    facts = asdict(found) | {"return_on_investment": found.return_on_investment}
    if as_json:
        say_json(facts)
    else:
        say_rows(facts.items(), nothing="")


@group.command()
@_RULE
@click.argument("card")
@click.option(
    "--key", type=KEY, required=True, help="Number of the case: the same one again gives nothing more."
)
@for_company
def issue(public_id: str, card: str, key: str) -> None:
    """Give the member of CARD one coupon of a listed rule."""
    rule = coupon_rules.of_public_id(public_id)
    coupon = coupons.issue(rule=rule, member=members.of_card(card), key=key, source="shell")
    click.echo(f"券 {coupon.code}（{rule.terms.name}）{coupons.WORDS[coupon.state]}")


@group.command("issue-all")
@_RULE
@click.argument("file", type=_FILE)
@click.option(
    "--number", type=KEY, required=True, help="Number of the batch: the same one again gives nothing more."
)
@for_company
@click.pass_context
def issue_all(context: click.Context, public_id: str, file: Path, number: str) -> None:
    """Give a coupon to each card in a FILE, one number a line: to all of them, or to none when one is wrong.

    The workers give them in portions; `batch` tells how far they are.
    """
    wanted = [line.strip() for line in read_text(file).splitlines()]
    known = members.of_cards(filter(None, wanted))
    unknown = [place for place, card in enumerate(wanted, 1) if card and card not in known]
    for place in unknown:
        click.echo(f"第 {place} 行：没有该会员卡")
    if unknown:
        click.echo(f"{len(unknown)} 行有误，未发放")
        context.exit(1)
    rule, ids = coupon_rules.of_public_id(public_id), {members.survivor(row).id for row in known.values()}
    _say_batch(coupon_batches.open_batch(number=number, rule=rule, member_ids=ids))


@group.command()
@click.argument("number")
@for_company
def batch(number: str) -> None:
    """Tell how far a batch is."""
    _say_batch(coupon_batches.of_number(number))


@group.command()
@click.argument("card")
@click.argument("code")
@click.option("--reason", required=True, help="Kept in the operation log.")
@click.confirmation_option(prompt="作废后不能恢复，确定吗？")
@for_company
def void(card: str, code: str, reason: str) -> None:
    """Take a coupon of the member of CARD out of use."""
    holder = members.survivor(members.of_card(card))
    coupon = coupons.void(coupons.of_code(holder, code), reason=reason)
    click.echo(f"券 {coupon.code} {coupons.WORDS[coupon.state]}")


@group.command()
@click.argument("code")
@for_company
@JSON
def gifts(code: str, *, as_json: bool) -> None:
    """Tell every step of the gifts of a coupon (转赠): when, to which state, and whose doing.

    Phones are masked; `members show CARD --unmask` tells one in clear, which is logged.
    """
    steps = coupon_gifts.record_of(coupons.of_anybody(code))
    found = [_gift_facts(step, party) for step, party in steps]
    if as_json:
        say_json(found)
    else:
        say_rows((facts.values() for facts in found), nothing="该券没有转赠记录")


def _terms(file: Path) -> dict[str, Any]:
    values = read_json(file)
    if not isinstance(values, dict):
        raise invalid(file.name, "应为一个 JSON 对象")
    return values


def _say(rule: CouponRule) -> None:
    click.echo(f"优惠券 {rule.public_id}（{rule.terms.name}）{coupon_rules.WORDS[rule.state]}")


def _say_batch(batch: CouponBatch) -> None:
    skipped = f"，跳过 {batch.skipped}" if batch.skipped else ""
    state = "已发完" if batch.finished_at else "发放中"
    click.echo(f"批次 {batch.number}：共 {batch.total} 张，已发 {batch.given} 张{skipped}，{state}")


def _gift_facts(step: CouponGiftStep, party: Party | None) -> dict[str, Any]:
    """A step with whose doing it was; that time ran out is nobody's."""
    return {
        "gift": step.gift_id,
        "at": step.at.isoformat(timespec="seconds"),
        "state": step.state,
        "word": coupon_gifts.WORDS[step.state],
        "role": _ROLES.get(step.state),
        "card_number": party and party.card_number,
        "phone": party and party.phone,
    }


def _facts(rule: CouponRule) -> dict[str, Any]:
    return {
        "id": rule.public_id,
        "name": rule.terms.name,
        "state": rule.state,
        "approver": rule.approver,
        "stock": rule.stock,
        "issued": rule.issued,
        "left": None if rule.stock is None else rule.stock - rule.issued,
        "cost_centre": rule.terms.cost_centre,
    }
