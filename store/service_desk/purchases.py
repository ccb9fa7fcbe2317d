"""Purchases entered by hand (补录消费): an imported order of the source `desk`, under the number of its slip.

The order earns by the rules of its day. A promotion adds to that: double, birthday, or a fixed bonus. What it adds
belongs to the same order, so a return takes back its share of it too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal

import peewee
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from store.core import actors, clock, errors, listing
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.core.listing import Page
from store.core.validation import validate
from store.customers import member_search, members
from store.customers.customers import Customer
from store.customers.members import Member
from store.customers.merging import rules as merge_rules
from store.points import adjustments, order_accrual, order_events, points
from store.points.accrual import OrderLine, Payment
from store.points.ledger import PointEntry
from store.points.order_accrual import PaidOrder
from store.tenants import audit, business_days, settings

SOURCE = "desk"
LINE = "1"
KINDS = {"ordinary": "普通", "double": "双倍", "birthday": "生日", "fixed": "固定赠分"}
MAX_SLIP_LENGTH = 40
_SLIP = r"^[0-9A-Za-z._/-]{1,40}$"


class ServiceDeskSettings(settings.SettingsGroup, name="service_desk"):
    """`birthday_percent` is what a birthday purchase earns of the ordinary points.

    `max_days` is how old the purchase of a slip may be.
    """

    birthday_percent: int = Field(default=200, ge=100, le=1000)
    max_days: int = Field(default=90, ge=1, le=3650)


class PurchaseFields(BaseModel):
    """What a clerk types of a slip. `bonus_points` are those of the kind `fixed`."""

    model_config = ConfigDict(extra="forbid")

    slip_number: Annotated[str, StringConstraints(strip_whitespace=True, pattern=_SLIP)]
    amount_fen: Annotated[int, Field(strict=True, ge=1, le=100_000_000)]
    paid_at: AwareDatetime
    kind: Literal["ordinary", "double", "birthday", "fixed"] = "ordinary"
    bonus_points: Annotated[int, Field(strict=True, ge=0, le=points.MAX_POINTS_PER_ENTRY)] = 0


class DeskPurchase(Model):
    """A purchase of a slip. `rule_points` earned by the rules, `bonus_points` by the promotion of its kind."""

    slip_number = peewee.CharField(max_length=MAX_SLIP_LENGTH, unique=True)
    order_number = peewee.CharField(max_length=64, unique=True)
    member = peewee.ForeignKeyField(Member, backref="desk_purchases")
    shop_id = peewee.BigIntegerField(null=True)
    amount_fen = peewee.BigIntegerField(constraints=[peewee.Check("amount_fen > 0")])
    kind = peewee.CharField(max_length=10, constraints=[peewee.Check(f"kind IN {tuple(KINDS)}")])
    rule_points = peewee.BigIntegerField(default=0)
    bonus_points = peewee.BigIntegerField(default=0)
    paid_at = UtcDateTimeField()
    operator = peewee.CharField(max_length=100, default=lambda: actors.current().name)
    entered_at = UtcDateTimeField(default=clock.now)


merge_rules.register_rule(DeskPurchase.member)

_SORTS = {
    "entered_at": DeskPurchase.id,
    "paid_at": DeskPurchase.paid_at,
    "amount_fen": DeskPurchase.amount_fen,
}


@dataclass(frozen=True)
class PurchaseFilter:
    """Which purchases are listed. `search` is a slip number, or a member's card number, phone or whole name.

    `since` and `until` are business days of the entry. `shop_ids` are the shops that the caller sees, None for all.
    """

    search: str = ""
    kind: str | None = None
    since: date | None = None
    until: date | None = None
    shop_ids: frozenset[int] | None = None


@db.transactional
def enter(*, member: Member, values: dict[str, Any], shop_id: int | None = None) -> DeskPurchase:
    """Record a purchase and post what it earns. Idempotent by slip number for the same purchase.

    Raises DomainError(invalid, slip_used, not_joined, membership_closed, bonus_too_large).
    """
    entered = validate(PurchaseFields, values)
    owner = members.lock(member.id)
    found = DeskPurchase.find(slip_number=entered.slip_number)
    if found is not None:
        return _ensure_same(found, owner, entered)
    if owner.joined_at is None:
        raise errors.DomainError("not_joined", "请先登记会员", 409)
    members.ensure_open(owner)
    _ensure_allowed(owner, entered)
    order = _to_order(entered, shop_id)
    row = _create(owner, entered, order.number, shop_id)
    order_events.report_paid(member=owner, order=order)
    earned = order_accrual.post_order(member=owner, order=order)
    row.update_fields(
        rule_points=sum(entry.value for entry in earned if entry.account.group.spendable),
        bonus_points=_post_bonus(owner, entered, order, earned),
    )
    audit.record("service_desk.enter_purchase", f"member:{owner.public_id}", after={
        "slip": entered.slip_number, "amount_fen": entered.amount_fen, "kind": entered.kind,
        "points": row.rule_points + row.bonus_points,
    })  # fmt: skip
    return row


def list_page(criteria: PurchaseFilter, page: Page) -> tuple[list[DeskPurchase], int]:
    """Return a page of purchases with their members, the latest first, and how many there are."""
    return listing.read_page(
        _select(criteria), page, sorts=_SORTS, default="-entered_at", id_field=DeskPurchase.id
    )


def iterate_purchases(criteria: PurchaseFilter) -> Iterator[DeskPurchase]:
    """Yield all purchases with their members, the latest first."""
    return listing.iterate_rows(_select(criteria), id_field=DeskPurchase.id)


def count_purchases(criteria: PurchaseFilter) -> int:
    """Return the number of purchases."""
    return int(_select(criteria).count())


def _create(owner: Member, entered: PurchaseFields, order_number: str, shop_id: int | None) -> DeskPurchase:
    """Insert the row of a slip, whose number is unique. Raises DomainError(slip_used)."""
    try:
        return DeskPurchase.create(
            slip_number=entered.slip_number, order_number=order_number, member=owner, shop_id=shop_id,
            amount_fen=entered.amount_fen, kind=entered.kind, paid_at=entered.paid_at,
        )  # fmt: skip
    except peewee.IntegrityError:  # a clerk entered it for another member at the same time
        raise _used_error(entered.slip_number) from None


def _ensure_same(found: DeskPurchase, owner: Member, entered: PurchaseFields) -> DeskPurchase:
    known = (found.member_id, found.amount_fen, found.kind)
    if known != (owner.id, entered.amount_fen, entered.kind):
        raise _used_error(entered.slip_number)
    return found


def _used_error(slip_number: str) -> errors.DomainError:
    return errors.DomainError("slip_used", f"小票号 {slip_number} 已录入过", 409, field="slip_number")


def _ensure_allowed(owner: Member, entered: PurchaseFields) -> None:
    """Raise DomainError(invalid, bonus_too_large) for a day or a promotion that does not fit."""
    today, day = business_days.today(), business_days.day_of(entered.paid_at)
    max_days = settings.read(ServiceDeskSettings).max_days
    if entered.paid_at > clock.now() or (today - day).days > max_days:
        raise errors.invalid("paid_at", f"应为最近 {max_days} 天内的时间")
    if entered.kind == "birthday" and not _is_birthday_month(owner, day):
        raise errors.invalid("kind", "消费时间不在会员生日当月，或未登记生日")
    if (entered.kind == "fixed") != (entered.bonus_points > 0):
        raise errors.invalid("bonus_points", "固定赠分请填写赠送积分，其他类型不填")
    limit = settings.read(adjustments.PointAdjustmentSettings).approval_above
    if limit and entered.bonus_points > limit:
        raise errors.DomainError(
            "bonus_too_large", f"赠送积分不能超过 {limit}，更多请用“调整积分”提交审批", 409, limit=limit
        )


def _is_birthday_month(owner: Member, day: date) -> bool:
    birthday = owner.customer.birthday
    return birthday is not None and int(birthday[5:7]) == day.month


def _to_order(entered: PurchaseFields, shop_id: int | None) -> PaidOrder:
    return PaidOrder(
        number=f"DESK-{entered.slip_number}", paid_at=_floor_to_seconds(entered.paid_at), shop_id=shop_id,
        source=SOURCE,
        lines=(OrderLine(line=LINE, product=SOURCE, quantity=1, paid_fen=entered.amount_fen),),
        payments=(Payment(method=SOURCE, amount_fen=entered.amount_fen),),
    )  # fmt: skip


def _floor_to_seconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def _post_bonus(owner: Member, entered: PurchaseFields, order: PaidOrder, earned: list[PointEntry]) -> int:
    """Post what the promotion adds, and return the points of it that can be spent."""
    if entered.kind == "fixed":
        entry = points.earn(
            member=owner, kind="promotion", value=entered.bonus_points, key=f"desk:{order.number}:fixed",
            **_about(order), reason="补录消费：固定赠分",
        )  # fmt: skip
        return entry.value if entry.account.group.spendable else 0
    percent = {"double": 200, "birthday": settings.read(ServiceDeskSettings).birthday_percent}.get(
        entered.kind, 100
    )
    total = 0
    for base in [entry for entry in earned if entry.kind == "transaction"]:
        value = base.value * (percent - 100) // 100
        if value:
            points.earn(
                member=owner, group=base.account.group, kind="promotion", value=value, key=f"{base.key}:desk",
                rule_id=base.rule_id, upgrade_eligible=base.upgrade_eligible, expires_at=base.expires_at,
                cost_centre=base.cost_centre, reason=f"补录消费：{KINDS[entered.kind]}积分", **_about(order),
            )  # fmt: skip
            total += value if base.account.group.spendable else 0
    return total


def _about(order: PaidOrder) -> dict[str, Any]:
    return {
        "order_number": order.number,
        "order_line": LINE,
        "source": SOURCE,
        "operator": actors.current().name,
    }


def _select(criteria: PurchaseFilter) -> Any:
    query = DeskPurchase.select(DeskPurchase, Member, Customer).join(Member).join(Customer)
    for condition in _list_conditions(criteria):
        query = query.where(condition)
    return query


def _list_conditions(criteria: PurchaseFilter) -> Iterator[Any]:
    if criteria.kind is not None and criteria.kind not in KINDS:
        raise errors.invalid("kind", "不认识的类型")
    text = criteria.search.strip()
    if text:
        mine = DeskPurchase.member.in_(member_search.select_member_ids(text))
        yield (DeskPurchase.slip_number == text) | mine
    yield from member_search.list_conditions(DeskPurchase.member, search="", shop_ids=criteria.shop_ids)
    if criteria.kind is not None:
        yield DeskPurchase.kind == criteria.kind
    if criteria.since is not None:
        yield DeskPurchase.entered_at >= business_days.start_of(criteria.since)
    if criteria.until is not None:
        yield DeskPurchase.entered_at < business_days.end_of(criteria.until)
