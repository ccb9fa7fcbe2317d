"""`flask coupons …`: coupon rules from draft to end, coupons given to members, taken out of use, and figures.

The user of the operating system who runs a command is the submitter or the approver. They must be two users.
"""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from commands.cli_support import (
    JSON_OPTION,
    command_group,
    print_json,
    print_rows,
    read_json,
    read_text,
    with_tenant,
)
from commands.params import COUNT_TYPE, KEY_TYPE
from commands.programmes import PROGRAMME_OPTION, get_selected
from store import approvals
from store.core import csv_rows, money, numbers
from store.core.errors import invalid
from store.coupons import bulk_issue as coupon_bulk_issue
from store.coupons import coupons, rule_list
from store.coupons import display as coupon_display
from store.coupons import rules as coupon_rules
from store.coupons import statistics as coupon_statistics
from store.coupons import stock as coupon_stock
from store.coupons.bulk_issue import CouponBatch
from store.coupons.rules import CouponRule
from store.customers import members

group = command_group("coupons", "Coupon rules, and the coupons given under them.")

_FILE_PATH = click.Path(exists=True, dir_okay=False, path_type=Path)
_RULE_ARGUMENT = click.argument("public_id", metavar="RULE")
_OPINION_OPTION = click.option("--opinion", default="", help="Kept with the step.")
_VERSION_OPTION = click.option(
    "--version", required=True, help="The version that was read, as `show` tells it."
)


@group.command("list")
@click.option("--state", type=click.Choice(tuple(coupon_rules.TRANSITIONS)))
@with_tenant
@JSON_OPTION
def list_(state: str | None, *, as_json: bool) -> None:
    """List the rules, the newest first, with how many coupons were given and are left."""
    found = [_rule_to_dict(rule) for rule in rule_list.list_rules(state=state)]
    if as_json:
        print_json(found)
    else:
        print_rows((facts.values() for facts in found), empty_message="尚无优惠券")


@group.command()
@_RULE_ARGUMENT
@with_tenant
@JSON_OPTION
def show(public_id: str, *, as_json: bool) -> None:
    """Show a rule: its terms, the version that an approver has to name, and every step so far."""
    rule = coupon_rules.get_by_public_id(public_id)
    steps = [
        {name: getattr(step, name) for name in ("occurred_at", "state", "actor", "note")}
        for step in coupon_rules.list_history(rule)
    ]
    terms = rule.terms.model_dump(mode="json")
    if as_json:
        print_json({**_rule_to_dict(rule), "version": rule.version, "terms": terms, "steps": steps})
        return
    display = coupon_display.describe(rule.terms)
    words = "；".join((display.headline, display.threshold, display.validity, *display.conditions))
    print_rows(
        [*_rule_to_dict(rule).items(), ("version", rule.version), ("description", words)], empty_message=""
    )
    print_rows((step.values() for step in steps), empty_message="")


@group.command()
@click.argument("file", type=_FILE_PATH)
@PROGRAMME_OPTION
@with_tenant
def draft(file: Path, programme_code: str | None) -> None:
    """Write a rule from a JSON FILE of its terms."""
    _print_rule(coupon_rules.create_draft(programme=get_selected(programme_code), values=_read_terms(file)))


@group.command()
@_RULE_ARGUMENT
@click.argument("file", type=_FILE_PATH)
@with_tenant
def edit(public_id: str, file: Path) -> None:
    """Change those terms of a draft that a JSON FILE contains."""
    _print_rule(coupon_rules.edit_draft(coupon_rules.get_by_public_id(public_id), values=_read_terms(file)))


@group.command()
@_RULE_ARGUMENT
@click.option("--approver", required=True, help="Login of the colleague who is to approve.")
@with_tenant
def submit(public_id: str, approver: str) -> None:
    """Submit a draft for approval. It cannot be edited any more."""
    _print_rule(coupon_rules.request_approval(coupon_rules.get_by_public_id(public_id), approver=approver))


@group.command()
@_RULE_ARGUMENT
@_VERSION_OPTION
@_OPINION_OPTION
@with_tenant
def approve(public_id: str, version: str, opinion: str) -> None:
    """Approve exactly the version that was read."""
    rule = coupon_rules.get_by_public_id(public_id)
    _print_rule(coupon_rules.approve(rule, version=version, opinion=opinion))


@group.command()
@_RULE_ARGUMENT
@_VERSION_OPTION
@_OPINION_OPTION
@with_tenant
def reject(public_id: str, version: str, opinion: str) -> None:
    """Reject a submitted rule with an opinion. `revise` makes it a draft again."""
    rule = coupon_rules.get_by_public_id(public_id)
    _print_rule(coupon_rules.reject(rule, version=version, opinion=opinion))


def _add_transition_command(name: str, help_text: str, operation: Callable[[CouponRule], CouponRule]) -> None:
    """Add a command that changes the state of a rule, or copies it, and takes only the rule's id."""

    @_RULE_ARGUMENT
    @with_tenant
    def run(public_id: str) -> None:
        _print_rule(operation(coupon_rules.get_by_public_id(public_id)))

    group.command(name, help=help_text)(run)


_add_transition_command("revise", "Make a rejected rule a draft again.", coupon_rules.revise)
_add_transition_command("copy", "Make a new draft with the same terms.", coupon_rules.copy_as_draft)
_add_transition_command(
    "publish", "Publish a rule (上架), so that its coupons can be claimed and issued.", coupon_rules.publish
)
_add_transition_command(
    "unpublish", "Unpublish a rule (下架). Issued coupons stay valid.", coupon_rules.unpublish
)


