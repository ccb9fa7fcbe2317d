"""Channels (渠道账号): official accounts, mini-programs, Alipay applications and SMS providers with their keys."""

import base64
import re
import secrets
import string
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import peewee

from store.core import cache, clock, errors, ids, input_limits, listing
from store.core.database import db
from store.core.database.fields import EncryptedField, UtcDateTimeField
from store.core.database.models import Model
from store.core.listing import Page
from store.tenants import audit, registry

KINDS = ("wechat_official", "wechat_miniprogram", "alipay", "sms")
PUSH_KINDS = ("wechat_official", "wechat_miniprogram")  # accounts to whose URL the platform posts events
CHAT_KINDS = ("wechat_official", "alipay")
MODES = ("plain", "compatible", "safe")
KEY_PATTERN = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]{0,39}")  # it is part of URLs
GENERATED_KEY_LENGTH = 12
MAX_KEY_TEXT_LENGTH = 4000
_GENERATED_KEY = re.compile(rf"[a-z2-7]{{{GENERATED_KEY_LENGTH}}}")  # as `ids.public_id` writes them
_LETTERS_AND_DIGITS = string.ascii_letters + string.digits
_LAST_AES_CHARACTERS = "AEIMQUYcgkosw048"  # the 43rd character of 32 bytes in base64 ends with two zero bits
_EXTRA_COLUMNS = (
    "original_id", "brand", "shop_id", "open_group", "provider", "token", "encoding_aes_key", "mode",
    "platform_public_key",
)  # fmt: skip


class Channel(Model):
    """`key` is part of URLs, `appid` is the platform's id, `mode` says how pushes are encrypted.

    Accounts with the same `open_group` share unionids (one open-platform account). For Alipay `secret` is the private
    key of the application, `platform_public_key` that of Alipay, and `encoding_aes_key` its key for the contents of
    answers (接口内容加密), by which a mini-program gets phone numbers.
    """

    key = peewee.CharField(max_length=40, unique=True)
    kind = peewee.CharField(max_length=30, constraints=[peewee.Check(f"kind IN {KINDS}")])
    name = peewee.CharField(max_length=60)
    appid = peewee.CharField(max_length=64)
    original_id = peewee.CharField(max_length=64, null=True)
    brand = peewee.CharField(max_length=60, null=True)
    shop_id = peewee.BigIntegerField(null=True)
    open_group = peewee.CharField(max_length=64, default="")
    provider = peewee.CharField(max_length=30, default="")
    secret = EncryptedField(context="channel.secret")
    token = EncryptedField(context="channel.token", null=True)
    encoding_aes_key = EncryptedField(context="channel.encoding_aes_key", null=True)
    platform_public_key = EncryptedField(context="channel.platform_public_key", null=True)
    mode = peewee.CharField(max_length=20, default="safe", constraints=[peewee.Check(f"mode IN {MODES}")])
    created_at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = ((("kind", "appid"), True),)


@dataclass(frozen=True)
class ChannelFilter:
    """`search` is a part of the name or the appid, `shop_ids` the only shops whose channels count, None for all."""

    search: str = ""
    kind: str | None = None
    shop_ids: Collection[int] | None = None


@db.transactional
def add(*, kind: str, name: str, appid: str, secret: str, key: str | None = None, **rest: Any) -> Channel:
    """Add a channel or change the one with the same appid. `rest` are further columns.

    A new account of WeChat gets a token and an EncodingAESKey where they are not given. The account key is registered
    first and stays registered if the rest fails. The next call uses it.
    """
    appid = appid.strip()
    values = {name: _strip(value) for name, value in {"name": name, "secret": secret, **rest}.items()}
    _validate_account(kind=kind, appid=appid, key=key, values=values)
    # Without the lock two calls could both find no channel and register two keys for it.
    db.advisory_lock("channels.add")
    channel = db.lock(Channel.select().where((Channel.kind == kind) & (Channel.appid == appid))).first()
    if channel is None:
        channel = Channel(
            kind=kind,
            appid=appid,
            key=key or _find_unused_key(kind) or ids.public_id()[:GENERATED_KEY_LENGTH],
        )
        _ensure_key_free(channel.key)
        values = _generate_server_keys(kind) | values
    _validate_encryption(channel, values)
    _validate_public_key(channel, values)
    if channel.id is not None and all(getattr(channel, column) == value for column, value in values.items()):
        return channel
    registry.register_account_key(key=channel.key, kind=kind)
    for column, value in values.items():
        setattr(channel, column, value)
    channel.save()
    audit.record(
        "channels.add", f"channel:{channel.key}", after={"kind": kind, "appid": appid, "name": channel.name}
    )
    db.after_commit(cache.clear)
    return channel


