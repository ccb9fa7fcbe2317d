"""`flask point-rules …`: rules and multipliers for the points of purchases."""

from datetime import date
from typing import Any

import click

from commands.cli_support import JSON_OPTION, command_group, print_json, print_rows, with_tenant
from commands.params import COUNT_TYPE, DAY_TYPE, ID_TYPE
from commands.programmes import PROGRAMME_OPTION, get_selected
from commands.tiers import parse_validity
from store.core import money
from store.core.errors import not_found
from store.points import points
from store.points import rules as point_rules
from store.points.ledger import PointGroup
from store.points.rules import OCCASIONS, SCOPES, PointMultiplier, PointRule
from store.tenants import business_days, cost_centres
from store.tenants.cost_centres import CostCentre
from store.tiers import descriptions as tier_descriptions

group = command_group("point-rules", "Rules of points, multipliers, point groups and cost centres.")


_FROM_OPTION = click.option("--from", "starts_on", type=DAY_TYPE, help="First day.")
_TO_OPTION = click.option("--to", "ends_on", type=DAY_TYPE, help="Last day.")


@group.command("list")
@click.option("--all", "include_inactive", is_flag=True, help="Include ended and future ones.")
@PROGRAMME_OPTION
@with_tenant
@JSON_OPTION
def list_(*, include_inactive: bool, programme_code: str | None, as_json: bool) -> None:
    """List rules and multipliers, the oldest first."""
    programme_id = get_selected(programme_code).id
    rules, multipliers = (
        point_rules.list_rules(programme_id)
        if include_inactive
        else point_rules.list_active(programme_id, business_days.today())
    )
    items = [*map(_rule_to_dict, rules), *map(_multiplier_to_dict, multipliers)]
    if as_json:
        print_json(items)
    else:
        names = ("type", "id", "group", "name", "description")
        print_rows(([item[name] for name in names] for item in items), empty_message="尚无积分规则")


@group.command()
@click.argument("name")
@click.option("--group", "group_code", help="Point group; the first if omitted.")
@click.option("--points", "value", type=COUNT_TYPE, required=True, help="Points for each unit.")
@click.option("--per-yuan", help="A unit is this amount in yuan.")
@click.option("--per-pieces", type=COUNT_TYPE, help="A unit is this number of pieces.")
@click.option("--cost-centre", "cost_centre_code", required=True, help="Cost centre that pays.")
@click.option("--product")
@click.option("--category", help="Category or product group.")
@click.option("--shop-group")
@click.option("--tier", help="Code of a tier.")
@click.option("--upgrade-eligible", is_flag=True, help="Counts for tiers.")
@click.option("--days", type=COUNT_TYPE, help="Validity of the points in days.")
@click.option(
    "--until", metavar="YEARS-MONTH-DAY", help="Validity until this day a number of years later: 1-12-31."
)
@_FROM_OPTION
@_TO_OPTION
@PROGRAMME_OPTION
@with_tenant
def add(*, name: str, group_code: str | None, value: int, per_yuan: str | None, per_pieces: int | None,
        cost_centre_code: str, days: int | None, until: str | None, programme_code: str | None,
        **conditions: Any) -> None:  # fmt: skip
    """Add a rule: points for each unit of yuan or of pieces."""
    if (per_yuan is None) == (per_pieces is None):
        raise click.UsageError("请用 --per-yuan 或 --per-pieces 之一说明每份是多少")
    rule = point_rules.add_rule(
        group=_get_group(group_code, programme_code),
        name=name,
        basis="quantity" if per_yuan is None else "amount",
        points=value,
        per_units=per_pieces if per_yuan is None else money.fen(per_yuan, field="per-yuan"),
        cost_centre=_get_cost_centre(cost_centre_code),
        validity=parse_validity(days, until),
        **conditions,
    )
    click.echo(f"积分规则 {rule.id}：{_rule_to_dict(rule)['description']}")


