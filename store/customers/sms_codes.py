"""One-time SMS codes (验证码), which verify a phone: six digits, five minutes, five attempts.

Only a keyed hash is stored; the clear code goes from `request` to the sender.
"""

from datetime import datetime, timedelta
from typing import Annotated

import peewee
from pydantic import Field, StringConstraints

from store.core import clock, encryption, errors, ids, rate_limits
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.customers import phones, sms_budget
from store.tenants import settings

LIFETIME_S = 300
CAPTCHA_WINDOW_S = 600
MAX_ATTEMPTS = 5
LATE_TEXT = "短信可能延迟，没收到请 {seconds} 秒后重试"  # it was sent, perhaps; another one has to wait


Template = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class SmsCodeSettings(settings.SettingsGroup, name="sms_code"):
    """How often codes may be requested, and the text or the provider's template.

    From the `captcha_from`-th code of an address in ten minutes a captcha is needed. The daily total is the budget,
    which limits the cost of an attack: at `alarm_percent` of it an error is logged, and then nothing is sent.
    """

    min_interval_s: int = Field(default=60, ge=0, le=3600)
    max_per_phone_per_day: int = Field(default=10, ge=1, le=100)
    max_per_ip_per_hour: int = Field(default=300, ge=1, le=100_000)
    captcha_from: int = Field(default=20, ge=1, le=100_000)
    max_total_per_day: int = Field(default=20_000, ge=0, le=10_000_000)
    alarm_percent: int = Field(default=80, ge=1, le=100)
    countries: list[Annotated[int, Field(ge=1, le=999)]] = [
        86,
        852,
        853,
        886,
    ]  # others cost ten times as much
    template: Template = "验证码 ${code}，5 分钟内有效，请勿告诉他人。"


class SmsCode(Model):
    """`phone_index` and `code_hash` are keyed hashes; `client_ip` is the caller's address, of IPv6 its network."""

    phone_index = peewee.CharField(max_length=64)
    purpose = peewee.CharField(max_length=30)
    code_hash = peewee.CharField(max_length=64)
    client_ip = peewee.CharField(max_length=60, default="")
    requested_at = UtcDateTimeField(default=clock.now)
    attempts = peewee.IntegerField(default=0)
    used_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("phone_index", "requested_at"), False), (("client_ip", "requested_at"), False))


@db.transactional
def request(
    *, phone: str, purpose: str, client_ip: str, verified: bool = False, captcha_passed: bool = False
) -> str:
    """Create a code and return it in clear for sending. Older codes of the same purpose end.

    Raises DomainError(too_many) at the limits, DomainError(captcha_required) for an address with many requests and
    DomainError(invalid) for other countries. Never reveals whether the phone is known. A `verified` phone is a stored
    one: only its form is checked, and no captcha is asked for.
    """
    phone = phones.normalize_verified(phone) if verified else phones.normalize(phone)
    if not phone.startswith(tuple(f"+{code}" for code in settings.read(SmsCodeSettings).countries)):
        raise errors.invalid("phone", "暂不向该国家或地区发送验证码")
    index = phones.blind_index(phone)
    db.advisory_lock(f"sms-codes:{index}")
    network = rate_limits.client_network(client_ip)
    _ensure_within_limits(index, network)
    if not (verified or captcha_passed):
        _ensure_no_captcha_needed(network)
    SmsCode.update(used_at=clock.now()).where(
        (SmsCode.phone_index == index) & (SmsCode.purpose == purpose) & SmsCode.used_at.is_null()
    ).execute()
    code = ids.one_time_code(6)
    SmsCode.create(
        phone_index=index, purpose=purpose, client_ip=network, code_hash=_hash_code(index, purpose, code)
    )
    return code


@db.transactional
def cancel(*, phone: str, code: str) -> None:
    """Delete a code that the SMS provider rejected, so that the person need not wait. Idempotent.

    It does not count for the limits of its phone. It does count for those of the address and of the tenant.
    """
    index = phones.blind_index(phones.normalize_verified(phone))
    for row in SmsCode.select().where((SmsCode.phone_index == index) & SmsCode.used_at.is_null()):
        if encryption.constant_time_equal(row.code_hash, _hash_code(index, row.purpose, code)):
            row.delete_instance()


