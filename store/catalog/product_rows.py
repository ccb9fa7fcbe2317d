"""One line of a file of goods (商品名单) as values: which product, and which of its SKUs."""

from typing import Any

from store.catalog.fields import MAX_PRICE_FEN
from store.core import money
from store.core.errors import invalid

CLEAR = "-"  # an empty cell leaves a value as it is
LABELS = {
    "code": "商品编码", "name": "商品名称", "category": "分类编码", "brand": "品牌", "unit": "单位", "origin": "产地",
    "keywords": "搜索关键词", "specifications": "规格名称", "sku_code": "规格编码", "barcode": "条形码",
    "specification": "规格值", "list_price": "零售价（元）", "member_price": "会员价（元）",
}  # fmt: skip
SKU_COLUMNS = ("barcode", "specification", "list_price", "member_price")
PRODUCT_COLUMNS = ("name", "brand", "unit", "origin", "keywords")


def read_product(cells: dict[str, str]) -> dict[str, Any]:
    """Return the values of the product that a line sets, without its category."""
    found: dict[str, Any] = {name: _clear(cells[name], "") for name in PRODUCT_COLUMNS if cells.get(name)}
    if cells.get("specifications"):
        found["specifications"] = _clear(_split(cells["specifications"]), [])
    return found


def read_sku(cells: dict[str, str], code: str, before: dict[str, Any] | None) -> dict[str, Any]:
    """Return the SKU of a line. What the line leaves out is taken from `before`. Raises DomainError(invalid)."""
    found = dict(before or {}) | {"code": code}
    if cells.get("barcode"):
        found["barcode"] = _clear(cells["barcode"], None)
    if cells.get("specification"):
        found["specification"] = _clear(_split(cells["specification"]), [])
    for column in ("list_price", "member_price"):
        if cells.get(column):
            found[f"{column}_fen"] = None if cells[column] == CLEAR else _to_fen(column, cells[column])
    if found.get("list_price_fen") is None:
        raise invalid("list_price", "请填写零售价")
    return found


def _to_fen(column: str, text: str) -> int:
    fen = money.fen(text, field=column)
    if fen > MAX_PRICE_FEN:
        raise invalid(column, f"不能超过 {money.yuan(MAX_PRICE_FEN)} 元")
    return fen


def _split(text: str) -> list[str] | str:
    return CLEAR if text == CLEAR else [part.strip() for part in text.split("/") if part.strip()]


def _clear(value: Any, empty: Any) -> Any:
    return empty if value == CLEAR else value
