"""Shops: opened once, changed but for name and code, paused, closed for good; unseen by strangers."""

from datetime import UTC, datetime

import pytest

from store.core.errors import DomainError
from store.core.events import Event
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.shops.shops import Shop
from store.tenants import audit, registry, settings
from store.tenants.business_days import BusinessDaySettings
from tests.store.shops.conftest import BEIJING
from tests.support import database


def steps() -> list[str]:
    return [event.kind for event in Event.select().where(Event.kind.startswith("shops.")).order_by(Event.id)]


def test_a_shop_is_opened_with_defaults_and_found_by_its_numbers(shop):
    assert shop.public_id.startswith("sho_")
    assert shops.get_by_public_id(shop.public_id) == shop == shops.get_by_code("S1")
    found = shops.get_by_code("S1")
    assert (found.state, found.template, found.delivery, found.location) == ("open", "general", True, BEIJING)
    assert steps() == ["shops.created"]


def test_opening_again_changes_nothing(shop):
    again = shops.create_shop(code="S1", name="前门店", location=Coordinates(0, 0))
    assert (again.id, again.location) == (shop.id, BEIJING)
    assert steps() == ["shops.created"]


def test_many_openings_at_once_make_one_shop(acme):
    opened = database.run_concurrently(
        6, lambda number: shops.create_shop(code="S9", name="前门店", location=BEIJING)
    )
    assert len({shop.id for shop in opened}) == 1
    assert steps() == ["shops.created"]


def test_a_code_belongs_to_one_shop(shop):
    with pytest.raises(DomainError) as refused:
        shops.create_shop(code="S1", name="别的店", location=BEIJING)
    assert refused.value.code == "shop_code_taken"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", "店一"), ("code", ""), ("name", " "), ("name", "名" * 61), ("brand", "牌" * 61),
        ("phone", "call me"), ("logo_url", "javascript:alert(1)"), ("logo_url", "//evil.example/x.png"),
        ("pictures", [""]), ("pictures", ["/a.png"] * 21), ("template", "baroque"), ("delivery", "perhaps"),
        ("address", "a\x00b"), ("advertisements", [{"title": "无图"}]), ("holidays", {"someday": []}),
        ("hours", {"someday": []}), ("lng", 1.0), ("state", "closed"),
    ],
)  # fmt: skip
def test_what_cannot_be_true_of_a_shop_is_refused(acme, field, value):
    with pytest.raises(DomainError) as refused:
        shops.create_shop(**{"code": "S2", "name": "后门店", "location": BEIJING, field: value})
    assert refused.value.code == "invalid"
    assert refused.value.details["field"].split(".")[0] == field
    assert not Shop.select().exists()


def test_a_change_keeps_the_rest_and_is_logged(shop):
    pictures = ["/files/a.png", "https://cdn.example/b.jpg"]
    advertisement = {"picture": "/files/c.png", "title": "新店", "link": "pages/coupons/index"}
    changed = shops.update_details(
        shop, phone="010-00000001", pictures=pictures, advertisements=[advertisement]
    )
    assert (changed.pictures, changed.advertisements) == (pictures, [advertisement])
    assert (changed.brand, changed.hours) == (shop.brand, shop.hours)
    assert steps() == ["shops.created", "shops.changed"]
    logged = audit.list_entries(limit=1)[0]
    assert logged.subject == "shop:S1"
    assert set(logged.after) == {"phone", "pictures", "advertisements"}
    assert "010" not in str((logged.before, logged.after))


def test_a_change_to_what_is_so_already_records_nothing(shop):
    shops.update_details(shop, brand=shop.brand, hours=shop.hours, name=shop.name)
    shops.relocate(shop, location=BEIJING)
    assert steps() == ["shops.created"]


@pytest.mark.parametrize("field", ["name", "code"])
def test_name_and_code_stay_as_they_are(shop, field):
    with pytest.raises(DomainError) as refused:
        shops.update_details(shop, **{field: "X9"})
    assert refused.value.code == f"shop_{field}_fixed"
    assert "不能修改" in refused.value.message


def test_a_shop_pauses_resumes_and_closes_for_good(shop):
    assert shops.pause(shop).state == "paused"
    assert shops.hours_text(shops.get_by_code("S1")) == "暂停营业"
    assert not shops.is_open(shops.get_by_code("S1"))
    assert shops.resume(shop).state == "open"
    assert shops.close(shop).state == "closed"
    for verb in (shops.pause, shops.resume):
        with pytest.raises(DomainError) as refused:
            verb(shop)
        assert refused.value.code == "shop_closed"
    assert shops.get_by_code("S1").state == "closed"
    assert steps() == ["shops.created", "shops.paused", "shops.resumed", "shops.closed"]


@pytest.mark.parametrize("verb", [shops.pause, shops.close])
def test_a_step_taken_twice_is_taken_once(shop, verb):
    verb(shop)
    verb(shop)
    assert len(steps()) == 2


def test_the_hours_are_those_of_the_companys_clocks(shop):
    shop = shops.update_details(shop, hours={"mon": [["08:00", "22:00"]]})
    morning = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)  # 08:30 in Shanghai, 06:00 in Kolkata
    assert shops.is_open(shop, morning)
    assert shops.hours_text(shop, morning) == "营业中 · 22:00 打烊"
    settings.change(BusinessDaySettings, zone="Asia/Kolkata")
    assert shops.hours_text(shop, morning) == "休息中 · 08:00 营业"
    with pytest.raises(DomainError):
        settings.change(BusinessDaySettings, zone="Asia/Atlantis")


def test_the_listing_searches_filters_and_pages(acme):
    for number in range(5):
        city = "上海市" if number else "北京市"
        shops.create_shop(
            code=f"L{number}", name=f"店{number}", location=BEIJING, city=city, address=f"长安街{number}%号"
        )
    shops.pause(shops.get_by_code("L4"))
    assert codes(shops.list_shops(page=2, page_size=2)) == (["L2", "L3"], 5)
    assert codes(shops.list_shops(city="上海市", state="open")) == (["L1", "L2", "L3"], 3)
    assert codes(shops.list_shops(search="长安街3%")) == (["L3"], 1)
    assert codes(shops.list_shops(search="%")) == (["L0", "L1", "L2", "L3", "L4"], 5)
    assert codes(shops.list_shops(search="_")) == ([], 0)
    with pytest.raises(DomainError):
        shops.list_shops(phone="1")


def test_the_newest_are_those_opened_last(acme):
    for number in range(4):
        shops.create_shop(code=f"N{number}", name=f"店{number}", location=BEIJING)
    shops.close(shops.get_by_code("N3"))
    assert [shop.code for shop in shops.list_newest(2)] == ["N2", "N1"]


def test_a_stranger_finds_nothing(shop):
    with registry.use_tenant("rival"):
        with pytest.raises(DomainError) as refused:
            shops.get_by_public_id(shop.public_id)
        assert refused.value.code == "not_found"
        with pytest.raises(DomainError):
            shops.update_details(shop, brand="对门")
        with pytest.raises(DomainError):
            shops.close(shop)
        assert codes(shops.list_shops()) == ([], 0)
    assert shops.get_by_code("S1").state == "open"


def codes(page: tuple[list[Shop], int]) -> tuple[list[str], int]:
    return [shop.code for shop in page[0]], page[1]
