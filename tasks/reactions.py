"""What follows what: the one table in which an event's consequences stand."""

from collections.abc import Mapping, Sequence

from store.kernel.events import Reaction

TABLE: Mapping[str, Sequence[Reaction]] = {}
