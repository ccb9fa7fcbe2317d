"""`python -m commands`: the doctor alone, for a house that does not open and so has no `flask` either."""

from contextlib import suppress

import peewee

import config
from commands import doctor
from house import open_house
from store.kernel.secrets import UnreadableSecret


def main() -> None:
    """Open what can be opened; why the rest stays shut is what the examination tells."""
    # The doctor meets the same obstacle again, and says what to do about it.
    with suppress(config.ConfigError, peewee.PeeweeException, UnreadableSecret, OSError):
        open_house(config.read())
    doctor.command()


if __name__ == "__main__":
    main()
