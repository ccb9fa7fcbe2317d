"""`python -m commands`: only `doctor`, for an application that cannot start and so has no `flask` commands."""

from contextlib import suppress

import peewee

import config
from bootstrap import bootstrap
from commands.doctor import command
from store.core.encryption import DecryptionError
from tasks import wakeup
from tasks.subscriptions import SUBSCRIPTIONS


def main() -> None:
    """Run `doctor`, also if the application cannot be bootstrapped."""
    # `doctor` finds the same error again and prints what to do. Without this there would be only a traceback.
    with suppress(config.ConfigError, peewee.PeeweeException, DecryptionError, OSError):
        settings = config.read()
        bootstrap(settings, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(settings.redis_url))
    command.doctor()


if __name__ == "__main__":
    main()
