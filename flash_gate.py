"""The gate of flash sales (抢购闸口): units are counted down in Redis, so that most late orders need no transaction.

The database is the truth. A counter lives for two seconds and is then read from the database again. A gate that is
down, wiped or wrong lets orders through to the database, where a plain read rejects them or the order decides.
"""

import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

import redis
import structlog

import config
from store.core import errors
from store.core.database import db
from store.core.errors import DomainError
from store.flash_sales import holds, items

log = structlog.get_logger("flash_gate")

TTL_MS = 2_000
PLACES = 2  # orders of a tenant that a process works on at once: more of them would slow each other
PATIENCE_S = 10.0  # how long an order waits for a place
BACKOFF_S = 1.0  # after Redis failed to answer

# `left` may still be taken, `pending` was taken by orders that are not decided yet. What this gate has not written, or
# what would live longer than it writes, is deleted. Sold out is only said while no order is pending that may fail.
_ENTER = """
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then redis.call('DEL', KEYS[1]) return {'unknown', '', 0} end
local ttl = redis.call('PTTL', KEYS[1])
local row = redis.call('HMGET', KEYS[1], 'left', 'pending', 'epoch')
local left, pending, units = tonumber(row[1] or ''), tonumber(row[2] or ''), tonumber(ARGV[1])
if ttl <= 0 or ttl > tonumber(ARGV[2]) or not left or not pending or not row[3] or left < 0 or pending < 0 then
  redis.call('DEL', KEYS[1])
  return {'unknown', '', 0}
end
if left >= units then
  redis.call('HINCRBY', KEYS[1], 'left', -units)
  redis.call('HINCRBY', KEYS[1], 'pending', units)
  return {'passed', row[3], left}
end
if pending > 0 then return {'unknown', row[3], left} end
return {'sold_out', row[3], left}
"""
_FILL = """
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'left', ARGV[1], 'pending', 0, 'epoch', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
"""
_LEAVE = """
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' or redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return 0 end
if ARGV[3] == 'forget' then return redis.call('DEL', KEYS[1]) end
redis.call('HINCRBY', KEYS[1], 'pending', -tonumber(ARGV[2]))
if ARGV[3] == 'given_back' then redis.call('HINCRBY', KEYS[1], 'left', ARGV[2]) end
return 1
"""


@dataclass
class Passage:
    """An order on its way through the gate: what it has taken there. `is_placed` is set when it is in the database."""

    is_placed: bool = False
    taken: list[tuple[str, str, int]] = field(default_factory=list)  # key, epoch, units


@contextmanager
def open_passage(units: Mapping[str, int]) -> Iterator[Passage]:
    """Let an order of units by public id of their item through to the database. Raises DomainError(sold_out, busy).

    It waits for a place among the orders of its tenant in this process, and then looks whether there are units left.
    What it has taken here is given back unless the order was placed.
    """
    if not units:
        yield Passage()
        return
    places = _places_of(db.current_tenant())
    if not places.acquire(timeout=PATIENCE_S):
        raise errors.busy()
    try:
        with _take_units(units) as passage:
            yield passage
    finally:
        places.release()


@contextmanager
def _take_units(units: Mapping[str, int]) -> Iterator[Passage]:
    passage, outcome = Passage(), "given_back"
    try:
        for item, wanted in units.items():
            _enter(passage, item, wanted)
        yield passage
        outcome = "placed" if passage.is_placed else "given_back"
    except DomainError as error:
        outcome = "forget" if error.code == "sold_out" else "given_back"  # the counter was too high
        raise
    finally:
        for key, epoch, wanted in passage.taken:
            _run(_LEAVE, key, epoch, wanted, outcome)


def _enter(passage: Passage, item: str, units: int) -> None:
    key = f"flash:{db.current_tenant()}:{item}"
    answer, epoch, left = _ask(key, units)
    if answer == "unknown":
        found = items.find_by_public_id(item)
        if found is None:
            return  # the order says what is wrong
        left = found.left
        if left < units:
            answer = "sold_out"
        is_filled = not epoch and _run(_FILL, key, max(0, left), secrets.token_hex(8), TTL_MS) is not None
        if is_filled and answer != "sold_out":
            answer, epoch, left = _ask(key, units)
    if answer == "passed":
        passage.taken.append((key, epoch, units))
    elif answer == "sold_out":
        raise holds.sold_out_error(item, left)


def _ask(key: str, units: int) -> tuple[str, str, int]:
    """Return what the counter says, its epoch, and how many units it has left."""
    found = _run(_ENTER, key, units, TTL_MS)
    if found is None:
        return "unknown", "", 0
    answer, epoch, left = found
    return answer.decode(), epoch.decode(), int(left)


@cache
def _places_of(tenant: str) -> threading.BoundedSemaphore:
    """Return the places of a tenant in this process, so that one whose database is stuck delays no other."""
    return threading.BoundedSemaphore(PLACES)


class _Silence:
    """When Redis may be asked again after it failed to answer."""

    def __init__(self) -> None:
        self._until = 0.0
        self._lock = threading.Lock()

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._until

    def begin(self, error: redis.RedisError) -> None:
        with self._lock:
            is_new, self._until = self.is_over, time.monotonic() + BACKOFF_S
        if is_new:
            log.warning("flash_gate_down", reason=type(error).__name__)


_silence = _Silence()


def _run(script: str, key: str, *arguments: Any) -> Any:
    """Return the answer of a script, or None if Redis does not answer."""
    if not _silence.is_over:
        return None
    try:
        return _load(config.current().redis_url, script)(keys=[key], args=arguments)
    except redis.RedisError as error:
        _silence.begin(error)
        return None


@lru_cache(maxsize=16)
def _load(url: str, script: str) -> Any:
    return _connect(url).register_script(script)


@lru_cache(maxsize=4)
def _connect(url: str) -> redis.Redis:
    """Return a client with short time-outs, so that a lost Redis delays no order for long."""
    return redis.Redis.from_url(url, socket_timeout=0.2, socket_connect_timeout=0.2)
