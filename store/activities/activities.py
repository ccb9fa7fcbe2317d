"""Activities (营销活动): lucky draws that are made in steps, published, stopped and ended."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import peewee

from store.activities import budgets
from store.activities import content as activity_content
from store.activities.budgets import ActivityBudget
from store.activities.content import ActivityContent
from store.core import clock, errors, ids, validation
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.coupons.rules import CouponRule
from store.shops.shops import Shop
from store.tenants import audit, cost_centres

LABELS = {"draft": "草稿", "running": "进行中", "paused": "已暂停", "ended": "已结束"}
TRANSITIONS = {
    "draft": {"running"},
    "running": {"paused", "ended"},
    "paused": {"running", "ended"},
    "ended": set(),
}
CLAIM_PERIOD = timedelta(days=7)  # after the end a prize can still be claimed for as long
MAX_REASON_LENGTH = 200


class Activity(Model):
    """`content_json` holds the content, `approved_version` the hash of the content that was approved.

    Once published, `total_draws` and `ends_at` count, which may only grow. Prizes are claimable until `claims_until`.
    """

    public_id = peewee.CharField(max_length=40, unique=True, default=lambda: ids.public_id("act_"))
    name = peewee.CharField(max_length=40)
    state = peewee.CharField(
        max_length=10, default="draft", constraints=[peewee.Check(f"state IN {tuple(TRANSITIONS)}")]
    )
    content_json = peewee.TextField()
    starts_at = UtcDateTimeField(null=True)
    ends_at = UtcDateTimeField(null=True)
    claims_until = UtcDateTimeField(null=True)
    total_draws = peewee.IntegerField(default=0)
    draws_made = peewee.IntegerField(default=0)
    budget = peewee.ForeignKeyField(ActivityBudget, null=True)
    approved_version = peewee.CharField(max_length=64, null=True)
    stop_reason = peewee.CharField(max_length=MAX_REASON_LENGTH, default="")
    published_at = UtcDateTimeField(null=True)
    ended_at = UtcDateTimeField(null=True)
    copied_from = peewee.ForeignKeyField("self", null=True)
    created_at = UtcDateTimeField(default=clock.now)

    class Meta:
        constraints = [peewee.Check("draws_made >= 0 AND draws_made <= total_draws")]
        indexes = ((("state", "ends_at"), False),)

    @property
    def content(self) -> ActivityContent:
        return activity_content.parse(self.content_json)

    @property
    def version(self) -> str:
        return activity_content.hash_content(self.content_json)

    @property
    def draws_left(self) -> int:
        return int(self.total_draws - self.draws_made)


class Prize(Model):
    """A prize of a published activity in the order of the maker. `given` of its `quantity` are drawn.

    `max_fen` is the most that a red packet of it holds, 0 for other kinds.
    """

    activity = peewee.ForeignKeyField(Activity, backref="prizes", index=False)
    public_id = peewee.CharField(max_length=40, unique=True, default=lambda: ids.public_id("prz_"))
    position = peewee.IntegerField()
    kind = peewee.CharField(
        max_length=10, constraints=[peewee.Check(f"kind IN {tuple(activity_content.KIND_LABELS)}")]
    )
    name = peewee.CharField(max_length=30)
    quantity = peewee.IntegerField()
    given = peewee.IntegerField(default=0)
    max_fen = peewee.IntegerField(default=0)
    coupon_rule = peewee.ForeignKeyField(CouponRule, null=True)

    class Meta:
        indexes = ((("activity", "position"), True),)
        constraints = [peewee.Check("given >= 0 AND given <= quantity")]

    @property
    def left(self) -> int:
        return int(self.quantity - self.given)


@db.transactional
def create_draft(*, values: Mapping[str, Any]) -> Activity:
    """Create a draft, which may lack everything but a name. Raises DomainError(invalid)."""
    content = _validate_content(values)
    made = Activity.create(**_columns_of(content))
    audit.record("activities.save", f"activity:{made.public_id}", after=_to_audit(content))
    return made


@db.transactional
def edit_draft(activity: Activity, *, values: Mapping[str, Any]) -> Activity:
    """Change some of the content of a draft and keep the rest. Idempotent.

    Raises DomainError(invalid, activity_state).
    """
    row = lock(activity.id)
    if row.state != "draft":
        raise state_error(row, "修改")
    before = row.content
    content = _validate_content({**before.model_dump(mode="json"), **values})
    columns = _columns_of(content)
    if columns["content_json"] != row.content_json:
        row.update_fields(**columns)
        audit.record(
            "activities.save", f"activity:{row.public_id}", before=_to_audit(before), after=_to_audit(content)
        )
    return row


@db.transactional
def copy_as_draft(activity: Activity) -> Activity:
    """Create a draft with the same content."""
    row = lock(activity.id)
    name = f"{row.name[:37]} 副本"
    content = row.content.model_copy(update={"name": name})
    made = Activity.create(copied_from=row, **_columns_of(content))
    audit.record("activities.copy", f"activity:{made.public_id}", after={"copied_from": row.public_id})
    return made


@db.transactional
def delete_draft(activity: Activity) -> None:
    """Delete a draft. Idempotent. Raises DomainError(activity_state)."""
    row = Activity.find(id=activity.id, lock=True)
    if row is None:
        return
    if row.state != "draft" or Activity.find(copied_from=row.id) is not None:
        raise state_error(row, "删除")
    audit.record("activities.delete", f"activity:{row.public_id}", before={"name": row.name})
    row.delete_instance()


def lock(activity_id: int) -> Activity:
    """Lock an activity until the transaction ends. Raises DomainError(not_found)."""
    return _ensure_found(Activity.find(id=activity_id, lock=True))


def get_by_public_id(public_id: str) -> Activity:
    """Return the activity of a public id. Raises DomainError(not_found)."""
    return _ensure_found(Activity.find(public_id=public_id))


def get_published(public_id: str) -> Activity:
    """Return an activity that is or was open to customers. Raises DomainError(not_found)."""
    found = get_by_public_id(public_id)
    if found.state == "draft":
        raise errors.not_found("该活动")
    return found


def list_prizes(activity: Activity) -> list[Prize]:
    """Return the prizes of a published activity in their order."""
    return sorted(Prize.find_all(activity=activity.id), key=lambda prize: int(prize.position))


def list_running() -> list[Activity]:
    """Return the activities that are open to customers now, the latest first."""
    now = clock.now()
    running = (Activity.state == "running") & (Activity.starts_at <= now) & (Activity.ends_at > now)
    return list(Activity.select().where(running).order_by(Activity.id.desc()))


def ensure_running(activity: Activity) -> None:
    """Raise DomainError: activity_paused, activity_ended or activity_not_started."""
    now = clock.now()
    if activity.state == "paused":
        raise errors.DomainError("activity_paused", "活动已暂停，请稍后再来", 409)
    if activity.state != "running" or now >= activity.ends_at:
        raise errors.DomainError("activity_ended", "活动已结束", 409)
    if now < activity.starts_at:
        raise errors.DomainError("activity_not_started", "活动还没有开始", 409)


def is_in_shop(activity: Activity, shop_id: int | None) -> bool:
    """Return whether a shop takes part in an activity. None is no shop."""
    codes = activity.content.shops
    if not codes:
        return True
    shop = Shop.find(id=shop_id) if shop_id is not None else None
    return shop is not None and shop.code in codes


def state_error(activity: Activity, action: str) -> errors.DomainError:
    """Return the error of an action that the state of an activity does not allow."""
    return errors.DomainError(
        "activity_state", f"活动{LABELS[activity.state]}，不能{action}", 409, state=activity.state
    )


def _validate_content(values: Mapping[str, Any]) -> ActivityContent:
    """Validate content and what it refers to. Raises DomainError(invalid)."""
    content = validation.validate(ActivityContent, values)
    if content.cost_centre is not None and cost_centres.find_by_code(content.cost_centre) is None:
        raise errors.invalid("cost_centre", "没有这个成本中心")
    if content.budget is not None:
        budgets.get_by_public_id(content.budget)
    known = (
        {shop.code for shop in Shop.select(Shop.code).where(Shop.code.in_(content.shops))}
        if content.shops
        else set()
    )
    unknown = [code for code in content.shops if code not in known]
    if unknown:
        raise errors.invalid("shops", f"没有编码为 {unknown[0]} 的门店")
    return content


def _columns_of(content: ActivityContent) -> dict[str, Any]:
    return {
        "content_json": content.model_dump_json(), "name": content.name, "starts_at": content.starts_at,
        "ends_at": content.ends_at,
    }  # fmt: skip


def _to_audit(content: ActivityContent) -> dict[str, Any]:
    return content.model_dump(mode="json", exclude={"rules_text"})


def _ensure_found(row: Activity | None) -> Activity:
    if row is None:
        raise errors.not_found("该活动")
    return row
