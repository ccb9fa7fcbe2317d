"""Goods received, adjustments and stock-taking: each is recorded once, and nothing goes below what orders reserve."""

import peewee
import pytest

from store.catalog import categories
from store.catalog import changes as goods_changes
from store.core.errors import DomainError
from store.core.listing import Page
from store.stock import changes, levels, movements, warnings
from store.stock.movements import StockMovement
from store.stock.settings import StockSettings
from store.tenants import settings
from store.tenants.audit import AuditEntry
from tests.support.stock_fixtures import reserve, units_of


def refused(work, **values) -> DomainError:
    with pytest.raises(DomainError) as found:
        work(**values)
    return found.value


def test_goods_received_twice_under_one_key_count_once(shop, tea):
    first, second = (changes.receive(shop=shop, sku=tea, quantity=3, key="in-1") for _ in range(2))
    assert first.id == second.id
    assert units_of(shop, tea) == (8, 0, 0)
    assert refused(changes.receive, shop=shop, sku=tea, quantity=4, key="in-1").code == "key_reused"
    assert refused(changes.receive, shop=shop, sku=tea, quantity=0, key="in-2").details["field"] == "quantity"


def test_an_adjustment_needs_a_reason_and_leaves_what_is_reserved(shop, tea):
    reserve(shop, "O1", (tea, 4))
    for _ in range(2):
        changes.adjust(shop=shop, sku=tea, difference=-1, reason="破损", key="a-1")
    assert units_of(shop, tea) == (4, 4, 0)
    error = refused(changes.adjust, shop=shop, sku=tea, difference=-1, reason="破损", key="a-2")
    assert (error.code, error.message) == ("stock_short", "已有 4 件被订单占用，现有 4 件，最多可减少 0 件")
    assert error.details["field"] == "difference"
    assert (
        refused(changes.adjust, shop=shop, sku=tea, difference=-1, reason=" ", key="a-3").details["field"]
        == "reason"
    )
    assert (
        refused(changes.adjust, shop=shop, sku=tea, difference=0, reason="x", key="a-4").details["field"]
        == "difference"
    )


def test_a_count_records_the_difference_also_of_nothing(shop, tea):
    found = [changes.count(shop=shop, sku=tea, counted=3, key="c-1").on_hand for _ in range(2)]
    assert (found, units_of(shop, tea)) == ([-2, -2], (3, 0, 0))
    assert changes.count(shop=shop, sku=tea, counted=3, key="c-2").on_hand == 0
    reserve(shop, "O1", (tea, 2))
    error = refused(changes.count, shop=shop, sku=tea, counted=1, key="c-3")
    assert (error.code, error.details["field"]) == ("stock_short", "counted")
    assert refused(changes.count, shop=shop, sku=tea, counted=2, key="c-2").code == "key_reused"
    (level,) = levels.list_levels(shop=shop, sku_ids=[tea.id])
    listed, total = movements.list_page(level, Page())
    assert total == 4
    assert [row.kind for row in listed] == ["reserved", "counted", "counted", "received"]


def test_stock_below_its_own_limit_or_the_default_one_is_low(shop, tea, milk):
    (level,) = levels.list_levels(shop=shop, sku_ids=[tea.id])
    settings.change(StockSettings, warning_at=3)
    assert (warnings.is_low(level), warnings.count_low()) == (False, 1)
    for _ in range(2):
        level = changes.set_warning(level, warning_at=6)
    assert (warnings.is_low(level), warnings.count_low(frozenset({shop.id})), warnings.count_low(frozenset())) == (
        True, 2, 0,
    )  # fmt: skip
    assert AuditEntry.select().where(AuditEntry.action == "stock.set_warning").count() == 1
    assert not warnings.is_low(changes.set_warning(level, warning_at=None))


def test_a_movement_cannot_be_changed(shop, tea):
    for statement in (StockMovement.update(on_hand=9), StockMovement.delete()):
        with pytest.raises(peewee.DatabaseError, match="append-only"):
            statement.execute()


def test_a_category_sets_the_limit_of_its_goods_and_of_those_below_it(shop, tea):
    drinks = categories.create_category(code="W1", name="饮料", warning_at=7)
    below = categories.create_category(code="W2", name="茶", parent=drinks)
    goods_changes.change_product(tea.product, category=below)
    (level,) = levels.list_levels(shop=shop, sku_ids=[tea.id])
    changes.count(shop=shop, sku=tea, counted=6, key="w")
    level = levels.get_by_id(level.id)
    assert (warnings.read_limit(level), warnings.is_low(level)) == (7, True)
    assert warnings.count_low() >= 1
    categories.change_category(below, warning_at=2)
    level = levels.get_by_id(level.id)
    assert (warnings.read_limit(level), warnings.is_low(level)) == (2, False)
    assert warnings.read_limit(changes.set_warning(level, warning_at=9)) == 9
