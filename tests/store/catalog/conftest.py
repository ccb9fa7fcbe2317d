"""What the tests of goods start from: a shop, a category and a product with two SKUs."""

import pytest

from store.catalog import categories, changes, shop_goods
from store.catalog.categories import Category
from store.catalog.products import Product
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.shops.shops import Shop

COLA = {
    "code": "P1", "name": "可口可乐", "brand": "太古", "unit": "瓶", "specifications": ["容量"],
    "skus": [
        {"code": "P1-330", "barcode": "6901234567892", "specification": ["330ml"], "list_price_fen": 300},
        {"code": "P1-500", "barcode": "6901234567908", "specification": ["500ml"], "list_price_fen": 450,
         "member_price_fen": 400},
    ],
}  # fmt: skip


@pytest.fixture
def shop(acme: str) -> Shop:
    return shops.create_shop(code="S1", name="前门店", location=Coordinates(116.404, 39.915))


@pytest.fixture
def drinks(acme: str) -> Category:
    return categories.create_category(code="C1", name="饮料")


@pytest.fixture
def cola(drinks: Category) -> Product:
    return changes.create_product(**COLA, category=drinks)


@pytest.fixture
def sold_cola(shop: Shop, cola: Product) -> Product:
    """The product as customers of the shop see it."""
    shop_goods.take_over(shop, [cola])
    return changes.publish(cola)
