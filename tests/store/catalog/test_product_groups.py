"""Product groups: filled while a draft, frozen once enabled, and named by point rules and coupons."""

from datetime import timedelta

import pytest

from store.catalog import (
    categories,
    changes,
    product_group_changes,
    product_group_members,
    product_groups,
    skus,
)
from store.catalog.product_groups import GroupFilter
from store.core.errors import DomainError
from store.core.listing import Page
from store.coupons import rules as coupon_rules
from store.customers import programmes
from store.orders import goods_lines
from store.orders.goods_lines import WantedSku
from store.points import points, rule_versions
from store.points import rules as point_rules
from store.promotions import product_group_deletion, promotions
from store.tenants import business_days, cost_centres
from tests.support import coupon_fixtures, promotion_fixtures


@pytest.fixture
def summer(cola):
    group = product_group_changes.create_group(code="SUMMER", name="夏季饮品", note="七月活动")
    product_group_changes.add_products(group, [cola])
    return group


def read_codes(shop, product):
    sku = skus.list_of_products([product.id])[product.id][0]
    (line,) = goods_lines.build(shop=shop, wanted=[WantedSku(sku.id, 1)])
    return line.categories


def test_a_group_is_created_once_and_its_code_is_no_categorys(summer, drinks):
    assert product_group_changes.create_group(code="SUMMER", name="夏季饮品").id == summer.id
    for code, name in (("SUMMER", "别的"), ("C1", "饮料组")):
        with pytest.raises(DomainError, match="编码"):
            product_group_changes.create_group(code=code, name=name)
    with pytest.raises(DomainError, match="商品组"):
        categories.create_category(code="SUMMER", name="夏季")
    assert product_groups.list_page(GroupFilter(search="夏季", state="draft"), Page())[1] == 1


def test_a_line_names_the_groups_of_its_product_once_they_are_enabled(shop, sold_cola, drinks, summer):
    by_category = product_group_changes.create_group(
        code="ALL-DRINKS", name="全部饮料", chosen_categories=[drinks]
    )
    assert read_codes(shop, sold_cola) == ("C1",)
    for _ in range(2):
        product_group_changes.enable(summer)
        product_group_changes.enable(by_category)
    assert read_codes(shop, sold_cola) == ("C1", "ALL-DRINKS", "SUMMER")
    below = categories.create_category(code="C2", name="茶", parent=drinks)
    tea = changes.create_product(
        code="P2", name="茶", category=below, skus=[{"code": "P2", "list_price_fen": 1}]
    )
    found = product_group_members.list_codes([tea], {tea.id: [below.id, drinks.id]})
    assert found == {tea.id: {"ALL-DRINKS"}}
    assert product_group_changes.retire(summer).state == "retired"
    assert "SUMMER" in read_codes(shop, sold_cola)


def test_an_enabled_group_is_frozen_and_a_copy_is_a_draft(summer, cola):
    assert product_group_changes.add_products(summer, [cola]) == 0
    empty = product_group_changes.create_group(code="EMPTY", name="空组")
    with pytest.raises(DomainError, match="还没有商品"):
        product_group_changes.enable(empty)
    with pytest.raises(DomainError, match="还没有启用"):
        product_group_changes.retire(empty)
    product_group_changes.enable(summer)
    for change in (
        lambda: product_group_changes.change_group(summer, name="新名"),
        lambda: product_group_changes.add_products(summer, [cola]),
        lambda: product_group_changes.remove_products(summer, [cola]),
    ):
        with pytest.raises(DomainError, match="不能修改"):
            change()
    for _ in range(2):
        copied = product_group_changes.copy_group(summer, code="SUMMER2", name="夏季二")
    assert (copied.state, product_group_members.count_products(copied)) == ("draft", 1)
    assert product_group_changes.change_group(copied, note="改").note == "改"
    assert [product_group_changes.remove_products(copied, [cola]) for _ in range(2)] == [1, 0]


def test_rules_choose_enabled_groups_only_and_keep_them_from_deletion(summer):
    coupon_fixtures.create_cost_centre()
    programme, centre = programmes.get_default(), cost_centres.create(code="MKT2", name="市场部二")
    group = points.list_groups(programme)[0]
    rule = {
        "group": group, "name": "夏季双倍", "basis": "amount", "points": 2, "per_units": 100, "cost_centre": centre,
        "category": "SUMMER",
    }  # fmt: skip
    with pytest.raises(DomainError, match="未启用"):
        point_rules.add_rule(**rule)
    with pytest.raises(DomainError, match="未启用"):
        coupon_rules.create_draft(
            programme=programme, values=coupon_fixtures.rule_values(product_groups=["SUMMER"])
        )
    product_group_changes.enable(summer)
    added = point_rules.add_rule(**rule)
    product_group_changes.retire(summer)
    values = {name: getattr(added, name) for name in rule_versions.CHANGEABLE}
    assert rule_versions.change(rule_id=added.id, **values | {"points": 3}).points == 3
    with pytest.raises(DomainError, match="已停用"):
        point_rules.add_rule(**rule | {"name": "又一条"})
    with pytest.raises(DomainError, match="夏季双倍"):
        product_group_deletion.delete_group(summer)
    for row in point_rules.list_rules(programme.id)[0]:
        point_rules.end_rule(rule_id=row.id, last_day=business_days.today() - timedelta(days=2))
    product_group_deletion.delete_group(summer)
    with pytest.raises(DomainError, match="商品组"):
        product_group_deletion.delete_group(summer)


def test_a_coupon_rule_keeps_its_group_from_deletion(summer):
    coupon_fixtures.create_cost_centre()
    product_group_changes.enable(summer)
    values = coupon_fixtures.rule_values(product_groups=["SUMMER"])
    made = coupon_rules.create_draft(programme=programmes.get_default(), values=values)
    with pytest.raises(DomainError, match=made.name):
        product_group_deletion.delete_group(summer)


def test_a_promotion_keeps_its_group_from_deletion(summer):
    product_group_changes.enable(summer)
    made = promotion_fixtures.run(product_groups=["SUMMER"])
    with pytest.raises(DomainError, match=made.name):
        product_group_deletion.delete_group(summer)
    promotions.end(made)
    product_group_deletion.delete_group(summer)
