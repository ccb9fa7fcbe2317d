"""Top-up rules (充值规则): the bonus of an amount (充100送10), in steps, for a period."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Annotated, Any

import peewee
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from store.core import clock, errors, input_limits, listing, money
from store.core.database import db
from store.core.database.fields import JsonField, UtcDateTimeField
from store.core.database.models import Model
from store.core.listing import Page
from store.core.validation import validate
from store.tenants import audit

Fen = Annotated[int, Field(ge=1, le=500_000)]


class BonusStep(BaseModel):
    """An amount of `amount_fen` or more brings `bonus_fen`. The highest step reached counts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    amount_fen: Fen
    bonus_fen: Fen


class RuleInput(BaseModel):
    """The parameters of a rule."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=30)]
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=30)]
    steps: Annotated[list[BonusStep], Field(min_length=1, max_length=20)]
    single_use: bool
    starts_at: datetime
    ends_at: datetime | None

    @field_validator("steps")
    @classmethod
    def _validate_ascending(cls, steps: list[BonusStep]) -> list[BonusStep]:
        if any(low.amount_fen >= high.amount_fen for low, high in pairwise(steps)):
            raise ValueError("档位应按金额从低到高，不能重复")
        return steps


class TopUpRule(Model):
    """A rule is never changed, because it was promised. It is ended and another one is added.

    With `single_use` a member can use it once.
    """

    code = peewee.CharField(max_length=30, unique=True)
    name = peewee.CharField(max_length=30)
    steps = JsonField()
    single_use = peewee.BooleanField(default=False)
    starts_at = UtcDateTimeField()
    ends_at = UtcDateTimeField(null=True)


@dataclass(frozen=True)
class BonusOffer:
    """The bonus of a top-up and its rule. Without a rule the bonus is 0."""

    bonus_fen: int
    rule: TopUpRule | None


@db.transactional
def add(
    *,
    code: str,
    name: str,
    steps: list[dict[str, int]],
    single_use: bool = False,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> TopUpRule:
    """Add a rule with `steps` as `[{"amount_fen": 10000, "bonus_fen": 1000}]`. Idempotent by `code`."""
    starts_at = starts_at or clock.now()
    parameters = validate(RuleInput, {"code": code, "name": name, "steps": steps, "single_use": single_use,
                          "starts_at": starts_at, "ends_at": ends_at})  # fmt: skip
    found = TopUpRule.find(code=parameters.code)
    if found is not None:
        offer = describe(TopUpRule(**parameters.model_dump()))
        errors.ensure_equal(
            f"充值规则 {code} ",
            ("name", "名称", found.name, parameters.name),
            ("steps", "优惠", describe(found), offer),
        )
        return found
    for field, moment in (("starts_at", starts_at), ("ends_at", ends_at)):
        if moment is not None:
            input_limits.check_day(moment.date(), field=field)
    if ends_at is not None and ends_at <= starts_at:
        raise errors.invalid("ends_at", "结束时间应晚于开始时间")
    values: dict[str, Any] = parameters.model_dump()
    audit.record("top_up_rules.add", f"top_up_rule:{code}", after=parameters.model_dump(mode="json"))
    return TopUpRule.create(**values)


@db.transactional
def end(*, code: str) -> TopUpRule:
    """End a rule now. Idempotent. Top-ups requested under it keep their bonus."""
    rule = TopUpRule.find(code=code, lock=True)
    if rule is None:
        raise errors.not_found("该充值规则")
    now = clock.now()
    if rule.ends_at is None or rule.ends_at > now:
        rule.update_fields(ends_at=now)
        audit.record("top_up_rules.end", f"top_up_rule:{code}")
    return rule


def list_active() -> list[TopUpRule]:
    """Return the effective rules."""
    now = clock.now()
    unended = TopUpRule.ends_at.is_null() | (TopUpRule.ends_at > now)
    return list(TopUpRule.select().where((TopUpRule.starts_at <= now) & unended).order_by(TopUpRule.id))


def list_rules() -> list[TopUpRule]:
    """Return all rules, the latest first."""
    return list(TopUpRule.select().order_by(TopUpRule.id.desc()))


def list_page(page: Page, *, search: str = "", state: str | None = None) -> tuple[list[TopUpRule], int]:
    """Return a page of rules and the number of all. `state` is `active`, `upcoming` or `ended`."""
    query, now = TopUpRule.select(), clock.now()
    has_ended = TopUpRule.ends_at.is_null(False) & (TopUpRule.ends_at <= now)
    if search:
        query = query.where(TopUpRule.name.contains(search) | TopUpRule.code.contains(search))
    if state is not None:
        is_upcoming = TopUpRule.starts_at > now
        query = query.where({"ended": has_ended, "upcoming": ~has_ended & is_upcoming}.get(
            state, ~has_ended & ~is_upcoming))  # fmt: skip
    sorts = {"id": TopUpRule.id, "code": TopUpRule.code, "starts_at": TopUpRule.starts_at}
    return listing.read_page(query, page, sorts=sorts, default="-id", id_field=TopUpRule.id)


def state_of(rule: TopUpRule) -> str:
    """Return `active`, `upcoming` or `ended`, as of now."""
    now = clock.now()
    if rule.ends_at is not None and rule.ends_at <= now:
        return "ended"
    return "upcoming" if rule.starts_at > now else "active"


def describe(rule: TopUpRule) -> str:
    """Describe a rule: `充 100 元送 10 元，充 500 元送 80 元（每人一次）`."""
    steps = [
        f"充 {_format_yuan(step['amount_fen'])} 元送 {_format_yuan(step['bonus_fen'])} 元"
        for step in rule.steps
    ]
    return "，".join(steps) + ("（每人一次）" if rule.single_use else "")


def list_offers(rule: TopUpRule) -> list[tuple[str, int, int]]:
    """Return the steps of a rule as offers: id, amount and bonus in fen."""
    return [
        (f"{rule.code}:{step['amount_fen']}", step["amount_fen"], step["bonus_fen"]) for step in rule.steps
    ]


def get_offer_amount(offer_id: str) -> int:
    """Return the amount of an offer of an effective rule in fen. Raises DomainError(not_found)."""
    for rule in list_active():
        for found_id, amount_fen, _ in list_offers(rule):
            if found_id == offer_id:
                return amount_fen
    raise errors.not_found("该充值优惠")


def best_bonus(*, amount_fen: int, used_rule_ids: Collection[int] = ()) -> BonusOffer:
    """Return the highest bonus of the effective rules for an amount, the older rule on a tie.

    `used_rule_ids` are the rules that the member has used.
    """
    offers = [BonusOffer(bonus_fen=0, rule=None)]
    for rule in list_active():
        if not (rule.single_use and rule.id in used_rule_ids):
            offers.append(BonusOffer(bonus_fen=_bonus_for(rule, amount_fen), rule=rule))
    return max(offers, key=lambda offer: offer.bonus_fen)


def _bonus_for(rule: TopUpRule, amount_fen: int) -> int:
    reached = [int(step["bonus_fen"]) for step in rule.steps if step["amount_fen"] <= amount_fen]
    return reached[-1] if reached else 0


def _format_yuan(fen: int) -> str:
    """Return an amount in yuan, without `.00`."""
    return money.yuan(fen).removesuffix(".00")
