"""A stock-taking by file: all lines or none, exactly what the dry run showed, and once."""

import pytest

from store.core.errors import DomainError
from store.stock import count_import, levels, movements
from store.stock.stock_list import Page
from tests.support.stock_fixtures import create_sku, receive, reserve, units_of

HEAD = "规格编码,条形码,商品,账面数量,实盘数量,备注\n"


def test_what_was_counted_replaces_what_is_on_hand_once(shop, tea, milk):
    rice = create_sku("rice", name="大米", barcode="6901234567892")
    lines = count_import.parse_csv(HEAD + "tea,,龙井,5,3,少两包\n,6901234567892,,,4,\nmilk,,,,,\n")
    planned = count_import.dry_run(shop, lines)
    assert (planned.changed, planned.surplus, planned.loss, planned.errors) == (2, 4, 2, [])
    assert units_of(shop, tea) == (5, 0, 0)
    count_import.import_all(shop, lines, key="count-1", expected=planned)
    assert [units_of(shop, sku)[0] for sku in (tea, rice, milk)] == [3, 4, 2]
    receive(shop, tea, 1)
    count_import.import_all(shop, lines, key="count-1")
    assert units_of(shop, tea)[0] == 4
    (level,) = levels.list_levels(shop=shop, sku_ids=[tea.id])
    rows, _ = movements.list_page(level, Page())
    assert [row.reason for row in rows if row.kind == "counted"] == ["少两包"]


def test_one_wrong_line_keeps_all_and_each_is_named(shop, tea, milk):
    reserve(shop, "O1", (milk, 2))
    lines = count_import.parse_csv(HEAD + "tea,,,,9,\ntea,,,,8,\nnone,,,,1,\nmilk,,,,1,\n,,,,x,\n")
    outcome = count_import.import_all(shop, lines, key="count-2")
    assert [line for line, _ in outcome.errors] == [3, 4, 5, 6]
    assert "第 2 行重复" in outcome.errors[0][1]
    assert units_of(shop, tea) == (5, 0, 0)


@pytest.mark.parametrize("guarded", [True, False])
def test_a_change_after_the_dry_run_is_not_overwritten(shop, tea, guarded):
    lines = count_import.parse_csv(HEAD + "tea,,,,9,\n")
    planned = count_import.dry_run(shop, lines)
    receive(shop, tea, 1)
    if not guarded:  # negative control: without the result of the dry run the receipt is lost
        count_import.import_all(shop, lines, key="count-3")
        assert units_of(shop, tea) == (9, 0, 0)
        return
    with pytest.raises(DomainError, match="有变化"):
        count_import.import_all(shop, lines, key="count-3", expected=planned)
    assert units_of(shop, tea) == (6, 0, 0)
