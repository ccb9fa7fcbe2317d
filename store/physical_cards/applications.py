"""Applications (申领) for plastic cards: what a member fills in, and its life until the card has arrived."""

from collections.abc import Mapping
from typing import Annotated, Any

import peewee
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from store.core import clock, errors, events, input_limits
from store.core.database import db
from store.core.database.fields import EncryptedField, UtcDateTimeField
from store.core.database.models import Model
from store.core.validation import validate
from store.customers import members, phones, profiles
from store.customers.members import Member
from store.customers.merging import rules as merge_rules
from store.customers.profile_fields import Email, IdNumber, PrintableText, ShortText
from store.physical_cards import cards, kinds, replacements
from store.physical_cards.cards import PhysicalCard
from store.physical_cards.kinds import PhysicalCardKind

PURPOSES = {"new": "申领", "replacement": "补换", "upgrade": "升级"}
LABELS = {
    "submitted": "资料已提交", "approved": "审核通过", "rejected": "已退回", "mailed": "已邮寄", "received": "已收到",
    "cancelled": "已取消",
}  # fmt: skip
TRANSITIONS = {
    "submitted": {"approved", "rejected", "cancelled"},
    "approved": {"mailed", "rejected", "cancelled"},
    "rejected": {"submitted", "cancelled"},
    "mailed": {"received"},
    "received": set(),
    "cancelled": set(),
}  # fmt: skip
OPEN = ("submitted", "approved", "rejected", "mailed")
CHANGEABLE = ("submitted", "approved", "rejected")
PERSONAL = ("name", "id_number", "phone", "email", "detail")


class ApplicationFields(BaseModel):
    """What a member fills in. The card is sent to the address."""

    model_config = ConfigDict(extra="forbid")

    name: ShortText
    id_number: IdNumber
    phone: Annotated[str, StringConstraints(max_length=30), AfterValidator(phones.normalize)]
    email: Email
    province: Annotated[PrintableText, Field(max_length=30)]
    city: Annotated[PrintableText, Field(max_length=30)]
    district: Annotated[PrintableText, Field(max_length=30)]
    detail: Annotated[PrintableText, Field(max_length=120)]


class CardApplication(Model):
    """An application with the times of its four steps. `old_card` is what the new card takes the place of."""

    number = peewee.CharField(max_length=40, unique=True)
    member = peewee.ForeignKeyField(Member, backref="card_applications")
    purpose = peewee.CharField(max_length=12, constraints=[peewee.Check(f"purpose IN {tuple(PURPOSES)}")])
    kind = peewee.ForeignKeyField(PhysicalCardKind)
    old_card = peewee.ForeignKeyField(PhysicalCard, null=True)
    card = peewee.ForeignKeyField(PhysicalCard, null=True, unique=True)
    state = peewee.CharField(
        max_length=10, default="submitted", constraints=[peewee.Check(f"state IN {tuple(TRANSITIONS)}")]
    )
    name = EncryptedField(context="card_application.name", null=True)
    id_number = EncryptedField(context="card_application.id_number", null=True)
    phone = EncryptedField(context="card_application.phone", null=True)
    email = EncryptedField(context="card_application.email", null=True)
    province = peewee.CharField(max_length=30)
    city = peewee.CharField(max_length=30)
    district = peewee.CharField(max_length=30)
    detail = EncryptedField(context="card_application.detail", null=True)
    reason = peewee.CharField(max_length=200, default="")
    courier = peewee.CharField(max_length=30, default="")
    tracking_number = peewee.CharField(max_length=40, default="")
    operator = peewee.CharField(max_length=100, default="")
    submitted_at = UtcDateTimeField(default=clock.now)
    reviewed_at = UtcDateTimeField(null=True)
    mailed_at = UtcDateTimeField(null=True)
    received_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("state", "id"), False),)
        constraints = [peewee.Check("(purpose = 'new') = (old_card_id IS NULL)")]


merge_rules.register_rule(CardApplication.member)


@db.transactional
def submit(*, member: Member, values: Mapping[str, Any], key: str, purpose: str = "new") -> CardApplication:
    """Apply for a first card, for a replacement of the present one, or for the card of a higher tier.

    Idempotent by `key`. Raises DomainError(invalid, not_joined, card_exists, application_open, no_card_kind,
    no_physical_card, tier_not_reached).
    """
    number = f"ca_{input_limits.check_key(key, max_length=36)}"
    entered = validate(ApplicationFields, dict(values))
    if purpose not in PURPOSES:
        raise errors.invalid("purpose", f"应为 {'、'.join(PURPOSES)} 之一")
    owner = members.lock(member.id)
    found = CardApplication.find(number=number)
    if found is not None:
        return found
    members.ensure_open(owner)
    if find_open(owner) is not None:
        raise errors.DomainError("application_open", "您已有进行中的申请", 409)
    kind, old = _choose(owner, purpose)
    row = CardApplication.create(
        number=number, member=owner, purpose=purpose, kind=kind, old_card=old, **entered.model_dump()
    )
    record("submitted", row)
    return row


