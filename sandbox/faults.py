"""Faults: failures on demand, for the platform's doors and for its pushes."""

import itertools
import threading
import time
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.errors import Refused

DOOR_KINDS = {"timeout", "slow", "http_500", "garbage", "errcode"}
PUSH_KINDS = {"duplicate", "parallel", "reorder", "drop_reply"}
USUAL_DELAY_S = {"timeout": 30.0, "slow": 3.0, "reorder": 3.0}
LONGEST_DELAY_S = 120.0
STEP_S = 0.05


@dataclass
class Fault:
    id: int
    path: str
    kind: str
    errcode: int
    times: int | None
    delay_s: float


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._faults: list[Fault] = []

    def put(self, wish: dict[str, Any]) -> Fault:
        """One fault a path and kind: asking again replaces the earlier wish."""
        fault = self._read(wish)
        with self._lock:
            self._faults = [
                each for each in self._faults if (each.path, each.kind) != (fault.path, fault.kind)
            ]
            self._faults.append(fault)
        return fault

    def all(self) -> list[dict]:
        return [asdict(each) for each in self._faults]

    def remove(self, fault_id: int | None = None) -> None:
        with self._lock:
            self._faults = [each for each in self._faults if fault_id is not None and each.id != fault_id]

    def take(self, path: str) -> Fault | None:
        """The fault that strikes this call, spent by one."""
        with self._lock:
            for fault in self._faults:
                if fault.path == path or (fault.path == "*" and path != "push"):
                    self._spend(fault)
                    return fault
        return None

    def wait_out(self, fault: Fault) -> None:
        """Sleeps for the fault's delay, but not past the moment at which everything is switched off."""
        until, generation = time.monotonic() + fault.delay_s, self._generation
        while time.monotonic() < until and generation == self._generation:
            time.sleep(STEP_S)

    _generation = 0

    def reset(self) -> None:
        self.remove()
        self._generation += 1

    def _spend(self, fault: Fault) -> None:
        if fault.times is None:
            return
        fault.times -= 1
        if fault.times <= 0:
            self._faults.remove(fault)

    def _read(self, wish: dict[str, Any]) -> Fault:
        path, kind = wish.get("path"), wish.get("kind")
        if not isinstance(path, str) or not (path in {"*", "push"} or path.startswith("/")):
            raise Refused("bad_fault", "path 应是接口路径、* 或 push")
        if kind not in (PUSH_KINDS if path == "push" else DOOR_KINDS):
            raise Refused("bad_fault", f"{path} 没有这种故障：{kind}")
        times, delay_s = wish.get("times"), wish.get("delay_s", USUAL_DELAY_S.get(kind, 0.0))
        if times is not None and (type(times) is not int or times < 1):
            raise Refused("bad_fault", "times 应是正整数或 null")
        if not isinstance(delay_s, int | float) or not 0 <= delay_s <= LONGEST_DELAY_S:
            raise Refused("bad_fault", f"delay_s 应在 0 到 {LONGEST_DELAY_S:.0f} 之间")
        errcode = wish.get("errcode", -1)
        if type(errcode) is not int:
            raise Refused("bad_fault", "errcode 应是整数")
        return Fault(next(self._numbers), path, kind, errcode, times, float(delay_s))
