"""Who is acting: a customer, a member of staff, an operator at the shell, or the system itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Actor:
    """`kind` is customer, staff, operator, platform or system; `name` is shown in the operation log."""

    kind: str
    name: str
    address: str = ""


SYSTEM = Actor(kind="system", name="system")

_current_actor: ContextVar[Actor] = ContextVar("actor", default=SYSTEM)


def current() -> Actor:
    """The actor in whose name this code runs."""
    return _current_actor.get()


@contextmanager
def acting_as(actor: Actor) -> Iterator[Actor]:
    """Run a block in an actor's name."""
    token = _current_actor.set(actor)
    try:
        yield actor
    finally:
        _current_actor.reset(token)
