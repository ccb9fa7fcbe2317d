"""A repeat: a write that comes again under its `Idempotency-Key` and gets the first answer."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from flask import request
from pydantic import BaseModel

from store.kernel import idempotency
from store.kernel.refusals import Refused

P = TypeVar("P")

HEADER = "Idempotency-Key"
PATIENCE_S = 1.0
_PAUSE_S = 0.1


def once(scope: str, body: Any, work: Callable[[], BaseModel]) -> dict[str, Any]:
    """What `work` answers; under a key its writes are made once."""
    return proved_once(scope, body, prove=lambda: None, work=lambda _: work())


def proved_once(
    scope: str, body: Any, *, prove: Callable[[], P], work: Callable[[P], BaseModel]
) -> dict[str, Any]:
    """What `work` answers on the proof that `prove` brings; under a key both happen once.

    `prove` spends what no rollback gives back (a platform's code, a try of an SMS code), so it runs
    outside the transaction, and a repeat must be answered before it is asked again. Refused to one of
    two equal requests at the same moment, the proof may be in the other's hands: its answer is awaited.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return _plain(work(prove()))
    asked = {
        "scope": f"{scope} {request.endpoint}",
        "key": key,
        "body": {"path": request.view_args, "body": _plain(body)},
    }
    answer = idempotency.kept(**asked)
    if answer is not None:
        return answer
    try:
        proof = prove()
    except Refused:
        answer = _answer_of_the_other(asked)
        if answer is None:
            raise
        return answer
    return idempotency.once(**asked, work=lambda: _plain(work(proof)))


def _answer_of_the_other(asked: dict[str, Any]) -> dict[str, Any] | None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        answer = idempotency.kept(**asked)
        if answer is not None:
            return answer
        time.sleep(_PAUSE_S)
    return None


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value
