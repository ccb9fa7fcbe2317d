"""Lists of goods: found by name, pinyin, initials and bar code; customers see what their shop sells."""

import pytest

from store.catalog import changes, product_list, shop_goods, shop_product_list, skus
from store.catalog.product_list import ProductFilter
from store.core.errors import DomainError
from store.core.listing import Page
from store.shops import shops
from store.shops.coordinates import Coordinates


@pytest.mark.parametrize(
    "text",
    ["可乐", "kekoukele", "KKKL", "6901234567908", "p1-500", "太古", "tg", "可口 ｔｇ", "４５６７９０８"],
)
def test_a_product_is_found_by_name_pinyin_initials_and_numbers(cola, text):
    assert product_list.count_products(ProductFilter(search=text)) == 1
    assert product_list.count_products(ProductFilter(search=f"{text} 茶")) == 0


def test_readings_follow_the_word_and_keywords_add_others(acme):
    changes.create_product(
        code="P9", name="重庆小面500g", keywords="chengdu", skus=[{"code": "P9", "list_price_fen": 1}]
    )
    found = [
        product_list.count_products(ProductFilter(search=text))
        for text in ("cqxm500g", "chengdu", "zqxm", "%")
    ]
    assert found == [1, 1, 0, 0]


def test_staff_filter_by_category_brand_state_and_shop(cola, drinks, shop):
    def count(**criteria):
        return product_list.list_page(ProductFilter(**criteria), Page(sort="name"))[1]

    assert count(category=drinks.public_id, brand="太古", state="draft") == 1
    assert (count(shop_id=shop.id), count(state="published")) == (0, 0)
    shop_goods.take_over(shop, [cola])
    assert (count(shop_id=shop.id), product_list.list_brands()) == (1, ["太古"])


def test_customers_see_published_goods_that_their_shop_sells(shop, cola, drinks):
    def names(**options):
        return [row.name for row in shop_product_list.list_products(shop, **options)[0]]

    assert shop_goods.take_over(shop, [cola]) == 2
    assert (shop_goods.take_over(shop, [cola]), names()) == (0, [])
    changes.publish(cola)
    assert names(category=drinks, text="kkkl") == ["可口可乐"]
    assert [row.name for row in shop_product_list.list_categories(shop)] == ["饮料"]
    other = shops.create_shop(code="S2", name="后门店", location=Coordinates(116.4, 39.9))
    assert shop_product_list.list_products(other) == ([], 0)
    for sku in skus.list_of_products([cola.id])[cola.id]:
        shop_goods.change(shop, sku, is_sold=False)
    assert (names(), shop_product_list.list_categories(shop)) == ([], [])


def test_goods_are_sorted_by_the_lowest_price_of_the_shop(shop, sold_cola, drinks):
    salt = changes.create_product(
        code="P2", name="盐", category=drinks, skus=[{"code": "P2", "list_price_fen": 200}]
    )
    shop_goods.take_over(shop, [changes.publish(salt)])
    first, total = shop_product_list.list_products(shop, sort="price", page_size=1)
    assert ([row.name for row in first], total, first[0].lowest_fen) == (["盐"], 2, 200)
    after = shop_product_list.get_position(first[0], "price")
    rest, _ = shop_product_list.list_products(shop, sort="price", after=after)
    assert [row.name for row in rest] == ["可口可乐"]
    shop_goods.change(shop, skus.list_of_products([salt.id])[salt.id][0], price_fen=999)
    assert [row.name for row in shop_product_list.list_products(shop, sort="price")[0]] == ["可口可乐", "盐"]
    newest = [row.name for row in shop_product_list.list_products(shop)[0]]
    assert newest == ["盐", "可口可乐"]


def test_a_shop_sets_its_price_and_rack_and_members_pay_the_lower(shop, sold_cola):
    sku = skus.find_by_barcode("6901234567908")
    row = None
    for _ in range(2):
        row = shop_goods.change(shop, sku, price_fen=420, rack_area="A", rack_number="3")
    assert (shop_goods.read_prices(sku, row), shop_goods.describe_rack(row)) == (
        (450, 420, 400),
        "A 区 3 架",
    )
    row = shop_goods.change(shop, sku, price_fen=380)
    assert shop_goods.read_prices(sku, row).member_fen is None
    assert shop_goods.change(shop, sku, price_fen=None).rack_area == "A"
    with pytest.raises(DomainError):
        shop_goods.change(shop, sku, price_fen=-1)
    assert shop_product_list.find_by_barcode(shop, "6901234567908") == sold_cola
    assert shop_product_list.find_by_barcode(shop, "6900000000000") is None


def test_a_paused_shop_and_a_foreign_product_show_nothing(shop, sold_cola):
    other = shops.create_shop(code="S2", name="后门店", location=Coordinates(116.4, 39.9))
    with pytest.raises(DomainError):
        shop_product_list.get_product(other, sold_cola.public_id)
    assert shop_product_list.list_products(shops.pause(shop)) == ([], 0)


def test_goods_are_sorted_by_what_the_shop_has_sold(shop, sold_cola, drinks):
    salt = changes.create_product(
        code="P2", name="盐", category=drinks, is_hot=True, skus=[{"code": "P2", "list_price_fen": 200}]
    )
    shop_goods.take_over(shop, [changes.publish(salt)])
    (sku,) = skus.list_of_products([sold_cola.id])[sold_cola.id][:1]
    for _ in range(2):
        shop_goods.save_sold(shop.id, {sku.id: 7})
    first, total = shop_product_list.list_products(shop, sort="sales", page_size=1)
    assert ([(row.name, row.sold) for row in first], total) == ([("可口可乐", 7)], 2)
    after = shop_product_list.get_position(first[0], "sales")
    rest, _ = shop_product_list.list_products(shop, sort="sales", after=after)
    assert [(row.name, row.sold) for row in rest] == [("盐", 0)]
    assert [row.name for row in shop_product_list.list_products(shop, hot=True)[0]] == ["盐"]
