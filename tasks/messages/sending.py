"""Send the due messages of a tenant, one after the other."""

from collections import Counter
from collections.abc import Callable
from time import monotonic

import structlog

from platforms.errors import OutcomeUnknownError, PlatformError
from store.core.database import db
from store.core.errors import DomainError
from store.core.events import Event
from store.messages import messages, results, sending
from store.messages.messages import Message
from store.messages.results import Outcome
from store.messages.sending import SendRequest
from tasks.messages import media, outcomes

log = structlog.get_logger("messages")

# Less than the lease of a delivery, so that other calls to platforms get their turn between two such runs.
MAX_RUN_S = 10.0


def send_due(event: Event) -> None:
    """Send due messages for at most ten seconds, and leave the rest to another event."""
    run()
    request_sending()


@db.transactional
def request_sending() -> bool:
    """Record the event that sends what is due, and return whether anything is due."""
    if not sending.has_due():
        return False
    messages.request_sending()
    return True


def run(*, max_run_s: float = MAX_RUN_S, stop: Callable[[], bool] = lambda: False) -> int:
    """Send due messages and return how many were handled. What is claimed when the time is over is given back."""
    until, handled = monotonic() + max_run_s, 0
    states: Counter[str] = Counter()

    def is_over() -> bool:
        return monotonic() >= until or stop()

    while not is_over() and (batch := sending.claim()):
        tried = _send_batch(batch, states, is_over)
        handled += tried
        sending.release(batch[tried:])
    if states:
        log.info("messages_sent", **states)
    return handled


def _send_batch(batch: list[Message], states: Counter[str], is_over: Callable[[], bool]) -> int:
    """Send claimed messages until the time is over, and return how many were tried.

    The outcome of one is committed in the transaction that starts the next.
    """
    tried, done = 0, None
    for claimed in batch:
        if tried and is_over():
            break
        request, done = _prepare(claimed, done), None
        if request is not None:
            outcome = _call(request)
            states[outcome.code or outcome.state] += 1
            done = (request.message, outcome)
        tried += 1
    if done is not None:
        results.finish(*done)
    return tried


def _prepare(claimed: Message, done: tuple[Message, Outcome] | None) -> SendRequest | None:
    """Prepare a message. One with a defect ends as failed, so that it does not stop those after it."""
    try:
        return sending.prepare(claimed, done)
    except Exception as error:
        if done is not None:  # its transaction was rolled back; this raises if the database is down
            results.finish(*done)
        log.exception("message_not_prepared", kind=claimed.kind)
        results.fail(claimed, code=type(error).__name__, reason="无法生成消息内容")
        return None


def _call(request: SendRequest) -> Outcome:
    """Call the platform and return the outcome. No error of one message stops the others."""
    try:
        if request.is_query:
            return media.query(request)
        return media.send(request)
    except DomainError as error:  # what the medium needs is not set up
        state = "perhaps_sent" if request.is_query else "skipped"
        return Outcome(state, code=error.code, reason=error.message)
    except PlatformError as error:
        return outcomes.of_error(request.message.medium, error, can_query=media.can_query(request))
    except Exception as error:  # a defect of ours: the call may have been made
        log.exception("message_failed_unexpectedly", kind=request.message.kind)
        unknown = OutcomeUnknownError("own", type(error).__name__, "发送时出错")
        return outcomes.of_error(request.message.medium, unknown, can_query=media.can_query(request))
