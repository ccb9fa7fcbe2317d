"""Faults on demand at the platform's routes."""

import time
from typing import Any

import pytest

from tests.support.sandbox_client import SHOP, Sandbox

PATH = "/cgi-bin/token"
ASKED = {"grant_type": "client_credential", "appid": SHOP["appid"], "secret": SHOP["secret"]}


def add_fault(sandbox: Sandbox, **fault: Any) -> Any:
    return sandbox.client.put("/sandbox/faults", json={"path": PATH, **fault})


def call(sandbox: Sandbox) -> Any:
    return sandbox.client.get(PATH, query_string=ASKED)


def test_errcode_comes_as_often_as_was_asked(sandbox: Sandbox) -> None:
    add_fault(sandbox, kind="errcode", errcode=45009, times=2)
    assert [call(sandbox).json.get("errcode") for _ in range(3)] == [45009, 45009, None]
    assert sandbox.get("/sandbox/faults")["faults"] == []


def test_fault_without_a_count_stays_until_it_is_removed(sandbox: Sandbox) -> None:
    fault = add_fault(sandbox, kind="http_500").json["faults"][0]
    assert [call(sandbox).status_code for _ in range(3)] == [500] * 3
    sandbox.client.delete(f"/sandbox/faults/{fault['id']}")
    assert call(sandbox).status_code == 200


def test_asking_again_replaces_the_request(sandbox: Sandbox) -> None:
    add_fault(sandbox, kind="errcode", errcode=1)
    faults = add_fault(sandbox, kind="errcode", errcode=2).json["faults"]
    assert [each["errcode"] for each in faults] == [2]


def test_garbage_is_no_json(sandbox: Sandbox) -> None:
    add_fault(sandbox, kind="garbage")
    answer = call(sandbox)
    assert answer.status_code == 200
    assert answer.get_json(silent=True) is None


def test_star_strikes_every_platform_route_but_not_the_control_route(sandbox: Sandbox) -> None:
    add_fault(sandbox, path="*", kind="http_500")
    assert call(sandbox).status_code == 500
    assert sandbox.client.post("/sms/messages").status_code == 500
    assert sandbox.client.get("/sandbox/people").status_code == 200
    assert sandbox.do_action("follow")["push"]["outcome"] == "no_callback"


def test_slow_call_is_carried_out_and_a_timed_out_one_is_not(sandbox: Sandbox) -> None:
    add_fault(sandbox, kind="slow", delay_s=0.2, times=1)
    started = time.monotonic()
    assert "access_token" in call(sandbox).json
    assert time.monotonic() - started >= 0.2
    add_fault(sandbox, kind="timeout", delay_s=0.2, times=1)
    assert call(sandbox).status_code == 504
    assert sandbox.get("/sandbox/tokens")["issued"] == {SHOP["appid"]: 1}


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "dance"},
        {"kind": "duplicate"},
        {"path": "push", "kind": "slow"},
        {"path": "", "kind": "slow"},
        {"kind": "slow", "times": 0},
        {"kind": "slow", "delay_s": -1},
        {"kind": "slow", "delay_s": 999},
        {"kind": "errcode", "errcode": "x"},
        {"kind": ["slow"]},
    ],
)
def test_unknown_fault_is_refused(sandbox: Sandbox, fault: dict) -> None:
    assert add_fault(sandbox, **fault).status_code == 400
    assert sandbox.get("/sandbox/faults")["faults"] == []


def test_fault_of_payments_concerns_both_payment_platforms_only(sandbox: Sandbox) -> None:
    faults = sandbox.state.faults
    request = {"path": "payment", "kind": "error", "code": "SYSTEM_ERROR", "status": 500, "times": 2}
    assert sandbox.client.put("/sandbox/faults", json=request).status_code == 200
    assert faults.consume("/cgi-bin/stable_token") is None
    assert faults.consume("notice") is None
    for path in ("/v3/pay/transactions/codepay", "/gateway.do"):
        found = faults.consume(path)
        assert found is not None
        assert found.code == "SYSTEM_ERROR"
    assert faults.consume("/gateway.do") is None
    refused = sandbox.client.put("/sandbox/faults", json={"path": "payment", "kind": "errcode"})
    assert refused.json["error"] == "bad_fault"
