"""The relay: works off a tenant's due deliveries until none is left."""

import threading

import structlog

from store.company import tenants
from store.kernel import deliveries
from store.kernel.events import Delivery

log = structlog.get_logger("relay")

ROUNDS = 2_000  # of one batch each; what is left after them waits for the next nudge or sweep

told_to_stop = threading.Event()  # set by a process that wants to end: the batch in hand is the last


def run(tenant: str) -> int:
    """Drain the due deliveries of a tenant; returns how many were done."""
    done = 0
    with tenants.using(tenant):
        for _ in range(ROUNDS):
            batch = [] if told_to_stop.is_set() else deliveries.claim()
            if not batch:
                break
            done += work_off(batch)
    if done:
        log.info("relayed", tenant=tenant, done=done)
    return done


def work_off(batch: list[Delivery]) -> int:
    """Run one claimed batch: what writes records together, what uses the network one by one."""
    inside = [delivery for delivery in batch if delivery.reaction.startswith("store.")]
    done = deliveries.run_inside(inside) if inside else 0
    for delivery in batch:
        if not delivery.reaction.startswith("store."):
            done += deliveries.run_outside(delivery)
    return done


def sweep() -> int:
    """Drain every tenant; what the clock does every few seconds in case a nudge was lost."""
    return sum(run(tenant) for tenant in tenants.slugs())
