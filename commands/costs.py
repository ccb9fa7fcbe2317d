"""`flask costs`: the costs of points and coupons by cost centre."""

from datetime import date
from typing import Any

import click
from flask.cli import with_appcontext

from commands import point_groups
from commands.cli_support import JSON_OPTION, Command, print_json, print_rows, with_tenant
from commands.params import DAY_TYPE
from store.core import money
from store.insight import cost_report as costs_
from store.insight.cost_report import Cost
from store.tenants import business_days


@click.command("costs", cls=Command)
@click.option("--from", "since", type=DAY_TYPE, help="First day; the first of this month if omitted.")
@click.option("--to", "until", type=DAY_TYPE, help="Last day; today if omitted.")
@with_tenant
@JSON_OPTION
@with_appcontext
def costs(*, since: date | None, until: date | None, as_json: bool) -> None:
    """Sum up the costs of each cost centre in a period: points less returned points, and redeemed coupons."""
    today = business_days.today()
    cost_rows = [
        cost
        for cost in costs_.list_by_cost_centre(
            since=business_days.start_of(since or today.replace(day=1)),
            until=business_days.end_of(until or today),
        )
        if any(cost.points.values()) or cost.coupons
    ]
    group_codes = point_groups.list_codes()
    items = [_cost_to_dict(cost, group_codes) for cost in cost_rows]
    total = _cost_to_dict(costs_.sum_costs(cost_rows), group_codes)
    if as_json:
        print_json({"cost_centres": items, "total": total})
    else:
        rows = map(_format_cost_row, [*items, total] if items else [])
        print_rows(rows, empty_message="这段时间没有积分和优惠券支出")


def _cost_to_dict(cost: Cost, group_codes: dict[int, str]) -> dict[str, Any]:
    points = {group_codes[group_id]: value for group_id, value in cost.points.items()}
    return {"cost_centre": cost.centre, "name": cost.name, "points": points, "coupons": cost.coupons,
            "coupon_fen": cost.coupon_fen}  # fmt: skip


def _format_cost_row(values: dict[str, Any]) -> tuple[Any, ...]:
    points = "，".join(f"{group} {value} 分" for group, value in values["points"].items()) or "无积分"
    return (
        values["cost_centre"],
        values["name"],
        points,
        f"{values['coupons']} 张券 {money.yuan(values['coupon_fen'])} 元",
    )
