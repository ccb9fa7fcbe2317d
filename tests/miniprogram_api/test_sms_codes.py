"""SMS codes: sent once, answered alike for every phone, and limited in number."""

from datetime import timedelta
from io import BytesIO
from json import dumps

import pytest

from store.core import clock
from store.customers import captchas
from store.customers.sms_codes import SmsCode, SmsCodeSettings
from store.tenants import settings
from tests.support import database

PHONE = "13800138000"
CODE_REQUEST = {"phone": PHONE, "purpose": "register", "account": "acme-mini"}


def test_a_visitor_gets_a_code_on_their_phone(phone_of, sandbox):
    answer = phone_of("xiaomei").post("/api/sms-codes", CODE_REQUEST)
    assert answer.json["data"] == {"message": "验证码已发送", "retry_after_s": 60, "valid_s": 300}
    [message] = sandbox.list_messages(PHONE)
    assert message["params"]["code"] in message["text"]
    assert message["params"]["code"] not in answer.text


def test_known_and_unknown_phones_are_answered_alike(xiaomei):
    xiaomei.press_phone_button()
    bodies = [
        xiaomei.post("/api/sms-codes", {"phone": phone, "purpose": "register"}).json["data"]
        for phone in (xiaomei.number, PHONE)
    ]
    assert bodies[0] == bodies[1]


@pytest.mark.parametrize("kind", ["http_500", "garbage"])
def test_n10_a_message_that_was_perhaps_sent_is_said_to_be_late(phone_of, sandbox, kind):
    sandbox.inject_fault("/sms/messages", kind)
    answer = phone_of("xiaomei").post("/api/sms-codes", CODE_REQUEST)
    assert answer.status_code == 201
    assert answer.json["data"]["message"] == "短信可能延迟，没收到请 60 秒后重试"


def test_a_provider_that_rejects_is_reported(phone_of, sandbox, monkeypatch):
    monkeypatch.setattr(sandbox.state, "sms_key", "another-key")
    answer = phone_of("xiaomei").post("/api/sms-codes", CODE_REQUEST)
    assert (answer.status_code, answer.json["code"]) == (503, "sms_refused")
    assert answer.json["msg"] == "短信发送失败，请检查手机号或稍后再试"


def test_n10_after_a_rejection_there_is_no_wait(phone_of, sandbox, monkeypatch):
    phone = phone_of("xiaomei")
    with monkeypatch.context() as patch:
        patch.setattr(sandbox.state, "sms_key", "another-key")
        refused = phone.post("/api/sms-codes", CODE_REQUEST)
    assert "Retry-After" not in refused.headers
    assert SmsCode.select().count() == 0
    assert phone.post("/api/sms-codes", CODE_REQUEST).status_code == 201


def test_n10_after_an_unknown_outcome_the_wait_is_not_called_sent(phone_of, sandbox):
    phone = phone_of("xiaomei")
    sandbox.inject_fault("/sms/messages", "http_500")
    phone.post("/api/sms-codes", CODE_REQUEST)
    again = phone.post("/api/sms-codes", CODE_REQUEST)
    assert (again.status_code, again.json["msg"]) == (429, "短信可能延迟，没收到请 60 秒后重试")


def test_n10_rejected_messages_count_for_the_limit_of_their_address(phone_of, sandbox, monkeypatch, ask):
    settings.change(SmsCodeSettings, max_per_ip_per_hour=3)
    monkeypatch.setattr(sandbox.state, "sms_key", "another-key")
    assert [ask(n) for n in range(4)] == [503, 503, 503, 429]


def test_a_repeat_under_the_same_key_sends_nothing_more(phone_of, sandbox):
    phone = phone_of("xiaomei")
    first, second = (phone.post("/api/sms-codes", CODE_REQUEST, key="k-1") for _ in range(2))
    assert (second.status_code, second.json["data"]) == (201, first.json["data"])
    assert len(sandbox.list_messages(PHONE)) == 1


def test_a_phone_waits_a_minute_for_the_next(phone_of, sandbox):
    phone = phone_of("xiaomei")
    assert phone.post("/api/sms-codes", CODE_REQUEST).status_code == 201
    again = phone.post("/api/sms-codes", CODE_REQUEST)
    assert (again.status_code, again.headers["Retry-After"]) == (429, "60")
    assert len(sandbox.list_messages(PHONE)) == 1


def test_one_address_cannot_ask_for_many_phones(ask):
    settings.change(SmsCodeSettings, max_per_ip_per_hour=3)
    assert [ask(n) for n in range(4)] == [201, 201, 201, 429]
    assert ask(5, address="203.0.113.8") == 201


def test_many_at_once_stay_within_the_limit_of_their_address(ask):
    settings.change(SmsCodeSettings, max_per_ip_per_hour=5)
    assert sorted(database.run_concurrently(12, ask)) == [201] * 5 + [429] * 7
    assert SmsCode.select().count() == 5


def test_a_day_has_an_end_for_the_whole_tenant(ask):
    settings.change(SmsCodeSettings, max_total_per_day=2)
    assert [ask(n, address=f"203.0.113.{n}") for n in range(3)] == [201, 201, 429]


def test_f16_an_address_has_300_codes_an_hour():
    assert SmsCodeSettings().max_per_ip_per_hour == 300


