"""The preparation of the databases before a start: migrations, and demo data outside production.

Run `python -m bin.migrate_and_seed` after each new release, before the processes start.
"""

import os
import sys

import peewee

import config
from bin import state_dir
from bin.startup_errors import StartupError, report_startup_errors
from bootstrap import bootstrap
from demo import seed
from store.core.encryption import DecryptionError
from store.tenants import registry
from tasks.subscriptions import SUBSCRIPTIONS


@report_startup_errors
def main() -> int:
    os.umask(state_dir.PRIVATE_UMASK)
    try:
        settings = config.read()
    except config.ConfigError as error:
        raise StartupError(str(error), "配置有误，详见前半句。") from error
    try:
        migrate_and_seed(settings)
    except DecryptionError as error:
        raise StartupError(
            "The database was written with other keys: start with the XIAOER_VAR or XIAOER_KEYS it was made with.",
            "数据库是用另一套密钥写的，请使用原来的 XIAOER_VAR 或 XIAOER_KEYS。",
        ) from error
    except peewee.OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise StartupError(
            f"The database cannot be used: {reason}.", "无法使用数据库，请检查 DATABASE_URL。"
        ) from error
    finally:
        registry.close_all()
    return 0


def migrate_and_seed(settings: config.Config) -> None:
    """Migrate the registry and all tenants, and outside production seed the demo tenants.

    Idempotent, but for the sign-in link of the demo, which each start replaces.
    """
    bootstrap(settings, subscriptions=SUBSCRIPTIONS, wake=_no_wakeup)
    for slug in registry.list_slugs():
        registry.migrate_tenant(slug)
    if not settings.is_production:
        seed.seed_tenants(settings)
        seed.renew_sign_in_link(settings)


def _no_wakeup(tenant: str) -> None:
    """Do nothing, because no worker runs yet. The scheduler finds the deliveries when it starts."""


if __name__ == "__main__":
    sys.exit(main())
