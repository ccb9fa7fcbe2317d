"""Routes that only read: they write nothing, and wait neither for who writes nor for a full disk."""

import threading
import time

import pytest

from miniprogram_api.goods import footprint_recording
from store.catalog import categories, shop_goods
from store.catalog import changes as product_changes
from store.catalog.products import Product
from store.catalog.skus import Sku
from store.check_ins import check_ins
from store.core.database import db
from store.customers import members
from store.customers.customers import Customer
from store.customers.members import Member
from store.flash_sales.flash_sales import FlashSale
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.shops.shops import Shop
from store.stored_value import top_ups
from store.tenants import registry
from store.tills import collection_codes, collections
from tests.store.core.database.test_group_commit import full_disk
from tests.support import (
    booking_fixtures,
    database,
    draw_fixtures,
    flash_fixtures,
    message_records,
    red_packet_records,
    stock_fixtures,
)
from tests.support.coupon_fixtures import create_listed_rule

FIRST_PAGES = (
    "/api/me", "/api/me/points", "/api/me/check-ins", "/api/me/tier", "/api/me/card", "/api/me/card/applications",
    "/api/me/prizes", "/api/me/cart", "/api/me/orders/counts", "/api/me/red-packets", "/api/me/appointments",
)  # fmt: skip
QUERIES = {
    "/api/stores/nearby": {"lng": 121.4737, "lat": 31.2304},
    "/api/promotions/nearby": {"lng": 121.4737, "lat": 31.2304},
    "/api/me/stored-value/top-up-offers": {"amount_fen": 100},
}
RATE_LIMITED = "/api/me/stored-value/statement.csv"  # how often it is drawn up has to be written down


@pytest.fixture
def addresses(web, xiaomei) -> list[str]:
    """Every route of the API that is read by GET, with what Xiaomei finds behind it."""
    xiaomei.press_phone_button()
    check_ins.check_in(customer=Customer.get(), source="h5")
    rule, shop = (
        create_listed_rule(),
        shops.create_shop(code="S1", name="西站店", location=Coordinates(121.5, 31.2)),
    )
    product = sell_tea(shop)
    of_store = {"store_id": shop.public_id}
    QUERIES.update({
        "/api/categories": of_store, "/api/goods": of_store, f"/api/goods/{product.public_id}": of_store,
        "/api/goods/barcodes": of_store | {"barcode": "6901234567892"},
    })  # fmt: skip
    bookings = booking_fixtures.create_bookings(shop, Customer.get())
    service = bookings["service"].public_id
    QUERIES.update(
        {
            "/api/services": of_store,
            "/api/queues": of_store,
            "/api/queues/code": of_store | {"account": "acme-mp"},
        }
    )
    QUERIES[f"/api/services/{service}/slots"] = {"day": booking_fixtures.tomorrow().isoformat()}
    member = members.get_or_create(Customer.get())
    code = collection_codes.get_or_create(shop).code
    order = collections.place(code=code, customer=Customer.get(), amount_fen=100, key="read-only")
    top_up = top_ups.request(member=member, amount_fen=100, key="read-only")
    parts = {
        "orders/<number>": f"orders/{order.number}",
        "top-ups/<number>": f"top-ups/{top_up.number}",
        "<service_id>": service,
        "<appointment_id>": bookings["appointment"].public_id,
        "<reservation_id>": bookings["reservation"].public_id,
        "<activity_id>": draw_fixtures.create_running().public_id,
        "<sale_id>": create_flash_sale(shop).public_id,
        "<collection_code>": code,
        "<store_id>": shop.public_id,
        "<goods_id>": product.public_id,
        "<rule_id>": rule.public_id,
        "<packet_id>": red_packet_records.write_transfer(member.customer).public_id,
        "<message_id>": message_records.write_notice(member.customer).number,
        "<code>": xiaomei.post(f"/api/coupons/{rule.public_id}/claims").json["data"]["code"],
        "<number>": top_ups.request(member=Member.get(), amount_fen=100, key="k").number,
        "<entry_id>": xiaomei.get("/api/me/points/entries").json["data"]["list"][0]["id"],
    }
    found = [rule.rule for rule in web.url_map.iter_rules() if "GET" in rule.methods]
    found = [path for path in found if path.startswith("/api/") and path != RATE_LIMITED]
    for part, name in parts.items():
        found = [path.replace(part, name) for path in found]
    return found


def create_flash_sale(shop: Shop) -> FlashSale:
    stock_fixtures.receive(shop, Sku.get(Sku.code == "P1"), 2)
    return flash_fixtures.create_running(shop, {"sku": "P1", "price_fen": 50, "quantity": 2, "limit": 1})


def sell_tea(shop: Shop) -> Product:
    tea = product_changes.create_product(
        code="P1", name="龙井", category=categories.create_category(code="C1", name="茶"),
        skus=[{"code": "P1", "barcode": "6901234567892", "list_price_fen": 100}],
    )  # fmt: skip
    shop_goods.take_over(shop, [tea])
    return product_changes.publish(tea)


@pytest.fixture
def concurrent_writer(web):
    """A connection writes all the while: on SQLite no other one can, on PostgreSQL these rows are locked."""
    began, done = threading.Event(), threading.Event()

    @db.transactional
    def hold() -> None:
        for table in (Customer, Member):
            list(db.lock(table.select()))
        began.set()
        done.wait(60)

    def writer() -> None:
        with registry.use_tenant("acme"):
            hold()

    def start() -> None:
        thread.start()
        assert began.wait(10)

    thread = threading.Thread(target=writer)
    yield start
    done.set()
    thread.join(10)


def test_no_read_waits_for_a_writer(xiaomei, addresses, concurrent_writer):
    concurrent_writer()
    for path in addresses:
        began = time.monotonic()
        assert xiaomei.get(path, **QUERIES.get(path, {})).status_code == 200, path
        assert time.monotonic() - began < 1, path


def test_a_look_writes_nothing(xiaomei, addresses, phone_of):
    newcomer = phone_of("laowang")
    newcomer.sign_in()
    before = database.dump_rows()
    for path in FIRST_PAGES:
        assert newcomer.get(path).status_code == 200, path
    for path in addresses:
        assert xiaomei.get(path, **QUERIES.get(path, {})).status_code == 200, path
    footprint_recording.wait()  # the only rows that follow a read, and no response waits for them
    assert database.dump_rows() | {"footprint": []} == before


@pytest.mark.parametrize("person", ["xiaomei", "laowang"])
def test_the_first_pages_of_a_newcomer_come_all_at_once(phone_of, person):
    newcomer = phone_of(person)
    newcomer.sign_in()
    answers = database.run_concurrently(12, lambda number: newcomer.get(FIRST_PAGES[number % 4]).status_code)
    assert answers == [200] * 12


def test_a_full_disk_is_reported_and_what_is_there_can_be_read(xiaomei, addresses, database_kind):
    if database_kind == "postgresql":
        pytest.skip("see test_db")

    def tell(number):
        return xiaomei.request("PATCH", "/api/me", json={"name": f"王{number}", "address": "路" * 200})

    with full_disk():
        result = next(answer for answer in map(tell, range(200)) if answer.status_code != 200)
        assert (result.status_code, result.json["code"]) == (503, "storage_full")
        before = database.dump_rows()
        assert tell(201).status_code == 503
        for path in addresses:
            assert xiaomei.get(path, **QUERIES.get(path, {})).status_code == 200, path
        footprint_recording.wait()
        assert database.dump_rows() | {"footprint": []} == before
    assert tell(202).status_code == 200
