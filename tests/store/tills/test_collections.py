"""Collection codes of shops, and the orders that customers place by them."""

import pytest

from store.core.errors import DomainError
from store.customers import followers
from store.customers.customers import Customer
from store.orders import payers
from store.orders.tables import Order
from store.shops import shops
from store.shops.shops import Shop
from store.tenants import channels, registry, settings
from store.tenants.audit import AuditEntry
from store.tills import collection_codes, collections
from store.tills.collections import CollectionSettings
from tests.support import database


@pytest.fixture
def customer(acme: str) -> Customer:
    return followers.get_or_create_customer(
        channel=channels.get_by_key("acme-mp"), openid="o-payer", source="wechat_official"
    )


def place(code: str, customer: Customer, amount_fen: int = 1_280, key: str = "c-1") -> Order:
    return collections.place(code=code, customer=customer, amount_fen=amount_fen, key=key)


def test_a_shop_has_one_code_which_stays(shop: Shop) -> None:
    first, second = (collection_codes.get_or_create(shop) for _ in range(2))
    assert (first.id, first.code) == (second.id, second.code)
    assert first.path == f"/pay/acme.{first.token}"
    assert collection_codes.get_by_code(first.code).shop == shop
    assert [row.id for row in collection_codes.list_codes()] == [first.id]


def test_renewal_is_idempotent_and_ends_the_code_in_print(shop: Shop) -> None:
    old = collection_codes.get_or_create(shop).code
    first, second = (collection_codes.renew(shop, replaced_code=old) for _ in range(2))
    assert first.code == second.code != old
    with pytest.raises(DomainError, match="收款码已失效"):
        collection_codes.get_by_code(old)
    assert first.token not in str([row.after for row in AuditEntry.select()])


def test_a_code_of_another_tenant_is_not_found(two_tenants: object, shop: Shop) -> None:
    code = collection_codes.get_or_create(shop).code
    with registry.use_tenant("rival"), pytest.raises(DomainError, match="收款码已失效"):
        collection_codes.get_by_code(code)
    with pytest.raises(DomainError, match="收款码已失效"):
        collection_codes.get_by_code(f"rival.{code.partition('.')[2]}")


def test_a_closed_shop_collects_nothing(shop: Shop, customer: Customer) -> None:
    code = collection_codes.get_or_create(shop).code
    shops.close(shop)
    for call in (lambda: collection_codes.get_or_create(shop), lambda: place(code, customer)):
        with pytest.raises(DomainError) as refused:
            call()
        assert refused.value.code == "shop_closed"


def test_placing_twice_is_one_order_of_the_customer(shop: Shop, customer: Customer) -> None:
    code = collection_codes.get_or_create(shop).code
    first, second = (place(code, customer) for _ in range(2))
    assert first.id == second.id
    assert (first.kind, first.source, first.due_fen, first.member_id) == ("till", "collection", 1_280, None)
    assert Order.get().customer_id == customer.id


def test_an_order_of_another_customer_is_not_taken_over(shop: Shop, customer: Customer) -> None:
    order = place(collection_codes.get_or_create(shop).code, customer)
    other = followers.get_or_create_customer(
        channel=channels.get_by_key("acme-mp"), openid="o-other", source="wechat_official"
    )
    before = database.dump_rows()
    with pytest.raises(DomainError) as refused:
        payers.record_payer(number=order.number, customer=other)
    assert refused.value.code == "order_has_payer"
    with pytest.raises(DomainError):
        payers.get_of_customer(other, order.number)
    assert payers.record_payer(number=order.number, customer=customer).id == order.id
    assert database.dump_rows() == before


@pytest.mark.parametrize("amount_fen", [0, -1, 5_000_001, 1.5, True])
def test_an_amount_out_of_bounds_changes_nothing(shop: Shop, customer: Customer, amount_fen: int) -> None:
    code = collection_codes.get_or_create(shop).code
    before = database.dump_rows()
    with pytest.raises(DomainError, match=r"0\.01 到 50,000 元"):
        place(code, customer, amount_fen)
    assert database.dump_rows() == before


def test_payments_are_limited_by_address_and_by_shop(shop: Shop) -> None:
    settings.change(CollectionSettings, per_address=2, per_shop=3)
    for address in ("1.1.1.1", "1.1.1.1", "2.2.2.2"):
        collections.check_rate_limit(shop=shop, address=address)
    for address in ("1.1.1.1", "3.3.3.3"):
        with pytest.raises(DomainError, match="过于频繁"):
            collections.check_rate_limit(shop=shop, address=address)
