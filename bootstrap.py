"""The composition root: what every process (web, worker, scheduler, command line) sets up before it starts."""

from collections.abc import Callable, Mapping, Sequence

import config
import log_config
from store import layers
from store.core import clock, encryption, events
from store.core.events import Subscriber
from store.orders import payments as order_payments
from store.payments import payables
from store.payments.payables import PayableFunctions
from store.stored_value import top_up_payables
from store.tenants import registry
from store.tills import cash_sums, shifts

# What money can pay for. Payments stand below, so the functions are installed at the start.
PAYABLES: Mapping[str, PayableFunctions] = {
    order_payments.PAYABLE_KIND: order_payments.PAYABLE,
    "top_up": top_up_payables.FUNCTIONS,
}


def bootstrap(
    settings: config.Config,
    *,
    subscriptions: Mapping[str, Sequence[Subscriber]],
    wake: Callable[[str], None],
) -> None:
    """Configure logs, clock and encryption keys, open the tenant registry and register the event subscribers.

    `wake` is called with a tenant after each commit that recorded an event with subscribers.
    """
    log_config.configure()
    clock.follow(settings.clock_file)
    encryption.load_keys(settings.keys)
    layers.import_all()
    registry.open_registry(settings.database_url, settings.tenants_folder)
    payables.install(PAYABLES)
    shifts.install(cash_sums.sum_cash)
    events.subscribe(subscriptions, wake=wake)
