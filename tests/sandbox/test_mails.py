"""E-mails to the sandbox, sent by our own client."""

import smtplib
from collections.abc import Iterator
from typing import Any

import pytest

from platforms.email.smtp import SmtpServer
from platforms.errors import OutcomeUnknownError, PlatformRejectedError
from sandbox.mail_server import MailServer
from tests.support.sandbox_client import PERSON, Sandbox

ADDRESS = f"{PERSON}@example.com"


@pytest.fixture
def port(sandbox: Sandbox) -> Iterator[int]:
    state = sandbox.state
    server = MailServer(mails=state.mails, faults=state.faults, password=state.sms_key, port=0)
    server.start()
    yield server.port
    server.stop()


@pytest.fixture
def server(port: int) -> SmtpServer:
    return create(port)


def create(port: int, **changes: Any) -> SmtpServer:
    fields = {"host": "127.0.0.1", "security": "none", "username": "sandbox", "password": "test-key"}
    return SmtpServer(port=port, **fields | changes)


def send(server: SmtpServer, number: str = "m1", **changes: Any) -> str:
    fields = {
        "sender_address": "shop@teahouse.example",
        "sender_name": "小二便利",
        "recipient": ADDRESS,
        "subject": "积分快过期了",
        "text": "您好\n.明天见",
        "html": "<p>您好</p>",
    }
    return server.send(message_id=number, **fields | changes)


def inbox(sandbox: Sandbox, person: str = PERSON) -> list[dict]:
    return sandbox.get(f"/sandbox/people/{person}/mails")["mails"]


def add_fault(sandbox: Sandbox, kind: str, **more: Any) -> None:
    fault = {"path": "mail", "kind": kind, "times": 1, **more}
    assert sandbox.client.put("/sandbox/faults", json=fault).status_code == 200


def test_mail_is_in_the_inbox_of_its_person(sandbox: Sandbox, server: SmtpServer) -> None:
    message_id = send(server, recipient="Xiaomei@Example.com")
    (mail,) = inbox(sandbox)
    assert mail["message_id"] == message_id
    assert mail["subject"] == "积分快过期了"
    assert mail["sender"] == "小二便利 <shop@teahouse.example>"
    assert mail["text"] == "您好\n.明天见"
    assert mail["has_html"] is True
    assert mail["headers"]["Auto-Submitted"] == "auto-generated"
    assert inbox(sandbox, "lili") == []
    assert sandbox.get(f"/sandbox/mails/{ADDRESS}")["mails"] == [mail]
    sandbox.client.post("/sandbox/reset")
    assert inbox(sandbox) == []


def test_html_without_plain_text_is_shown_without_markup(sandbox: Sandbox, port: int) -> None:
    html = "<style>p{}</style><h1>积分</h1><p>还有 7 天<br>快来</p><script>alert(1)</script>"
    content = f"Subject: t\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n".encode()
    with smtplib.SMTP("127.0.0.1", port, local_hostname="localhost") as connection:
        connection.login("sandbox", "test-key")
        connection.sendmail("shop@teahouse.example", [ADDRESS], content)
    assert inbox(sandbox)[0]["text"] == "积分\n还有 7 天\n快来"


def test_key_is_needed(sandbox: Sandbox, port: int) -> None:
    for changes in ({"password": "wrong"}, {"username": "shop"}, {"username": ""}):
        with pytest.raises(PlatformRejectedError):
            send(create(port, **changes))
    assert inbox(sandbox) == []
    assert create(port).find_credential_problem() is None
    assert "授权码" in (create(port, password="wrong").find_credential_problem() or "")


def test_faults_end_as_rejected_not_sent_or_perhaps_sent(sandbox: Sandbox, server: SmtpServer) -> None:
    add_fault(sandbox, "reject_recipient")
    with pytest.raises(PlatformRejectedError) as rejected:
        send(server)
    assert rejected.value.code == 550
    add_fault(sandbox, "defer_recipient")
    with pytest.raises(OutcomeUnknownError) as deferred:
        send(server)
    assert (deferred.value.code, deferred.value.perhaps_sent) == (450, False)
    assert inbox(sandbox) == []


@pytest.mark.parametrize(("kind", "received"), [("disconnect", 0), ("lost_answer", 1), ("slow", 1)])
def test_lost_confirmation_is_perhaps_sent(
    sandbox: Sandbox, port: int, server: SmtpServer, kind: str, received: int
) -> None:
    add_fault(sandbox, kind, delay_s=60)
    with pytest.raises(OutcomeUnknownError) as caught:
        send(create(port, read_timeout_s=0.4) if kind == "slow" else server)
    assert caught.value.perhaps_sent is True
    assert len(inbox(sandbox)) == received
    send(server, "m2")
    assert len(inbox(sandbox)) == received + 1


def test_unknown_fault_of_mails_is_rejected(sandbox: Sandbox) -> None:
    for kind in ("http_500", "duplicate"):
        assert sandbox.client.put("/sandbox/faults", json={"path": "mail", "kind": kind}).status_code == 400


def test_person_has_an_address_that_can_be_changed(sandbox: Sandbox) -> None:
    assert sandbox.get(f"/sandbox/people/{PERSON}")["email"] == ADDRESS
    added = sandbox.client.post("/sandbox/people", json={"name": "大刘", "email": "Liu@Example.com"}).json
    assert added["email"] == "liu@example.com"
    path = f"/sandbox/people/{added['id']}"
    assert sandbox.client.put(path, json={"email": ""}).json["email"] == ""
    assert sandbox.get(f"{path}/mails") == {"email": "", "mails": []}
    for email in ("a", "a@b", "a@b.c\r\nx", 7, f"{'a' * 250}@b.cn"):
        assert sandbox.client.put(path, json={"email": email}).json["error"] == "bad_email"
    assert sandbox.client.put(path, json={"snapshot": True}).json["snapshot"] is True
    assert sandbox.client.put(path, json={"email": "l@b.cn"}).json["snapshot"] is True
