"""The list of coupon rules (优惠券规则) for staff: searched and filtered, and what each step allows."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from store.core import listing
from store.core.listing import Page
from store.coupons.rules import CouponRule

# What people see of a state: whether it is approved (审批状态), and whether it is listed (规则状态).
APPROVAL_STATES = {
    "draft": ("draft",), "pending": ("pending",), "rejected": ("rejected",),
    "approved": ("approved", "listed", "delisted", "ended"),
}  # fmt: skip
LISTING_STATES = {
    "draft": ("draft", "pending", "rejected"), "unlisted": ("approved",), "listed": ("listed",),
    "delisted": ("delisted",), "ended": ("ended",),
}  # fmt: skip
APPROVAL_LABELS = {"draft": "草稿", "pending": "审批中", "approved": "审批通过", "rejected": "审批拒绝"}
LISTING_LABELS = {
    "draft": "草稿",
    "unlisted": "未上架",
    "listed": "上架",
    "delisted": "下架",
    "ended": "结束",
}
_SORTS = {"number": CouponRule.number, "created_at": CouponRule.id, "issued": CouponRule.issued}


@dataclass(frozen=True)
class RuleFilter:
    """Which rules are listed. `search` is a part of the name or the beginning of the number."""

    search: str = ""
    kind: str | None = None
    approval_state: str | None = None
    state: str | None = None


def list_rules(*, state: str | None = None) -> list[CouponRule]:
    """Return the rules, the newest first."""
    query = CouponRule.select().order_by(CouponRule.id.desc())
    return list(query.where(CouponRule.state == state) if state else query)


def list_page(criteria: RuleFilter, page: Page) -> tuple[list[CouponRule], int]:
    """Return a page of rules and the number of all."""
    return listing.read_page(
        _select(criteria), page, sorts=_SORTS, default="-created_at", id_field=CouponRule.id
    )


def count_rules(criteria: RuleFilter) -> int:
    """Return the number of rules."""
    return int(_select(criteria).count())


def iterate_rules(criteria: RuleFilter) -> Iterator[CouponRule]:
    """Yield all rules, the newest first, and read them in batches."""
    yield from listing.iterate_rows(_select(criteria), id_field=CouponRule.id)


def approval_state_of(rule: CouponRule) -> str:
    """Return the approval state (审批状态) of a rule as people see it."""
    return next(shown for shown, states in APPROVAL_STATES.items() if rule.state in states)


def listing_state_of(rule: CouponRule) -> str:
    """Return the state (规则状态) of a rule as people see it."""
    return next(shown for shown, states in LISTING_STATES.items() if rule.state in states)


def _select(criteria: RuleFilter) -> Any:
    query = CouponRule.select()
    for condition in _list_conditions(criteria):
        query = query.where(condition)
    return query


def _list_conditions(criteria: RuleFilter) -> Iterator[Any]:
    text = criteria.search.strip()
    if text:
        yield CouponRule.name.contains(text) | CouponRule.number.startswith(text)
    if criteria.kind is not None:
        yield CouponRule.kind == criteria.kind
    if criteria.approval_state is not None:
        yield CouponRule.state.in_(APPROVAL_STATES.get(criteria.approval_state, ()))
    if criteria.state is not None:
        yield CouponRule.state.in_(LISTING_STATES.get(criteria.state, ()))
