"""A one-time SMS code (验证码): proof that somebody holds a phone. Six digits, five minutes, five tries.

Only its keyed hash is stored; the clear code goes from `ask` to the sender and nowhere else.
"""

from datetime import datetime, timedelta
from typing import Annotated

import peewee
from pydantic import Field

from store.company import settings
from store.kernel import clock, db, ids, limits, refusals, secrets
from store.kernel.fields import Moment
from store.kernel.records import Record
from store.people import phones

LIFE_S = 300
TRIES = 5


class CodeRules(settings.Topic):
    """How often codes may be asked for, and the text or the carrier's template that takes them there.

    The total caps what an attack can cost in a day.
    """

    pause_s: int = Field(default=60, ge=0, le=3600)
    per_phone_a_day: int = Field(default=10, ge=1, le=100)
    per_address_an_hour: int = Field(default=30, ge=1, le=100_000)
    total_a_day: int = Field(default=20_000, ge=0, le=10_000_000)
    countries: list[Annotated[int, Field(ge=1, le=999)]] = [
        86,
        852,
        853,
        886,
    ]  # others cost ten times as much
    template: str = "验证码 ${code}，5 分钟内有效，请勿告诉他人。"


class SmsCode(Record):
    """`phone_index` and `code_hash` are keyed hashes; `address` is the caller's IP."""

    phone_index = peewee.CharField(max_length=64)
    purpose = peewee.CharField(max_length=30)
    code_hash = peewee.CharField(max_length=64)
    address = peewee.CharField(max_length=60, default="")
    asked_at = Moment(default=clock.now)
    tries = peewee.IntegerField(default=0)
    used_at = Moment(null=True)

    class Meta:
        indexes = ((("phone_index", "asked_at"), False), (("address", "asked_at"), False))


@db.verb
def ask(*, phone: str, purpose: str, address: str) -> str:
    """Make a code and return it in clear for sending; older codes of the same purpose end.

    Refuses with `too_many` beyond the limits and `invalid` for a country that is not served; never
    says whether the phone is known.
    """
    phone = phones.normal(phone)
    if not phone.startswith(tuple(f"+{code}" for code in settings.read(CodeRules).countries)):
        raise refusals.invalid("phone", "暂不向该国家或地区发送验证码")
    index = phones.index(phone)
    db.queue_for(f"sms-codes:{index}")
    _refuse_beyond_limits(index, address)
    SmsCode.update(used_at=clock.now()).where(
        (SmsCode.phone_index == index) & (SmsCode.purpose == purpose) & SmsCode.used_at.is_null()
    ).execute()
    code = ids.code(6)
    SmsCode.create(phone_index=index, purpose=purpose, address=address, code_hash=_hash(index, purpose, code))
    return code


def check(*, phone: str, purpose: str, code: str) -> SmsCode:
    """The open code that matches; each call costs a try, right or wrong.

    The try is committed before the answer, so a refusal cannot be rolled back into a free guess;
    called inside a verb it raises RuntimeError.
    """
    if db.database.in_transaction():
        raise RuntimeError("the try would be rolled back with the verb around it")
    found, right = _try(phones.index(phones.normal(phone)), purpose, code)
    if found is None:
        raise refusals.Refused("code_expired", "验证码已失效，请重新获取", 422, field="code")
    if not right:
        left = TRIES - found.tries
        raise refusals.Refused("code_wrong", f"验证码不正确，还可尝试 {left} 次", 422, field="code")
    return found


def use(code: SmsCode) -> None:
    """Spend a checked code, in the transaction of what it proves; spent twice it refuses."""
    unused = (SmsCode.id == code.id) & SmsCode.used_at.is_null()
    if SmsCode.update(used_at=clock.now()).where(unused).execute() != 1:
        raise refusals.Refused("code_expired", "验证码已失效，请重新获取", 422, field="code")


@db.verb
def forget(*, phone_index: str) -> None:
    """Drop the codes of a phone whose holder is erased."""
    SmsCode.delete().where(SmsCode.phone_index == phone_index).execute()


@db.verb
def forget_old() -> int:
    """Drop codes older than two days; returns how many."""
    return SmsCode.delete().where(SmsCode.asked_at < clock.now() - timedelta(days=2)).execute()


@db.verb
def _try(index: str, purpose: str, code: str) -> tuple[SmsCode | None, bool]:
    live = (
        (SmsCode.phone_index == index)
        & (SmsCode.purpose == purpose)
        & SmsCode.used_at.is_null()
        & (SmsCode.asked_at > clock.now() - timedelta(seconds=LIFE_S))
        & (SmsCode.tries < TRIES)
    )
    found = db.lock(SmsCode.select().where(live).order_by(SmsCode.id.desc())).first()
    if found is None:
        return None, False
    found.tries += 1
    found.save()
    return found, secrets.same(found.code_hash, _hash(index, purpose, code))


def _refuse_beyond_limits(index: str, address: str) -> None:
    rules, now = settings.read(CodeRules), clock.now()
    of_phone = SmsCode.phone_index == index
    if _asked(of_phone, now - timedelta(seconds=rules.pause_s)):
        raise refusals.too_many(f"验证码已发送，请 {_in_words(rules.pause_s)}后再试", rules.pause_s)
    if _asked(of_phone, now - timedelta(days=1)) >= rules.per_phone_a_day:
        raise refusals.too_many("该手机号今天获取验证码过多，请明天再试", 3600)
    if address:
        limits.take(
            name=f"sms-codes:{limits.origin(address)}", most=rules.per_address_an_hour, window_s=3600,
            sentence="获取验证码过于频繁，请稍后再试",
        )  # fmt: skip
    limits.take(
        name="sms-codes", most=rules.total_a_day, window_s=24 * 3600, sentence="短信服务繁忙，请稍后再试"
    )


def _in_words(seconds: int) -> str:
    return f"{seconds} 秒" if seconds % 60 else f"{seconds // 60} 分钟"


def _asked(whose: peewee.Expression, since: datetime) -> int:
    return SmsCode.select().where(whose & (SmsCode.asked_at > since)).count()


def _hash(index: str, purpose: str, code: str) -> str:
    return secrets.blind(f"{index}:{purpose}:{code}", purpose="sms-code")
