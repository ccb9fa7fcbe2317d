"""Races: what may happen once happens once, however many ask at the same moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sandbox.errors import WeChatError
from sandbox.wallets import ChargeRequest, WalletError
from tests.support.sandbox_client import PERSON, PROGRAM, SHOP, Sandbox

THREADS = 16


def run_concurrently(work: Callable[[], Any]) -> list[Any]:
    """What each of the crowd got; a rejection counts as its errcode."""
    gate = threading.Barrier(THREADS, timeout=10)

    def one() -> Any:
        gate.wait()
        try:
            return work()
        except WeChatError as rejection:
            return rejection.errcode

    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        return [each.result() for each in [pool.submit(one) for _ in range(THREADS)]]


def test_a_code_is_spent_once(sandbox: Sandbox) -> None:
    codes = sandbox.state.login_codes
    for _ in range(20):
        text = codes.issue("login", appid=PROGRAM["appid"], person_id=PERSON)
        got = run_concurrently(
            lambda text=text: codes.redeem("login", text, appid=PROGRAM["appid"]).person_id
        )
        assert sorted(map(str, got)) == ["40163"] * (THREADS - 1) + [PERSON]


def test_everybody_gets_the_one_stable_token(sandbox: Sandbox) -> None:
    assert (
        len(set(run_concurrently(lambda: sandbox.state.access_tokens.get_stable(appid=SHOP["appid"])))) == 1
    )
    assert sandbox.state.access_tokens.issued[SHOP["appid"]] == 1


def test_a_quota_is_not_overdrawn(sandbox: Sandbox) -> None:
    quotas, chat = sandbox.state.message_quotas, {"appid": SHOP["appid"], "person_id": PERSON}
    for _ in range(20):
        quotas.grant("message", **chat)
        got = run_concurrently(lambda: quotas.consume(**chat))
        assert (got.count(None), got.count(45047)) == (5, THREADS - 5)


def test_a_text_message_is_sent_once(sandbox: Sandbox) -> None:
    phone = sandbox.get(f"/sandbox/people/{PERSON}")["phone"]
    body = {"sign_name": "小二", "template": "T", "phone": phone, "params": {}, "request_id": "r1"}
    assert len(set(run_concurrently(lambda: sandbox.state.sms.send(body)))) == 1
    assert len(sandbox.state.sms.list_inbox(phone)) == 1


def test_a_fault_strikes_as_often_as_was_asked(sandbox: Sandbox) -> None:
    faults = sandbox.state.faults
    faults.add({"path": "/x", "kind": "http_500", "times": 3})
    assert sum(each is not None for each in run_concurrently(lambda: faults.consume("/x"))) == 3


def test_a_person_follows_once(sandbox: Sandbox) -> None:
    followers = sandbox.state.followers
    got = run_concurrently(lambda: followers.follow(appid=SHOP["appid"], person_id=PERSON))
    assert got.count(True) == 1


def test_a_pay_code_pays_once(sandbox: Sandbox) -> None:
    wallets = sandbox.state.wallets
    request = ChargeRequest("wechat_pay", "1900000001", "A1", 100)

    def charge(code: str) -> str:
        try:
            return wallets.charge_code(code, request).state
        except WalletError as error:
            return error.reason

    for _ in range(20):
        code = wallets.pay_code(PERSON, "wechat_pay").code
        got = run_concurrently(lambda code=code: charge(code))
        assert sorted(got) == ["paid"] + ["used_code"] * (THREADS - 1)
    assert wallets.get(PERSON).balance_fen == 500_000 - 2_000


def test_a_wallet_is_not_overdrawn(sandbox: Sandbox) -> None:
    wallets = sandbox.state.wallets
    request = ChargeRequest("wechat_pay", "1900000001", "A1", 100)
    wallets.configure(PERSON, balance_fen=550)
    got = run_concurrently(lambda: wallets.charge(PERSON, request).state)
    assert (got.count("paid"), got.count("failed")) == (5, THREADS - 5)
    assert wallets.get(PERSON).balance_fen == 50


def test_a_password_and_a_reversal_at_once_end_in_one_of_them(sandbox: Sandbox) -> None:
    """Reversing closes a waiting charge, or finds it paid; the late password then changes nothing."""
    wallets = sandbox.state.wallets
    request = ChargeRequest("wechat_pay", "1900000001", "A1", 100)
    for _ in range(20):
        code = wallets.pay_code(PERSON, "wechat_pay").code
        charge = wallets.charge_code(code, request, needs_password=True)
        with ThreadPoolExecutor(max_workers=2) as pool:
            password = pool.submit(wallets.enter_password, charge.id)
            closed = pool.submit(wallets.close, charge.id)
            states = {closed.result().state, "paid" if password.exception() is None else "closed"}
        assert states == {charge.state}
