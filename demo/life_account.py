"""The life account of Alipay (生活号) of the demo tenants, with the application that takes their payments."""

import config
from demo import official_account
from sandbox.alipay_apps import Apps
from sandbox.json_file import JsonFile
from store.payments import merchants
from store.tenants import channels


def seed_life_account(settings: config.Config, *, key: str, name: str) -> None:
    """Add the application of the Alipay merchant as a channel, with its replies and its menu. Idempotent."""
    if key not in {channel.key for channel in channels.list_channels()}:
        issued = Apps(JsonFile(settings.var / "sandbox" / "alipay_apps.json"))
        stored = {row.app_id for row in merchants.list_merchants() if row.platform == "alipay"}
        app = next(each for each in issued.list_all() if each.app_id in stored)
        secrets = app.credentials()
        channels.add(
            kind="alipay", key=key, name=name, appid=app.app_id, secret=secrets["private_key_pem"],
            platform_public_key=secrets["public_keys"][0],
        )  # fmt: skip
    official_account.seed_life_conversation(key)
    official_account.create_shop_codes(channels.get_by_key(key))
