"""Kinds of plastic cards (卡种): each belongs to a tier, such as the gold card to the tier gold."""

import peewee

from store.core import clock, errors, input_limits
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.customers.members import Member
from store.tenants import audit
from store.tiers import tiers
from store.tiers.tiers import Tier

MAX_LENGTH = 30


class PhysicalCardKind(Model):
    """A kind of plastic cards. No card of an inactive one is applied for or issued."""

    code = peewee.CharField(max_length=MAX_LENGTH, unique=True)
    name = peewee.CharField(max_length=MAX_LENGTH)
    tier = peewee.ForeignKeyField(Tier, backref="card_kinds")
    is_active = peewee.BooleanField(default=True)
    created_at = UtcDateTimeField(default=clock.now)


@db.transactional
def create(*, code: str, name: str, tier: Tier) -> PhysicalCardKind:
    """Create a kind. Idempotent by code. Raises DomainError(invalid, already_exists)."""
    code, name = _check_text("code", code), _check_text("name", name)
    db.advisory_lock("physical_card_kinds")
    found = PhysicalCardKind.find(code=code)
    if found is not None:
        same_tier = found.tier_id == tier.id
        errors.ensure_equal(
            f"卡种 {code} ", ("name", "名称", found.name, name),
            ("tier", "等级", found.tier.name, found.tier.name if same_tier else tier.name),
        )  # fmt: skip
        return found
    audit.record(
        "physical_card_kinds.create", f"physical_card_kind:{code}", after={"name": name, "tier": tier.code}
    )
    return PhysicalCardKind.create(code=code, name=name, tier=tier)


@db.transactional
def change(*, code: str, name: str, is_active: bool) -> PhysicalCardKind:
    """Change the name of a kind, or whether it is issued. Idempotent. Raises DomainError(invalid, not_found)."""
    name, row = _check_text("name", name), get_by_code(code)
    db.advisory_lock("physical_card_kinds")
    before, after = (row.name, row.is_active), (name, is_active)
    if before != after:
        row.update_fields(name=name, is_active=is_active)
        audit.record(
            "physical_card_kinds.change", f"physical_card_kind:{code}", before={"name": before[0], "active": before[1]},
            after={"name": name, "active": is_active},
        )  # fmt: skip
    return row


def get_by_code(code: str) -> PhysicalCardKind:
    """Return the kind of a code. Raises DomainError(not_found)."""
    found = PhysicalCardKind.find(code=code)
    if found is None:
        raise errors.not_found("该卡种")
    return found


def list_kinds() -> list[PhysicalCardKind]:
    """Return all kinds with their tiers, the lowest tier first."""
    query = PhysicalCardKind.select(PhysicalCardKind, Tier).join(Tier)
    return list(query.order_by(Tier.programme, Tier.rank, PhysicalCardKind.id))


def find_best(member: Member) -> PhysicalCardKind | None:
    """Return the active kind of the highest tier that the member has reached, or None."""
    record = tiers.find_active(member)
    if record is None:
        return None
    reached = (Tier.programme == member.programme_id) & (Tier.rank <= record.tier.rank)
    query = (
        PhysicalCardKind.select(PhysicalCardKind, Tier).join(Tier).where(PhysicalCardKind.is_active & reached)
    )
    found: PhysicalCardKind | None = query.order_by(Tier.rank.desc(), PhysicalCardKind.id).first()
    return found


def ensure_fits(kind: PhysicalCardKind, member: Member) -> None:
    """Raise DomainError(card_kind_inactive, invalid) if no card of the kind can be issued to the member."""
    if not kind.is_active:
        raise errors.DomainError("card_kind_inactive", f"卡种“{kind.name}”已停用", 409)
    if kind.tier.programme_id != member.programme_id:
        raise errors.invalid("kind", "该卡种属于另一个会员计划")


def _check_text(field: str, text: str) -> str:
    line = input_limits.check_line(text.strip(), field=field, max_length=MAX_LENGTH)
    if not line:
        raise errors.invalid(field, "不能为空")
    return line
