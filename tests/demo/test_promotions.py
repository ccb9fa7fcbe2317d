"""The demo promotions: of several kinds, approved by another person, and running."""

import pytest

from demo import promotions
from store.catalog import categories
from store.core import clock
from store.offers import goods_offers
from store.promotions.tables import Promotion
from store.shops import shops
from store.shops.coordinates import Coordinates
from tests.support import database
from tests.support.shop_order_fixtures import publish_sku


def test_promotions_run_and_a_second_start_changes_nothing(acme, monkeypatch: pytest.MonkeyPatch):
    shop = shops.create_shop(code="S1", name="前门店", location=Coordinates(116.404, 39.915))
    categories.create_category(code="dairy", name="乳品蛋类")
    publish_sku(shop, "ready-1", price_fen=1_000)
    monkeypatch.setattr(promotions, "SPECIAL_CODES", ("P-ready-1",))
    promotions.seed_promotions()
    before = database.dump_rows()
    promotions.seed_promotions()
    assert database.dump_rows() == before
    assert {row.kind for row in Promotion.select()} == {"special_price", "second_half", "reduction"}
    assert {row.state_now(clock.now()) for row in Promotion.select()} == {"running"}
    assert len(goods_offers.list_of_shop(shop, None)) == 3
