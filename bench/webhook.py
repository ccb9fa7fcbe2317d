"""Benchmark `webhook`: encrypted menu clicks and check-ins compared with a minimal Flask + wechatpy echo bot.

Both run on the same server with the same settings and 32 connections. The targets are for 2 cores.
"""

import os
import re
import subprocess
import sys
import tempfile
import time

from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import WeChatSigner

from bench.load_generator import Outcome, merge_outcomes, send_requests
from bench.report import Row, print_table
from bench.server import server

TOKEN, APPID, ACCOUNT = "bench-token", "wxbench", "bench"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
SLICES, SLICE = 6, 1000
CHECK_INS = (SLICES + 1) * SLICE


def run() -> list[Row]:
    """Measure both servers alternately, so that other load of the machine affects both equally."""
    with tempfile.TemporaryDirectory(prefix="xiaoer-bench-") as folder:
        environ = {**os.environ, "XIAOER_VAR": folder, "REDIS_URL": f"unix://{folder}/none.sock"}
        subprocess.run(
            [sys.executable, "-m", "bench.webhook_fixture", str(CHECK_INS)], env=environ, check=True
        )
        bot = {**os.environ, "BOT_TOKEN": TOKEN, "BOT_AES_KEY": AES_KEY, "BOT_APPID": APPID}
        with (
            server("bench.baseline_echo_bot:app", bot) as (echo, _),
            server("app:server", environ) as (ours, memory),
        ):
            outcomes = _measure_alternating(echo, ours)
            megabytes = memory()
    echoes, clicks, check_ins = (merge_outcomes(slices) for slices in zip(*outcomes, strict=True))
    return [
        *_to_rows("menu click", clicks, echoes, 0.5),
        *_to_rows("check-in", check_ins, echoes, 0.2),
        Row("webhook: largest web process", megabytes, None, None, "≤ 150 MB", megabytes <= 150, "MB"),
    ]


def _measure_alternating(baseline: int, ours: int) -> list[tuple[Outcome, Outcome, Outcome]]:
    outcomes = []
    for index in range(SLICES + 1):
        numbers = range(index * SLICE, (index + 1) * SLICE)
        clicks = [_signed_request(_click_message("HELLO", f"o{number}", number)) for number in numbers]
        check_ins = [_signed_request(_click_message("CHECK_IN", f"o{number}", number)) for number in numbers]
        outcomes.append(
            (send_requests(baseline, clicks), send_requests(ours, clicks), send_requests(ours, check_ins))
        )
    return outcomes[1:]  # the first slice is the warm-up of both servers


def _to_rows(name: str, ours: Outcome, baseline: Outcome, target_ratio: float) -> list[Row]:
    ratio = ours.per_second / baseline.per_second
    note = f"{ours.failed} wrong responses" if ours.failed else ""
    return [
        Row(
            f"webhook: {name}",
            ours.per_second,
            baseline.per_second,
            ratio,
            f"≥ {target_ratio} ×",
            ratio >= target_ratio and not ours.failed,
            "/s",
            note,
        ),
        Row(
            f"webhook: {name}, p99", ours.p99_ms, baseline.p99_ms, None, "≤ 150 ms", ours.p99_ms <= 150, "ms"
        ),
    ]


def _click_message(key: str, openid: str, number: int) -> str:
    return (
        f"<xml><ToUserName><![CDATA[gh_bench]]></ToUserName><FromUserName><![CDATA[{openid}]]></FromUserName>"
        f"<CreateTime>{1_700_000_000 + number}</CreateTime><MsgType><![CDATA[event]]></MsgType>"
        f"<Event><![CDATA[CLICK]]></Event><EventKey><![CDATA[{key}]]></EventKey></xml>"
    )


def _signed_request(xml: str) -> bytes:
    """Return a complete HTTP request, signed and encrypted by wechatpy in the same way as WeChat does."""
    stamp, nonce = str(int(time.time())), os.urandom(6).hex()
    encrypted = WeChatCrypto(TOKEN, AES_KEY, APPID).encrypt_message(xml, nonce, stamp)
    signature = re.search(r"<MsgSignature><!\[CDATA\[(\w+)\]\]>", encrypted)[1]
    plain = WeChatSigner()
    plain.add_data(TOKEN, stamp, nonce)
    query = f"signature={plain.signature}&timestamp={stamp}&nonce={nonce}&encrypt_type=aes&msg_signature={signature}"
    body = encrypted.encode()
    head = f"POST /wechat/{ACCOUNT}?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/xml\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


if __name__ == "__main__":
    print_table(run())
