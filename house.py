"""Opening the house for a process, be it web, worker, clock or shell: keys, records, reactions, logs."""

import config
from store import wings
from store.company import tenants
from store.kernel import events, secrets
from tasks import logs, nudge, reactions


def open_house(settings: config.Config) -> None:
    """Put the keys, the registry and the table of reactions in force."""
    logs.configure()
    secrets.load(settings.keys)
    wings.load()
    tenants.open_registry(settings.database_url, settings.tenants_folder)
    events.install(reactions.TABLE, wake=nudge.waker(settings.redis_url))
