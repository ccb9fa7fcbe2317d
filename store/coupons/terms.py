"""The terms of a coupon (券条款): its benefit, and when, where and on what it applies."""

import hashlib
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from store.core import errors
from store.core.validation import IsoDate
from store.core.weekdays import format_weekdays
from store.tenants import business_days

Fen = Annotated[int, Field(ge=1, le=100_000_000)]
Days = Annotated[int, Field(ge=0, le=3650)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
PictureUrl = Annotated[str, StringConstraints(pattern=r"^(https?://\S+)?$", max_length=500)]
TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Weekday = Annotated[int, Field(ge=1, le=7)]  # Monday is 1

ALL_WEEKDAYS = (1, 2, 3, 4, 5, 6, 7)


class TermsModel(BaseModel):
    """A part of the terms; unknown fields and wrong types are rejected."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AmountOff(TermsModel):
    """满减: a fixed amount off."""

    kind: Literal["amount_off"] = "amount_off"
    off_fen: Fen


class PercentOff(TermsModel):
    """折扣: `percent` off (20 is 八折), at most `max_fen`."""

    kind: Literal["percent_off"] = "percent_off"
    percent: int = Field(ge=1, le=99)
    max_fen: Fen | None = None


class Exchange(TermsModel):
    """兑换: up to `quantity` units of the named products for `price_fen` each, the dearest first."""

    kind: Literal["exchange"] = "exchange"
    products: tuple[Name, ...] = Field(min_length=1, max_length=500)
    quantity: int = Field(default=1, ge=1, le=99)
    price_fen: int = Field(default=0, ge=0, le=100_000_000)


class Voucher(TermsModel):
    """代金券: pays like money, up to `worth_fen`, and gives no change."""

    kind: Literal["voucher"] = "voucher"
    worth_fen: Fen


# A coupon without an end has this last day, so that its end can be compared and indexed like any other.
UNLIMITED_LAST_DAY = date(2099, 12, 31)
Day = Annotated[IsoDate, Field(ge=date(2000, 1, 1), lt=UNLIMITED_LAST_DAY)]


class FixedDays(TermsModel):
    """Valid from the first to the last day, both included."""

    kind: Literal["fixed"] = "fixed"
    first_day: Day
    last_day: Day

    @model_validator(mode="after")
    def _validate_order(self) -> "FixedDays":
        if self.last_day < self.first_day:
            raise ValueError("有效期的结束日期早于开始日期")
        return self


class DaysAfterReceipt(TermsModel):
    """Valid from `after_days` days after receipt (0 is the same day) for `days` days."""

    kind: Literal["days"] = "days"
    after_days: Days = 0
    days: int = Field(ge=1, le=3650)


class UntilDay(TermsModel):
    """Valid from `after_days` days after receipt (0 is the same day) until `last_day`, included."""

    kind: Literal["until"] = "until"
    after_days: Days = 0
    last_day: Day


class Unlimited(TermsModel):
    """Valid from `after_days` days after receipt (0 is the same day) without an end (长期有效)."""

    kind: Literal["unlimited"] = "unlimited"
    after_days: Days = 0


class Hours(TermsModel):
    """A period of the day from `begins` until before `ends`; it may run over midnight (22:00–02:00)."""

    begins: TimeOfDay
    ends: TimeOfDay

    @model_validator(mode="after")
    def _validate_not_empty(self) -> "Hours":
        if self.begins == self.ends:
            raise ValueError("时段的开始和结束不能相同")
        return self


class Stacking(TermsModel):
    """What else one order may use: other rules' coupons (none, any, or `rules` by public id), promotions."""

    others: Literal["none", "any", "chosen"] = "none"
    rules: tuple[Name, ...] = ()
    promotions: bool = True
    per_order: int = Field(default=1, ge=1, le=20)


class Terms(TermsModel):
    """All that is approved about a coupon rule, and does not change afterwards.

    Empty lists of shops and products mean all. `claims_per_member` None: not open to claims; `return_days` None: not
    returned on a refund; `gift_hours` None: cannot be given to a friend.
    """

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=15)]
    title: Annotated[str, StringConstraints(strip_whitespace=True, max_length=9)] = ""
    colour: Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$")] = "#E64340"
    logo_url: PictureUrl = ""
    picture_url: PictureUrl = ""
    content: Text = ""
    instructions: Text = ""
    disclaimer: Text = ""
    service_phone: Annotated[str, StringConstraints(pattern=r"^[0-9+-]{0,20}$")] = ""

    benefit: Annotated[AmountOff | PercentOff | Exchange | Voucher, Field(discriminator="kind")]
    threshold_fen: int = Field(default=0, ge=0, le=100_000_000)
    stock: int | None = Field(default=None, ge=1, le=100_000_000)
    cost_centre: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=30)]
    cost_fen: int = Field(default=0, ge=0, le=100_000_000)

    claims_per_member: int | None = Field(default=1, ge=1, le=1000)
    by_campaign: bool = True
    validity: Annotated[FixedDays | DaysAfterReceipt | UntilDay | Unlimited, Field(discriminator="kind")]
    weekdays: tuple[Weekday, ...] = ()
    hours: tuple[Hours, ...] = Field(default=(), max_length=10)
    shops: tuple[Name, ...] = Field(default=(), max_length=5000)
    shop_groups: tuple[Name, ...] = Field(default=(), max_length=500)
    products: tuple[Name, ...] = Field(default=(), max_length=5000)
    product_groups: tuple[Name, ...] = Field(default=(), max_length=500)
    return_days: Days | None = 7
    stacking: Stacking = Stacking()
    gift_hours: int | None = Field(default=24, ge=1, le=720)

    @model_validator(mode="after")
    def _validate_availability(self) -> "Terms":
        if self.claims_per_member is None and not self.by_campaign:
            raise ValueError("请选择发放方式：公开领取或活动发放")
        return self


