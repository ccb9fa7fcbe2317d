"""People: one phone, one tier, all accounts; and nothing left with those who were merged."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import peewee
from peewee import fn

from store.checks.finding import Check, Rows
from store.kernel import clock
from store.loyalty.point_accounts import PointAccount, PointGroup
from store.loyalty.tiers import Tier, TierRecord
from store.people import merge_journal, merges
from store.people.customers import Customer
from store.people.identities import PHONE, Identity
from store.people.members import Member
from store.people.merge_journal import Merge, MergeStep


def _joined() -> peewee.Expression:
    return Member.joined_at.is_null(False) & Member.merged_into.is_null()


def _active() -> peewee.Expression:
    return (TierRecord.member == Member.id) & TierRecord.ended_at.is_null()


def _without_one_tier() -> Rows:
    count = fn.COUNT(TierRecord.id)
    return (
        Member.select(Member.id, count)
        .join(TierRecord, peewee.JOIN.LEFT_OUTER, on=_active())
        .where(_joined())
        .group_by(Member.id)
        .having(count != 1)
        .tuples()
    )


def _tier_of_nobody() -> Rows:
    strangers = Member.joined_at.is_null() | Member.merged_into.is_null(False)
    return Member.select(Member.id, TierRecord.id).join(TierRecord, on=_active()).where(strangers).tuples()


def _tier_elsewhere() -> Rows:
    return (
        TierRecord.select(TierRecord.id, Member.id)
        .join(Member)
        .switch(TierRecord)
        .join(Tier)
        .where(Tier.programme != Member.programme)
        .tuples()
    )


def _without_account() -> Rows:
    account = PointAccount.select().where(
        (PointAccount.member == Member.id) & (PointAccount.group == PointGroup.id)
    )
    return (
        Member.select(Member.id, PointGroup.code)
        .join(PointGroup, on=(PointGroup.programme == Member.programme))
        .where(_joined() & ~fn.EXISTS(account))
        .tuples()
    )


def _several_phones() -> Rows:
    count = fn.COUNT(Identity.id)
    return (
        Identity.select(Identity.customer, count)
        .where((Identity.provider == PHONE) & Identity.unbound_at.is_null())
        .group_by(Identity.customer)
        .having(count > 1)
        .tuples()
    )


def _bound_to_merged() -> Rows:
    gone = Identity.unbound_at.is_null() & Customer.merged_into.is_null(False)
    return Identity.select(Identity.id, Customer.id).join(Customer).where(gone).tuples()


def _unrecorded_merges() -> Rows:
    record = Merge.select().where(
        (Merge.lost == Customer.id) & (Merge.survivor == Customer.merged_into) & Merge.undone_at.is_null()
    )
    return (
        Customer.select(Customer.id, Customer.merged_into)
        .where(Customer.merged_into.is_null(False) & ~fn.EXISTS(record))
        .tuples()
    )


def _merges_without_effect() -> Rows:
    apart = Customer.merged_into.is_null() | (Customer.merged_into != Merge.survivor)
    in_force = Merge.select(Merge.id, Customer.id).join(Customer, on=(Merge.lost == Customer.id))
    return in_force.where(Merge.undone_at.is_null() & apart).tuples()


def _torn_journals() -> Rows:
    """Merges that can be undone and whose journal is not as long as it was written."""
    count = fn.COUNT(MergeStep.id)
    young = Merge.at > clock.now() - timedelta(days=merge_journal.KEPT_DAYS)
    return (
        Merge.select(Merge.id, Merge.steps, count)
        .join(MergeStep, peewee.JOIN.LEFT_OUTER)
        .where(young & Merge.undone_at.is_null() & Merge.steps.is_null(False))
        .group_by(Merge.id)
        .having(count != Merge.steps)
        .tuples()
    )


def _left_behind() -> Iterator[Any]:
    """Rows of every table that travels in a merge, still with the one who was merged away."""
    for owner, carriers in ((Customer, merges.OF_CUSTOMER), (Member, merges.OF_MEMBER)):
        for carrier in carriers:
            if not carrier.leaves:
                yield from _of_merged(carrier.field, owner)
    yield from _of_merged(Member.customer, Customer, Member.merged_into.is_null())


def _of_merged(field: peewee.Field, owner: type[Customer] | type[Member], living: Any = True) -> Rows:
    model: Any = field.model
    return (
        model.select(model.id, peewee.Value(model._meta.table_name), owner.id)
        .join(owner, on=(field == owner.id))
        .where(owner.merged_into.is_null(False) & living)
        .tuples()
    )


CHECKS = (
    Check(
        name="tiers.one_active",
        promise="每位会员恰有一个当前等级",
        sentence="会员 {0}：当前等级有 {1} 个",
        broken=_without_one_tier,
    ),
    Check(
        name="tiers.members_only",
        promise="粉丝和已合并的账号没有等级",
        sentence="会员账号 {0}：不是会员，却有当前等级 {1}",
        broken=_tier_of_nobody,
    ),
    Check(
        name="tiers.programme",
        promise="等级属于会员所在的计划",
        sentence="等级记录 {0}：等级不属于会员 {1} 所在的计划",
        broken=_tier_elsewhere,
    ),
    Check(
        name="points.accounts",
        promise="每位会员在每个积分组都有账户",
        sentence="会员 {0}：缺少积分组 {1} 的账户",
        broken=_without_account,
    ),
    Check(
        name="identities.one_phone",
        promise="每位客户最多一个验证手机号",
        sentence="客户 {0}：绑定了 {1} 个手机号",
        broken=_several_phones,
    ),
    Check(
        name="identities.living",
        promise="身份不绑定在已合并的客户上",
        sentence="身份 {0}：绑定在已合并的客户 {1} 上",
        broken=_bound_to_merged,
    ),
    Check(
        name="merges.recorded",
        promise="每次合并都有记录",
        sentence="客户 {0}：已并入客户 {1}，但没有合并记录",
        broken=_unrecorded_merges,
    ),
    Check(
        name="merges.in_force",
        promise="未撤销的合并都有效",
        sentence="合并 {0}：没有撤销，但客户 {1} 并未并入",
        broken=_merges_without_effect,
    ),
    Check(
        name="merges.journal",
        promise="可撤销的合并都有完整明细",
        sentence="合并 {0}：应有 {1} 条明细，实有 {2} 条",
        broken=_torn_journals,
    ),
    Check(
        name="merges.nothing_left",
        promise="已合并的客户和会员名下没有数据",
        sentence="{1} {0}：仍在已合并的 {2} 名下",
        broken=_left_behind,
    ),
)
