"""Faults: injected failures of the platform routes and of pushes."""

import itertools
import threading
import time
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sandbox.errors import SandboxError

# With `late_answer` the call is executed and its answer is lost.
PLATFORM_FAULT_KINDS = {"timeout", "slow", "http_500", "garbage", "errcode", "late_answer"}
PUSH_FAULT_KINDS = {"duplicate", "parallel", "reorder", "drop_reply"}
# Faults of payment routes. With `late_answer`, `error_after` and `wrong_amount` the call is executed.
PAYMENT_FAULT_KINDS = (PLATFORM_FAULT_KINDS - {"errcode"}) | {
    "error", "error_after", "late_answer", "pending", "wrong_amount", "forged", "unsigned",
}  # fmt: skip
NOTICE_FAULT_KINDS = {"drop", "duplicate", "delay", "reorder", "shuffle", "wrong_amount", "forged", "old"}
MAIL_FAULT_KINDS = {"reject_recipient", "defer_recipient", "disconnect", "lost_answer", "slow"}
PAYMENT_PATHS = ("/v3/", "/gateway.do", "/mmpaymkttransfers/")
DEFAULT_DELAY_S = {
    "timeout": 30.0,
    "slow": 3.0,
    "reorder": 3.0,
    "late_answer": 30.0,
    "delay": 3.0,
    "shuffle": 3.0,
}
MAX_DELAY_S = 120.0
POLL_INTERVAL_S = 0.05


class FaultRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    path: str = Field(pattern=r"^(\*|push|notice|payment|mail|/.*)$")
    kind: str
    errcode: int = -1
    code: str = Field(default="SYSTEM_ERROR", max_length=64)
    status: int = Field(default=500, ge=200, le=599)
    copies: int = Field(default=2, ge=2, le=20)
    times: int | None = Field(default=None, ge=1)
    delay_s: float | None = Field(default=None, ge=0, le=MAX_DELAY_S)


@dataclass
class Fault:
    id: int
    path: str
    kind: str
    errcode: int
    times: int | None
    delay_s: float
    code: str = "SYSTEM_ERROR"  # of payment routes
    status: int = 500
    copies: int = 2  # of a duplicated notice


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._faults: list[Fault] = []
        self._generation = 0

    def add(self, payload: dict[str, Any]) -> Fault:
        """Add a fault. It replaces the fault with the same path and kind."""
        request = _parse_request(payload)
        delay_s = DEFAULT_DELAY_S.get(request.kind, 0.0) if request.delay_s is None else request.delay_s
        fault = Fault(
            id=next(self._ids),
            path=request.path,
            kind=request.kind,
            errcode=request.errcode,
            times=request.times,
            delay_s=delay_s,
            code=request.code,
            status=request.status,
            copies=request.copies,
        )
        with self._lock:
            self._faults = [
                existing
                for existing in self._faults
                if (existing.path, existing.kind) != (fault.path, fault.kind)
            ]
            self._faults.append(fault)
        return fault

    def list_all(self) -> list[dict]:
        return [asdict(fault) for fault in self._faults]

    def remove(self, fault_id: int | None = None) -> None:
        with self._lock:
            self._faults = [fault for fault in self._faults if fault_id is not None and fault.id != fault_id]

    def consume(self, path: str, *, pattern: str = "") -> Fault | None:
        """Return the fault for this call and count one use, or return None.

        `pattern` is the path of the route with its variables, for example `/v3/…/<number>/close`.
        """
        with self._lock:
            for fault in self._faults:
                is_general = fault.path == "*" and path not in ("push", "notice", "mail")
                is_payment = fault.path == "payment" and path.startswith(PAYMENT_PATHS)
                if is_general or is_payment or fault.path in (path, pattern):
                    self._count_use(fault)
                    return fault
        return None

    def wait(self, fault: Fault) -> None:
        """Sleep for the delay of the fault. A reset ends the sleep."""
        until, generation = time.monotonic() + fault.delay_s, self._generation
        while time.monotonic() < until and generation == self._generation:
            time.sleep(POLL_INTERVAL_S)

    def reset(self) -> None:
        self.remove()
        self._generation += 1

    def _count_use(self, fault: Fault) -> None:
        if fault.times is None:
            return
        fault.times -= 1
        if fault.times <= 0:
            self._faults.remove(fault)


def _parse_request(payload: dict[str, Any]) -> FaultRequest:
    try:
        request = FaultRequest.model_validate(payload)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise SandboxError("bad_fault", f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    if request.kind not in _list_kinds(request.path):
        raise SandboxError("bad_fault", f"{request.path} 没有这种故障：{request.kind}")
    return request


def _list_kinds(path: str) -> set[str]:
    if path == "push":
        return PUSH_FAULT_KINDS
    if path == "mail":
        return MAIL_FAULT_KINDS
    if path == "notice":
        return NOTICE_FAULT_KINDS
    if path == "payment" or path.startswith(PAYMENT_PATHS):
        return PAYMENT_FAULT_KINDS
    return PLATFORM_FAULT_KINDS
