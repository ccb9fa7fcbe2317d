"""Details of a shop as texts: how the command line and CSV files write them, and how differences are shown."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from store.core.errors import invalid
from store.shops import hours_format
from store.shops.details import ShopDetails

CLEAR = "-"  # an empty text leaves a detail as it is
LABELS = {
    "brand": "品牌", "industry": "行业", "shop_type": "门店类型", "department": "上级部门", "source": "来源渠道",
    "logo_url": "标志", "contact": "联系人", "phone": "电话", "description": "说明", "introduction": "介绍",
    "region": "大区", "province": "省份", "city": "城市", "district": "区县", "address": "地址",
    "hours": "营业时间", "holidays": "节假日营业时间", "pictures": "照片", "advertisements": "广告图",
    "template": "页面模板", "delivery": "送货", "payment": "线上支付", "pickup": "自提", "location": "位置",
}  # fmt: skip
_YES, _NO = ("是", "true", "yes", "1"), ("否", "false", "no", "0")


class Difference(NamedTuple):
    """A detail that changes, as texts; an empty one is not set."""

    field: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{LABELS[self.field]}：{self.before or '（空）'} → {self.after or '（空）'}"


def parse_details(texts: dict[str, str]) -> dict[str, Any]:
    """Parse the texts of details by field, without the empty ones. Raises DomainError(invalid)."""
    return {field: _parse_detail(field, text.strip()) for field, text in texts.items() if text.strip()}


def format_detail(field: str, value: Any) -> str:
    """Format a detail as `parse_details` reads it."""
    formatter = _FORMATTERS.get(field)
    if formatter is not None:
        return formatter(value)
    if isinstance(value, bool):
        return _YES[0] if value else _NO[0]
    return str(value)


def list_differences(before: dict[str, Any], after: dict[str, Any]) -> list[Difference]:
    """Return the details of `after` that differ from those before, as texts."""
    return [
        Difference(field, format_detail(field, before[field]), format_detail(field, value))
        for field, value in after.items()
        if value != before[field]
    ]


def _parse_detail(field: str, text: str) -> Any:
    default = ShopDetails.model_fields[field].default
    if text == CLEAR and not isinstance(default, bool):
        return ShopDetails().to_columns()[field]
    if field in _PARSERS:
        return _PARSERS[field](text)
    return _parse_boolean(field, text) if isinstance(default, bool) else text


def _parse_boolean(field: str, text: str) -> bool:
    if text.lower() in (*_YES, *_NO):
        return text.lower() in _YES
    raise invalid(field, "应为是或否")


def _parse_advertisements(text: str) -> list[dict[str, str]]:
    return [_parse_advertisement(line) for line in text.splitlines() if line.strip()]


def _parse_advertisement(line: str) -> dict[str, str]:
    parts = [part.strip() for part in line.split("|")]
    if len(parts) > 3:
        raise invalid("advertisements", "每行应写成“图片地址 | 标题 | 链接”")
    return dict(zip(("picture", "title", "link"), parts, strict=False))


def _format_advertisements(values: Iterable[dict[str, str]]) -> str:
    return "\n".join(
        " | ".join(value.get(part, "") for part in ("picture", "title", "link")).rstrip(" |")
        for value in values
    )


_PARSERS: dict[str, Callable[[str], Any]] = {
    "hours": hours_format.parse_hours,
    "holidays": hours_format.parse_holidays,
    "pictures": str.split,
    "advertisements": _parse_advertisements,
}
_FORMATTERS: dict[str, Callable[[Any], str]] = {
    "hours": hours_format.format_hours,
    "holidays": hours_format.format_holidays,
    "pictures": " ".join,
    "advertisements": _format_advertisements,
    "location": lambda place: f"{place.lng:.6f},{place.lat:.6f}",
}