def verify(*, phone: str, purpose: str, code: str) -> SmsCode:
    """Return the open code that matches. Each call counts an attempt.

    The attempt is committed before the result, so a rollback cannot restore it. Raises RuntimeError inside another
    operation.
    """
    db.ensure_outside_transaction()
    found, right = _count_attempt(phones.blind_index(phones.normalize_verified(phone)), purpose, code)
    if found is None:
        raise errors.DomainError("code_expired", "验证码已失效，请重新获取", 422, field="code")
    if not right:
        left = MAX_ATTEMPTS - found.attempts
        raise errors.DomainError("code_wrong", f"验证码不正确，还可尝试 {left} 次", 422, field="code")
    return found


def consume(code: SmsCode) -> None:
    """Consume a verified code in the transaction of what it authorizes. Raises DomainError on a second use."""
    unused = (SmsCode.id == code.id) & SmsCode.used_at.is_null()
    if SmsCode.update(used_at=clock.now()).where(unused).execute() != 1:
        raise errors.DomainError("code_expired", "验证码已失效，请重新获取", 422, field="code")


@db.transactional
def delete_for_phone(*, phone_index: str) -> None:
    """Delete the codes of a phone whose holder is erased."""
    SmsCode.delete().where(SmsCode.phone_index == phone_index).execute()


@db.transactional
def purge_expired() -> int:
    """Delete codes older than two days and return their number."""
    return SmsCode.delete().where(SmsCode.requested_at < clock.now() - timedelta(days=2)).execute()


@db.transactional
def _count_attempt(index: str, purpose: str, code: str) -> tuple[SmsCode | None, bool]:
    live = (
        (SmsCode.phone_index == index)
        & (SmsCode.purpose == purpose)
        & SmsCode.used_at.is_null()
        & (SmsCode.requested_at > clock.now() - timedelta(seconds=LIFETIME_S))
        & (SmsCode.attempts < MAX_ATTEMPTS)
    )
    found = db.lock(SmsCode.select().where(live).order_by(SmsCode.id.desc())).first()
    if found is None:
        return None, False
    found.attempts += 1
    found.save()
    return found, encryption.constant_time_equal(found.code_hash, _hash_code(index, purpose, code))


def _ensure_within_limits(index: str, network: str) -> None:
    rules, now = settings.read(SmsCodeSettings), clock.now()
    of_phone = SmsCode.phone_index == index
    if _count_requests(of_phone, now - timedelta(seconds=rules.min_interval_s)):
        raise errors.rate_limited(LATE_TEXT.format(seconds=rules.min_interval_s), rules.min_interval_s)
    if _count_requests(of_phone, now - timedelta(days=1)) >= rules.max_per_phone_per_day:
        raise errors.rate_limited("该手机号今天获取验证码过多，请明天再试", 3600)
    if network:
        rate_limits.consume(
            name=f"sms-codes:{network}", limit=rules.max_per_ip_per_hour, window_s=3600,
            message="获取验证码过于频繁，请稍后再试",
        )  # fmt: skip
    sms_budget.consume(limit=rules.max_total_per_day, alarm_percent=rules.alarm_percent)


def _ensure_no_captcha_needed(network: str) -> None:
    """Raise DomainError(captcha_required) if an address has requested many codes.

    Comes after the limit of the address: its row is locked then, so concurrent requests do not count the same rows.
    """
    rules, since = settings.read(SmsCodeSettings), clock.now() - timedelta(seconds=CAPTCHA_WINDOW_S)
    if network and _count_requests(SmsCode.client_ip == network, since) + 1 >= rules.captcha_from:
        raise errors.DomainError("captcha_required", "请先输入图片验证码", 422, field="captcha_answer")


def _count_requests(condition: peewee.Expression, since: datetime) -> int:
    return SmsCode.select().where(condition & (SmsCode.requested_at > since)).count()


def _hash_code(index: str, purpose: str, code: str) -> str:
    return encryption.blind_index(f"{index}:{purpose}:{code}", purpose="sms-code")
