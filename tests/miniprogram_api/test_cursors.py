"""Lists read with cursors: an item that leaves or comes between two pages makes no other one disappear."""

from datetime import UTC, datetime

import pytest

from store.core import keyset
from store.coupons import coupons, redemptions
from store.coupons import gifts as coupon_gifts
from store.coupons import rules as coupon_rules
from store.coupons.coupons import Coupon
from store.customers import members
from store.customers.customers import Customer
from store.shops import shops
from store.shops.coordinates import Coordinates
from tests.support.coupon_fixtures import create_listed_rule, make_basket
from web import cursors

PLACE = {"lng": 121.4737, "lat": 31.2304, "radius_m": 50_000}


@pytest.fixture
def chain(web):
    """Five shops in one street, each a little farther away."""
    return [
        shops.create_shop(code=f"s{n}", name=f"{n} 号店", location=Coordinates(121.4737, 31.2304 + n / 500))
        for n in range(5)
    ]


@pytest.fixture
def mei(xiaomei):
    xiaomei.press_phone_button()
    return xiaomei


def read(phone, path, **query):
    return phone.get(path, page_size=2, **query).json["data"]


def read_rest(phone, path, page, key, **query):
    """The keys of a first page and of all further ones."""
    found = [row[key] for row in page["list"]]
    while page["has_more"]:
        page = read(phone, path, after=page["next_cursor"], **query)
        found += [row[key] for row in page["list"]]
    assert page["next_cursor"] is None
    return found


@pytest.mark.parametrize(
    ("path", "query"),
    [("/api/stores", {}), ("/api/stores", {"sort": "newest"}), ("/api/stores/nearby", PLACE)],
)
@pytest.mark.parametrize("seen", [0, 1])
def test_f20_a_shop_that_closes_hides_no_other_one(xiaomei, chain, path, query, seen):
    first = read(xiaomei, path, **query)
    left = {shop.public_id for shop in chain}
    shops.close(shops.get_by_public_id(first["list"][seen]["id"]))
    found = read_rest(xiaomei, path, first, "id", **query)
    assert (len(found), set(found)) == (5, left)


def test_f20_by_page_number_one_shop_is_lost(xiaomei, chain):
    """The lists by number stay as they are, with the fault of every offset."""
    first = read(xiaomei, "/api/stores")
    shops.close(chain[0])
    second, third = (read(xiaomei, "/api/stores", page=page) for page in (2, 3))
    found = {row["id"] for page in (first, second, third) for row in page["list"]}
    assert chain[2].public_id not in found


def test_f20_a_removed_favourite_hides_no_other_one(xiaomei, chain):
    for shop in chain:
        xiaomei.request("PUT", f"/api/me/favourites/stores/{shop.public_id}")
    first = read(xiaomei, "/api/me/favourites/stores")
    xiaomei.request("DELETE", f"/api/me/favourites/stores/{first['list'][0]['id']}")
    found = read_rest(xiaomei, "/api/me/favourites/stores", first, "id")
    assert found == [shop.public_id for shop in reversed(chain)]


def issue(count, **changes):
    rule, member = (
        create_listed_rule(claims_per_member=count, **changes),
        members.get_or_create(Customer.get()),
    )
    return rule, [coupons.claim(rule=rule, member=member, source="h5") for _ in range(count)]


def test_f20_a_redeemed_coupon_hides_no_other_one(mei):
    """All end at the same moment, so the id decides."""
    _, mine = issue(5)
    end = Coupon.get_by_id(mine[0].id).ends_at
    Coupon.update(ends_at=end).execute()
    first = read(mei, "/api/me/coupons")
    redemptions.redeem(
        member=members.get_or_create(Customer.get()),
        codes=[mine[0].code],
        basket=make_basket(),
        order_number="o1",
    )
    found = read_rest(mei, "/api/me/coupons", first, "code")
    assert found == [coupon.code for coupon in mine]


def test_f20_the_used_coupons_are_read_by_the_moment_of_use(mei):
    _, mine = issue(5)
    for number, coupon in enumerate(mine):
        redemptions.redeem(
            member=members.get_or_create(Customer.get()), codes=[coupon.code], basket=make_basket(),
            order_number=f"o{number}",
        )  # fmt: skip
    first = read(mei, "/api/me/coupons", state="used")
    redemptions.refund(order_number="o4")
    found = read_rest(mei, "/api/me/coupons", first, "code", state="used")
    assert found == [coupon.code for coupon in reversed(mine)]


def test_f20_a_new_gift_repeats_no_other_one(mei):
    _, mine = issue(5)
    member = members.get_or_create(Customer.get())
    for coupon in mine[:4]:
        coupon_gifts.create_gift(coupon=coupon, giver=member)
    first = read(mei, "/api/me/gifts")
    coupon_gifts.create_gift(coupon=mine[4], giver=member)
    assert len(read_rest(mei, "/api/me/gifts", first, "offered_at")) == 4


def test_f20_an_offer_that_ends_hides_no_other_one(mei):
    rules = [create_listed_rule(name=f"券 {n}") for n in range(5)]
    first = read(mei, "/api/coupons")
    coupon_rules.unpublish(rules[4])
    found = read_rest(mei, "/api/coupons", first, "id")
    assert found == [rule.public_id for rule in reversed(rules)]


def test_f20_the_history_of_tiers_is_read_to_its_end(mei):
    page = read(mei, "/api/me/tier/history")
    assert (page["has_more"], page["next_cursor"]) == (False, None)


@pytest.mark.parametrize("cursor", ["x", "a.b", "A" * 60])
def test_f20_a_forged_cursor_is_rejected(xiaomei, chain, cursor):
    answer = xiaomei.get("/api/stores", after=cursor)
    assert (answer.status_code, answer.json["data"]["field"]) == (422, "after")


def test_f20_a_cursor_of_another_list_is_rejected(xiaomei, chain):
    first = read(xiaomei, "/api/stores")
    answer = xiaomei.get("/api/stores", sort="newest", after=first["next_cursor"])
    assert (answer.status_code, answer.json["msg"]) == (422, "请从第一页重新翻起")


def test_f20_a_position_keeps_its_moments():
    moment = datetime(2026, 1, 31, 2, 3, 4, 567_890, tzinfo=UTC)
    assert cursors.decode_position("x", cursors.encode_position("x", (moment, 7, "a"))) == (moment, 7, "a")


def test_f20_the_order_of_several_keys(acme):
    keys = ((Coupon.ends_at, False), (Coupon.id, True))
    condition = keyset.is_after(keys, (datetime(2026, 1, 1, tzinfo=UTC), 5))
    sql, _ = Coupon.select().where(condition).sql()
    assert sql.count(">") == 1
    assert sql.count("<") == 1
