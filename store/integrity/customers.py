"""Customers: one phone, one tier, all point accounts, and no rows left with merged customers."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import peewee
from peewee import fn

from store.core import clock
from store.customers.customers import Customer
from store.customers.identities import PHONE, Identity
from store.customers.members import Member
from store.customers.merging import journal as merge_journal
from store.customers.merging import rules as merge_rules
from store.customers.merging.journal import Merge, MergeStep
from store.customers.name_parts import NamePart
from store.integrity.check import Check, Rows
from store.points.ledger import PointAccount, PointGroup
from store.tiers.tiers import Tier, TierRecord


def _is_member() -> peewee.Expression:
    return Member.joined_at.is_null(False) & Member.merged_into.is_null()


def _is_active_tier() -> peewee.Expression:
    return (TierRecord.member == Member.id) & TierRecord.ended_at.is_null()


def _find_wrong_tier_count() -> Rows:
    count = fn.COUNT(TierRecord.id)
    return (
        Member.select(Member.id, count)
        .join(TierRecord, peewee.JOIN.LEFT_OUTER, on=_is_active_tier())
        .where(_is_member())
        .group_by(Member.id)
        .having(count != 1)
        .tuples()
    )


def _find_tier_without_member() -> Rows:
    strangers = Member.joined_at.is_null() | Member.merged_into.is_null(False)
    return (
        Member.select(Member.id, TierRecord.id)
        .join(TierRecord, on=_is_active_tier())
        .where(strangers)
        .tuples()
    )


def _find_tier_of_other_programme() -> Rows:
    return (
        TierRecord.select(TierRecord.id, Member.id)
        .join(Member)
        .switch(TierRecord)
        .join(Tier)
        .where(Tier.programme != Member.programme)
        .tuples()
    )


def _find_missing_accounts() -> Rows:
    account = PointAccount.select().where(
        (PointAccount.member == Member.id) & (PointAccount.group == PointGroup.id)
    )
    return (
        Member.select(Member.id, PointGroup.code)
        .join(PointGroup, on=(PointGroup.programme == Member.programme))
        .where(_is_member() & ~fn.EXISTS(account))
        .tuples()
    )


def _find_parts_without_name() -> Rows:
    nameless = Customer.name.is_null() & Customer.nickname.is_null()
    return NamePart.select(Customer.id).join(Customer).where(nameless).distinct().tuples()


def _find_several_phones() -> Rows:
    count = fn.COUNT(Identity.id)
    return (
        Identity.select(Identity.customer, count)
        .where((Identity.provider == PHONE) & Identity.unbound_at.is_null())
        .group_by(Identity.customer)
        .having(count > 1)
        .tuples()
    )


def _find_identities_of_merged() -> Rows:
    gone = Identity.unbound_at.is_null() & Customer.merged_into.is_null(False)
    return Identity.select(Identity.id, Customer.id).join(Customer).where(gone).tuples()


def _find_unrecorded_merges() -> Rows:
    record = Merge.select().where(
        (Merge.duplicate == Customer.id)
        & (Merge.survivor == Customer.merged_into)
        & Merge.undone_at.is_null()
    )
    return (
        Customer.select(Customer.id, Customer.merged_into)
        .where(Customer.merged_into.is_null(False) & ~fn.EXISTS(record))
        .tuples()
    )


def _find_merges_without_effect() -> Rows:
    apart = Customer.merged_into.is_null() | (Customer.merged_into != Merge.survivor)
    merges = Merge.select(Merge.id, Customer.id).join(Customer, on=(Merge.duplicate == Customer.id))
    return merges.where(Merge.undone_at.is_null() & apart).tuples()


def _find_incomplete_journals() -> Rows:
    """Find merges that can still be undone but whose journal is incomplete."""
    count = fn.COUNT(MergeStep.id)
    young = Merge.merged_at > clock.now() - timedelta(days=merge_journal.RETENTION_DAYS)
    return (
        Merge.select(Merge.id, Merge.steps, count)
        .join(MergeStep, peewee.JOIN.LEFT_OUTER)
        .where(young & Merge.undone_at.is_null() & Merge.steps.is_null(False))
        .group_by(Merge.id)
        .having(count != Merge.steps)
        .tuples()
    )


def _find_unmerged_rows() -> Iterator[Any]:
    """Find rows that a merge moves but that still belong to the duplicate."""
    for owner, rules in ((Customer, merge_rules.CUSTOMER_RULES), (Member, merge_rules.MEMBER_RULES)):
        for rule in rules:
            if not rule.keeps_rows:
                yield from _rows_of_merged(rule.field, owner)
    yield from _rows_of_merged(Member.customer, Customer, Member.merged_into.is_null())


def _rows_of_merged(field: peewee.Field, owner: type[Customer] | type[Member], condition: Any = True) -> Rows:
    model: Any = field.model
    return (
        model.select(model.id, peewee.Value(model._meta.table_name), owner.id)
        .join(owner, on=(field == owner.id))
        .where(owner.merged_into.is_null(False) & condition)
        .tuples()
    )


CHECKS = (
    Check(
        name="tiers.one_active",
        invariant="每位会员恰有一个当前等级",
        message="会员 {0}：当前等级有 {1} 个",
        find_violations=_find_wrong_tier_count,
    ),
    Check(
        name="tiers.members_only",
        invariant="粉丝和已合并的账号没有等级",
        message="会员账号 {0}：不是会员，却有当前等级 {1}",
        find_violations=_find_tier_without_member,
    ),
    Check(
        name="tiers.programme",
        invariant="等级属于会员所在的计划",
        message="等级记录 {0}：等级不属于会员 {1} 所在的计划",
        find_violations=_find_tier_of_other_programme,
    ),
    Check(
        name="points.accounts",
        invariant="每位会员在每个积分组都有账户",
        message="会员 {0}：缺少积分组 {1} 的账户",
        find_violations=_find_missing_accounts,
    ),
    Check(
        name="identities.one_phone",
        invariant="每位客户最多一个验证手机号",
        message="客户 {0}：绑定了 {1} 个手机号",
        find_violations=_find_several_phones,
    ),
    Check(
        name="profiles.name_parts",
        invariant="没有姓名和昵称的客户不留姓名索引",
        message="客户 {0}：没有姓名和昵称，却留有姓名索引",
        find_violations=_find_parts_without_name,
    ),
    Check(
        name="identities.active",
        invariant="身份不绑定在已合并的客户上",
        message="身份 {0}：绑定在已合并的客户 {1} 上",
        find_violations=_find_identities_of_merged,
    ),
    Check(
        name="merges.recorded",
        invariant="每次合并都有记录",
        message="客户 {0}：已并入客户 {1}，但没有合并记录",
        find_violations=_find_unrecorded_merges,
    ),
    Check(
        name="merges.effective",
        invariant="未撤销的合并都有效",
        message="合并 {0}：没有撤销，但客户 {1} 并未并入",
        find_violations=_find_merges_without_effect,
    ),
    Check(
        name="merges.journal",
        invariant="可撤销的合并都有完整明细",
        message="合并 {0}：应有 {1} 条明细，实有 {2} 条",
        find_violations=_find_incomplete_journals,
    ),
    Check(
        name="merges.complete",
        invariant="已合并的客户和会员名下没有数据",
        message="{1} {0}：仍在已合并的 {2} 名下",
        find_violations=_find_unmerged_rows,
    ),
)
