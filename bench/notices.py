"""Benchmark `notices`: payment notices of both platforms compared with bare routes that verify the same signature.

Each notice pays an attempt of its own. Both run on the same server with the same settings and 32 connections.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

from bench.load_generator import Outcome, merge_outcomes, send_requests
from bench.report import Row, print_table
from bench.server import server
from sandbox import alipay_crypto, wechat_pay_crypto
from sandbox.alipay_trades import to_text, to_yuan

MERCHANT_ID, APP_ID, API_KEY, SERIAL = "1900000109", "wxbench", "k" * 32, "PUB_KEY_ID_BENCH"
ALIPAY_APP_ID, SELLER_ID = "2021000000000001", "2088000000000001"
AMOUNT_FEN = 1_280
SLICES, SLICE = 4, 400
ATTEMPTS = (SLICES + 1) * SLICE


def run() -> list[Row]:
    """Measure both servers alternately, so that other load of the machine affects both equally."""
    private = wechat_pay_crypto.generate_private_key()
    public = wechat_pay_crypto.to_public_key(private)
    with tempfile.TemporaryDirectory(prefix="xiaoer-bench-") as folder:
        environ = {**os.environ, "XIAOER_VAR": folder, "REDIS_URL": f"unix://{folder}/none.sock"}
        keys = Path(folder) / "merchant_keys.json"
        keys.write_text(json.dumps({"private": private, "public": public}))
        fixture = [sys.executable, "-m", "bench.notices_fixture", str(keys), str(ATTEMPTS)]
        subprocess.run(fixture, env=environ, check=True)
        with (
            server("bench.baseline_notices:app", {**os.environ, "NOTICE_PUBLIC_KEY": public}) as (bare, _),
            server("bench.notices_app:server", environ) as (ours, _),
        ):
            outcomes = [_measure_slice(bare, ours, private, index) for index in range(SLICES + 1)]
    # The first slice is the warm-up of both servers.
    wechat_bare, wechat, alipay_bare, alipay = (
        merge_outcomes(slices) for slices in zip(*outcomes[1:], strict=True)
    )
    return [*_to_rows("WeChat Pay", wechat, wechat_bare), *_to_rows("Alipay", alipay, alipay_bare)]


def _measure_slice(bare: int, ours: int, private: str, index: int) -> tuple[Outcome, ...]:
    numbers = range(index * SLICE, (index + 1) * SLICE)
    wechat = [_wechat_request(private, f"w{number}") for number in numbers]
    alipay = [_alipay_request(private, f"a{number}") for number in numbers]
    return (
        send_requests(bare, wechat, expected=b"", status=204),
        send_requests(ours, wechat, expected=b"", status=204),
        send_requests(bare, alipay, expected=b"success"),
        send_requests(ours, alipay, expected=b"success"),
    )


def _to_rows(name: str, ours: Outcome, baseline: Outcome) -> list[Row]:
    ratio, p99_ms = ours.per_second / baseline.per_second, ours.p99_ms
    note = f"{ours.failed + baseline.failed} wrong responses" if ours.failed + baseline.failed else ""
    met = ratio >= 0.25 and not note
    return [
        Row(f"notices: {name}", ours.per_second, baseline.per_second, ratio, "≥ 0.25 ×", met, "/s", note),
        Row(f"notices: {name}, p99", p99_ms, baseline.p99_ms, None, "≤ 200 ms", p99_ms <= 200, "ms"),
    ]


def _wechat_request(private: str, number: str) -> bytes:
    """Return a complete HTTP request, signed and encrypted as WeChat Pay does."""
    value = {
        "appid": APP_ID, "mchid": MERCHANT_ID, "out_trade_no": number, "transaction_id": f"4200{number}",
        "trade_type": "NATIVE", "trade_state": "SUCCESS", "success_time": "2026-11-28T10:00:00+08:00",
        "payer": {"openid": f"o{number}"},
        "amount": {"total": AMOUNT_FEN, "payer_total": AMOUNT_FEN, "currency": "CNY"},
    }  # fmt: skip
    resource = wechat_pay_crypto.encrypt(API_KEY, json.dumps(value), associated_data="transaction")
    body = json.dumps(
        {
            "id": f"notice-{number}", "event_type": "TRANSACTION.SUCCESS", "resource_type": "encrypt-resource",
            "resource": {"original_type": "transaction", **resource},
        }
    )  # fmt: skip
    stamp, nonce = str(int(time.time())), os.urandom(16).hex()
    headers = {
        "Content-Type": "application/json",
        "Wechatpay-Serial": SERIAL,
        "Wechatpay-Timestamp": stamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Signature": wechat_pay_crypto.sign(private, f"{stamp}\n{nonce}\n{body}\n"),
    }
    return _to_request("/notify/wechat-pay/wechat", headers, body.encode())


def _alipay_request(private: str, number: str) -> bytes:
    """Return a complete HTTP request, signed as Alipay does."""
    form = {
        "notify_id": f"notice{number}", "notify_type": "trade_status_sync", "notify_time": to_text(time.time()),
        "app_id": ALIPAY_APP_ID, "seller_id": SELLER_ID, "out_trade_no": number, "trade_no": f"2026{number}",
        "trade_status": "TRADE_SUCCESS", "total_amount": to_yuan(AMOUNT_FEN), "buyer_id": "2088000000000009",
        "gmt_payment": "2026-11-28 10:00:00", "charset": "utf-8",
    }  # fmt: skip
    sign = alipay_crypto.sign(private, alipay_crypto.join_parameters(form, without=()))
    body = urlencode({**form, "sign_type": "RSA2", "sign": sign}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return _to_request("/notify/alipay/alipay", headers, body)


def _to_request(path: str, headers: dict[str, str], body: bytes) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


if __name__ == "__main__":
    print_table(run())
