"""The steps of a coupon rule: 提交, 撤回, 上架, 下架, 结束, 紧急暂停, 增发, and its figures."""

from datetime import timedelta
from typing import Annotated, Any

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field, StringConstraints

from console.auth import StaffCaller, staff_required
from console.business_keys import read_business_key
from console.coupon_rule_rows import ensure_changeable, to_row
from console.lists import Search, respond_once
from store.core.validation import IsoDate
from store.coupons import rules as coupon_rules
from store.coupons import statistics, stock, stops
from store.coupons.rules import MAX_NOTE_LENGTH, CouponRule
from store.tenants import business_days
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint(
    "console_coupon_rule_steps",
    __name__,
    url_prefix="/console/api/coupon-rules/<rule_id>",
    enable_openapi=False,
)

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NOTE_LENGTH)]
DEFAULT_DAYS = 30
_MOVES = {
    "withdraw": coupon_rules.withdraw, "publish": coupon_rules.publish, "unpublish": coupon_rules.unpublish,
    "end": coupon_rules.end, "resume": stops.resume,
}  # fmt: skip


class Submission(RequestModel):
    """Who is to approve: the login of a colleague."""

    approver: Search = Field(min_length=1)


class Stop(RequestModel):
    """Why a rule is stopped."""

    reason: Reason


class StockIncrease(RequestModel):
    """What is added to the stock."""

    quantity: int = Field(ge=1, le=100_000_000)
    cost_fen: int = Field(default=0, ge=0, le=10_000_000_000)
    reason: Reason


class FigureQuery(RequestModel):
    """The days of the chart, both included."""

    since: IsoDate | None = None
    until: IsoDate | None = None


@bp.post("/submission")
@staff_required("coupon_rules.edit")
@bp.input(Submission)
def submit(rule_id: str, caller: StaffCaller, json_data: Submission) -> Response:
    rule = _get_changeable(rule_id, caller)

    def work() -> dict[str, Any]:
        return to_row(coupon_rules.request_approval(rule, approver=json_data.approver))

    return respond_once(caller, json_data, work)


@bp.post("/withdrawal", endpoint="withdraw", defaults={"move": "withdraw"})
@staff_required("coupon_rules.edit")
def withdraw(rule_id: str, move: str, caller: StaffCaller) -> Response:
    return _move(rule_id, move, caller)


@bp.post("/publication", endpoint="publish", defaults={"move": "publish"})
@bp.delete("/publication", endpoint="unpublish", defaults={"move": "unpublish"})
@bp.post("/end", endpoint="end", defaults={"move": "end"})
@staff_required("coupon_rules.publish")
def change_state(rule_id: str, move: str, caller: StaffCaller) -> Response:
    return _move(rule_id, move, caller)


@bp.post("/stop")
@staff_required("coupon_rules.stop")
@bp.input(Stop)
def stop(rule_id: str, caller: StaffCaller, json_data: Stop) -> Response:
    rule = _get_changeable(rule_id, caller)
    return respond_once(caller, json_data, lambda: to_row(stops.stop(rule, reason=json_data.reason)))


@bp.delete("/stop", endpoint="resume", defaults={"move": "resume"})
@staff_required("coupon_rules.stop")
def resume(rule_id: str, move: str, caller: StaffCaller) -> Response:
    return _move(rule_id, move, caller)


@bp.post("/stock-increases")
@staff_required("coupon_rules.add_stock")
@bp.input(StockIncrease)
def add_stock(rule_id: str, caller: StaffCaller, json_data: StockIncrease) -> Response:
    rule, key = _get_changeable(rule_id, caller), read_business_key(caller)

    def work() -> dict[str, Any]:
        stock.increase(rule, key=key, **json_data.model_dump())
        return to_row(coupon_rules.get_by_public_id(rule_id))

    return respond_once(caller, json_data, work, status=201)


@bp.get("/figures")
@staff_required("coupon_rules.read")
@bp.input(FigureQuery, location="query")
def get_figures(rule_id: str, caller: StaffCaller, query_data: FigureQuery) -> Response:
    """Return the figures of a rule, those of the own shops for an account of some shops, and each day's."""
    rule = coupon_rules.get_by_public_id(rule_id)
    until = query_data.until or business_days.today()
    since = query_data.since or until - timedelta(days=DEFAULT_DAYS - 1)
    found = statistics.compute(rule, shop_ids=caller.shop_ids)
    days = statistics.list_days(rule, since=since, until=until, shop_ids=caller.shop_ids)
    return json_response({
        **vars(found), "return_on_investment": found.return_on_investment,
        "days": [{**vars(day), "day": day.day.isoformat()} for day in days],
    })  # fmt: skip


def _get_changeable(rule_id: str, caller: StaffCaller) -> CouponRule:
    rule = coupon_rules.get_by_public_id(rule_id)
    ensure_changeable(caller, rule.terms)
    return rule


def _move(rule_id: str, move: str, caller: StaffCaller) -> Response:
    rule = _get_changeable(rule_id, caller)
    return respond_once(caller, None, lambda: to_row(_MOVES[move](rule)))
