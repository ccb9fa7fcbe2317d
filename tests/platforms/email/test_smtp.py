"""What the SMTP server takes, rejects or leaves open becomes our errors."""

import logging
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from platforms.email.mail import Mail
from platforms.email.smtp import SmtpServer
from platforms.errors import OutcomeUnknownError, PlatformRejectedError
from tests.platforms.email.conftest import CLOSE, PASSWORD, USERNAME, ScriptedSmtp
from tests.platforms.email.test_mail import FIELDS

RECIPIENT = FIELDS["recipient"]


def send(server: SmtpServer, **changes: Any) -> str:
    fields = {name: value for name, value in FIELDS.items() if name != "number"}
    return server.send(**fields | {"html": None, "message_id": "m1"} | changes)


def test_mail_is_sent_and_dots_are_doubled(smtp: ScriptedSmtp, server: SmtpServer) -> None:
    assert send(server, text=".a\n..b") == "<m1@teahouse.example>"
    (content,) = smtp.messages
    assert b"Message-ID: <m1@teahouse.example>\r\n" in content
    assert content.endswith(b"\r\n\r\n..a\r\n...b\r\n")
    assert [command.split(" ")[0] for command in smtp.commands] == [
        "EHLO",
        "AUTH",
        "MAIL",
        "RCPT",
        "DATA",
        "QUIT",
    ]


def test_session_sends_several_mails_over_one_connection(smtp: ScriptedSmtp, server: SmtpServer) -> None:
    with server.session() as session:
        for number in ("m1", "m2"):
            session.send(Mail(**FIELDS | {"number": number}))
    assert (smtp.connections, len(smtp.messages)) == (1, 2)


def test_session_goes_on_after_a_rejected_recipient(smtp: ScriptedSmtp, server: SmtpServer) -> None:
    smtp.answers["RCPT"] = f"550 no {RECIPIENT}"
    with server.session() as session:
        with pytest.raises(PlatformRejectedError):
            session.send(Mail(**FIELDS))
        del smtp.answers["RCPT"]
        session.send(Mail(**FIELDS))
    assert "RSET" in smtp.commands


@pytest.mark.parametrize(
    ("verb", "answer", "word"),
    [
        ("AUTH", "535 {secret} wrong", "授权码"),
        ("MAIL", "553 no {secret}", "发件地址"),
        ("RCPT", "550 no {secret}", "收件地址"),
        ("DATA", "554 no {secret}", "拒绝了这封邮件"),
        (".", "552 {secret} too big", "拒绝了这封邮件"),
    ],
)
def test_permanent_rejection_has_its_code(
    smtp: ScriptedSmtp, server: SmtpServer, caplog: Any, verb: str, answer: str, word: str
) -> None:
    caplog.set_level(logging.DEBUG)
    smtp.answers[verb] = answer.format(secret=f"{RECIPIENT} {PASSWORD}")
    with pytest.raises(PlatformRejectedError) as caught:
        send(server)
    assert caught.value.code == int(answer[:3])
    assert word in caught.value.message
    assert_silent(caught.value, caplog)


@pytest.mark.parametrize("verb", ["connect", "AUTH", "MAIL", "RCPT", "DATA", "."])
@pytest.mark.parametrize("answer", ["451 later", CLOSE])
def test_temporary_failure_and_lost_connection_are_unknown(
    smtp: ScriptedSmtp, server: SmtpServer, caplog: Any, verb: str, answer: str
) -> None:
    caplog.set_level(logging.DEBUG)
    smtp.answers[verb] = answer
    with pytest.raises(OutcomeUnknownError) as caught:
        send(server)
    # Only the answer to the whole message may be lost after the server has taken it.
    assert caught.value.perhaps_sent is (verb == "." and answer == CLOSE)
    assert_silent(caught.value, caplog)


