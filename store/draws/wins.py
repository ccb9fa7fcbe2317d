"""Wins (中奖记录): what a draw has won, from 待领取 by 领取中 to 已领取, or 已过期.

A prize that is not claimed does not return into the draw: the published odds stay what they were.
"""

import secrets
from collections.abc import Sequence
from typing import Any

import peewee

from store.activities import budgets
from store.activities.activities import Activity, Prize
from store.activities.content import KIND_LABELS, WAY_LABELS, PrizeContent
from store.core import clock, errors, events, ids
from store.core.database import db
from store.core.database.fields import EncryptedField, UtcDateTimeField
from store.core.database.models import Model
from store.coupons import stock as coupon_stock
from store.customers import profiles
from store.customers.members import Member
from store.customers.merging import rules as merge_rules
from store.draws.draw_records import Draw
from store.shops.shops import Shop

LABELS = {"waiting": "待领取", "claiming": "领取中", "claimed": "已领取", "expired": "已过期"}
TRANSITIONS = {
    "waiting": {"claiming", "claimed", "expired"},
    "claiming": {"waiting", "claimed", "expired"},
    "claimed": set(),
    "expired": set(),
}
BATCH_SIZE = 200


class Win(Model):
    """A won prize. `amount_fen` is that of a red packet, `attempt` counts its requests, `failure` says why one failed.

    `code` is shown at the shop, `contact_json` is the recipient's address, `shop` the shop that gave it out.
    """

    public_id = peewee.CharField(max_length=40, unique=True, default=lambda: ids.public_id("win_"))
    draw = peewee.ForeignKeyField(Draw, unique=True)
    activity = peewee.ForeignKeyField(Activity, index=False)
    prize = peewee.ForeignKeyField(Prize)
    member = peewee.ForeignKeyField(Member)
    kind = peewee.CharField(max_length=10, constraints=[peewee.Check(f"kind IN {tuple(KIND_LABELS)}")])
    name = peewee.CharField(max_length=30)
    amount_fen = peewee.IntegerField(default=0, constraints=[peewee.Check("amount_fen >= 0")])
    state = peewee.CharField(
        max_length=10, default="waiting", constraints=[peewee.Check(f"state IN {tuple(TRANSITIONS)}")]
    )
    attempt = peewee.IntegerField(default=0)
    failure = peewee.CharField(max_length=200, default="")
    way = peewee.CharField(
        max_length=10, null=True, constraints=[peewee.Check(f"way IN {tuple(WAY_LABELS)}")]
    )
    code = peewee.CharField(max_length=12, null=True)
    contact_json = EncryptedField(context="draw_win.contact", null=True)
    shop = peewee.ForeignKeyField(Shop, null=True)
    courier = peewee.CharField(max_length=40, default="")
    tracking_number = peewee.CharField(max_length=40, default="")
    won_at = UtcDateTimeField(default=clock.now)
    claimed_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "draw_win"
        indexes = ((("activity", "id"), False), (("activity", "code"), True), (("state",), False))

    @property
    def content(self) -> PrizeContent:
        """The prize as its activity describes it."""
        return self.activity.content.prizes[self.prize.position]


merge_rules.register_rule(Win.member)


def create(*, draw: Draw, activity: Activity, prize: Prize, content: PrizeContent, member: Member) -> Win:
    """Create the win of a draw. Requires the activity's lock. A red packet's rest returns to the budget."""
    amount_fen = 0
    if prize.kind == "cash":
        least, most = content.min_fen or 0, prize.max_fen
        amount_fen = least + secrets.randbelow(most - least + 1)
    win = Win.create(
        draw=draw, activity=activity, prize=prize, member=member, kind=prize.kind, name=prize.name,
        amount_fen=amount_fen,
    )  # fmt: skip
    if activity.budget_id is not None and prize.max_fen > amount_fen:
        budgets.release(
            activity.budget_id,
            prize.max_fen - amount_fen,
            key=f"{win.public_id}:rest",
            subject=subject_of(win),
        )
    events.record(
        "draws.won", customer_id=member.customer_id, member_id=member.id, win_id=win.id, prize=prize.name,
        activity=activity.name,
    )  # fmt: skip
    return win


def lock(win_id: int) -> Win:
    """Lock a win until the transaction ends. Raises DomainError(not_found)."""
    return _ensure_found(Win.find(id=win_id, lock=True))


def get_by_public_id(public_id: str) -> Win:
    """Return the win of a public id. Raises DomainError(not_found)."""
    return _ensure_found(Win.find(public_id=public_id))


def get_own(member: Member, public_id: str) -> Win:
    """Return a win of a member. Raises DomainError(not_found)."""
    return _ensure_found(Win.find(public_id=public_id, member=member.id))


def find_of_draw(draw: Draw) -> Win | None:
    """Return the win of a draw, or None."""
    return None if draw.place is None else Win.find(draw=draw.id)


def transition(win: Win, state: str, **changes: Any) -> None:
    """Move a win to another state. Raises DomainError(win_state) if its state does not allow it."""
    came_from = [before for before, after in TRANSITIONS.items() if state in after]
    if state == "claimed":
        changes["claimed_at"] = clock.now()
    if not win.update_fields_if("state", came_from, state=state, **changes):
        raise state_error(win)


def state_error(win: Win) -> errors.DomainError:
    """Return the error of a step that the state of a win does not allow."""
    return errors.DomainError("win_state", f"该奖品{LABELS[win.state]}，不能再操作", 409, state=win.state)


def is_claimable(win: Win) -> bool:
    """Return whether the time to claim a prize is not over."""
    return bool(clock.now() < win.activity.claims_until)


def expire_due() -> int:
    """Expire the prizes whose time to claim is over, in batches, and return their number.

    What is on its way stays: a red packet, and goods that wait for their parcel.
    """
    total = 0
    while number := _expire_batch():
        total += number
    return total


def subject_of(win: Win) -> str:
    """Return how entries of a budget name a win."""
    return f"win:{win.public_id}"


def list_waiting_of(member: Member) -> Sequence[Win]:
    """Return the prizes that a member can still claim, the latest first."""
    mine = (Win.member == member.id) & (Win.state == "waiting")
    return list(Win.select().where(mine).order_by(Win.id.desc()))


@db.transactional
def _expire_batch() -> int:
    at_shop = (Win.state == "claiming") & (Win.way == "shop")
    over = (Activity.claims_until <= clock.now()) & ((Win.state == "waiting") | at_shop)
    ids_due: Any = Win.select(Win.id).join(Activity).where(over).order_by(Win.id).limit(BATCH_SIZE)
    rows = [lock(row_id) for (row_id,) in ids_due.tuples()]
    due = [row for row in rows if row.state == "waiting" or (row.state, row.way) == ("claiming", "shop")]
    for row in due:
        transition(row, "expired")
        _release_reserved(row)
    return len(due)


def _release_reserved(row: Win) -> None:
    """Return the money or the coupon of an expired win."""
    if row.kind == "cash":
        key, subject = f"{row.public_id}:expired", subject_of(row)
        budgets.release(row.activity.budget_id, row.amount_fen, key=key, subject=subject)
    elif row.kind == "coupon":
        coupon_stock.release(row.prize.coupon_rule_id, 1)


def _erase(customer_ids: list[int]) -> int:
    mine = Member.select(Member.id).where(Member.customer << customer_ids)
    return int(Win.update(contact_json=None).where(Win.member << mine).execute())


def _ensure_found(row: Win | None) -> Win:
    if row is None:
        raise errors.not_found("该奖品")
    return row


profiles.register_eraser(_erase)
