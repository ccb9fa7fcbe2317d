"""The scheduler: runs the due jobs of every tenant each second; a failing tenant does not affect others.

Due payments are claimed by a thread of their own, because a job may take ten seconds and a pay code is queried every
three to five.
"""

import signal
import threading
from collections.abc import Callable

import redis
import structlog

import config
from bootstrap import bootstrap
from store.core import clock, events, scheduled_jobs
from store.payments import due_work
from store.red_packets import sending as red_packet_sending
from store.tenants import registry
from tasks import relay, wakeup
from tasks.schedule import SCHEDULE
from tasks.subscriptions import SUBSCRIPTIONS

log = structlog.get_logger("scheduler")

TICK_S = 1.0


def run_once(wake: Callable[[str], None], declared: set[str]) -> None:
    """Run the due jobs of every tenant and wake the relay where deliveries are due.

    `declared` holds the tenants whose jobs this process has declared; tenants created later are added.
    """
    for slug in registry.list_slugs():
        try:
            with registry.use_tenant(slug):
                if slug not in declared:
                    declare_jobs()
                    declared.add(slug)
                run_due_jobs()
                if has_due_deliveries():
                    wake(slug)
        except Exception:  # top-level handler of a tenant: the others still run
            log.exception("tenant_failed", tenant=slug)


def claim_payments() -> None:
    """Claim the due payments, refunds and red packets of every tenant. Their events wake the relay."""
    for slug in registry.list_slugs():
        try:
            with registry.use_tenant(slug):
                due_work.claim_due()
                red_packet_sending.claim_due()
        except Exception:  # top-level handler of a tenant: the others still run
            log.exception("claim_failed", tenant=slug)


def declare_jobs() -> None:
    """Insert the jobs of the current tenant or change their intervals."""
    for name, (every_s, _) in SCHEDULE.items():
        scheduled_jobs.declare(name=name, every_s=every_s)


def run_due_jobs() -> None:
    """Run the due jobs of the current tenant. A tick without a due job is one SELECT."""
    for name in scheduled_jobs.list_due():
        if name in SCHEDULE:  # an earlier release may have had other jobs
            _run_job(name)


def _run_job(name: str) -> None:
    """Run a job under its lease and record the outcome."""
    lease = scheduled_jobs.claim(name=name)
    if lease is None:  # another scheduler was faster
        return
    _, job = SCHEDULE[name]
    try:
        job()
    except Exception as error:  # top-level handler of a job: its row keeps the error
        log.exception("job_failed", job=name)
        scheduled_jobs.finish(name=name, lease=lease, error=f"{type(error).__name__}: {error}"[:500])
    else:
        scheduled_jobs.finish(name=name, lease=lease)


def has_due_deliveries() -> bool:
    """Return whether a delivery of the current tenant is due."""
    due = (events.EventDelivery.state == "pending") & (events.EventDelivery.due_at <= clock.now())
    return events.EventDelivery.select().where(due).exists()


def main() -> None:
    settings = config.read()
    bootstrap(settings, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(settings.redis_url))
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    queue = wakeup.connect_queue(settings.redis_url)
    declared: set[str] = set()
    threading.Thread(target=_claim_payments_until, args=(stopping,), name="payments", daemon=True).start()
    while not stopping.wait(TICK_S):
        run_once(lambda slug: _wake_or_run(queue, slug), declared)


def _claim_payments_until(stopping: threading.Event) -> None:
    while not stopping.wait(TICK_S):
        try:
            claim_payments()
        except Exception:  # top-level handler of the thread, which would otherwise end without a word
            log.exception("claim_failed")


def _wake_or_run(queue: object, slug: str) -> None:
    try:
        wakeup.enqueue_relay(queue, slug)
    except redis.RedisError:
        relay.run(slug)  # no worker can be woken, so the scheduler processes the deliveries


if __name__ == "__main__":
    main()