def test_late_and_unreadable_confirmations_are_perhaps_sent(smtp: ScriptedSmtp, server: SmtpServer) -> None:
    for answer in ("hello", "299 maybe", ""):
        smtp.answers["."] = answer
        with pytest.raises(OutcomeUnknownError) as caught:
            send(server)
        assert caught.value.perhaps_sent is True


def test_no_server_is_not_sent(silent: str) -> None:
    port = int(silent.rpartition(":")[2])
    parts: dict[str, Any] = {"host": "127.0.0.1", "security": "none", "username": "", "password": ""}
    for target in (1, port):  # nothing listens at the first, the second never greets
        with pytest.raises(OutcomeUnknownError) as caught:
            send(SmtpServer(port=target, connect_timeout_s=0.1, **parts))
        assert caught.value.perhaps_sent is False


def test_invalid_mail_never_connects(smtp: ScriptedSmtp, server: SmtpServer) -> None:
    with pytest.raises(ValueError):
        send(server, subject="积分\r\nBcc: all@example.com")
    with pytest.raises(ValueError):
        send(server, text="\ud800")
    assert smtp.messages == []


def test_credentials_are_checked_without_sending(smtp: ScriptedSmtp, server: SmtpServer) -> None:
    assert server.find_credential_problem() is None
    assert [command.split(" ")[0] for command in smtp.commands][:3] == ["EHLO", "AUTH", "NOOP"]
    assert smtp.messages == []
    smtp.answers["AUTH"] = "535 no"
    assert "授权码" in (server.find_credential_problem() or "")
    smtp.answers = {"EHLO": "250 teahouse"}
    assert "不支持" in (server.find_credential_problem() or "")
    smtp.answers = {"EHLO": "250 AUTH GSSAPI"}
    assert "不支持" in (server.find_credential_problem() or "")
    smtp.answers = {"NOOP": CLOSE}
    assert "失败" in (server.find_credential_problem() or "")


def test_unencrypted_server_on_another_machine_is_rejected() -> None:
    for host in ("smtp.example.com", "192.168.1.5"):
        with pytest.raises(ValueError):
            SmtpServer(host=host, port=25, security="none", username="", password="")


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_encryption_needs_a_trusted_certificate(
    smtp: ScriptedSmtp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, security: Any
) -> None:
    certificate = write_certificate(tmp_path)
    smtp.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    smtp.tls.load_cert_chain(certificate)
    smtp.begins_with_tls = security == "tls"
    smtp.answers["EHLO"] = "250-teahouse\r\n250-STARTTLS\r\n250 AUTH PLAIN"
    server = SmtpServer(
        host="127.0.0.1", port=smtp.port, security=security, username=USERNAME, password=PASSWORD
    )
    with pytest.raises(OutcomeUnknownError) as caught:
        send(server)
    assert (caught.value.code, caught.value.perhaps_sent) == ("certificate", False)
    assert not any(command.startswith("AUTH") for command in smtp.commands)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    send(server)
    assert len(smtp.messages) == 1


def test_server_without_starttls_gets_no_password(smtp: ScriptedSmtp) -> None:
    server = SmtpServer(
        host="127.0.0.1", port=smtp.port, security="starttls", username=USERNAME, password=PASSWORD
    )
    with pytest.raises(PlatformRejectedError) as caught:
        send(server)
    assert caught.value.code == "unsupported"
    assert not any(command.startswith("AUTH") for command in smtp.commands)


def test_server_hides_its_password(server: SmtpServer) -> None:
    assert PASSWORD not in repr(server)
    assert USERNAME not in repr(server)


def assert_silent(error: Exception, caplog: Any) -> None:
    result = str(error) + repr(error.__context__) + repr(error.__cause__) + caplog.text
    for hidden in (RECIPIENT, FIELDS["sender_address"], PASSWORD, FIELDS["text"]):
        assert hidden not in result


def write_certificate(folder: Path) -> Path:
    """Write a key and a certificate of 127.0.0.1 that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "teahouse")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path
