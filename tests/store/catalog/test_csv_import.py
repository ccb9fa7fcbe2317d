"""Imports of goods: what the dry run showed, all lines or none."""

import pytest

from store.catalog import changes, csv_import, products, skus
from store.core.errors import DomainError
from tests.store.catalog.conftest import COLA

FILE = (
    "商品编码,商品名称,分类编码,规格名称,规格编码,条形码,规格值,零售价（元）,会员价（元）\n"
    "P1,可口可乐,C1,容量,P1-330,6901234567892,330ml,3.50,\n"
    "P1,,,,P1-2L,,2L,7.9,7\n"
    "P2,盐,,,,,,2,\n"
)


def prices(code):
    product = products.find_by_code(code)
    return {sku.code: sku.list_price_fen for sku in skus.list_of_products([product.id])[product.id]}


def test_the_same_import_again_changes_nothing(cola):
    lines = csv_import.parse_csv(FILE)
    planned = csv_import.dry_run(lines)
    assert products.find_by_code("P2") is None
    first = csv_import.import_all(lines, expected=planned)
    assert (first.created, first.changed, first.existing, first.errors) == (1, 1, 0, [])
    assert prices("P1") == {"P1-330": 350, "P1-500": 450, "P1-2L": 790}
    assert prices("P2") == {"P2": 200}
    second = csv_import.import_all(lines)
    assert (second.created, second.changed, second.existing) == (0, 0, 2)


@pytest.mark.parametrize("guarded", [True, False])
def test_a_change_after_the_dry_run_is_not_overwritten(cola, guarded):
    lines = csv_import.parse_csv("code,name\nP1,可乐\n")
    planned = csv_import.dry_run(lines)
    changes.change_product(cola, name="健怡可乐")
    if not guarded:  # negative control: without the result of the dry run the change is lost
        csv_import.import_all(lines)
        assert products.find_by_code("P1").name == "可乐"
        return
    with pytest.raises(DomainError) as refused:
        csv_import.import_all(lines, expected=planned)
    assert refused.value.code == "import_outdated"
    assert products.find_by_code("P1").name == "健怡可乐"


def test_one_wrong_line_keeps_all_others_out(cola):
    text = (
        "code,name,category,sku_code,list_price,barcode\nP3,糖,,,2,\nP4,醋,C9,,2,\nP5,油,,,x,\n"
        "P1,,,,2,\nP6,酱,,,1,6901234567892\n"
    )
    outcome = csv_import.import_all(csv_import.parse_csv(text))
    assert outcome.errors == [
        (3, "没有找到该分类"), (4, "list_price：请输入金额，最多两位小数"),
        (5, "sku_code：该商品有多个规格，请填写规格编码"),
        (6, "条形码 6901234567892 已被“可口可乐”使用"),
    ]  # fmt: skip
    assert products.find_by_code("P3") is None


@pytest.mark.parametrize("text", ["name\n盐\n", "code,colour\nP2,红\n", "code,商品编码\nP2,P2\n", "code\n"])
def test_a_file_with_other_columns_is_refused(acme, text):
    with pytest.raises(DomainError) as refused:
        csv_import.parse_csv(text)
    assert refused.value.code == "invalid"


def test_a_dash_clears_a_value_and_an_empty_cell_leaves_it(cola):
    csv_import.import_all(csv_import.parse_csv("code,brand,unit,sku_code,barcode\nP1,-,,P1-330,-\n"))
    product = products.find_by_code("P1")
    assert (product.brand, product.unit, product.specifications) == ("", "瓶", COLA["specifications"])
    assert skus.find_by_barcode("6901234567892") is None


def test_a_dry_run_goes_in_parts_and_finds_what_repeats_between_them(acme, monkeypatch):
    monkeypatch.setattr(csv_import, "TRIED_AT_ONCE", 2)
    rows = "".join(f"P{n},商品{n},2,690000000000{n},\n" for n in range(5))
    lines = csv_import.parse_csv("code,name,list_price,barcode,sku_code\n" + rows)
    seen = []
    planned = csv_import.dry_run(lines, on_progress=lambda done, total: seen.append((done, total)))
    assert (seen, planned.created, planned.errors) == ([(2, 5), (4, 5), (5, 5)], 5, [])
    assert csv_import.import_all(lines, expected=planned).created == 5
    again = csv_import.parse_csv(
        "code,name,list_price,barcode,sku_code\n"
        "Q1,一,1,6911111111111,\nQ2,二,1,,Q2\nQ3,三,1,6911111111111,\nQ4,四,1,,Q2\n"
    )
    assert csv_import.dry_run(again).errors == [
        (4, "barcode：6911111111111 与第 2 行的商品重复"), (5, "sku_code：Q2 与第 3 行的商品重复"),
    ]  # fmt: skip
