"""Changes of tiers (等级). Records that were judged stay as they are, with the end that they have."""

from store.core import cache, errors, input_limits
from store.core.database import db
from store.tenants import audit
from store.tiers import tier_list, tiers
from store.tiers.tiers import Tier
from store.tiers.validity import UNLIMITED, Validity


@db.transactional
def change(*, tier_id: int, name: str, rank: int, validity: Validity, discount_percent: int) -> Tier:
    """Change a tier. Idempotent. Code and base tier stay. Raises DomainError(not_found, invalid)."""
    programme_id = int(tier_list.get(tier_id).programme_id)
    db.advisory_lock(f"tiers:{programme_id}")
    tier = tier_list.get(tier_id)
    if not 1 <= len(name.strip()) <= 30:
        raise errors.invalid("name", "请填写等级的名称，不超过 30 个字")
    input_limits.check_number(discount_percent, field="discount_percent", minimum=0, maximum=100)
    if tier.is_base and validity != UNLIMITED:
        raise errors.invalid("validity", "基础等级没有有效期")
    others = [one for one in tiers.list_tiers(programme_id) if one.id != tier.id]
    tiers.resolve_rank(others, rank, is_base=tier.is_base)
    after = {"name": name, "rank": rank, "validity": validity, "discount_percent": discount_percent}
    before = {field: getattr(tier, field) for field in after}
    if before == after:
        return tier
    subject = f"tier:{tier.programme.code}/{tier.code}"
    audit.record("tiers.change_settings", subject, before=_to_facts(before), after=_to_facts(after))
    tier.update_fields(**after)
    db.after_commit(cache.clear)
    return tier


def _to_facts(values: dict[str, object]) -> dict[str, object]:
    return {name: value.label if isinstance(value, Validity) else value for name, value in values.items()}
