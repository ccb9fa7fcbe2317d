"""QR codes (二维码) with a scene: of a shop, a product, an activity, and how often they were scanned."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import peewee

from store.core import clock, errors, events, ids, listing
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.core.listing import Page
from store.shops import shops
from store.shops.shops import Shop
from store.tenants import audit, pictures
from store.tenants.channels import Channel

KINDS = ("shop", "product", "activity", "staff", "table")
MAX_LIFETIME_S = 30 * 24 * 3600
MAX_ALIPAY_LIFETIME_S = 1800
MIN_REMAINING = timedelta(minutes=1)  # a temporary code with less than this left is as good as gone


class QrCode(Model):
    """`scene` comes back in the scan; `url` is what the image encodes, once the platform has returned it.

    `logo` is the name of an uploaded picture in the centre of the image, or empty.
    """

    channel = peewee.ForeignKeyField(Channel, on_delete="CASCADE")
    kind = peewee.CharField(max_length=20, constraints=[peewee.Check(f"kind IN {KINDS}")])
    target = peewee.CharField(max_length=64)
    scene = peewee.CharField(max_length=64)
    name = peewee.CharField(max_length=60)
    permanent = peewee.BooleanField(default=True)
    lifetime_s = peewee.IntegerField(null=True)
    expires_at = UtcDateTimeField(null=True)
    ticket = peewee.CharField(max_length=300, null=True)
    url = peewee.CharField(max_length=300, null=True)
    logo = peewee.CharField(max_length=40, default="")
    scans = peewee.IntegerField(default=0)
    follows = peewee.IntegerField(default=0)
    created_at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = ((("channel", "scene"), True), (("channel", "kind", "target", "name"), True))


@dataclass(frozen=True)
class QrCodeFilter:
    """`search` is a part of the name. With `shop_ids` only the codes of these shops count, None for all."""

    search: str = ""
    kind: str | None = None
    account: str | None = None
    shop_ids: frozenset[int] | None = None


_SORTS = {
    "created_at": QrCode.created_at, "name": QrCode.name, "scans": QrCode.scans, "follows": QrCode.follows,
}  # fmt: skip


@db.transactional
def create(
    *,
    channel: Channel,
    kind: str,
    target: str,
    name: str,
    permanent: bool = True,
    lifetime_s: int | None = None,
    logo: str = "",
) -> QrCode:
    """Create a code for a target. Idempotent by name.

    `ticket` and `url` stay empty until `store_ticket`.
    """
    name = name.strip()
    _validate_code(kind=kind, target=target, name=name, permanent=permanent, lifetime_s=lifetime_s)
    if channel.kind == "alipay" and (lifetime_s or 0) > MAX_ALIPAY_LIFETIME_S:
        raise errors.invalid("lifetime_s", "支付宝的临时二维码最长 30 分钟，请选 30 分钟或永久")
    _validate_logo(logo)
    if kind == "shop":
        shops.get_by_public_id(target)
    same = (
        (QrCode.channel == channel)
        & (QrCode.kind == kind)
        & (QrCode.target == target)
        & (QrCode.name == name)
    )
    found = QrCode.get_or_none(same)
    if found is not None:
        return found
    audit.record("qr_codes.create", f"{kind}:{target}", after={"name": name, "permanent": permanent})
    code = QrCode.create(
        channel=channel,
        kind=kind,
        target=target,
        name=name,
        permanent=permanent,
        lifetime_s=lifetime_s,
        logo=logo,
        scene=f"{kind}_{ids.public_id()[:16]}",
    )
    events.record("qr_codes.created", channel_id=channel.id, code_id=code.id)
    return code


@db.transactional
def change(code: QrCode, *, name: str, logo: str) -> QrCode:
    """Change name and logo of a code. Idempotent. Raises DomainError: invalid, not_found, name_taken."""
    row = _lock(code.id)
    name = name.strip()
    _validate_code(
        kind=row.kind, target=row.target, name=name, permanent=row.permanent, lifetime_s=row.lifetime_s
    )
    _validate_logo(logo)
    same = (QrCode.channel == row.channel_id) & (QrCode.kind == row.kind) & (QrCode.target == row.target)
    if QrCode.select().where(same & (QrCode.name == name) & (QrCode.id != row.id)).exists():
        raise errors.invalid("name", "该对象已有同名的二维码")
    before = {"name": row.name, "logo": row.logo}
    after = {"name": name, "logo": logo}
    if before != after:
        row.update_fields(**after)
        audit.record("qr_codes.change", f"qr_code:{row.id}", before=before, after=after)
    return row


@db.transactional
def delete(code: QrCode) -> None:
    """Delete a code: a scan of a printed one then counts nowhere and opens no shop. Idempotent."""
    row = QrCode.find(id=code.id, lock=True)
    if row is not None:
        before = {"kind": row.kind, "target": row.target, "name": row.name, "scans": row.scans}
        audit.record("qr_codes.delete", f"qr_code:{row.id}", before=before)
        row.delete_instance()


@db.transactional
def request_ticket(code: QrCode) -> QrCode:
    """Request a ticket from the platform for a code that has none, or an expired one."""
    row = _lock(code.id)
    if not has_valid_ticket(row):
        audit.record("qr_codes.request_ticket", f"qr_code:{row.id}")
        events.record("qr_codes.created", channel_id=row.channel_id, code_id=row.id)
    return row


@db.transactional
def store_ticket(code_id: int, *, ticket: str, url: str, expires_at: datetime | None) -> QrCode:
    """Store the platform's ticket of a code. An expired temporary code gets a new one."""
    code = db.lock(QrCode.select().where(QrCode.id == code_id)).get()
    code.ticket, code.url, code.expires_at = ticket, url, expires_at
    code.save()
    return code


