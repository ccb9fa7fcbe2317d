"""`flask coupons withdraw`, `delete`, `stop` and `resume`: steps that take something back."""

import click

from commands.cli_support import with_tenant
from commands.coupon_gifts import group
from store.coupons import rule_deletion, stops
from store.coupons import rules as coupon_rules
from store.coupons.rules import CouponRule

_RULE_ARGUMENT = click.argument("public_id", metavar="RULE")


@group.command()
@_RULE_ARGUMENT
@with_tenant
def withdraw(public_id: str) -> None:
    """Take back a submission that waits for approval, as its author. The rule is a draft again."""
    _print_rule(coupon_rules.withdraw(coupon_rules.get_by_public_id(public_id)))


@group.command()
@_RULE_ARGUMENT
@click.confirmation_option(prompt="确定删除该草稿吗？")
@with_tenant
def delete(public_id: str) -> None:
    """Delete a draft or a rejected rule."""
    rule = coupon_rules.get_by_public_id(public_id)
    rule_deletion.delete_draft(rule)
    click.echo(f"优惠券 {rule.public_id}（{rule.name}）已删除")


@group.command()
@_RULE_ARGUMENT
@click.option("--reason", required=True, help="Kept with the step.")
@with_tenant
def stop(public_id: str, reason: str) -> None:
    """Stop a rule at once (紧急暂停): nothing is issued, and issued coupons cannot be used."""
    _print_rule(stops.stop(coupon_rules.get_by_public_id(public_id), reason=reason))


@group.command()
@_RULE_ARGUMENT
@with_tenant
def resume(public_id: str) -> None:
    """Resume a stopped rule and its batches."""
    _print_rule(stops.resume(coupon_rules.get_by_public_id(public_id)))


def _print_rule(rule: CouponRule) -> None:
    stopped = "，紧急暂停中" if rule.stopped_at else ""
    click.echo(f"优惠券 {rule.public_id}（{rule.name}）{coupon_rules.LABELS[rule.state]}{stopped}")
