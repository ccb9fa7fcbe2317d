"""Footprints that are recorded beside the response: to read a page of goods waits for no writer."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import structlog

from store.catalog import goods_favourites
from store.catalog.products import Product
from store.core.database import db
from store.customers.customers import Customer
from store.shops.shops import Shop
from store.tenants import registry

MAX_WAITING = 200
log = structlog.get_logger("web")
_executor = ThreadPoolExecutor(1, thread_name_prefix="footprints")
_places = threading.BoundedSemaphore(MAX_WAITING)


def record_later(*, customer: Customer, product: Product, shop: Shop) -> None:
    """Record that a customer viewed a product, unless too many views wait already."""
    if _places.acquire(blocking=False):
        future = _executor.submit(_record, db.current_tenant(), customer, product, shop)
        future.add_done_callback(_release)


def wait() -> None:
    """Wait until everything is recorded that was requested before."""
    _executor.submit(int).result()


def _record(tenant: str, customer: Customer, product: Product, shop: Shop) -> None:
    try:
        with registry.use_tenant(tenant):
            goods_favourites.record_view(customer=customer, product=product, shop=shop)
    except Exception as error:  # a footprint may be lost, for example while the disk is full
        log.warning("footprint_lost", error=type(error).__name__)


def _release(_: Future[None]) -> None:
    _places.release()
