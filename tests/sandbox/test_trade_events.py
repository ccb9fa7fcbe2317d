"""The sandbox pushes the events of the shipping management, by itself after an upload and by its control route."""

from pathlib import Path
from types import SimpleNamespace
from xml.etree.ElementTree import fromstring

import pytest

from sandbox.trade_events import REMIND_ACCESS, REMIND_SHIPPING, SETTLEMENT
from sandbox.wechat_pay_orders import PayOrder
from tests.support.sandbox_client import PROGRAM, Sandbox, Webhook, start, write_accounts

ROUTE = f"/sandbox/mini-programs/{PROGRAM['appid']}/trade-events"
NAMED = {"merchant_id": "1900000001", "number": "attempt-1"}


@pytest.fixture
def program(tmp_path: Path, webhook: Webhook) -> Sandbox:
    write_accounts(tmp_path, {**PROGRAM, "token": "program-token", "mode": "plain", "callback": webhook.url})
    sandbox = start(tmp_path)
    sandbox.state.pushes.timeout_s = 0.3
    return sandbox


@pytest.fixture
def order(program: Sandbox) -> PayOrder:
    """A paid order of the mini-program."""
    made = PayOrder(
        merchant_id=NAMED["merchant_id"], app_id=PROGRAM["appid"], number=NAMED["number"], kind="jsapi",
        amount_fen=100, description="茶", created_at=1.0, transaction_id="4200", openid="o1",
        charge=SimpleNamespace(state="paid", paid_at=1_800_000_000, person_id="xiaomei"),
    )  # fmt: skip
    program.state.wechat_pay._orders[made.merchant_id, made.number] = made
    return made


def read(request: dict) -> dict[str, str]:
    return {element.tag: element.text or "" for element in fromstring(request["body"])}


def test_a_reminder_of_the_account_names_no_order(program: Sandbox, webhook: Webhook) -> None:
    assert program.client.post(ROUTE, json={"event": REMIND_ACCESS}).json["outcome"] == "silent"
    (request,) = webhook.requests
    assert (read(request)["Event"], "merchant_trade_no" in read(request)) == (REMIND_ACCESS, False)


@pytest.mark.parametrize(
    ("event", "options", "fields"),
    [
        (REMIND_SHIPPING, {}, {"msg"}),
        (SETTLEMENT, {}, {"shipped_time", "estimated_settlement_time"}),
        (SETTLEMENT, {"received": True}, {"confirm_receive_time", "confirm_receive_method"}),
        (SETTLEMENT, {"settled": True}, {"settlement_time", "confirm_receive_time"}),
    ],
)
def test_an_event_of_an_order_names_it(program, webhook, order, event, options, fields) -> None:
    assert program.client.post(ROUTE, json={"event": event, **NAMED, **options}).status_code == 200
    sent = read(webhook.requests[0])
    assert (sent["merchant_trade_no"], sent["merchant_id"]) == (NAMED["number"], NAMED["merchant_id"])
    assert fields <= sent.keys()


def test_an_upload_is_followed_by_the_report(program, webhook, order) -> None:
    program.state.trade_events.delay_s = 0.0
    body = {
        "order_key": {"mchid": NAMED["merchant_id"], "out_trade_no": NAMED["number"]}, "logistics_type": 4,
        "shipping_list": [{"item_desc": "茶"}], "upload_time": "2026-11-29T10:00:00+08:00",
        "payer": {"openid": "o1"},
    }  # fmt: skip
    assert program.post("/wxa/sec/order/upload_shipping_info", body, PROGRAM)["errcode"] == 0
    program.state.trade_events.wait()
    assert [read(request)["Event"] for request in webhook.requests] == [SETTLEMENT]


@pytest.mark.parametrize(
    "body", [{"event": "other"}, {"event": REMIND_SHIPPING}, {"event": SETTLEMENT, **NAMED, "number": "x"}]
)
def test_what_is_wrong_is_refused(program, webhook, order, body) -> None:
    assert program.client.post(ROUTE, json=body).status_code in (400, 404, 422)
    assert webhook.requests == []
