"""The records made ready for a start: every database in the present shape, the trial company filled.

A host runs `python -m bin.prepare` after each new release, before its processes start.
"""

import os
import sys

import peewee

import config
import house
from bin import place
from bin.obstacles import Obstacle, told
from demo import fill
from store.company import tenants
from store.kernel import events
from store.kernel.secrets import UnreadableSecret
from tasks import reactions


@told
def main() -> int:
    os.umask(place.STRANGERS)
    try:
        settings = config.read()
    except config.ConfigError as error:
        raise Obstacle(str(error), "配置有误，详见前半句。") from error
    try:
        bring_up_to_date(settings)
    except UnreadableSecret as error:
        raise Obstacle(
            "The database was written with other keys: start with the XIAOER_VAR or XIAOER_KEYS it was made with.",
            "数据库是用另一套密钥写的，请使用原来的 XIAOER_VAR 或 XIAOER_KEYS。",
        ) from error
    except peewee.OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise Obstacle(
            f"The database cannot be used: {reason}.", "无法使用数据库，请检查 DATABASE_URL。"
        ) from error
    finally:
        tenants.close_all()
    return 0


def bring_up_to_date(settings: config.Config) -> None:
    """Migrate the registry and every tenant; outside production fill the trial company."""
    house.open_house(settings)
    events.install(reactions.TABLE, wake=_nobody)
    for slug in tenants.slugs():
        tenants.migrate(slug)
    if not settings.production:
        fill.fill(settings)


def _nobody(tenant: str) -> None:
    """No worker is up to be woken yet; the clock finds the work when it starts."""


if __name__ == "__main__":
    sys.exit(main())