@lru_cache(maxsize=2048)
def parse(terms_json: str) -> Terms:
    """Parse stored terms."""
    return Terms.model_validate_json(terms_json)


def version(terms_json: str) -> str:
    """Return the hash of the stored terms that an approval refers to (SHA-256)."""
    return hashlib.sha256(terms_json.encode()).hexdigest()


def validity_window(terms: Terms, received_at: datetime) -> tuple[datetime, datetime]:
    """Return from when until before when a coupon received at a time is valid.

    Raises DomainError(coupon_rule_over) if nothing of it remains.
    """
    day = business_days.day_of(received_at)
    first, last = _validity_days(terms, day)
    if last < max(first, day):
        raise errors.DomainError("coupon_rule_over", "该优惠券的有效期已过", 409)
    return max(business_days.start_of(first), received_at), business_days.end_of(last)


def has_end(ends_at: datetime) -> bool:
    """Return whether the end of a coupon is a real one."""
    return business_days.day_of(ends_at - timedelta(seconds=1)) < UNLIMITED_LAST_DAY


def is_expired_on_receipt(terms: Terms) -> bool:
    """Return whether a coupon received now would have no valid day left."""
    today = business_days.today()
    first, last = _validity_days(terms, today)
    return last < max(first, today)


def is_valid_at(terms: Terms, local_time: datetime) -> bool:
    """Return whether the terms apply at a local time.

    A period that runs over midnight belongs to the day on which it began.
    """
    weekdays, now = terms.weekdays or ALL_WEEKDAYS, f"{local_time:%H:%M}"
    today, yesterday = local_time.isoweekday(), (local_time - timedelta(days=1)).isoweekday()
    if not terms.hours:
        return today in weekdays
    return any(
        (today in weekdays and hours.begins <= now and (overnight or now < hours.ends))
        or (yesterday in weekdays and overnight and now < hours.ends)
        for hours in terms.hours
        for overnight in (hours.begins > hours.ends,)
    )


def describe_hours(terms: Terms) -> str:
    """Describe when the terms apply: `周一至周五 11:00–14:00`."""
    days = format_weekdays(terms.weekdays)
    hours = "、".join(f"{stretch.begins}–{stretch.ends}" for stretch in terms.hours)
    return f"{days} {hours}".strip()


def _validity_days(terms: Terms, received_on: date) -> tuple[date, date]:
    """Return the first and the last valid day of a coupon received on a day."""
    validity = terms.validity
    if isinstance(validity, FixedDays):
        return validity.first_day, validity.last_day
    first = received_on + timedelta(days=validity.after_days)
    if isinstance(validity, DaysAfterReceipt):
        return first, first + timedelta(days=validity.days - 1)
    return first, UNLIMITED_LAST_DAY if isinstance(validity, Unlimited) else validity.last_day
