"""The message relay of the transactional outbox: processes a tenant's due deliveries until none is left."""

import threading

import structlog

from store.core import events, outbox
from store.core.events import EventDelivery
from store.tenants import registry

log = structlog.get_logger("relay")

MAX_BATCHES = 2_000  # of one batch each; the rest waits for the next wake-up or tick

stop_requested = threading.Event()  # set when the process shall end: the current batch is the last


def run(tenant: str) -> int:
    """Process the due deliveries of a tenant and return how many were done."""
    done = 0
    with registry.use_tenant(tenant):
        for _ in range(MAX_BATCHES):
            batch = [] if stop_requested.is_set() else outbox.claim()
            if not batch:
                break
            done += process_batch(batch)
    if done:
        log.info("relayed", tenant=tenant, done=done)
    return done


def process_batch(batch: list[EventDelivery]) -> int:
    """Process one claimed batch: subscribers that write rows together, those that use the network one by one."""
    over_network = [delivery for delivery in batch if _uses_network(delivery)]
    in_transaction = [delivery for delivery in batch if not _uses_network(delivery)]
    done = outbox.run_in_transaction(in_transaction) if in_transaction else 0
    return done + sum(outbox.run_outside_transaction(delivery) for delivery in over_network)


def _uses_network(delivery: EventDelivery) -> bool:
    subscriber = events.find_subscriber(delivery.subscriber)
    return subscriber is not None and subscriber.uses_network


def relay_all_tenants() -> int:
    """Process the due deliveries of every tenant and return how many were done."""
    return sum(run(tenant) for tenant in registry.list_slugs())
