"""The fields of a card template and their limits, which are those of WeChat and Alipay."""

import io
import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from PIL import Image

from store.core import errors, input_limits

VALIDITIES = {"permanent": "永久有效", "range": "固定日期", "days": "领取后若干天"}
ACTIVATIONS = {"auto": "自动激活", "one_click": "一键激活", "jump": "跳转激活"}
# The colours that WeChat allows for cards.
COLOURS = {
    "Color010": "#63b359", "Color020": "#2c9f67", "Color030": "#509fc9", "Color040": "#5885cf", "Color050": "#9062c0",
    "Color060": "#d09a45", "Color070": "#e4b138", "Color080": "#ee903c", "Color081": "#f08500", "Color082": "#a9d92d",
    "Color090": "#dd6549", "Color100": "#cc463d", "Color101": "#cf3e36", "Color102": "#5e6671",
}  # fmt: skip
NAMES = (
    "title", "brand", "colour", "logo_url", "cover_url", "privileges", "instructions", "notice", "service_phone",
    "validity", "valid_from", "valid_until", "valid_days", "shown", "platforms", "activation", "can_gift",
    "pay_from_fen", "pay_until",
)  # fmt: skip
PICTURES = {"cover": ((1024, 643), 1024 * 1024, "1 MB"), "logo": ((500, 500), 512 * 1024, "512 KB")}
MAX_DAYS, MAX_PAY_FEN = 3650, 10_000_000
MAX_PAY_PERIOD = timedelta(days=3650)
_TEXTS = {
    "title": ("卡名称", 9), "brand": ("商户名称", 12), "privileges": ("特权说明", 1000),
    "instructions": ("使用须知", 1000), "notice": ("卡面提醒", 16),
}  # fmt: skip
PICTURE_URL = re.compile(
    r"(?:https?://[^/\s]{1,100})?/pictures/[A-Za-z0-9_-]{1,40}/([a-z2-7]{24}\.(?:jpg|png))"
)
_PHONE = re.compile(r"[0-9+][0-9\- ]{4,23}")
_DEFAULTS: Mapping[str, Any] = {
    "cover_url": "", "service_phone": "", "validity": "permanent", "valid_from": None, "valid_until": None,
    "valid_days": None, "shown": ["points", "balance", "tier"], "platforms": [], "activation": "one_click",
    "can_gift": False, "pay_from_fen": None, "pay_until": None,
}  # fmt: skip


def check(
    values: Mapping[str, Any], *, today: date, before: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return all fields of a template. A field that is left out has its default. Raises DomainError(invalid)."""
    unknown = sorted(set(values) - set(NAMES))
    if unknown:
        raise errors.invalid(unknown[0], "不认识的字段")
    found = {**_DEFAULTS, **values}
    for name, (label, longest) in _TEXTS.items():
        text = str(found.get(name) or "").strip()
        if not 1 <= len(text) <= longest or not input_limits.is_storable_text(text):
            raise errors.invalid(name, f"请填写{label}，最多 {longest} 个字")
        found[name] = text
    if found.get("colour") not in COLOURS:
        raise errors.invalid("colour", "请选择卡面颜色")
    _check_pictures(found)
    if found["service_phone"] and not _PHONE.fullmatch(found["service_phone"]):
        raise errors.invalid("service_phone", "请填写客服电话，例如 400-800-8888")
    found["shown"] = _check_choices(found["shown"], ("points", "balance", "tier"), field="shown")
    found["platforms"] = _check_choices(found["platforms"], ("wechat", "alipay"), field="platforms")
    if not isinstance(found["can_gift"], bool):
        raise errors.invalid("can_gift", "请选择是或否")
    _check_validity(found)
    _check_pay_rule(found, today, before or {})
    return found


def check_activations(kinds: Sequence[str]) -> str:
    """Return the one activation. Raises DomainError(invalid) for several, which exclude one another at WeChat."""
    unknown = [kind for kind in kinds if kind not in ACTIVATIONS]
    if unknown or not kinds:
        raise errors.invalid("activations", "请选择激活方式")
    chosen = list(dict.fromkeys(kinds))
    if len(chosen) > 1:
        dropped = "、".join(ACTIVATIONS[kind] for kind in chosen[1:])
        raise errors.invalid(
            "activations", f"激活方式只能选一种，保留{ACTIVATIONS[chosen[0]]}时请去掉{dropped}"
        )
    return chosen[0]


def check_picture(data: bytes, kind: str) -> None:
    """Check a cover of 1024×643 or a logo of 500×500 pixels, PNG or JPG. Raises DomainError(invalid)."""
    if kind not in PICTURES:
        raise errors.invalid("kind", "图片应为封面或 logo")
    size, max_bytes, text = PICTURES[kind]
    if len(data) > max_bytes:
        raise errors.invalid("file", f"图片不能超过 {text}")
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as opened:
            actual = opened.size
    except Exception:  # a decoder raises all kinds of errors for invalid bytes
        raise errors.invalid("file", "请上传 JPG 或 PNG 图片") from None
    if actual != size:
        raise errors.invalid("file", f"图片应为 {size[0]}×{size[1]} 像素，这张是 {actual[0]}×{actual[1]}")


def _check_pictures(found: dict[str, Any]) -> None:
    for name, label in (("logo_url", "logo"), ("cover_url", "封面")):
        url = str(found.get(name) or "")
        if (url or name == "logo_url") and not PICTURE_URL.fullmatch(url):
            raise errors.invalid(name, f"请上传{label}")
        found[name] = url


def _check_choices(chosen: Any, allowed: Sequence[str], *, field: str) -> list[str]:
    if not isinstance(chosen, list | tuple) or set(chosen) - set(allowed):
        raise errors.invalid(field, "请重新选择")
    return [name for name in allowed if name in chosen]


def _check_validity(found: dict[str, Any]) -> None:
    kind = found["validity"]
    if kind not in VALIDITIES:
        raise errors.invalid("validity", "请选择有效期")
    if kind == "range":
        if not found["valid_from"] or not found["valid_until"] or found["valid_from"] > found["valid_until"]:
            raise errors.invalid("valid_until", "请选择开始和结束日期")
        input_limits.check_day(found["valid_from"], field="valid_from")
        input_limits.check_day(found["valid_until"], field="valid_until")
    else:
        found["valid_from"] = found["valid_until"] = None
    if kind == "days":
        if found["valid_days"] is None:
            raise errors.invalid("valid_days", "请填写天数")
        input_limits.check_number(found["valid_days"], field="valid_days", minimum=1, maximum=MAX_DAYS)
    else:
        found["valid_days"] = None


def _check_pay_rule(found: dict[str, Any], today: date, before: Mapping[str, Any]) -> None:
    if found["pay_from_fen"] is None:
        found["pay_until"] = None
        return
    input_limits.check_number(found["pay_from_fen"], field="pay_from_fen", minimum=1, maximum=MAX_PAY_FEN)
    until = found["pay_until"]
    if not isinstance(until, date):
        raise errors.invalid("pay_until", "请选择支付后领卡的结束日期")
    if until != before.get("pay_until") and not today <= until <= today + MAX_PAY_PERIOD:
        raise errors.invalid("pay_until", "结束日期应在今天以后的十年内")
    if "wechat" not in found["platforms"]:
        raise errors.invalid("pay_from_fen", "支付后领卡需要勾选微信卡包")
