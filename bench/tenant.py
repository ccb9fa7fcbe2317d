"""The tenant of a benchmark: created at first, opened again by later processes."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from store import layers
from store.core import encryption, events
from store.core.events import Subscriber
from store.tenants import registry

SLUG = "bench"
KEYS = encryption.Keys(encryption=(("bench", b"b" * 32),), index=b"b" * 32)


@contextmanager
def open_tenant(
    url: str, folder: Path, subscriptions: Mapping[str, Sequence[Subscriber]] | None = None
) -> Iterator[None]:
    """Select the tenant whose registry is at `url`, with these subscriptions or none."""
    encryption.load_keys(KEYS)
    layers.import_all()
    events.subscribe(subscriptions or {})
    registry.open_registry(url, folder / "tenants")
    if not registry.list_slugs():
        registry.create_tenant(slug=SLUG, name="小二便利")
    try:
        with registry.use_tenant(SLUG):
            yield
    finally:
        registry.close_all()
