"""Sold units reach the lists of shops, and a product is deleted once no shop has it."""

import pytest

from store.catalog import categories, shop_goods, shop_product_list, skus
from store.catalog import changes as goods_changes
from store.core.errors import DomainError
from store.stock import changes, product_deletion, reservations, sold_counts
from store.stock.stock_lines import StockLine
from tests.support.stock_fixtures import reserve


@pytest.fixture
def sold_tea(shop, tea):
    drinks = categories.create_category(code="C1", name="饮料")
    tea.product.update_fields(state="draft")
    product = goods_changes.publish(goods_changes.change_product(tea.product, category=drinks))
    shop_goods.take_over(shop, [product])
    return tea


def test_what_leaves_and_comes_back_is_counted_in_the_list(shop, sold_tea):
    def sold():
        sold_counts.renew_sold_counts()
        return [row.sold for row in shop_product_list.list_products(shop, sort="sales")[0]]

    assert sold() == [0]
    reserve(shop, "O1", (sold_tea, 4))
    assert sold() == [0]
    reservations.commit("O1")
    assert (sold(), sold_counts.renew_sold_counts()) == ([4], 0)
    reservations.give_back(order_number="O1", lines=[StockLine(sold_tea.id, 1)], key="R1")
    assert sold() == [3]


def test_a_product_is_deleted_once_it_is_off_sale_and_out_of_stock(shop, sold_tea):
    product = sold_tea.product
    with pytest.raises(DomainError, match="请先下架"):
        product_deletion.delete_product(product)
    goods_changes.unpublish(product)
    result = product_deletion.delete_many([product])
    assert (result.changed, [reason for _, reason in result.refused]) == (
        [], ["“龙井”在 1 家门店还有库存，不能删除"],
    )  # fmt: skip
    changes.count(shop=shop, sku=sold_tea, counted=0, key="zero")
    for _ in range(2):
        assert product_deletion.delete_product(product).state == "deleted"
    assert skus.list_of_products([product.id]) == {product.id: []}
    for work in (
        lambda: goods_changes.publish(product),
        lambda: goods_changes.change_product(product, name="新名"),
        lambda: goods_changes.create_product(
            code=product.code, name=product.name, skus=[{"code": "x", "list_price_fen": 1}]
        ),
    ):
        with pytest.raises(DomainError, match="已删除"):
            work()
