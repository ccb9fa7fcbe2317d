"""The actor of the running code: a customer, staff, an operator at the command line, or the system."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Actor:
    """`kind` is customer, staff, operator, platform or system; the audit log shows `name`."""

    kind: str
    name: str
    address: str = ""


SYSTEM = Actor(kind="system", name="system")

_current_actor: ContextVar[Actor] = ContextVar("actor", default=SYSTEM)


def current() -> Actor:
    """Return the actor of the current context."""
    return _current_actor.get()


@contextmanager
def acting_as(actor: Actor) -> Iterator[Actor]:
    """Run a block as an actor."""
    token = _current_actor.set(actor)
    try:
        yield actor
    finally:
        _current_actor.reset(token)
