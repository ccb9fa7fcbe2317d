"""Accounts that give money (发放账户): a merchant of WeChat Pay with the way it pays out, its bounds and its scene."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import peewee
from pydantic import BaseModel, ConfigDict, Field

from store.core import clock, errors
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.core.validation import validate
from store.customers import identities
from store.customers.customers import Customer
from store.payments import merchants
from store.payments.merchants import Merchant
from store.red_packets.states import WAYS
from store.tenants import audit, channels
from store.tenants.channels import Channel

DEFAULT_MIN_FEN, DEFAULT_MAX_FEN = 100, 20_000  # without a scene (platform rule of red packets)
TRANSFER_MIN_FEN, TRANSFER_MAX_FEN = 10, 199_999  # from 2,000 yuan on the platform asks for the person's name
_CHANNEL_KINDS = {
    "red_packet": ("wechat_official",),  # the platform accepts no application of a mini-program here
    "transfer": ("wechat_official", "wechat_miniprogram"),
}


class RedPacketAccount(Model):
    """How a merchant gives money. While it is paused nothing is sent, and the first packet after it tries again."""

    merchant = peewee.ForeignKeyField(Merchant, unique=True)
    way = peewee.CharField(max_length=12, constraints=[peewee.Check(f"way IN {tuple(WAYS)}")])
    send_name = peewee.CharField(max_length=32)
    min_fen = peewee.IntegerField(default=DEFAULT_MIN_FEN)
    max_fen = peewee.IntegerField(default=DEFAULT_MAX_FEN)
    scene_id = peewee.CharField(max_length=32, default="")
    active = peewee.BooleanField(default=True)
    paused_until = UtcDateTimeField(null=True)
    pause_reason = peewee.CharField(max_length=200, default="")
    created_at = UtcDateTimeField(default=clock.now)

    class Meta:
        constraints = [peewee.Check("min_fen > 0 AND min_fen <= max_fen")]


class AccountFields(BaseModel):
    """What staff set. Red packets below 1 yuan or above 200 need the scene that the merchant platform granted."""

    model_config = ConfigDict(extra="forbid", strict=True)

    way: Literal["red_packet", "transfer"]
    send_name: str = Field(min_length=1, max_length=32)
    min_fen: int = Field(default=DEFAULT_MIN_FEN, ge=TRANSFER_MIN_FEN, le=499_900)
    max_fen: int = Field(default=DEFAULT_MAX_FEN, ge=TRANSFER_MIN_FEN, le=499_900)
    scene_id: str = Field(default="", max_length=32, pattern=r"^[A-Z0-9_]*$")
    active: bool = True


@dataclass(frozen=True)
class Recipient:
    """Who gets the money: the account that gives it, and the person's openid at an application."""

    account: RedPacketAccount
    app_id: str
    openid: str


@db.transactional
def save(merchant_key: str, **values: Any) -> RedPacketAccount:
    """Save how a merchant gives money. Idempotent. Raises DomainError(invalid, not_found)."""
    fields = validate(AccountFields, values)
    merchant = merchants.get_by_key(merchant_key)
    _check(merchant, fields)
    db.advisory_lock("red_packet_accounts.save")
    chosen = fields.model_dump()
    row = RedPacketAccount.find(lock=True, merchant=merchant.id)
    before = {name: getattr(row, name) for name in chosen} if row is not None else None
    if before == chosen:
        assert row is not None
        return row
    if row is None:
        row = RedPacketAccount.create(merchant=merchant, **chosen)
    else:
        row.update_fields(**chosen)
    audit.record("red_packets.save_account", f"merchant:{merchant.key}", before=before, after=chosen)
    return row


@db.transactional
def pause(account: RedPacketAccount, *, until: datetime, reason: str) -> None:
    """Pause an account until a moment. Idempotent."""
    RedPacketAccount.update(paused_until=until, pause_reason=reason[:200]).where(
        RedPacketAccount.id == account.id
    ).execute()