@db.transactional
def count_scan(*, channel: Channel, scene: str, customer_id: int, by_follow: bool) -> QrCode | None:
    """Count a scan and return the code, or None for an unknown scene."""
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
        shop_id=shop_id_of(code),
        code_id=code.id,
        code_kind=code.kind,
        by_follow=by_follow,
    )
    return code


def find_by_scene(channel: Channel, scene: str) -> QrCode | None:
    """Return the code of a scene, or None."""
    return QrCode.get_or_none((QrCode.channel == channel) & (QrCode.scene == scene))


def list_codes(channel: Channel | None = None) -> list[QrCode]:
    """Return all codes, the newest first."""
    query = QrCode.select(QrCode, Channel).join(Channel).order_by(QrCode.id.desc())
    return list(query.where(QrCode.channel == channel) if channel else query)


def find_by_id(code_id: int) -> QrCode | None:
    """Return one code, or None."""
    return QrCode.find(id=code_id)


def get_by_id(code_id: int) -> QrCode:
    """Return one code. Raises DomainError(not_found)."""
    found = find_by_id(code_id)
    if found is None:
        raise errors.not_found("该二维码")
    return found


def has_valid_ticket(code: QrCode) -> bool:
    """Return whether the code has a ticket that stays valid long enough to print."""
    return bool(code.url) and (code.expires_at is None or code.expires_at > clock.now() + MIN_REMAINING)


def list_page(criteria: QrCodeFilter, page: Page) -> tuple[list[QrCode], int]:
    """Return a page of codes and the number of all."""
    return listing.read_page(_select(criteria), page, sorts=_SORTS, default="-created_at", id_field=QrCode.id)


def iterate_codes(criteria: QrCodeFilter) -> Iterator[QrCode]:
    """Yield all codes of a filter, the newest first."""
    yield from _select(criteria).order_by(QrCode.id.desc())


def count_codes(criteria: QrCodeFilter) -> int:
    """Return the number of codes of a filter."""
    return int(_select(criteria).count())


def shop_id_of(code: QrCode | None) -> int | None:
    """Return the row id of the code's shop, or None for other kinds."""
    if code is None or code.kind != "shop":
        return None
    return int(shops.get_by_public_id(code.target).id)


def _lock(code_id: int) -> QrCode:
    row = QrCode.find(id=code_id, lock=True)
    if row is None:
        raise errors.not_found("该二维码")
    return row


def _select(criteria: QrCodeFilter) -> Any:
    query = QrCode.select(QrCode, Channel).join(Channel)
    if criteria.search:
        query = query.where(QrCode.name.contains(criteria.search))
    if criteria.kind:
        query = query.where(QrCode.kind == criteria.kind)
    if criteria.account:
        query = query.where(Channel.key == criteria.account)
    if criteria.shop_ids is not None:
        own = Shop.select(Shop.public_id).where(Shop.id << sorted(criteria.shop_ids))
        query = query.where((QrCode.kind == "shop") & (QrCode.target << own))
    return query


def _validate_logo(logo: str) -> None:
    if logo and not pictures.NAME_PATTERN.fullmatch(logo):
        raise errors.invalid("logo", "请上传图片作为标志")


def _validate_code(*, kind: str, target: str, name: str, permanent: bool, lifetime_s: int | None) -> None:
    if kind not in KINDS:
        raise errors.invalid("kind", "二维码类型应为门店、商品、活动、员工或餐桌")
    if not 1 <= len(target) <= 64:
        raise errors.invalid("target", "请填写二维码的对象，最多 64 个字符")
    if not 1 <= len(name) <= 60:
        raise errors.invalid("name", "请填写二维码名称，最多 60 个字")
    if not permanent and not 60 <= (lifetime_s or 0) <= MAX_LIFETIME_S:
        raise errors.invalid("lifetime_s", "临时二维码有效期应为 60 秒到 30 天")
