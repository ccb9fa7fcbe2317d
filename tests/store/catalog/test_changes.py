"""Products: created once, changed with their SKUs, published only when customers could buy them."""

import pytest

from store.catalog import categories, category_retirement, changes, products, skus
from store.core.errors import DomainError
from store.core.events import Event
from store.tenants import audit
from tests.store.catalog.conftest import COLA
from tests.support import database

ONE = {"code": "P2", "name": "盐", "skus": [{"code": "P2", "list_price_fen": 200}]}


def sku_codes(product, **options):
    return [sku.code for sku in skus.list_of_products([product.id], **options)[product.id]]


def error_code(operation, *arguments, **values):
    with pytest.raises(DomainError) as refused:
        operation(*arguments, **values)
    return refused.value.code


def test_a_product_is_created_once_as_a_draft(cola, drinks):
    again = changes.create_product(**COLA, category=drinks)
    assert (again.id, again.state, sku_codes(again)) == (cola.id, "draft", ["P1-330", "P1-500"])
    assert audit.list_entries()[0].action == "goods.create"
    assert [entry.action for entry in audit.list_entries()].count("goods.create") == 1
    assert error_code(changes.create_product, **COLA | {"name": "百事可乐"}) == "product_code_taken"


def test_many_creations_at_once_make_one_product(acme):
    made = database.run_concurrently(4, lambda number: changes.create_product(**ONE))
    assert len({product.id for product in made}) == 1


@pytest.mark.parametrize(
    "values",
    [
        {"code": "盐"}, {"name": " "}, {"skus": []}, {"skus": [{"code": "P2", "list_price_fen": -1}]},
        {"skus": [{"code": "P2", "list_price_fen": 100, "member_price_fen": 101}]},
        {"skus": [{"code": "P2", "list_price_fen": 100, "barcode": "12x"}]},
        {"skus": [{"code": "P2", "list_price_fen": 100, "specification": ["大"]}]},
        {"skus": [{"code": "P2", "list_price_fen": 100}, {"code": "P3", "list_price_fen": 100}]},
        {"skus": [{"code": "P2", "list_price_fen": 100}] * 2}, {"pictures": ["javascript:alert(1)"]},
        {"specifications": ["色", "色"]}, {"price": 5},
    ],
)  # fmt: skip
def test_what_cannot_be_true_of_a_product_is_refused(acme, values):
    assert error_code(changes.create_product, **ONE | values) == "invalid"
    assert products.find_by_code("P2") is None


def test_codes_and_bar_codes_belong_to_one_product(cola):
    row = {"code": "P1-330", "list_price_fen": 1}
    assert error_code(changes.create_product, **ONE | {"skus": [row]}) == "sku_code_taken"
    row = {"code": "P2", "list_price_fen": 1, "barcode": "6901234567892"}
    assert error_code(changes.create_product, **ONE | {"skus": [row]}) == "barcode_taken"


def test_a_change_keeps_what_was_left_out_and_repeats_as_nothing(cola):
    changed = changes.change_product(cola, brand="可口可乐", description="温度<5\n<script>x</script>")
    assert (changed.name, changed.brand, changed.unit) == ("可口可乐", "可口可乐", "瓶")
    assert "<script" not in changed.description
    entries = len(audit.list_entries())
    changes.change_product(cola, brand="可口可乐", description=changed.description)
    assert len(audit.list_entries()) == entries


def test_skus_that_are_not_wanted_are_retired_and_may_come_back(cola):
    small, large = COLA["skus"]
    changes.change_product(cola, skus=[large])
    assert (sku_codes(cola), sku_codes(cola, with_retired=True)) == (["P1-500"], ["P1-330", "P1-500"])
    assert skus.find_by_barcode(small["barcode"]) is None
    changes.change_product(cola, skus=[small, large])
    assert sku_codes(cola) == ["P1-330", "P1-500"]


def test_two_skus_may_swap_their_bar_codes(cola):
    small, large = COLA["skus"]
    swapped = [small | {"barcode": large["barcode"]}, large | {"barcode": small["barcode"]}]
    changes.change_product(cola, skus=swapped)
    assert skus.find_by_barcode(small["barcode"]).code == "P1-500"


def test_publication_is_recorded_once_and_taken_back_once(cola):
    for operation in (changes.publish, changes.publish, changes.unpublish, changes.unpublish):
        product = operation(cola)
    assert product.state == "unpublished"
    kinds = [event.kind for event in Event.select().order_by(Event.id) if event.kind.startswith("goods.")]
    assert kinds == ["goods.published", "goods.unpublished"]


def test_goods_without_a_category_in_use_are_not_published(cola, drinks):
    loose = changes.create_product(**ONE)
    assert error_code(changes.publish, loose) == "product_uncategorised"
    changes.publish(cola)
    assert error_code(category_retirement.retire_category, drinks) == "category_in_use"
    changes.unpublish(cola)
    for _ in range(2):
        assert category_retirement.retire_category(drinks).retired_at is not None
    assert error_code(changes.publish, cola) == "category_retired"
    assert error_code(changes.change_product, loose, category=drinks) == "category_retired"
    for _ in range(2):
        assert categories.restore_category(drinks).retired_at is None
    assert changes.publish(cola).state == "published"


def test_a_batch_names_what_it_rejects_and_does_the_rest(cola, drinks):
    loose = changes.create_product(**ONE)
    result = changes.publish_many([cola, loose])
    assert result.changed == ["P1"]
    assert [name for name, _ in result.refused] == ["盐"]
    assert changes.move_many([cola, loose], category=drinks).changed == ["P2"]
    again = changes.publish_many([cola, loose])
    assert (again.changed, again.refused) == (["P2"], [])
    assert changes.unpublish_many([cola, loose]).changed == ["P1", "P2"]
    assert error_code(changes.publish_many, [cola] * 101) == "invalid"