@db.transactional
def end_pause(account: RedPacketAccount) -> None:
    """End the pause of an account, because a packet was sent or staff say so. Idempotent."""
    paused = RedPacketAccount.paused_until.is_null(False)
    mine = RedPacketAccount.id == account.id
    RedPacketAccount.update(paused_until=None, pause_reason="").where(mine & paused).execute()


def get(account_id: int) -> RedPacketAccount:
    """Return an account with its merchant. Raises DomainError(not_found)."""
    row = RedPacketAccount.find(id=account_id)
    if row is None:
        raise errors.not_found("该发放账户")
    return row


def get_by_merchant(merchant: Merchant) -> RedPacketAccount:
    """Return the account of a merchant. Raises DomainError(not_found)."""
    row = RedPacketAccount.find(merchant=merchant.id)
    if row is None:
        raise errors.not_found("该发放账户")
    return row


def list_accounts() -> list[RedPacketAccount]:
    """Return all accounts with their merchants, by the key of the merchant."""
    return list(RedPacketAccount.select(RedPacketAccount, Merchant).join(Merchant).order_by(Merchant.key))


def count_paused() -> int:
    """Return how many accounts are paused now, because their balance was too small."""
    return RedPacketAccount.select().where(RedPacketAccount.paused_until > clock.now()).count()


def choose(customer: Customer, channel: Channel | None = None) -> Recipient:
    """Return who gives money to a customer: preferably for the application of `channel`, else of the merchant.

    Raises DomainError(no_red_packets, no_openid).
    """
    rows = [row for row in list_accounts() if row.active and row.merchant.state == "active"]
    if not rows:
        raise errors.DomainError("no_red_packets", "商家尚未开通红包，请联系商家", 503)
    openids = {row.account: row.subject for row in identities.list_for(customer, identities.WECHAT)}
    kinds = {row.appid: row.kind for row in channels.list_channels()}
    for row in rows:
        preferred = ([channel.appid] if channel is not None else []) + [row.merchant.app_id]
        fitting = (
            app_id
            for app_id in (*preferred, *openids)
            if app_id in openids and kinds.get(app_id) in _CHANNEL_KINDS[row.way]
        )
        found = next(fitting, None)
        if found is not None:
            return Recipient(row, found, openids[found])
    raise errors.DomainError("no_openid", "请先在微信里打开公众号，再领取红包", 409)


def check_amount(account: RedPacketAccount, amount_fen: int) -> int:
    """Return an amount within the bounds of an account. Raises DomainError(invalid)."""
    if type(amount_fen) is not int or not account.min_fen <= amount_fen <= account.max_fen:
        lowest, highest = account.min_fen / 100, account.max_fen / 100
        raise errors.invalid("amount_fen", f"红包金额应为 {lowest:g} 至 {highest:g} 元")
    return amount_fen


def find_missing_secret(account: RedPacketAccount) -> str | None:
    """Return what the merchant lacks to give money, in Chinese, or None."""
    secrets = merchants.read_credentials(account.merchant)
    if account.way == "transfer":
        return None
    if not secrets.get("api_v2_key"):
        return "缺少 APIv2 密钥"
    return None if secrets.get("client_certificate_pem") else "缺少商户 API 证书（apiclient_cert.pem）"


def _check(merchant: Merchant, fields: AccountFields) -> None:
    if merchant.platform != "wechat_pay":
        raise errors.invalid("merchant", "只有微信支付商户号可以发红包")
    if not merchant.merchant_id.isdigit() or len(merchant.merchant_id) > 10:
        raise errors.invalid("merchant", "微信支付商户号应为不超过 10 位的数字")
    if fields.min_fen > fields.max_fen:
        raise errors.invalid("max_fen", "最高金额不能低于最低金额")
    if fields.way == "transfer":
        if fields.max_fen > TRANSFER_MAX_FEN:
            raise errors.invalid("max_fen", "商家转账每笔应低于 2,000 元")
    elif not fields.scene_id and (fields.min_fen < DEFAULT_MIN_FEN or fields.max_fen > DEFAULT_MAX_FEN):
        raise errors.invalid("scene_id", "低于 1 元或高于 200 元须填写商户平台批准的场景")
