"""Wallets of the people: balances, pay codes, password prompts and the ledger."""

import base64
import re
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from sandbox.wallets import Charge, ChargeRequest, WalletError
from tests.support.sandbox_client import PERSON, Sandbox

SMALL = ChargeRequest("wechat_pay", "1900000001", "A1", 1_250)
LARGE = ChargeRequest("wechat_pay", "1900000001", "A2", 100_001)


def show_code(sandbox: Sandbox, platform: str = "wechat_pay") -> str:
    return sandbox.client.post(f"/sandbox/people/{PERSON}/pay-codes", json={"platform": platform}).json[
        "code"
    ]


def read_image(data_url: str) -> str:
    """The text of a code, read by a decoder from the bars or modules of its SVG."""
    svg = base64.b64decode(data_url.partition(",")[2]).decode()
    (found,) = zxingcpp.read_barcodes(rasterize(svg))
    return found.text


def rasterize(svg: str) -> Image.Image:
    """Draw the rectangles of the path of an SVG, four pixels a module."""
    size = re.search(r'viewBox="0 0 (\d+) (\d+)"', svg)
    assert size is not None
    picture = Image.new("L", (int(size[1]) * 4, int(size[2]) * 4), 255)
    for rectangle in re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)h", svg):
        left, top, width, height = (int(part) * 4 for part in rectangle)
        picture.paste(0, (left, top, left + width, top + height))
    return picture


def get_wallet(sandbox: Sandbox) -> Any:
    return sandbox.get(f"/sandbox/people/{PERSON}/wallet")


@pytest.mark.parametrize(("platform", "prefixes"), [("wechat_pay", range(10, 16)), ("alipay", range(25, 31))])
def test_pay_code_has_the_form_of_its_platform(sandbox: Sandbox, platform: str, prefixes: range) -> None:
    code = show_code(sandbox, platform)
    assert len(code) == 18
    assert int(code[:2]) in prefixes


def test_pay_code_changes_every_minute_and_expires_after_the_second(sandbox: Sandbox) -> None:
    code = show_code(sandbox)
    assert show_code(sandbox) == code
    sandbox.clock.offset_s += 60
    assert show_code(sandbox) != code
    sandbox.clock.offset_s += 60
    with pytest.raises(WalletError, match="expired_code"):
        sandbox.state.wallets.charge_code(code, SMALL)


def test_pay_code_comes_with_a_bar_code_a_qr_code_and_its_remaining_time(sandbox: Sandbox) -> None:
    path = f"/sandbox/people/{PERSON}/pay-codes"
    sandbox.client.post(path, json={"platform": "alipay"})
    sandbox.clock.offset_s += 20
    shown = sandbox.client.post(path, json={"platform": "alipay"}).json
    assert shown["changes_in_s"] == 40
    for name in ("bar_code", "qr_code"):
        assert read_image(shown[name]) == shown["code"]


def test_pay_code_works_once_and_only_at_its_platform(sandbox: Sandbox) -> None:
    code = show_code(sandbox)
    other = show_code(sandbox, "alipay")
    assert sandbox.state.wallets.charge_code(code, SMALL).state == "paid"
    with pytest.raises(WalletError, match="used_code"):
        sandbox.state.wallets.charge_code(code, SMALL)
    for unknown in (other, "130000000000000000"):
        with pytest.raises(WalletError, match="unknown_code"):
            sandbox.state.wallets.charge_code(unknown, SMALL)
    assert get_wallet(sandbox)["balance_fen"] == 500_000 - 1_250


def test_large_charge_waits_for_the_password(sandbox: Sandbox) -> None:
    changed: list[Charge] = []
    charge = sandbox.state.wallets.charge_code(show_code(sandbox), LARGE, on_change=changed.append)
    assert charge.state == "waiting"
    prompt = get_wallet(sandbox)["prompts"][0]
    path = f"/sandbox/people/{PERSON}/prompts/{prompt['id']}"
    assert sandbox.client.post(path, json={"action": "password"}).json["state"] == "paid"
    assert changed == [charge]
    assert sandbox.client.post(path, json={"action": "cancel"}).status_code == 409
    assert get_wallet(sandbox)["balance_fen"] == 500_000 - 100_001


def test_cancelled_or_closed_prompt_takes_nothing(sandbox: Sandbox) -> None:
    wallets = sandbox.state.wallets
    first = wallets.charge_code(show_code(sandbox), LARGE)
    assert wallets.cancel(first.id).reason == "cancelled"
    second = wallets.charge_code(show_code(sandbox), LARGE)
    wallets.close(second.id)
    response = sandbox.client.post(
        f"/sandbox/people/{PERSON}/prompts/{second.id}", json={"action": "password"}
    )
    assert response.status_code == 409
    assert get_wallet(sandbox)["balance_fen"] == 500_000


def test_charge_without_balance_fails(sandbox: Sandbox) -> None:
    sandbox.client.put(f"/sandbox/people/{PERSON}/wallet", json={"balance_fen": 100})
    charge = sandbox.state.wallets.charge(PERSON, SMALL)
    assert (charge.state, charge.reason) == ("failed", "no_balance")
    assert get_wallet(sandbox)["balance_fen"] == 100


def test_refunds_never_exceed_the_charge_and_repeat_by_number(sandbox: Sandbox) -> None:
    wallets = sandbox.state.wallets
    charge = wallets.charge(PERSON, SMALL)
    for _ in range(2):
        wallets.refund(charge.id, number="R1", amount_fen=1_000)
    with pytest.raises(WalletError, match="refund_too_large"):
        wallets.refund(charge.id, number="R2", amount_fen=251)
    ledger = sandbox.get("/sandbox/ledger")
    assert (ledger["paid_fen"], ledger["refunded_fen"]) == (1_250, 1_000)
    assert ledger["list"][0]["number"] == "A1"
    assert sandbox.get("/sandbox/ledger", platform="alipay")["list"] == []


@pytest.mark.parametrize("value", [-1, 1.5, True, "1"])
def test_bad_amounts_are_rejected(sandbox: Sandbox, value: object) -> None:
    response = sandbox.client.put(f"/sandbox/people/{PERSON}/wallet", json={"balance_fen": value})
    assert response.json["error"] == "bad_amount"
