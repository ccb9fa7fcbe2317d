"""Queries, status reports and answers of the SMS provider, as our own client and parser read them."""

from collections.abc import Iterator
from datetime import date

import pytest

from platforms.errors import OutcomeUnknownError
from platforms.http import PlatformSession
from platforms.sms.reports import parse_reports, parse_uplinks
from platforms.sms.sandbox import SandboxSms
from tests.support.sandbox_client import PERSON, Sandbox, Webhook

TODAY = date(2026, 11, 28)


@pytest.fixture
def quick(shop: Sandbox) -> Sandbox:
    """Reports without a delay."""
    shop.state.sms_reports.delay_s = shop.state.sms_reports.retry_gap_s = 0.01
    return shop


@pytest.fixture
def sender(sandbox_url: str) -> Iterator[SandboxSms]:
    with PlatformSession() as http:
        yield SandboxSms(sandbox_url, "test-key", sign_name="小二便利", http=http)


def phone_of(sandbox: Sandbox, person: str = PERSON) -> str:
    return sandbox.state.people.get(person).phone


def put(sandbox: Sandbox, path: str, body: dict) -> int:
    return sandbox.client.put(f"/sandbox/sms/{path}", json=body).status_code


def wait(sandbox: Sandbox) -> None:
    assert sandbox.state.sms_reports.wait_until_idle(30)


def test_report_of_a_delivered_message_is_posted(
    quick: Sandbox, webhook: Webhook, sender: SandboxSms
) -> None:
    assert put(quick, "report-url", {"url": webhook.url}) == 200
    message_id = sender.send(f"+86{phone_of(quick)}", "LOGIN", {"code": "1"}, "r1")
    wait(quick)
    (request,) = webhook.requests
    (report,) = parse_reports("sandbox", request["body"].encode())
    assert (report.message_id, report.request_id, report.state) == (message_id, "r1", "delivered")
    assert sender.find_message("", "r1", TODAY) == report


def test_second_request_with_the_same_number_is_reported_once(
    quick: Sandbox, webhook: Webhook, sender: SandboxSms
) -> None:
    put(quick, "report-url", {"url": webhook.url})
    for _ in range(2):
        sender.send(f"+86{phone_of(quick)}", "LOGIN", {"code": "1"}, "r1")
        wait(quick)
    assert len(webhook.requests) == 1
    assert len(quick.state.sms.list_inbox(phone_of(quick))) == 1


def test_message_to_an_unreachable_phone_fails(quick: Sandbox, webhook: Webhook, sender: SandboxSms) -> None:
    put(quick, "report-url", {"url": webhook.url})
    assert put(quick, "unreachable", {"phones": [phone_of(quick)]}) == 200
    sender.send(f"+86{phone_of(quick)}", "LOGIN", {"code": "1"}, "r1")
    wait(quick)
    (report,) = parse_reports("sandbox", webhook.requests[0]["body"].encode())
    assert report.state == "failed"
    assert quick.state.sms.list_inbox(phone_of(quick)) == []
    put(quick, "unreachable", {"phones": []})
    sender.send(f"+86{phone_of(quick)}", "LOGIN", {"code": "1"}, "r2")
    assert len(quick.state.sms.list_inbox(phone_of(quick))) == 1


def test_report_is_repeated_three_times_at_most(quick: Sandbox, webhook: Webhook, sender: SandboxSms) -> None:
    put(quick, "report-url", {"url": webhook.url})
    webhook.set_answer("busy", 503)
    sender.send(f"+86{phone_of(quick)}", "LOGIN", {"code": "1"}, "r1")
    wait(quick)
    assert len(webhook.requests) == 3
    webhook.set_answer("ok", 204)
    sender.send(f"+86{phone_of(quick)}", "LOGIN", {"code": "1"}, "r2")
    wait(quick)
    assert len(webhook.requests) == 4


def test_without_an_address_nothing_is_posted(quick: Sandbox, webhook: Webhook, sender: SandboxSms) -> None:
    sender.send(f"+86{phone_of(quick)}", "LOGIN", {"code": "1"}, "r1")
    wait(quick)
    assert webhook.requests == []


def test_reset_drops_what_waits(quick: Sandbox, webhook: Webhook, sender: SandboxSms) -> None:
    put(quick, "report-url", {"url": webhook.url})
    quick.state.sms_reports.delay_s = 60
    sender.send(f"+86{phone_of(quick)}", "LOGIN", {"code": "1"}, "r1")
    quick.state.reset()
    wait(quick)
    assert webhook.requests == []
    assert quick.state.sms_reports.report_url == ""


def test_unknown_request_has_no_report(quick: Sandbox, sender: SandboxSms) -> None:
    assert sender.find_message("", "r1", TODAY) is None
    assert quick.client.get("/sms/messages?request_id=r1").status_code == 401


def test_answer_of_a_person_is_posted(quick: Sandbox, webhook: Webhook) -> None:
    path = f"/sandbox/people/{PERSON}/sms/replies"
    refused = quick.client.post(path, json={"text": "R"})
    assert (refused.status_code, refused.json["error"]) == (409, "no_uplink_url")
    put(quick, "uplink-url", {"url": webhook.url})
    assert quick.client.post(path, json={"text": "R"}).status_code == 202
    wait(quick)
    (uplink,) = parse_uplinks("sandbox", webhook.requests[0]["body"].encode())
    assert uplink.phone_e164 == f"+86{phone_of(quick)}"
    assert uplink.is_unsubscription
    for text in ("", " ", "好" * 501, None):
        assert quick.client.post(path, json={"text": text}).json["error"] == "bad_text"


def test_address_on_another_machine_is_rejected(sandbox: Sandbox) -> None:
    for url in ("http://example.com/r", "ftp://127.0.0.1/", "http://[", 7, None):
        assert put(sandbox, "report-url", {"url": url}) == 400
        assert put(sandbox, "uplink-url", {"url": url}) == 400
    assert sandbox.state.sms_reports.report_url == ""


def test_unreachable_phones_are_checked(sandbox: Sandbox) -> None:
    assert put(sandbox, "unreachable", {"phones": "13800138000"}) == 400
    assert put(sandbox, "unreachable", {"phones": ["1"]}) == 400


def test_late_answer_leaves_a_message_that_is_found(
    quick: Sandbox, sender: SandboxSms, sandbox_url: str
) -> None:
    quick.state.faults.add({"path": "/sms/messages", "kind": "late_answer", "delay_s": 60, "times": 1})
    with PlatformSession(read_timeout_s=0.4) as http:
        impatient = SandboxSms(sandbox_url, "test-key", sign_name="小二便利", http=http)
        with pytest.raises(OutcomeUnknownError) as caught:
            impatient.send(f"+86{phone_of(quick)}", "LOGIN", {"code": "1"}, "r1")
    assert caught.value.perhaps_sent is True
    quick.state.faults.reset()  # ends the wait
    found = sender.find_message("", "r1", TODAY)
    assert found is not None
    assert found.state == "delivered"
