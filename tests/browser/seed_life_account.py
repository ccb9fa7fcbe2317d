"""The life account of Alipay of the browser tests: `python -m tests.browser.seed_life_account ACCOUNTS_FILE`.

Its application is made in the running sandbox, whose account file gets one more entry.
"""

import json
import sys
from pathlib import Path

import config
from bootstrap import bootstrap
from demo import official_account
from demo.sandbox_accounts import to_account_entry
from store.core import actors
from store.official_accounts import qr_codes
from store.shops import shops
from store.tenants import channels, registry
from tasks import wakeup
from tasks.subscriptions import SUBSCRIPTIONS
from tests.browser.seed import NAME
from tests.browser.seed_till import _post

KEY = "walk-alipay"


def seed_life_account(accounts_file: Path) -> dict[str, str]:
    """Add the account with its replies, and have its menu published. Returns the id of its application."""
    here = config.current()
    app = _post(f"{here.sandbox_url}/sandbox/alipay/apps", {})["credentials"]
    channel = channels.add(
        kind="alipay", key=KEY, name=f"{NAME}生活号", appid=app["app_id"], secret=app["private_key_pem"],
        platform_public_key=app["public_keys"][0],
    )  # fmt: skip
    entries = [*json.loads(accounts_file.read_text()), to_account_entry(channel, here.public_url)]
    accounts_file.write_text(json.dumps(entries))
    official_account.seed_life_conversation(KEY)
    official_account.request_menu_publication(KEY)
    shop = shops.get_by_code("S4")
    qr_codes.create(channel=channel, kind="shop", target=shop.public_id, name="门口")
    return {"appid": channel.appid, "shop": shop.name}


if __name__ == "__main__":
    here = config.read()
    bootstrap(here, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(here.redis_url))
    with registry.use_tenant("walk"), actors.acting_as(actors.Actor(kind="staff", name="小周")):
        sys.stdout.write(json.dumps(seed_life_account(Path(sys.argv[1]))) + "\n")
