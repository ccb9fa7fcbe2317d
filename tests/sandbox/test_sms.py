"""Text messages: sent once, to the right phone, for who knows the key."""

from typing import Any

import pytest

from tests.support.sandbox_client import PERSON, Sandbox


def send(sandbox: Sandbox, key: str = "Bearer test-key", **changes: Any) -> tuple[int, dict]:
    phone = sandbox.get(f"/sandbox/people/{PERSON}")["phone"]
    fields = {"sign_name": "小二便利", "template": "LOGIN", "phone": phone, "params": {"code": "123456"}}
    body = {**fields, "request_id": "r1", **changes}
    answer = sandbox.client.post("/sms/messages", json=body, headers={"Authorization": key})
    return answer.status_code, answer.json


def inbox(sandbox: Sandbox, person: str = PERSON) -> list[dict]:
    return sandbox.get(f"/sandbox/people/{person}/sms")["messages"]


def test_message_is_in_the_inbox_of_its_phone(sandbox: Sandbox) -> None:
    status, answer = send(sandbox)
    assert status == 200
    assert [each["id"] for each in inbox(sandbox)] == [answer["message_id"]]
    assert inbox(sandbox)[0]["text"] == "【小二便利】LOGIN　code：123456"
    assert inbox(sandbox)[0]["params"] == {"code": "123456"}
    assert inbox(sandbox, "lili") == []


def test_second_request_with_the_same_number_sends_nothing(sandbox: Sandbox) -> None:
    assert send(sandbox) == send(sandbox)
    assert len(inbox(sandbox)) == 1
    assert send(sandbox, request_id="r2")[1] != send(sandbox)[1]
    assert len(inbox(sandbox)) == 2


def test_template_text_is_filled_in(sandbox: Sandbox) -> None:
    send(sandbox, template="验证码${code}，${minutes}分钟内有效")
    assert inbox(sandbox)[0]["text"] == "【小二便利】验证码123456，${minutes}分钟内有效"


def test_numbers_abroad_are_taken(sandbox: Sandbox) -> None:
    assert send(sandbox, phone="85291234567")[0] == 200
    assert send(sandbox, phone="8613800000000", request_id="r2")[0] == 400


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"key": ""}, 401, "unauthorized"),
        ({"key": "Bearer wrong"}, 401, "unauthorized"),
        ({"key": "Basic test-key"}, 401, "unauthorized"),
        ({"phone": "12345678901"}, 400, "bad_phone"),
        ({"phone": "+8613800000000"}, 400, "bad_phone"),
        ({"sign_name": ""}, 400, "bad_request"),
        ({"request_id": None}, 400, "bad_request"),
        ({"params": "code"}, 400, "bad_request"),
    ],
)
def test_bad_request_sends_nothing(sandbox: Sandbox, changes: dict, status: int, error: str) -> None:
    answer = send(sandbox, **changes)
    assert (answer[0], answer[1]["error"]) == (status, error)
    assert inbox(sandbox) == []
