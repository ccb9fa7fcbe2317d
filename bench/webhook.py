"""Benchmark `webhook`: encrypted menu clicks and check-ins against a bare Flask + wechatpy echo bot.

Both run on the same server with the same settings; 32 connections; figures are for 2 cores.
"""

import os
import re
import subprocess
import sys
import tempfile
import time

from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import WeChatSigner

from bench.load import Outcome, fire, joined
from bench.server import server
from bench.table import Row, print_table

TOKEN, APPID, ACCOUNT = "bench-token", "wxbench", "bench"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
SLICES, SLICE = 6, 1000
CHECK_INS = (SLICES + 1) * SLICE


def run() -> list[Row]:
    """Measure both servers in turns, slice by slice, so that the machine's other work falls on both alike."""
    with tempfile.TemporaryDirectory(prefix="xiaoer-bench-") as folder:
        environ = {**os.environ, "XIAOER_VAR": folder, "REDIS_URL": f"unix://{folder}/none.sock"}
        subprocess.run([sys.executable, "-m", "bench.webhook_world", str(CHECK_INS)], env=environ, check=True)
        bot = {**os.environ, "BOT_TOKEN": TOKEN, "BOT_AES_KEY": AES_KEY, "BOT_APPID": APPID}
        with server("bench.echo_bot:app", bot) as (echo, _), server("app:app", environ) as (ours, memory):
            outcomes = _in_turns(echo, ours)
            megabytes = memory()
    echoes, clicks, check_ins = (joined(slices) for slices in zip(*outcomes, strict=True))
    return [
        *_rows("menu click", clicks, echoes, 0.5),
        *_rows("check-in", check_ins, echoes, 0.2),
        Row("webhook: largest web process", megabytes, None, None, "≤ 150 MB", megabytes <= 150, "MB"),
    ]


def _in_turns(echo: int, ours: int) -> list[tuple[Outcome, Outcome, Outcome]]:
    outcomes = []
    for part in range(SLICES + 1):
        numbers = range(part * SLICE, (part + 1) * SLICE)
        clicks = [_request(_click("HELLO", f"o{number}", number)) for number in numbers]
        check_ins = [_request(_click("CHECK_IN", f"o{number}", number)) for number in numbers]
        outcomes.append((fire(echo, clicks), fire(ours, clicks), fire(ours, check_ins)))
    return outcomes[1:]  # the first slice warms both up


def _rows(name: str, ours: Outcome, echo: Outcome, bar: float) -> list[Row]:
    ratio = ours.per_second / echo.per_second
    note = f"{ours.bad} wrong answers" if ours.bad else ""
    return [
        Row(
            f"webhook: {name}",
            ours.per_second,
            echo.per_second,
            ratio,
            f"≥ {bar} ×",
            ratio >= bar and not ours.bad,
            "/s",
            note,
        ),
        Row(f"webhook: {name}, p99", ours.p99_ms, echo.p99_ms, None, "≤ 150 ms", ours.p99_ms <= 150, "ms"),
    ]


def _click(key: str, openid: str, number: int) -> str:
    return (
        f"<xml><ToUserName><![CDATA[gh_bench]]></ToUserName><FromUserName><![CDATA[{openid}]]></FromUserName>"
        f"<CreateTime>{1_700_000_000 + number}</CreateTime><MsgType><![CDATA[event]]></MsgType>"
        f"<Event><![CDATA[CLICK]]></Event><EventKey><![CDATA[{key}]]></EventKey></xml>"
    )


def _request(xml: str) -> bytes:
    """A whole HTTP request, signed and encrypted by wechatpy as WeChat would."""
    stamp, nonce = str(int(time.time())), os.urandom(6).hex()
    sealed = WeChatCrypto(TOKEN, AES_KEY, APPID).encrypt_message(xml, nonce, stamp)
    signature = re.search(r"<MsgSignature><!\[CDATA\[(\w+)\]\]>", sealed)[1]
    plain = WeChatSigner()
    plain.add_data(TOKEN, stamp, nonce)
    query = f"signature={plain.signature}&timestamp={stamp}&nonce={nonce}&encrypt_type=aes&msg_signature={signature}"
    body = sealed.encode()
    head = f"POST /wechat/{ACCOUNT}?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/xml\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


if __name__ == "__main__":
    print_table(run())
