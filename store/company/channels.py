"""A channel account (渠道账号): an official account, a mini-program … with the keys it needs."""

import base64
import re
from datetime import datetime, timedelta

import peewee

from store.company import audit, tenants
from store.kernel import bounds, clock, db, ids, recent, refusals
from store.kernel.fields import Encrypted, Moment
from store.kernel.records import Record

KINDS = ("wechat_official", "wechat_miniprogram", "sms")
MODES = ("plain", "compatible", "safe")
KEY = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]{0,39}")  # it stands in addresses
KEY_LETTERS = 12
_MADE_UP = re.compile(rf"[a-z2-7]{{{KEY_LETTERS}}}")  # as `ids.public` writes them
_FURTHER = (
    "original_id", "brand", "shop_id", "open_group", "provider", "token", "encoding_aes_key", "mode",
)  # fmt: skip


class Channel(Record):
    """`key` stands in addresses, `appid` is the platform's name for it, `mode` how its pushes are enciphered.

    Accounts with the same `open_group` share unionids (one open-platform account).
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
    secret = Encrypted()
    token = Encrypted(null=True)
    encoding_aes_key = Encrypted(null=True)
    mode = peewee.CharField(max_length=20, default="safe", constraints=[peewee.Check(f"mode IN {MODES}")])
    created_at = Moment(default=clock.now)

    class Meta:
        indexes = ((("kind", "appid"), True),)


class ChannelToken(Record):
    """The platform's access token of an account: one for all processes, fetched by whoever claims it."""

    channel = peewee.ForeignKeyField(Channel, unique=True, on_delete="CASCADE")
    token = Encrypted(null=True)
    expires_at = Moment(null=True)
    claimed_until = Moment(null=True)
    fetched_at = Moment(null=True)
    paused_until = Moment(null=True)


@db.verb
def add(
    *, kind: str, name: str, appid: str, secret: str, key: str | None = None, **rest: str | None
) -> Channel:
    """Add an account; `rest` are further columns of Channel. Added twice with the same appid it is changed.

    The key is entered in the registry first and stays there when the rest fails: asked again, it is used.
    """
    appid = appid.strip()
    told = {name: _stripped(value) for name, value in {"name": name, "secret": secret, **rest}.items()}
    _check(kind=kind, appid=appid, key=key, told=told)
    # Nobody adds the account between the look for it and the look for its key.
    db.queue_for("channels.add")
    channel = db.lock(Channel.select().where((Channel.kind == kind) & (Channel.appid == appid))).first()
    if channel is None:
        channel = Channel(kind=kind, appid=appid, key=key or _left_over(kind) or ids.public()[:KEY_LETTERS])
        _check_free(channel.key)
    _check_seal(channel, told)
    if channel.id is not None and all(getattr(channel, column) == value for column, value in told.items()):
        return channel
    tenants.enter_account_key(key=channel.key, kind=kind)
    for column, value in told.items():
        setattr(channel, column, value)
    channel.save()
    audit.record(
        "channels.add", f"channel:{channel.key}", after={"kind": kind, "appid": appid, "name": channel.name}
    )
    db.after_commit(recent.forget)
    return channel


def listing() -> list[Channel]:
    """All accounts by kind and key."""
    return list(Channel.select().order_by(Channel.kind, Channel.key))


@db.verb
def listing_for_secrets() -> list[Channel]:
    """All accounts for somebody who is going to be shown their secrets; who that was is logged."""
    found = listing()
    audit.record("channels.show_secrets", "channels", after={"keys": [channel.key for channel in found]})
    return found


@recent.remembered(seconds=2)
def of_key(key: str) -> Channel:
    """The account behind a key; raises Refused(not_found)."""
    channel = Channel.get_or_none(Channel.key == key)
    if channel is None:
        raise refusals.not_found("该账号")
    return channel


def of_id(channel_id: int) -> Channel:
    """The account behind a row id that an event carries."""
    return Channel.get_by_id(channel_id)


@recent.remembered(seconds=2)
def first_of(kind: str) -> Channel | None:
    """The first account of a kind, where a page has to choose one by itself."""
    return Channel.select().where(Channel.kind == kind).order_by(Channel.id).first()


def fault_of_seal(*, mode: str, encoding_aes_key: str | None) -> str | None:
    """What stands in the way of opening an official account's pushes, as a sentence; None when nothing does."""
    if not encoding_aes_key:
        return None if mode == "plain" else "兼容和安全模式需要 EncodingAESKey"
    try:
        right = len(base64.b64decode(encoding_aes_key + "=", validate=True)) == 32
    except ValueError:  # other characters than those of base64
        right = False
    return None if right else "EncodingAESKey 应为 43 位字母和数字，请从公众平台重新复制"


