"""A QR code (二维码) with a scene: a store's, a product's, an activity's … and how often it was scanned."""

from datetime import datetime
from typing import Any

import peewee

from store.company import audit
from store.company.channels import Channel
from store.kernel import clock, db, events, ids, refusals
from store.kernel.fields import Moment
from store.kernel.records import Record
from store.shop import shops

KINDS = ("shop", "product", "activity", "staff", "table")
LONGEST_S = 30 * 24 * 3600


class QrCode(Record):
    """`scene` comes back in the scan; `url` is what the picture holds, once the platform gave it."""

    channel = peewee.ForeignKeyField(Channel, on_delete="CASCADE")
    kind = peewee.CharField(max_length=20, constraints=[peewee.Check(f"kind IN {KINDS}")])
    target = peewee.CharField(max_length=64)
    scene = peewee.CharField(max_length=64)
    name = peewee.CharField(max_length=60)
    permanent = peewee.BooleanField(default=True)
    lasts_s = peewee.IntegerField(null=True)
    expires_at = Moment(null=True)
    ticket = peewee.CharField(max_length=300, null=True)
    url = peewee.CharField(max_length=300, null=True)
    scans = peewee.IntegerField(default=0)
    follows = peewee.IntegerField(default=0)
    made_at = Moment(default=clock.now)

    class Meta:
        indexes = ((("channel", "scene"), True), (("channel", "kind", "target", "name"), True))


@db.verb
def design(
    *, channel: Channel, kind: str, target: str, name: str, permanent: bool = True, lasts_s: int | None = None
) -> QrCode:
    """Enter a code for a target; designed twice under the same name it is the same one.

    `ticket` and `url` stay empty until the platform has been asked (`given`).
    """
    name = name.strip()
    _check(kind=kind, target=target, name=name, permanent=permanent, lasts_s=lasts_s)
    if kind == "shop":
        shops.of_public_id(target)
    same = (
        (QrCode.channel == channel)
        & (QrCode.kind == kind)
        & (QrCode.target == target)
        & (QrCode.name == name)
    )
    found = QrCode.get_or_none(same)
    if found is not None:
        return found
    audit.record("qr_codes.design", f"{kind}:{target}", after={"name": name, "permanent": permanent})
    code = QrCode.create(
        channel=channel,
        kind=kind,
        target=target,
        name=name,
        permanent=permanent,
        lasts_s=lasts_s,
        scene=f"{kind}_{ids.public()[:16]}",
    )
    events.record("qr_codes.designed", channel_id=channel.id, code_id=code.id)
    return code


@db.verb
def given(code_id: int, *, ticket: str, url: str, expires_at: datetime | None) -> QrCode:
    """Keep what the platform gave for a code; a temporary code may be given anew when it has run out."""
    code = db.lock(QrCode.select().where(QrCode.id == code_id)).get()
    code.ticket, code.url, code.expires_at = ticket, url, expires_at
    code.save()
    return code


@db.verb
def scanned(*, channel: Channel, scene: str, customer_id: int, by_follow: bool) -> QrCode | None:
    """Count a scan and return the code; None for a scene that is not ours."""
    code = QrCode.get_or_none((QrCode.channel == channel) & (QrCode.scene == scene))
    if code is None:
        return None
    counts: dict[Any, Any] = {QrCode.scans: QrCode.scans + 1}
    if by_follow:
        counts[QrCode.follows] = QrCode.follows + 1
    QrCode.update(counts).where(QrCode.id == code.id).execute()
    events.record(
        "qr_codes.scanned",
        customer_id=customer_id,
        channel_id=channel.id,
        shop_id=shop_of(code),
        code_id=code.id,
        code_kind=code.kind,
        by_follow=by_follow,
    )
    return code


def of_scene(channel: Channel, scene: str) -> QrCode | None:
    """The code behind a scene."""
    return QrCode.get_or_none((QrCode.channel == channel) & (QrCode.scene == scene))


def listing(channel: Channel | None = None) -> list[QrCode]:
    """All codes, those made last first."""
    query = QrCode.select(QrCode, Channel).join(Channel).order_by(QrCode.id.desc())
    return list(query.where(QrCode.channel == channel) if channel else query)


def find(code_id: int) -> QrCode:
    """One code; raises Refused(not_found)."""
    found = QrCode.get_or_none(QrCode.id == code_id)
    if found is None:
        raise refusals.not_found("该二维码")
    return found


def shop_of(code: QrCode | None) -> int | None:
    """The row id of the shop that a code belongs to; None for other kinds."""
    if code is None or code.kind != "shop":
        return None
    return int(shops.of_public_id(code.target).id)


def _check(*, kind: str, target: str, name: str, permanent: bool, lasts_s: int | None) -> None:
    if kind not in KINDS:
        raise refusals.invalid("kind", "二维码类型应为门店、商品、活动、员工或餐桌")
    if not 1 <= len(target) <= 64:
        raise refusals.invalid("target", "请填写二维码的对象，最多 64 个字符")
    if not 1 <= len(name) <= 60:
        raise refusals.invalid("name", "请填写二维码名称，最多 60 个字")
    if not permanent and not 60 <= (lasts_s or 0) <= LONGEST_S:
        raise refusals.invalid("lasts_s", "临时二维码有效期应为 60 秒到 30 天")
