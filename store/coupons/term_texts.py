"""The terms of a coupon item by item, as staff read and compare them before an approval."""

from collections.abc import Iterable

from store.catalog import product_groups
from store.core import money
from store.coupons import display
from store.coupons import terms as coupon_terms
from store.coupons.terms import Exchange, Terms
from store.tenants import cost_centres

_OTHERS = {"none": "不可与其他优惠券同用", "any": "可与其他优惠券同用", "chosen": "仅与指定优惠券同用"}


def list_texts(terms: Terms) -> list[tuple[str, str]]:
    """Return pairs of label and text, each item of the terms once."""
    shown = display.describe(terms)
    return [
        ("优惠券名称", terms.name), ("副标题", terms.title), ("类型", shown.kind_label), ("优惠内容", shown.headline),
        ("使用门槛", shown.threshold), *_list_exchanged(terms),
        ("发行总量", "不限" if terms.stock is None else f"{terms.stock} 张"),
        ("公开领取", _describe_claims(terms)), ("活动发券", "可以" if terms.by_campaign else "不可以"),
        ("有效期", shown.validity), ("可用时段", coupon_terms.describe_hours(terms) or "不限"),
        ("可用门店", _join(terms.shops, terms.shop_groups)), ("可用商品", _join(terms.products, _name_groups(terms))),
        ("叠加", _describe_stacking(terms)), ("每单限用", f"{terms.stacking.per_order} 张"),
        ("退款", "不退券" if terms.return_days is None else f"使用后 {terms.return_days} 天内退款可退券"),
        ("转赠", "不可转赠" if terms.gift_hours is None else f"可转赠，{terms.gift_hours} 小时内领取"),
        ("成本中心", cost_centres.name_of(terms.cost_centre)), ("单张成本", f"{money.yuan(terms.cost_fen)} 元"),
        ("颜色", terms.colour), ("标志图片", terms.logo_url), ("广告图片", terms.picture_url),
        ("详情描述", terms.content), ("使用须知", terms.instructions), ("免责声明", terms.disclaimer),
        ("客服电话", terms.service_phone),
    ]  # fmt: skip


def compare(before: Terms | None, after: Terms) -> list[tuple[str, str, str]]:
    """Return label, text before and text after of what differs. Without terms before, all that is filled in."""
    old = dict(list_texts(before)) if before is not None else {}
    rows = [(label, old.get(label, ""), text) for label, text in list_texts(after)]
    gone = [(label, text, "") for label, text in old.items() if label not in dict(list_texts(after))]
    return [row for row in [*rows, *gone] if row[1] != row[2]]


def _list_exchanged(terms: Terms) -> list[tuple[str, str]]:
    goods = terms.benefit.products if isinstance(terms.benefit, Exchange) else ()
    return [("兑换商品", _join(goods, ()))] if goods else []


def _name_groups(terms: Terms) -> list[str]:
    """Return the product groups by name, those of other systems by code."""
    names = product_groups.read_names(set(terms.product_groups)) if terms.product_groups else {}
    return [names.get(code, code) for code in terms.product_groups]


def _join(codes: Iterable[str], groups: Iterable[str]) -> str:
    return "、".join([*codes, *(f"组 {group}" for group in groups)]) or "全部"


def _describe_claims(terms: Terms) -> str:
    limit = terms.claims_per_member
    return "不公开" if limit is None else f"每人限领 {limit} 张"


def _describe_stacking(terms: Terms) -> str:
    promotions = "可与促销同享" if terms.stacking.promotions else "不与促销同享"
    chosen = f"（{'、'.join(terms.stacking.rules)}）" if terms.stacking.others == "chosen" else ""
    return f"{_OTHERS[terms.stacking.others]}{chosen}，{promotions}"
