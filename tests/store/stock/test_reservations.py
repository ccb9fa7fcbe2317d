"""What orders reserve: all or none, never more than there is, and each end once."""

from typing import Any

import pytest

from store.core.database import db
from store.core.errors import DomainError
from store.stock import levels, reservations
from store.stock.levels import StockLevel
from store.stock.movements import StockMovement
from store.stock.stock_lines import StockLine
from tests.support.stock_fixtures import create_sku, reserve, units_of


def refused(work, *args, **values) -> DomainError:
    with pytest.raises(DomainError) as found:
        work(*args, **values)
    return found.value


def give_back(order_number: str, *wanted, key: str) -> list[StockMovement]:
    lines = [StockLine(sku.id, quantity) for sku, quantity in wanted]
    return reservations.give_back(order_number=order_number, lines=lines, key=key)


def test_an_order_reserves_once(shop, tea, milk):
    first, second = (reserve(shop, "O1", (tea, 2), (milk, 1)) for _ in range(2))
    assert [row.id for row in first] == [row.id for row in second]
    assert (units_of(shop, tea), units_of(shop, milk)) == ((5, 2, 0), (2, 1, 0))
    assert refused(reserve, shop, "O1", (tea, 3)).code == "stock_reserved"


def test_lines_of_one_sku_are_summed_before_the_check(shop, milk):
    error = refused(reserve, shop, "O1", (milk, 1), (milk, 2))
    assert (error.code, error.message) == ("stock_short", "“牛奶”库存不足，仅剩 2 件")
    assert [row.quantity for row in reserve(shop, "O1", (milk, 1), (milk, 1))] == [2]


def test_an_order_reserves_all_or_nothing(shop, tea, milk):
    """The error names all that is short, with what is left besides what this order would have had."""
    bread = create_sku("bread", name="面包")
    reserve(shop, "O0", (milk, 1))
    error = refused(reserve, shop, "O1", (tea, 5), (milk, 2))
    assert error.message == "“牛奶”库存不足，仅剩 1 件"
    assert (units_of(shop, tea), units_of(shop, milk)) == ((5, 0, 0), (2, 1, 0))
    error = refused(reserve, shop, "O1", (tea, 6), (bread, 1))
    assert error.message == "“龙井 250g”库存不足，仅剩 5 件；“面包”已无库存"
    assert [item["remaining"] for item in error.details["items"]] == [5, 0]
    assert reservations.list_of_order("O1") == []


def test_an_order_that_another_overtakes_leaves_nothing_in_the_transaction_around_it(
    shop, tea, milk, monkeypatch
):
    """The other order reserves the milk after this one has looked, and this one takes the tea first."""
    look = levels.list_levels

    def look_and_be_overtaken(**values: Any) -> list[StockLevel]:
        monkeypatch.setattr(levels, "list_levels", look)
        seen = look(**values)
        reserve(shop, "O2", (milk, 1))
        return seen

    monkeypatch.setattr(levels, "list_levels", look_and_be_overtaken)
    with db.database.transaction():
        error = refused(reserve, shop, "O1", (tea, 5), (milk, 2))
    assert error.message == "“牛奶”库存不足，仅剩 1 件"
    assert (units_of(shop, tea), units_of(shop, milk)) == ((5, 0, 0), (2, 1, 0))
    assert reservations.list_of_order("O1") == []


def test_a_sale_takes_the_units_once(shop, tea):
    reserve(shop, "O1", (tea, 2))
    for _ in range(2):
        assert [row.state for row in reservations.commit("O1")] == ["sold"]
    assert units_of(shop, tea) == (3, 0, 2)
    assert [row.state for row in reserve(shop, "O1", (tea, 2))] == ["sold"]
    assert refused(reservations.release, "O1").code == "stock_sold"
    assert reservations.commit("nothing") == []


def test_a_release_gives_the_units_free_once(shop, tea):
    reserve(shop, "O1", (tea, 2))
    for _ in range(2):
        assert [row.state for row in reservations.release("O1")] == ["released"]
    assert units_of(shop, tea) == (5, 0, 0)
    assert refused(reservations.commit, "O1").code == "stock_released"
    assert [row.state for row in reserve(shop, "O1", (tea, 2))] == ["released"], "a late repeat takes nothing"
    assert units_of(shop, tea) == (5, 0, 0)


def test_a_reopened_order_reserves_again(shop, tea):
    reserve(shop, "O1", (tea, 2))
    reservations.release("O1")
    for _ in range(2):
        reserve(shop, "O1", (tea, 3), key="O1:reopened")
    assert units_of(shop, tea) == (5, 3, 0)
    reservations.commit("O1")
    assert [row.state for row in reservations.list_of_order("O1")] == ["released", "sold"]
    assert units_of(shop, tea) == (2, 0, 3)


def test_units_come_back_once_and_never_more_than_were_sold(shop, tea, milk):
    reserve(shop, "O1", (tea, 3), (milk, 1))
    assert refused(give_back, "O1", (tea, 1), key="R0").code == "stock_not_sold"
    reservations.commit("O1")
    for _ in range(2):
        assert [row.on_hand for row in give_back("O1", (tea, 1), (tea, 1), key="R1")] == [2]
    assert units_of(shop, tea) == (4, 0, 1)
    assert refused(give_back, "O1", (tea, 1), key="R1").code == "key_reused"
    error = refused(give_back, "O1", (milk, 1), (tea, 2), key="R2")
    assert (error.code, error.message) == ("stock_not_sold", "该商品最多还能退回 1 件")
    assert units_of(shop, milk) == (1, 0, 1)
    give_back("O1", (milk, 1), (tea, 1), key="R2")
    assert (units_of(shop, tea), units_of(shop, milk)) == ((5, 0, 0), (2, 0, 0))


def release_units(order_number: str, *wanted, key: str) -> list[StockMovement]:
    lines = [StockLine(sku.id, quantity) for sku, quantity in wanted]
    return reservations.release_units(order_number=order_number, lines=lines, key=key)


def test_a_part_of_an_order_is_released_once_and_the_rest_is_sold(shop, tea, milk):
    reserve(shop, "O1", (tea, 4), (milk, 1))
    for _ in range(2):
        assert [row.reserved for row in release_units("O1", (tea, 1), (milk, 1), key="R1")] == [-1, -1]
    assert (units_of(shop, tea), units_of(shop, milk)) == ((5, 3, 0), (2, 0, 0))
    assert [row.state for row in reserve(shop, "O1", (tea, 4), (milk, 1))] == ["reserved", "released"]
    error = refused(release_units, "O1", (tea, 4), key="R2")
    assert (error.code, error.message) == ("stock_not_reserved", "该商品最多还能取消 3 件")
    assert refused(release_units, "O1", (tea, 2), key="R1").code == "key_reused"
    reservations.commit("O1")
    assert (units_of(shop, tea), units_of(shop, milk)) == ((2, 0, 3), (2, 0, 0))
    assert refused(give_back, "O1", (tea, 4), key="R3").code == "stock_not_sold"
    give_back("O1", (tea, 3), key="R3")
    assert units_of(shop, tea) == (5, 0, 0)


def test_an_order_of_which_all_is_released_part_by_part_is_released(shop, tea):
    reserve(shop, "O1", (tea, 3))
    release_units("O1", (tea, 1), key="R1")
    release_units("O1", (tea, 2), key="R2")
    assert [row.state for row in reservations.release("O1")] == ["released"]
    assert refused(reservations.commit, "O1").code == "stock_released"
    assert units_of(shop, tea) == (5, 0, 0)