@group.command()
@_RULE_ARGUMENT
@click.confirmation_option(prompt="结束后不能再上架，确定吗？")
@with_tenant
def end(public_id: str) -> None:
    """End a rule finally. Issued coupons stay valid."""
    _print_rule(coupon_rules.end(coupon_rules.get_by_public_id(public_id)))


@group.command("add-stock")
@_RULE_ARGUMENT
@click.argument("quantity", type=COUNT_TYPE)
@click.option("--cost", default="0", show_default=True, help="What it costs, in yuan.")
@click.option("--reason", required=True, help="Kept with it.")
@click.option(
    "--key", type=KEY_TYPE, required=True, help="Number of the case: the same one again changes nothing."
)
@with_tenant
def add_stock(*, public_id: str, quantity: int, cost: str, reason: str, key: str) -> None:
    """Add coupons to the stock of an approved rule (增发)."""
    rule, cost_fen = coupon_rules.get_by_public_id(public_id), money.fen(cost, field="cost")
    coupon_stock.increase(rule, quantity=quantity, cost_fen=cost_fen, reason=reason, key=key)
    _print_rule(coupon_rules.get_by_public_id(public_id))


@group.command()
@_RULE_ARGUMENT
@with_tenant
@JSON_OPTION
def statistics(public_id: str, *, as_json: bool) -> None:
    """Show stock, use and sales of a coupon rule. Money is in fen."""
    found = coupon_statistics.compute(coupon_rules.get_by_public_id(public_id))
    facts = asdict(found) | {"return_on_investment": found.return_on_investment}
    if as_json:
        print_json(facts)
    else:
        print_rows(facts.items(), empty_message="")


@group.command()
@_RULE_ARGUMENT
@click.argument("card")
@click.option(
    "--key", type=KEY_TYPE, required=True, help="Number of the case: the same one again gives nothing more."
)
@with_tenant
def issue(public_id: str, card: str, key: str) -> None:
    """Give the member of CARD one coupon of a listed rule."""
    rule = coupon_rules.get_by_public_id(public_id)
    coupon = coupons.issue(rule=rule, member=members.get_by_card(card), key=key, source="shell")
    click.echo(f"券 {coupon.code}（{rule.terms.name}）{coupons.LABELS[coupon.state]}")


@group.command("issue-all")
@_RULE_ARGUMENT
@click.argument("file", type=_FILE_PATH)
@click.option(
    "--number",
    type=KEY_TYPE,
    required=True,
    help="Number of the batch: the same one again gives nothing more.",
)
@with_tenant
@click.pass_context
def issue_all(context: click.Context, public_id: str, file: Path, number: str) -> None:
    """Give a coupon to each card in a FILE, one number a line: to all of them, or to none when one is wrong.

    The workers give them in batches; `batch` tells how far they are.
    """
    rows = csv_rows.parse(read_text(file), columns=["card"]).rows
    cards = {row.number: numbers.normalize(row.cells["card"]) for row in rows}
    known = members.find_by_cards(cards.values())
    errors = {
        row.number: row.error or "没有该会员卡" for row in rows if row.error or cards[row.number] not in known
    }
    for number, message in errors.items():
        click.echo(f"第 {number} 行：{message}")
    if errors:
        click.echo(f"{len(errors)} 行有误，未发放")
        context.exit(1)
    rule, ids = coupon_rules.get_by_public_id(public_id), {members.survivor(row).id for row in known.values()}
    _print_batch(coupon_bulk_issue.create_batch(number=number, rule=rule, member_ids=ids))


@group.command()
@click.argument("number")
@with_tenant
def show_batch(number: str) -> None:
    """Show the progress of a batch."""
    _print_batch(coupon_bulk_issue.get_by_number(number))


@group.command()
@click.argument("card")
@click.argument("code")
@click.option("--reason", required=True, help="Kept in the operation log.")
@click.confirmation_option(prompt="作废后不能恢复，确定吗？")
@with_tenant
def void(card: str, code: str, reason: str) -> None:
    """Take a coupon of the member of CARD out of use."""
    holder = members.survivor(members.get_by_card(card))
    coupon = coupons.void(coupons.get_for_member(holder, code), reason=reason)
    click.echo(f"券 {coupon.code} {coupons.LABELS[coupon.state]}")


def _read_terms(file: Path) -> dict[str, Any]:
    values = read_json(file)
    if not isinstance(values, dict):
        raise invalid(file.name, "应为一个 JSON 对象")
    return values


def _print_rule(rule: CouponRule) -> None:
    click.echo(f"优惠券 {rule.public_id}（{rule.terms.name}）{coupon_rules.LABELS[rule.state]}")


def _print_batch(batch: CouponBatch) -> None:
    skipped = f"，跳过 {batch.skipped}" if batch.skipped else ""
    state = "已发完" if batch.finished_at else "发放中"
    click.echo(f"批次 {batch.number}：共 {batch.total} 张，已发 {batch.issued} 张{skipped}，{state}")


def _rule_to_dict(rule: CouponRule) -> dict[str, Any]:
    submissions = approvals.find_latest(coupon_rules.APPROVAL_KIND, [rule.public_id])
    approval = submissions.get(rule.public_id)
    return {
        "id": rule.public_id,
        "name": rule.terms.name,
        "state": rule.state,
        "approver": approval and approval.approver,
        "stock": rule.stock,
        "issued": rule.issued,
        "remaining": None if rule.stock is None else rule.stock - rule.issued,
        "cost_centre": rule.terms.cost_centre,
    }
