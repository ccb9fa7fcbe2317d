"""The `Idempotency-Key` header: a repeated write gets the first response."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from flask import request
from pydantic import BaseModel

from store.core import idempotency
from store.core.errors import DomainError

P = TypeVar("P")

KEY_HEADER = "Idempotency-Key"
WAIT_TIMEOUT_S = 1.0
_POLL_INTERVAL_S = 0.1


def run_idempotent(scope: str, body: Any, work: Callable[[], BaseModel]) -> dict[str, Any]:
    """Return the response of `work`. Idempotent by the request's key."""
    return run_idempotent_with_proof(scope, body, prove=lambda: None, work=lambda _: work())


def run_idempotent_with_proof(
    scope: str, body: Any, *, prove: Callable[[], P], work: Callable[[P], BaseModel]
) -> dict[str, Any]:
    """Return the response of `work` with the result of `prove`. Idempotent by the request's key.

    `prove` consumes what no rollback restores (a platform's code, an attempt of an SMS code), so it runs
    outside the transaction, and a repeat gets its response before `prove` runs again. If `prove` fails, a
    concurrent equal request may have consumed the code: wait for its response.
    """
    key = request.headers.get(KEY_HEADER)
    if key is None:
        return _to_json(work(prove()))
    asked = _lookup(scope, key, body)
    answer = idempotency.find_response(**asked)
    if answer is not None:
        return answer
    try:
        proof = prove()
    except DomainError:
        answer = _await_concurrent_response(asked)
        if answer is None:
            raise
        return answer
    return idempotency.run_once(**asked, work=lambda: _to_json(work(proof)))


def run_new(scope: str, body: Any, work: Callable[[], BaseModel]) -> dict[str, Any]:
    """Return the response of `work` like `run_idempotent`, after `find_stored` has found none."""
    key = request.headers.get(KEY_HEADER)
    if key is None:
        return _to_json(work())
    return idempotency.run_once(**_lookup(scope, key, body), work=lambda: _to_json(work()))


def find_stored(scope: str, body: Any) -> dict[str, Any] | None:
    """Return the response that an earlier request with the same key got, or None. Raises DomainError(key_reused)."""
    key = request.headers.get(KEY_HEADER)
    return None if key is None else idempotency.find_response(**_lookup(scope, key, body))


def _lookup(scope: str, key: str, body: Any) -> dict[str, Any]:
    return {
        "scope": f"{scope} {request.endpoint}", "key": key,
        "body": {"path": request.view_args, "body": _to_json(body)},
    }  # fmt: skip


def _await_concurrent_response(lookup: dict[str, Any]) -> dict[str, Any] | None:
    until = time.monotonic() + WAIT_TIMEOUT_S
    while time.monotonic() < until:
        answer = idempotency.find_response(**lookup)
        if answer is not None:
            return answer
        time.sleep(_POLL_INTERVAL_S)
    return None


def _to_json(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value