@db.transactional
def change(row: CardApplication, values: Mapping[str, Any]) -> CardApplication:
    """Change what was filled in, such as address or phone, until the card is mailed. Idempotent.

    One that was sent back is submitted again. Raises DomainError(invalid, application_state).
    """
    row = lock(row)
    before = {name: getattr(row, name) for name in ApplicationFields.model_fields}
    entered = validate(ApplicationFields, {**before, **values}).model_dump()
    if row.state not in CHANGEABLE:
        raise errors.DomainError("application_state", f"该申请{LABELS[row.state]}，不能再修改", 409)
    if entered != before:
        row.update_fields(**entered)
    if row.state == "rejected":
        move(row, "submitted", submitted_at=clock.now(), reviewed_at=None, reason="")
        record("submitted", row)
    return row


@db.transactional
def cancel(row: CardApplication) -> CardApplication:
    """Cancel an application whose card is not mailed yet. Idempotent. Raises DomainError(application_state)."""
    row = lock(row)
    if row.state != "cancelled":
        move(row, "cancelled")
    return row


def preview_purpose(member: Member) -> tuple[str, PhysicalCardKind] | None:
    """Return what the member can apply for now, and the kind of the card, or None."""
    best, current = kinds.find_best(member), cards.find_current(member)
    if current is None:
        return ("new", best) if best is not None else None
    if current.state == "active" and best is not None and best.tier.rank > current.kind.tier.rank:
        return "upgrade", best
    return ("replacement", current.kind) if current.state != "mailed" else None


def find_open(member: Member) -> CardApplication | None:
    """Return the application of a member that has not ended, or None."""
    return next((row for row in list_own(member) if row.state in OPEN), None)


def list_own(member: Member) -> list[CardApplication]:
    """Return the applications of a member, the latest first."""
    query = CardApplication.select(CardApplication, PhysicalCardKind).join(PhysicalCardKind)
    return list(query.where(CardApplication.member == member.id).order_by(CardApplication.id.desc()))


def get_own(member: Member, number: str) -> CardApplication:
    """Return an application of the member. Raises DomainError(not_found)."""
    found = CardApplication.find(number=number, member=member.id)
    if found is None:
        raise errors.not_found("该申请")
    return found


def lock(row: CardApplication) -> CardApplication:
    """Lock the member of an application and return it as it is then."""
    return members.lock_row_with_member(lambda: CardApplication.get_by_id(row.id))


def move(row: CardApplication, state: str, **columns: object) -> None:
    """Move an application to another state. Requires the member's lock. Raises DomainError(application_state)."""
    if state not in TRANSITIONS[row.state]:
        raise errors.DomainError("application_state", f"该申请{LABELS[row.state]}，不能办理", 409)
    row.update_fields(state=state, **columns)


def record(step: str, row: CardApplication) -> None:
    """Record an event of a step. Requires a transaction."""
    member = Member.get_by_id(row.member_id)
    events.record(
        f"card_applications.{step}", customer_id=member.customer_id, member_id=member.id, number=row.number
    )


def _choose(owner: Member, purpose: str) -> tuple[PhysicalCardKind, PhysicalCard | None]:
    """Return the kind that is applied for and the card that it takes the place of."""
    best = kinds.find_best(owner)
    if purpose == "new":
        cards.ensure_without_card(owner)
        if best is None:
            raise errors.DomainError("no_card_kind", "您的等级暂无实体卡", 409)
        return best, None
    old = cards.find_current(owner)
    if old is None or old.state == "mailed":
        raise errors.DomainError("no_physical_card", "您还没有可补换的实体卡", 409)
    if purpose == "replacement":
        return old.kind, old
    if best is None:
        raise errors.DomainError("tier_not_reached", "您的等级还未达到更高的卡种", 409)
    replacements.ensure_upgrade(owner, old, best)
    return best, old


def _erase(customer_ids: list[int]) -> int:
    """Empty the personal data of applications and withdraw those whose card is not mailed."""
    mine = CardApplication.member.in_(Member.select(Member.id).where(Member.customer.in_(customer_ids)))
    waiting = CardApplication.state.in_(CHANGEABLE)
    CardApplication.update(state="cancelled").where(mine & waiting).execute()
    empty = dict.fromkeys(PERSONAL)
    return int(CardApplication.update(empty).where(mine & CardApplication.name.is_null(False)).execute())


profiles.register_eraser(_erase)
