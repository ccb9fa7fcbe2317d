"""Deletion of tiers (等级) that nothing refers to."""

import peewee

from store.core import cache, errors
from store.core.database import db
from store.physical_cards.kinds import PhysicalCardKind
from store.points.ledger import PointGroup
from store.points.rules import PointMultiplier, PointRule
from store.tenants import audit
from store.tiers import tier_list
from store.tiers.rules import TierRule
from store.tiers.tiers import Tier, TierRecord


@db.transactional
def delete(*, tier_id: int) -> None:
    """Delete a tier that no member had and no rule names.

    Raises DomainError(not_found, tier_in_use), so a second call finds nothing.
    """
    tier = tier_list.get(tier_id)
    db.advisory_lock(f"tiers:{tier.programme_id}")
    tier = tier_list.get(tier_id)
    if tier.is_base:
        raise _in_use("基础等级不能删除")
    if TierRecord.select().where(TierRecord.tier == tier).exists():
        raise _in_use("已有会员得到过该等级，不能删除")
    if TierRule.select().where(TierRule.tier == tier).exists():
        raise _in_use("升降级规则用到过该等级，不能删除")
    if any(_is_named(model, tier) for model in (PointRule, PointMultiplier)):
        raise _in_use("积分规则用到该等级，不能删除")
    if PhysicalCardKind.select().where(PhysicalCardKind.tier == tier).exists():
        raise _in_use("实体卡种属于该等级，不能删除")
    audit.record("tiers.delete", f"tier:{tier.programme.code}/{tier.code}", before={"name": tier.name})
    try:
        tier.delete_instance()
    except peewee.IntegrityError:  # a member got the tier since the check
        raise _in_use("已有会员得到过该等级，不能删除") from None
    db.after_commit(cache.clear)


def _is_named(model: type[PointRule] | type[PointMultiplier], tier: Tier) -> bool:
    query = model.select().join(PointGroup).where(PointGroup.programme == tier.programme_id)
    return bool(query.where(model.tier == tier.code).exists())


def _in_use(sentence: str) -> errors.DomainError:
    return errors.DomainError("tier_in_use", sentence, 409)