@db.transactional
def change(channel: Channel, *, secret: str | None = None, **values: Any) -> Channel:
    """Change a channel. What is left out stays, also the secret. Raises DomainError(invalid, not_found)."""
    db.advisory_lock("channels.add")
    row = db.lock(Channel.select().where(Channel.id == channel.id)).first()
    if row is None:
        raise errors.not_found("该账号")
    kept = {"name": row.name, **values}
    return add(kind=row.kind, appid=row.appid, secret=secret or row.secret, **kept)


@db.transactional
def show_server_keys(channel: Channel) -> Channel:
    """Return a channel to show the keys of its server configuration. The audit log records the actor."""
    row = get_by_id(channel.id)
    audit.record("channels.show_server_keys", f"channel:{row.key}")
    return row


def list_page(criteria: ChannelFilter, page: Page) -> tuple[list[Channel], int]:
    """Return a page of channels and the number of all."""
    query = Channel.select()
    if criteria.search:
        query = query.where(Channel.name.contains(criteria.search) | (Channel.appid == criteria.search))
    if criteria.kind:
        query = query.where(Channel.kind == criteria.kind)
    if criteria.shop_ids is not None:
        query = query.where(Channel.shop_id << sorted(criteria.shop_ids))
    sorts = {"name": Channel.name, "kind": Channel.kind, "created_at": Channel.created_at}
    return listing.read_page(query, page, sorts=sorts, default="kind", id_field=Channel.id)


def list_channels() -> list[Channel]:
    """Return all channels by kind and key."""
    return list(Channel.select().order_by(Channel.kind, Channel.key))


def list_chat_accounts(shop_ids: Collection[int] | None = None) -> list[Channel]:
    """Return the accounts with a conversation, those of WeChat first, those of some shops only, or all."""
    query = Channel.select().where(Channel.kind << CHAT_KINDS)
    if shop_ids is not None:
        query = query.where(Channel.shop_id << sorted(shop_ids))
    return list(query.order_by(Channel.kind.desc(), Channel.name, Channel.id))


def list_official_accounts(shop_ids: Collection[int] | None = None) -> list[Channel]:
    """Return the official accounts by name, those of some shops only, or all."""
    query = Channel.select().where(Channel.kind == "wechat_official")
    if shop_ids is not None:
        query = query.where(Channel.shop_id << sorted(shop_ids))
    return list(query.order_by(Channel.name, Channel.id))


@db.transactional
def list_with_secrets() -> list[Channel]:
    """Return all channels to show their secrets. The audit log records the actor."""
    found = list_channels()
    audit.record("channels.show_secrets", "channels", after={"keys": [channel.key for channel in found]})
    return found


@cache.cached(ttl_s=2)
def get_by_key(key: str) -> Channel:
    """Return the channel of an account key. Raises DomainError(not_found)."""
    channel = Channel.get_or_none(Channel.key == key)
    if channel is None:
        raise errors.not_found("该账号")
    return channel


def find_by_appid(kind: str, appid: str) -> Channel | None:
    """Return the channel of a platform's id, or None."""
    return Channel.find(kind=kind, appid=appid.strip())


def get_by_id(channel_id: int) -> Channel:
    """Return the channel of a row id."""
    return Channel.get_by_id(channel_id)


@cache.cached(ttl_s=2)
def find_first(kind: str) -> Channel | None:
    """Return the first channel of a kind, or None."""
    return Channel.select().where(Channel.kind == kind).order_by(Channel.id).first()


def find_encryption_problem(*, mode: str, encoding_aes_key: str | None) -> str | None:
    """Return why an official account's pushes could not be decrypted, in Chinese, or None."""
    if not encoding_aes_key:
        return None if mode == "plain" else "兼容和安全模式需要 EncodingAESKey"
    return (
        None
        if _is_base64_of(encoding_aes_key + "=", 32)
        else "EncodingAESKey 应为 43 位字母和数字，请从公众平台重新复制"
    )


