"""Collections (扫码收款): a customer scans the code of a shop and pays an amount, as an order of the shop."""

from pydantic import Field

from store.core import errors, rate_limits
from store.core.database import db
from store.customers.customers import Customer
from store.orders import orders, payers
from store.orders.requests import Place
from store.orders.tables import Order
from store.shops.shops import Shop
from store.tenants import settings
from store.tills import collection_codes, sales

SOURCE = "collection"
MIN_AMOUNT_FEN, MAX_AMOUNT_FEN = 1, 5_000_000
_TOO_MANY = "操作过于频繁，请稍后再试"


class CollectionSettings(settings.SettingsGroup, name="collections"):
    """How many payments may be begun in a minute: by an address at a shop, and at a shop."""

    per_address: int = Field(default=10, ge=1, le=1000)
    per_shop: int = Field(default=120, ge=1, le=10_000)


def check_rate_limit(*, shop: Shop, address: str) -> None:
    """Count a payment that is begun. Raises DomainError(too_many), and RuntimeError inside a transaction."""
    db.ensure_outside_transaction()
    rules, network = settings.read(CollectionSettings), rate_limits.client_network(address)
    limits = {f"collections:{shop.id}:{network}": rules.per_address, f"collections:{shop.id}": rules.per_shop}
    for name, limit in limits.items():
        rate_limits.consume(name=name, limit=limit, window_s=60, message=_TOO_MANY)


@db.transactional
def place(*, code: str, customer: Customer, amount_fen: int, key: str) -> Order:
    """Place the order of a customer at the shop of a code. Idempotent by `key`.

    The amount is what the customer pays: a member is attached only by the payment, so that nothing is taken off.
    Raises DomainError(invalid, not_found, shop_closed).
    """
    if type(amount_fen) is not int or not MIN_AMOUNT_FEN <= amount_fen <= MAX_AMOUNT_FEN:
        raise errors.invalid("amount_fen", "金额应在 0.01 到 50,000 元之间")
    shop = collection_codes.get_by_code(code).shop
    collection_codes.ensure_not_closed(shop)
    request = Place(kind="till", source=SOURCE, shop_id=shop.id, lines=(sales.amount_line(amount_fen),))
    order = orders.place(request=request, key=key)
    return payers.record_payer(number=order.number, customer=customer)
