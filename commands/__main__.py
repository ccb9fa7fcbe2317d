"""`python -m commands`: the doctor alone, for a house that does not open and so has no `flask` either."""

from contextlib import suppress

import peewee

import config
from bootstrap import bootstrap
from commands.doctor import command
from store.core.encryption import DecryptionError
from tasks import wakeup
from tasks.subscriptions import SUBSCRIPTIONS


def main() -> None:
    """Open what can be opened; why the rest stays shut is what the examination tells."""
    # The doctor meets the same startup error again, and says what to do about it.
    with suppress(config.ConfigError, peewee.PeeweeException, DecryptionError, OSError):
        settings = config.read()
        bootstrap(settings, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(settings.redis_url))
    command.doctor()


if __name__ == "__main__":
    main()
