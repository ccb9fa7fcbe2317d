"""Deletion of a product group (商品组) that no rule and no promotion names any more."""

from collections.abc import Iterator

from peewee import fn

from store.catalog import product_groups
from store.catalog.product_group_members import ProductGroupCategory, ProductGroupProduct
from store.catalog.product_groups import ProductGroup
from store.core import cache, clock, errors
from store.core.database import db
from store.coupons.coupons import Coupon
from store.coupons.rules import CouponRule
from store.points.rules import PointRule
from store.promotions.tables import Promotion
from store.tenants import audit, business_days

MAX_NAMED = 3


@db.transactional
def delete_group(group: ProductGroup) -> None:
    """Delete a group with its list.

    Raises DomainError(not_found, group_in_use), which names the effective rules. A second call finds nothing.
    """
    row = product_groups.lock(group)
    users = [*_list_point_rules(row.code), *_list_coupon_rules(row.code), *_list_promotions(row.code)]
    if users:
        names = "、".join(users[:MAX_NAMED]) + ("等" if len(users) > MAX_NAMED else "")
        raise errors.DomainError("group_in_use", f"{names}正在使用商品组“{row.name}”，不能删除", 409)
    for members in (ProductGroupProduct, ProductGroupCategory):
        members.delete().where(members.group == row.id).execute()
    row.delete_instance()
    audit.record("product_groups.delete", f"product_group:{row.code}", before={"name": row.name})
    db.after_commit(cache.clear)


def _list_point_rules(code: str) -> Iterator[str]:
    """Yield the point rules that name a group and have not ended."""
    open_ended = PointRule.ends_on.is_null() | (PointRule.ends_on >= business_days.today())
    for rule in PointRule.select().where((PointRule.category == code) & open_ended).order_by(PointRule.id):
        yield f"积分规则“{rule.name}”"


def _list_coupon_rules(code: str) -> Iterator[str]:
    """Yield the coupon rules that name a group and have not ended, or have coupons that are still valid."""
    valid = (Coupon.rule == CouponRule.id) & (Coupon.state == "issued") & (Coupon.ends_at > clock.now())
    effective = (CouponRule.state != "ended") | fn.EXISTS(Coupon.select(Coupon.id).where(valid))
    named = CouponRule.terms_json.contains(f'"{code}"')
    for rule in CouponRule.select().where(named & effective).order_by(CouponRule.id):
        if code in rule.terms.product_groups:
            yield f"优惠券“{rule.name}”"


def _list_promotions(code: str) -> Iterator[str]:
    """Yield the promotions that name a group and are not over."""
    effective = (Promotion.state != "ended") & (Promotion.ends_at > clock.now())
    named = Promotion.content_json.contains(f'"{code}"')
    for row in Promotion.select().where(named & effective).order_by(Promotion.id):
        if code in row.draft.product_groups:
            yield f"促销“{row.name}”"
