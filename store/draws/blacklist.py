"""Blacklist of draws (抽奖黑名单): members who may not draw, with the reason."""

import peewee

from store.core import actors, clock, errors, listing
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.core.listing import Page
from store.customers import member_search, members
from store.customers.members import Member
from store.customers.merging import rules as merge_rules
from store.tenants import audit


class DrawBlock(Model):
    """A member is blocked from `blocked_at` until `lifted_at`."""

    member = peewee.ForeignKeyField(Member)
    reason = peewee.CharField(max_length=200)
    actor = peewee.CharField(max_length=100)
    blocked_at = UtcDateTimeField(default=clock.now)
    lifted_at = UtcDateTimeField(null=True)


merge_rules.register_rule(DrawBlock.member)


@db.transactional
def block(member: Member, *, reason: str) -> DrawBlock:
    """Block a member from all draws. Idempotent."""
    if not 1 <= len(reason.strip()) <= 200:
        raise errors.invalid("reason", "请填写原因，最多 200 个字")
    row = members.lock(member.id)
    found = _find_open(row)
    if found is not None:
        return found
    audit.record("draw_blocks.add", f"member:{row.public_id}", after={"reason": reason.strip()})
    return DrawBlock.create(member=row, reason=reason.strip(), actor=actors.current().name)


@db.transactional
def lift(block: DrawBlock) -> None:
    """Let a member draw again. Idempotent."""
    row = DrawBlock.find(id=block.id, lock=True)
    assert row is not None, "blocks are never deleted"
    if row.lifted_at is None:
        row.update_fields(lifted_at=clock.now())
        audit.record("draw_blocks.lift", f"member:{row.member.public_id}", before={"reason": row.reason})


def get_by_id(block_id: int) -> DrawBlock:
    """Return a block. Raises DomainError(not_found)."""
    found = DrawBlock.find(id=block_id)
    if found is None:
        raise errors.not_found("该记录")
    return found


def ensure_allowed(member: Member) -> None:
    """Raise DomainError(draw_blocked) for a member who is blocked."""
    if _find_open(member) is not None:
        raise errors.DomainError("draw_blocked", "您暂时不能参加抽奖，如有疑问请联系门店", 403)


def list_page(
    page: Page, *, search: str = "", shop_ids: frozenset[int] | None = None
) -> tuple[list[DrawBlock], int]:
    """Return a page of the blocked members with their accounts, the latest first, and the number of all.

    `search` is a card number or a phone. `shop_ids` are the shops whose members the caller sees, None for all.
    """
    open_rows = DrawBlock.select().where(DrawBlock.lifted_at.is_null())
    for condition in member_search.list_conditions(
        DrawBlock.member, search=search.strip(), shop_ids=shop_ids
    ):
        open_rows = open_rows.where(condition)
    return listing.read_page(
        open_rows, page, sorts={"blocked_at": DrawBlock.id}, default="-blocked_at", id_field=DrawBlock.id,
        rows=DrawBlock.select(DrawBlock, Member).join(Member),
    )  # fmt: skip


def _find_open(member: Member) -> DrawBlock | None:
    rows = DrawBlock.find_all(member=member.id, lifted_at=None)
    return rows[0] if rows else None