class TokenBook:
    """The shared page on which the processes of a tenant keep one account's access token.

    It has the shape that `platforms.wechat_token.Tokens` asks for.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel_id = channel.id

    def read(self) -> tuple[str, datetime] | None:
        """The token and the moment it ends."""
        row = self._row()
        return (row.token, row.expires_at) if row and row.token and row.expires_at else None

    @db.verb
    def claim(self, lease_s: float) -> bool:
        """Become the one that fetches; False while somebody else is at it."""
        now = clock.now()
        ChannelToken.insert(channel=self.channel_id).on_conflict_ignore().execute()
        free = ChannelToken.claimed_until.is_null() | (ChannelToken.claimed_until < now)
        mine = (ChannelToken.channel == self.channel_id) & free
        until = now + timedelta(seconds=lease_s)
        return ChannelToken.update(claimed_until=until).where(mine).execute() == 1

    @db.verb
    def write(self, token: str, expires_at: datetime) -> None:
        """Keep a fetched token; the claim stays until it is given up, as a forced fetch never gives up its own."""
        ChannelToken.insert(channel=self.channel_id).on_conflict_ignore().execute()
        ChannelToken.update(token=token, expires_at=expires_at, fetched_at=clock.now()).where(
            ChannelToken.channel == self.channel_id
        ).execute()

    @db.verb
    def release(self) -> None:
        """Give up the claim without a token."""
        ChannelToken.update(claimed_until=None).where(ChannelToken.channel == self.channel_id).execute()

    @db.verb
    def pause(self, until: datetime) -> None:
        """Let nobody call the platform before `until`."""
        ChannelToken.insert(channel=self.channel_id).on_conflict_ignore().execute()
        ChannelToken.update(paused_until=until).where(ChannelToken.channel == self.channel_id).execute()

    def paused_until(self) -> datetime | None:
        """The moment until which calls are held back."""
        row = self._row()
        return row.paused_until if row else None

    def last_fetch_at(self) -> datetime | None:
        """When a token was fetched last."""
        row = self._row()
        return row.fetched_at if row else None

    def _row(self) -> ChannelToken | None:
        return ChannelToken.get_or_none(ChannelToken.channel == self.channel_id)


def _stripped(value: str | None) -> str | None:
    return value.strip() if isinstance(value, str) else value  # copied from a page, with a space


def _left_over(kind: str) -> str | None:
    """A made-up key that was entered in the registry for an account that then was not added."""
    mine = {channel.key for channel in listing()}
    free = [key for key, of in tenants.account_keys().items() if of == kind and key not in mine]
    return next((key for key in sorted(free) if _MADE_UP.fullmatch(key)), None)


def _check_free(key: str) -> None:
    if Channel.find(key=key) is not None:
        raise refusals.Refused("account_key_taken", f"账号标识 {key} 已被使用", field="key")


def _check(*, kind: str, appid: str, key: str | None, told: dict[str, str | None]) -> None:
    unknown = sorted(set(told) - {"name", "secret"} - set(_FURTHER))
    if unknown:
        raise refusals.invalid(unknown[0], "不认识的字段")
    if kind not in KINDS:
        raise refusals.invalid("kind", "未知的账号类型")
    if not told["name"] or len(told["name"]) > 60:
        raise refusals.invalid("name", "请填写账号名称，最多 60 个字")
    if key is not None and not KEY.fullmatch(key):
        raise refusals.invalid("key", "账号标识只能用字母、数字、- 和 _，最多 40 位")
    if not 1 <= len(appid) <= 64 or not told["secret"]:
        raise refusals.invalid("appid", "请填写 AppID 和 AppSecret")
    if told.get("mode", "safe") not in MODES:
        raise refusals.invalid("mode", "消息加解密方式应为明文、兼容或安全模式")
    if kind == "wechat_official" and not told.get("token"):
        raise refusals.invalid("token", "请填写服务器配置中的 Token")
    for name, value in told.items():
        longest = getattr(Channel._meta.fields[name], "max_length", None)
        if longest and value:
            bounds.line(value, field=name, longest=longest)


def _check_seal(channel: Channel, told: dict[str, str | None]) -> None:
    """Every push would fail without it, so it is looked at with what is known of the account already."""
    aes_key = told.get("encoding_aes_key", channel.encoding_aes_key)
    # Only official accounts are pushed to, but nobody's key may be nonsense.
    mode = (told.get("mode") or channel.mode) if channel.kind == "wechat_official" else "plain"
    fault = fault_of_seal(mode=mode, encoding_aes_key=aes_key)
    if fault:
        raise refusals.invalid("encoding_aes_key", fault)
