"""Push what changed on cards to the card packs, one after the other, within the limits of the platforms."""

import time
from collections.abc import Callable
from time import monotonic

import structlog

import card_calls
from store.core.database import db
from store.core.events import Event
from store.member_cards import pack_cards, pushing, templates
from store.member_cards.pack_cards import PackCard

log = structlog.get_logger("card_packs")

# Less than the lease of a delivery, so that other calls to platforms get their turn between two such runs.
MAX_RUN_S = 10.0
MAX_WAIT_S = 1.2  # for the next second of a platform's limit
POLL_INTERVAL_S = 0.05


def push_due(event: Event) -> None:
    """Push due cards for at most ten seconds, and leave the rest to another event."""
    run()
    request_pushing()


@db.transactional
def request_pushing() -> bool:
    """Record the event that pushes what is due, and return whether anything is due."""
    if not pushing.has_due():
        return False
    pack_cards.request_pushing()
    return True


def run(*, max_run_s: float = MAX_RUN_S) -> int:
    """Push due cards and return how many were handled. What is claimed when the time is over is given back."""
    until, handled = monotonic() + max_run_s, 0
    for platform in templates.PLATFORMS:
        while monotonic() < until and (batch := pushing.claim(platform)):
            done = _push_batch(platform, batch, lambda: monotonic() >= until)
            handled += done
            pushing.release(batch[done:])
            if done < len(batch):
                break
    return handled


def _push_batch(platform: str, batch: list[PackCard], is_over: Callable[[], bool]) -> int:
    """Push claimed cards until the time is over or the platform rests, and return how many were tried."""
    for done, card in enumerate(batch):
        if is_over():
            return done
        try:
            request = pushing.prepare(card)
            if request is None:
                continue
            if not _wait_for_call(platform):
                pushing.withdraw_request(request)
                return done + 1
            card_calls.push(request)
        except Exception:  # a defect with one card must not stop those after it; its lease repeats it
            log.exception("card_not_pushed", reference=card.reference)
    return len(batch)


def _wait_for_call(platform: str) -> bool:
    """Wait for a call of the platform's limit a second, and return whether there is one."""
    until = monotonic() + MAX_WAIT_S
    while not pushing.take_call(platform):
        if monotonic() >= until:
            return False
        time.sleep(POLL_INTERVAL_S)
    return True