def test_f16_the_twentieth_code_of_an_address_needs_a_captcha(ask, phone_of, monkeypatch):
    assert [ask(n) for n in range(20)] == [201] * 19 + [422]
    assert ask(20, address="203.0.113.8") == 201
    phone, another = phone_of("xiaomei"), CODE_REQUEST | {"phone": "13900139000"}
    refused = phone.post("/api/sms-codes", another, address="203.0.113.7")
    assert (refused.json["code"], refused.json["msg"]) == ("captcha_required", "请先输入图片验证码")
    answers = read_answers(monkeypatch)
    fields = another | get_captcha(phone, answers)
    assert phone.post("/api/sms-codes", fields, address="203.0.113.7").status_code == 201
    again = phone.post("/api/sms-codes", fields | {"phone": "13800138099"}, address="203.0.113.7")
    assert (again.status_code, again.json["code"]) == (422, "captcha_wrong")


def test_f16_a_wrong_answer_sends_nothing(phone_of, sandbox, monkeypatch):
    phone = phone_of("xiaomei")
    wrong = get_captcha(phone, read_answers(monkeypatch)) | {"captcha_answer": "0000"}
    refused = phone.post("/api/sms-codes", CODE_REQUEST | wrong)
    assert (refused.status_code, refused.json["code"]) == (422, "captcha_wrong")
    assert sandbox.list_messages(PHONE) == []


def test_f16_after_ten_minutes_no_captcha_is_needed(ask):
    settings.change(SmsCodeSettings, captcha_from=2)
    assert [ask(n) for n in range(2)] == [201, 422]
    SmsCode.update(requested_at=clock.now() - timedelta(seconds=601)).execute()
    assert ask(3) == 201


def test_f16_many_at_once_need_the_captcha_from_the_same_number(ask):
    settings.change(SmsCodeSettings, captcha_from=4)
    assert sorted(database.run_concurrently(8, ask)) == [201] * 3 + [422] * 5


def test_f16_a_used_up_budget_is_said_in_chinese(ask, phone_of):
    settings.change(SmsCodeSettings, max_total_per_day=1)
    assert ask(1) == 201
    refused = phone_of("xiaomei").post("/api/sms-codes", CODE_REQUEST)
    assert (refused.status_code, refused.json["code"]) == (429, "sms_budget_used_up")
    assert refused.json["msg"] == "今天的短信验证码已发完，请明天再试，或到门店办理"


def read_answers(monkeypatch):
    """The answers of the pictures, in the order in which they are drawn."""
    answers, draw = [], captchas.draw
    monkeypatch.setattr(captchas, "draw", lambda answer: answers.append(answer) or draw(answer))
    return answers


def get_captcha(phone, answers):
    shown = phone.post("/api/captchas", {"account": "acme-mini"})
    assert (shown.status_code, shown.json["data"]["image"][:22]) == (201, "data:image/png;base64,")
    assert answers[-1] not in shown.text
    return {"captcha_id": shown.json["data"]["captcha_id"], "captcha_answer": answers[-1]}


@pytest.fixture
def ask(phone_of):
    """Ask for a code for the n-th phone; tells the status."""
    phone = phone_of("xiaomei")

    def status(n, address="203.0.113.7"):
        fields = CODE_REQUEST | {"phone": f"138001380{n:02}"}
        return phone.post("/api/sms-codes", fields, address=address).status_code

    return status


@pytest.mark.parametrize("phone", ["123456", "abcdefg", "+8612345678901", "1380013800\u0000"])
def test_what_is_no_phone_is_refused(phone_of, phone):
    assert (
        phone_of("xiaomei").post("/api/sms-codes", CODE_REQUEST | {"phone": phone}).json["data"]["field"]
        == "phone"
    )


@pytest.mark.parametrize("account", ["unknown", "acme-mini\u0000", 7, ""])
def test_an_unknown_account_sends_nothing(phone_of, sandbox, account):
    assert phone_of("xiaomei").post("/api/sms-codes", CODE_REQUEST | {"account": account}).status_code in (
        404,
        422,
    )
    assert sandbox.list_messages(PHONE) == []


def test_without_a_session_the_account_is_required(phone_of):
    fields = {"phone": PHONE, "purpose": "register"}
    assert phone_of("xiaomei").post("/api/sms-codes", fields).json["data"]["field"] == "account"


def in_chunks(phone, body):
    """The body as a server hands it on that got it in chunks: without a length."""
    return phone.request(
        "POST", "/api/sms-codes", input_stream=body, content_type="application/json",
        headers={"Transfer-Encoding": "chunked"}, environ_overrides={"wsgi.input_terminated": True},
    )  # fmt: skip


def test_a_body_in_chunks_names_its_account_as_any_other(phone_of, sandbox):
    assert in_chunks(phone_of("xiaomei"), BytesIO(dumps(CODE_REQUEST).encode())).status_code == 201
    assert len(sandbox.list_messages(PHONE)) == 1


def test_a_body_in_chunks_is_read_no_further_than_any_other(phone_of, sandbox, web):
    body = BytesIO(dumps({"endless": "1" * 3_000_000} | CODE_REQUEST).encode())
    assert in_chunks(phone_of("xiaomei"), body).status_code == 422
    assert body.tell() <= web.config["MAX_CONTENT_LENGTH"]
    assert sandbox.list_messages(PHONE) == []
