"""The tenant of the benchmark `notices`: a merchant of each platform and attempts that wait for their notices."""

import json
import sys
from pathlib import Path

import config
from bench import notices
from bootstrap import bootstrap
from store.payments import merchants
from store.payments.attempts import PaymentAttempt
from store.tenants import registry
from tasks import wakeup
from tasks.subscriptions import SUBSCRIPTIONS


def main(keys_file: Path, attempts: int) -> None:
    settings, keys = config.current(), json.loads(keys_file.read_text())
    bootstrap(settings, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(settings.redis_url))
    registry.create_tenant(slug="bench", name="小二便利")
    with registry.use_tenant("bench"):
        wechat = merchants.add(
            platform="wechat_pay", name="微信商户", merchant_id=notices.MERCHANT_ID, app_id=notices.APP_ID,
            key="wechat", credentials={
                "private_key_pem": keys["private"], "certificate_serial": "5157", "api_v3_keys": [notices.API_KEY],
                "public_keys": {notices.SERIAL: keys["public"]},
            },
        )  # fmt: skip
        alipay = merchants.add(
            platform="alipay", name="支付宝商户", merchant_id=notices.SELLER_ID, app_id=notices.ALIPAY_APP_ID,
            key="alipay", credentials={
                "private_key_pem": keys["private"], "public_keys": [keys["public"]], "seller_id": notices.SELLER_ID,
            },
        )  # fmt: skip
        for row, letter in ((wechat, "w"), (alipay, "a")):
            kind = {"w": "wechat_native", "a": "alipay_native"}[letter]
            PaymentAttempt.create_many(
                [
                    {
                        "number": f"{letter}{number}", "payable_kind": "bench", "payable_number": f"{letter}{number}",
                        "merchant": row.id, "app_id": row.app_id, "kind": kind, "key": f"{letter}{number}",
                        "amount_fen": notices.AMOUNT_FEN, "state": "pending",
                    }
                    for number in range(attempts)
                ]
            )  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