def _is_base64_of(text: str, length: int) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == length
    except ValueError:  # other characters than those of base64
        return False


def _generate_server_keys(kind: str) -> dict[str, str | None]:
    """Return a random token and EncodingAESKey in the form of the platform, letters and digits only."""
    if kind not in PUSH_KINDS:
        return {}
    aes_key = _random_text(42) + secrets.choice(_LAST_AES_CHARACTERS)
    return {"token": _random_text(32), "encoding_aes_key": aes_key}


def _random_text(length: int) -> str:
    return "".join(secrets.choice(_LETTERS_AND_DIGITS) for _ in range(length))


def _strip(value: str | None) -> str | None:
    return value.strip() if isinstance(value, str) else value  # copied from a page, with a space


def _find_unused_key(kind: str) -> str | None:
    """Return a generated key that was registered for a channel that was then not added, or None."""
    mine = {channel.key for channel in list_channels()}
    free = [key for key, of in registry.list_account_keys().items() if of == kind and key not in mine]
    return next((key for key in sorted(free) if _GENERATED_KEY.fullmatch(key)), None)


def _ensure_key_free(key: str) -> None:
    if Channel.find(key=key) is not None:
        raise errors.DomainError("account_key_taken", f"账号标识 {key} 已被使用", field="key")


def _validate_account(*, kind: str, appid: str, key: str | None, values: dict[str, str | None]) -> None:
    unknown = sorted(set(values) - {"name", "secret"} - set(_EXTRA_COLUMNS))
    if unknown:
        raise errors.invalid(unknown[0], "不认识的字段")
    if kind not in KINDS:
        raise errors.invalid("kind", "未知的账号类型")
    if not values["name"] or len(values["name"]) > 60:
        raise errors.invalid("name", "请填写账号名称，最多 60 个字")
    if key is not None and not KEY_PATTERN.fullmatch(key):
        raise errors.invalid("key", "账号标识只能用字母、数字、- 和 _，最多 40 位")
    if not 1 <= len(appid) <= 64 or not values["secret"]:
        raise errors.invalid("appid", "请填写 AppID 和 AppSecret")
    if values.get("mode", "safe") not in MODES:
        raise errors.invalid("mode", "消息加解密方式应为明文、兼容或安全模式")
    if kind in PUSH_KINDS and "token" in values and not values["token"]:
        raise errors.invalid("token", "请填写服务器配置中的 Token")
    for name, value in values.items():
        longest = getattr(Channel._meta.fields[name], "max_length", None)
        if longest and value:
            input_limits.check_line(value, field=name, max_length=longest)


def _validate_public_key(channel: Channel, values: dict[str, str | None]) -> None:
    """Reject an Alipay application whose keys allow no sign-in."""
    key = values.get("platform_public_key", channel.platform_public_key) or ""
    if channel.kind == "alipay" and not key:
        raise errors.invalid("platform_public_key", "请填写支付宝公钥")
    if len(key) > MAX_KEY_TEXT_LENGTH:
        raise errors.invalid("platform_public_key", f"不能超过 {MAX_KEY_TEXT_LENGTH} 个字")


def _validate_encryption(channel: Channel, values: dict[str, str | None]) -> None:
    """Reject keys with which every push would fail, together with what is stored already."""
    aes_key = values.get("encoding_aes_key", channel.encoding_aes_key)
    # Only some kinds receive pushes, but an invalid key is rejected for every kind.
    if channel.kind == "alipay":  # its key decrypts the phone numbers of the mini-program
        if aes_key and not _is_base64_of(aes_key, 16):
            raise errors.invalid(
                "encoding_aes_key", "接口内容加密密钥应为 24 位字符，请从支付宝开放平台重新复制"
            )
        return
    mode = (values.get("mode") or channel.mode) if channel.kind in PUSH_KINDS else "plain"
    fault = find_encryption_problem(mode=mode, encoding_aes_key=aes_key)
    if fault:
        raise errors.invalid("encoding_aes_key", fault)