@group.command()
@click.argument("name")
@click.argument("occasion", type=click.Choice(OCCASIONS))
@click.option("--percent", type=COUNT_TYPE, required=True, help="200 means double points.")
@click.option("--group", "group_code", help="Point group; the first if omitted.")
@click.option("--cost-centre", "cost_centre_code", required=True, help="Cost centre that pays.")
@click.option("--tier", help="Code of the tier, for the occasion `tier`.")
@_FROM_OPTION
@_TO_OPTION
@PROGRAMME_OPTION
@with_tenant
def add_multiplier(
    *, name: str, occasion: str, percent: int, group_code: str | None, cost_centre_code: str,
    programme_code: str | None, **conditions: Any
) -> None:  # fmt: skip
    """Add a multiplier: more points on an OCCASION."""
    row = point_rules.add_multiplier(
        group=_get_group(group_code, programme_code), name=name, occasion=occasion, percent=percent,
        cost_centre=_get_cost_centre(cost_centre_code), **conditions,
    )  # fmt: skip
    click.echo(f"多倍积分 {row.id}：{_multiplier_to_dict(row)['description']}")


@group.command()
@click.argument("number", type=ID_TYPE)
@click.option("--multiplier", is_flag=True, help="NUMBER is the id of a multiplier.")
@click.option("--on", "last_day", type=DAY_TYPE, help="Last day; today if omitted.")
@with_tenant
def end(number: int, *, multiplier: bool, last_day: date | None) -> None:
    """Set the last day of a rule or a multiplier."""
    day = last_day or business_days.today()
    if multiplier:
        point_rules.end_multiplier(multiplier_id=number, last_day=day)
    else:
        point_rules.end_rule(rule_id=number, last_day=day)
    click.echo(f"最后一天 {day}")


def _get_group(code: str | None, programme_code: str | None) -> PointGroup:
    for point_group in points.list_groups(get_selected(programme_code)):
        if code in (None, point_group.code):
            return point_group
    raise not_found(f"积分组 {code or ''}".strip())


def _get_cost_centre(code: str) -> CostCentre:
    cost_centre = next((row for row in cost_centres.list_cost_centres() if row.code == code), None)
    if cost_centre is None:
        raise not_found(f"成本中心 {code}")
    return cost_centre


def _rule_to_dict(rule: PointRule) -> dict[str, Any]:
    unit = f"{money.yuan(rule.per_units)} 元" if rule.basis == "amount" else f"{rule.per_units} 件"
    scopes = {scope: getattr(rule, scope) for scope in SCOPES if getattr(rule, scope) is not None}
    validity = tier_descriptions.describe_validity(rule.validity)
    description = f"每 {unit} {rule.points} 分，{validity}，{_describe_period(rule)}"
    return {"type": "rule", "id": rule.id, "group": rule.group.code, "name": rule.name, "description": description,
            "basis": rule.basis, "points": rule.points, "per_units": rule.per_units, "scopes": scopes,
            "upgrade_eligible": rule.upgrade_eligible, **_shared_fields(rule)}  # fmt: skip


def _multiplier_to_dict(row: PointMultiplier) -> dict[str, Any]:
    occasion = _OCCASION_LABELS[row.occasion] + (f" {row.tier}" if row.tier else "")
    return {"type": "multiplier", "id": row.id, "group": row.group.code, "name": row.name,
            "description": f"{occasion} {row.percent}%，{_describe_period(row)}", "occasion": row.occasion,
            "percent": row.percent, "tier": row.tier, **_shared_fields(row)}  # fmt: skip


def _shared_fields(row: Any) -> dict[str, Any]:
    return {"cost_centre": row.cost_centre.code, "starts_on": row.starts_on, "ends_on": row.ends_on}


def _describe_period(row: Any) -> str:
    if row.starts_on is None and row.ends_on is None:
        return "一直适用"
    return f"{row.starts_on or '即日'} 至 {row.ends_on or '另行通知'}"


_OCCASION_LABELS = {
    "birthday_day": "生日当天",
    "birthday_month": "生日当月",
    "period": "活动期间",
    "tier": "等级",
}
