"""Pack cards: the member cards in the card packs of WeChat and Alipay, and what the platform shows of each.

offered → got → activating → active; then gifting, given, deleted, withdrawing and unavailable. What a platform shall
show is computed from the ledgers when the card is pushed: a change of a ledger only marks the card as due, in the
same transaction and under the member's lock, so that no change is missed and many make one call.
"""

from collections.abc import Iterable

import peewee

from store.core import clock, errors, events, ids
from store.core.database import db
from store.core.database.fields import EncryptedField, JsonField, UtcDateTimeField
from store.core.database.models import Model
from store.customers.members import Member
from store.customers.merging import journal as merge_journal
from store.customers.merging import rules as merge_rules
from store.customers.merging.journal import MergeContext
from store.member_cards.pack_templates import PackTemplate

STATES = {
    "offered": "待领取", "got": "待激活", "activating": "激活中", "active": "使用中", "gifting": "转赠中",
    "given": "已转赠", "deleted": "已删除", "withdrawing": "停用中", "unavailable": "已失效",
}  # fmt: skip
TRANSITIONS = {
    "offered": ("got", "activating", "active"),
    "got": ("activating", "active", "gifting", "given", "deleted", "withdrawing"),
    "activating": ("active", "deleted", "gifting", "given", "withdrawing"),
    "active": ("gifting", "given", "deleted", "withdrawing"),
    "gifting": ("active", "got", "given", "deleted", "withdrawing"),
    "given": ("active", "got"),
    "deleted": ("active", "got", "activating", "withdrawing"),
    "withdrawing": ("unavailable", "deleted"),
    "unavailable": (),
}
LIVE = ("got", "activating", "active", "gifting")  # in the pack of a person
IN_PLATFORM = ("activating", "active", "withdrawing")  # states in which a task may call the platform
REASONS = {
    "gifting": "该会员卡正在转赠，暂不能使用", "given": "该会员卡已转赠他人", "deleted": "该会员卡已从卡包删除",
    "unavailable": "该会员卡已失效", "withdrawing": "该会员卡已失效", "got": "该会员卡还没有激活",
    "activating": "该会员卡正在激活，请稍后再试", "offered": "该会员卡还没有领取",
}  # fmt: skip


class PackCard(Model):
    """One card. `code` is WeChat's code or Alipay's card number, `reference` our name of it in calls.

    `pushed` is what the platform shows as far as it has confirmed it, `call_open` says that a call has no answer yet,
    so that the platform may show something else. `event_at` is the platform's time of the last event: an older one
    that arrives late changes nothing. `change_number` counts what may have changed the card: a push that was computed
    before the last change leaves the card due.
    """

    reference = peewee.CharField(max_length=40, unique=True, default=lambda: ids.public_id("pcd_"))
    template = peewee.ForeignKeyField(PackTemplate)
    platform = peewee.CharField(max_length=10)
    member = peewee.ForeignKeyField(Member, null=True, backref="pack_cards")
    code = peewee.CharField(max_length=64, null=True)
    state = peewee.CharField(
        max_length=12, default="offered", constraints=[peewee.Check(f"state IN {tuple(STATES)}")]
    )
    state_at = UtcDateTimeField(default=clock.now)
    event_at = UtcDateTimeField(null=True)
    given_to = peewee.ForeignKeyField("self", null=True, index=False)
    was_active = peewee.BooleanField(default=False)
    pushed = JsonField(null=True)
    call_open = peewee.BooleanField(default=False)
    change_number = peewee.IntegerField(default=0)
    due_at = UtcDateTimeField(null=True)
    attempts = peewee.IntegerField(default=0)
    problem = peewee.CharField(max_length=300, default="")
    checked_at = UtcDateTimeField(null=True)
    auth_token = EncryptedField(context="pack_card.auth_token", null=True)
    created_at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = ((("template", "code"), True), (("code",), False), (("platform", "due_at"), False))


PackCard.add_index(
    PackCard.index(PackCard.state_at, name="pack_card_problem").where(peewee.SQL("problem <> ''"))
)


