"""The clock: every second it looks for what is due, tenant by tenant; one tenant's trouble stops no other."""

import signal
import threading
from collections.abc import Callable

import redis
import structlog

import config
from house import open_house
from store.company import tenants
from store.kernel import clock, events, schedule
from tasks import nudge, relay
from tasks.timetable import TIMETABLE

log = structlog.get_logger("clock")

TICK_S = 1.0


def tick(wake: Callable[[str], None]) -> None:
    """One look at every tenant: run the jobs that are due, wake the relay where deliveries wait."""
    for slug in tenants.slugs():
        try:
            with tenants.using(slug):
                run_due()
                if waiting():
                    wake(slug)
        except Exception:  # the shell of a tenant's jobs: the others still get their turn
            log.exception("tenant_failed", tenant=slug)


def run_due() -> None:
    """Run the due jobs of the tenant in force, each under its lease, and record how it went."""
    for name, (every_s, job) in TIMETABLE.items():
        schedule.declare(name=name, every_s=every_s)
        lease = schedule.take(name=name)
        if lease is None:
            continue
        try:
            job()
        except Exception as error:  # the shell of a job: its failure is kept in its row
            log.exception("job_failed", job=name)
            schedule.finish(name=name, lease=lease, error=f"{type(error).__name__}: {error}"[:500])
        else:
            schedule.finish(name=name, lease=lease)


def waiting() -> bool:
    """Whether a delivery of the tenant in force is due."""
    due = (events.Delivery.state == "pending") & (events.Delivery.due_at <= clock.now())
    return events.Delivery.select().where(due).exists()


def main() -> None:
    settings = config.read()
    open_house(settings)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    queue = nudge.connect(settings.redis_url)
    while not stopping.wait(TICK_S):
        tick(lambda slug: _wake(queue, slug))


def _wake(queue: object, slug: str) -> None:
    try:
        nudge.enqueue(queue, slug)
    except redis.RedisError:
        relay.run(slug)  # nobody can be woken, so the clock does it itself


if __name__ == "__main__":
    main()
