"""Member cards: what a platform has confirmed is what the ledgers say, unless the card is due or waits for staff."""

from dataclasses import replace

from store.integrity.check import Check, Rows
from store.member_cards import contents, reconciliation
from store.member_cards.pack_cards import IN_PLATFORM, PackCard
from store.member_cards.pack_templates import PackTemplate

BATCH_SIZE = 500


def _find_stale() -> Rows:
    """Find active cards that are not due and whose confirmed content differs from the ledgers."""
    after_id = 0
    while rows := _list_confirmed(after_id):
        after_id = rows[-1].id
        for row in rows:
            if not _shows_ledgers(row) and _is_still_confirmed(row):
                yield row.id, row.member_id


def _list_confirmed(after_id: int) -> list[PackCard]:
    settled = (PackCard.state == "active") & PackCard.due_at.is_null() & (PackCard.problem == "")
    query = PackCard.select().where(settled & (PackCard.id > after_id)).order_by(PackCard.id)
    return list(query.limit(BATCH_SIZE))


def _shows_ledgers(row: PackCard) -> bool:
    """Return whether points and balance are right. Names of tiers change for all cards, which are compared nightly."""
    shown = contents.parse(row.pushed)
    return shown is not None and reconciliation.is_same(replace(shown, tier=None), contents.compute_for(row))


def _is_still_confirmed(row: PackCard) -> bool:
    """Return whether no change has marked the card since it was read."""
    current = PackCard.find(id=row.id)
    return current is not None and current.change_number == row.change_number and current.due_at is None


def _find_forgotten() -> Rows:
    """Find cards in which a call is open or a step is wanted, and that no task will push."""
    wanted = PackCard.call_open | PackCard.state.in_(("activating", "withdrawing"))
    waits = PackCard.state.in_(IN_PLATFORM) & PackCard.due_at.is_null() & (PackCard.problem == "")
    return PackCard.select(PackCard.id, PackCard.state).where(wanted & waits).tuples()


def _find_without_holder() -> Rows:
    held = PackCard.state.in_(("active", "activating"))
    return PackCard.select(PackCard.id).where(held & PackCard.member.is_null()).tuples()


def _find_two_codes_of_a_gift() -> Rows:
    """Find given cards whose replacement is not the card of the same template."""
    other = PackCard.alias()
    return (
        PackCard.select(PackCard.id, other.id)
        .join(other, on=(PackCard.given_to == other.id))
        .where(PackCard.template != other.template)
        .tuples()
    )


def _find_live_without_number() -> Rows:
    return PackTemplate.select(PackTemplate.id).where(
        PackTemplate.state.in_(("live", "reviewing")) & PackTemplate.platform_id.is_null()
    ).tuples()  # fmt: skip


CHECKS = (
    Check(
        "member_cards.content", "the confirmed content of an active card is that of the ledgers",
        "卡包会员卡 {0}（会员 {1}）的内容与账本不符，且没有等待更新", _find_stale,
    ),
    Check(
        "member_cards.pushed", "a card with an open call or step is due",
        "卡包会员卡 {0}（{1}）有未完成的更新，但没有任务会处理", _find_forgotten,
    ),
    Check("member_cards.holder", "an active card has a member", "卡包会员卡 {0} 没有会员", _find_without_holder),
    Check(
        "member_cards.gifts", "a given card and the friend's are of one template",
        "转赠的会员卡 {0} 与 {1} 不是同一种卡", _find_two_codes_of_a_gift,
    ),
    Check(
        "member_cards.templates", "a template that the platform has is known by its number",
        "卡包模板 {0} 已上线但没有平台编号", _find_live_without_number,
    ),
)  # fmt: skip