def _move_cards(field: peewee.Field, context: MergeContext) -> int:
    """Move the cards of a duplicate to the survivor, whose totals they show from now on."""
    moved = merge_rules.move_rows(field, context)
    mark_changed([context.survivor_id])
    return moved


def _return_cards(field: peewee.Field, context: MergeContext) -> None:
    """Return the cards to the account that had them. Both show other totals again."""
    merge_journal.undo_move(field, context)
    mark_changed([context.survivor_id, context.duplicate_id])


merge_rules.register_rule(PackCard.member, _move_cards, undo=_return_cards)


@db.transactional
def mark_changed(member_ids: Iterable[int]) -> None:
    """Mark the cards of members whose points, balance or tier changes. Requires the members' locks.

    A card in any state is counted, so that one that is being activated reads the change afterwards.
    """
    wanted = list(member_ids)
    if len(wanted) == 1:  # the case of every single posting, with a statement that is kept
        _mark(PackCard.find_where("member_id = ? AND state NOT IN ('given', 'unavailable')", wanted[0]))
        return
    is_shown = PackCard.state.not_in(("given", "unavailable"))
    _mark(list(PackCard.select().where(db.in_ids(PackCard.member, wanted) & is_shown)))


def mark_due(card: PackCard) -> None:
    """Make one card due and wake the task. Requires a transaction and the card's lock."""
    card.update_fields(change_number=card.change_number + 1, due_at=clock.now(), attempts=0, problem="")
    request_pushing()


def request_pushing() -> None:
    """Record the event whose subscriber pushes what is due. Requires a transaction."""
    events.record("pack_cards.due")


def move(card: PackCard, state: str) -> None:
    """Move a locked card to another state. Raises DomainError(card_state) if its life cycle does not allow it."""
    if state not in TRANSITIONS[card.state]:
        raise errors.DomainError(
            "card_state", REASONS.get(card.state, "会员卡的状态已变化"), 409, state=card.state
        )
    was_active = card.was_active or card.state == "active" or state == "active"
    due_at = card.due_at if state in IN_PLATFORM else None
    card.update_fields(state=state, state_at=clock.now(), was_active=was_active, due_at=due_at)
    name = {"got": "added"}.get(state, state)
    owner = card.member
    events.record(
        f"member_cards.{name}", customer_id=owner.customer_id if owner else None,
        member_id=owner.id if owner else None, channel_id=card.template.channel_id, platform=card.platform,
        reference=card.reference,
    )  # fmt: skip


def lock(card_id: int) -> PackCard:
    """Lock a card until the transaction ends."""
    row = PackCard.find(id=card_id, lock=True)
    assert row is not None, "cards are never deleted"
    return row


def find_by_code(platform: str, platform_id: str, code: str) -> PackCard | None:
    """Return the card of a platform's template and code, or None."""
    joined = PackCard.select().join(PackTemplate)
    mine = (PackTemplate.platform == platform) & (PackTemplate.platform_id == platform_id)
    return joined.where(mine & (PackCard.code == code)).first() if code else None


def find_by_reference(reference: str) -> PackCard | None:
    """Return the card of our name in calls, or None."""
    return PackCard.find(reference=reference) if reference else None


def list_for(member: Member) -> list[PackCard]:
    """Return the cards of a member, the latest first."""
    return list(PackCard.select().where(PackCard.member == member.id).order_by(PackCard.id.desc()))


def _mark(rows: list[PackCard]) -> None:
    if not rows:
        return
    marked = db.in_ids(PackCard.id, [row.id for row in rows])
    PackCard.update(change_number=PackCard.change_number + 1).where(marked).execute()
    # A card that the platform has rejected waits for staff.
    is_free = PackCard.due_at.is_null() & PackCard.state.in_(IN_PLATFORM) & (PackCard.problem == "")
    if PackCard.update(due_at=clock.now()).where(marked & is_free).execute():
        request_pushing()
