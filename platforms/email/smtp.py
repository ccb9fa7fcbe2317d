"""An SMTP server of a tenant, with the standard library."""

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from typing import Literal

from platforms.email.mail import Mail
from platforms.errors import OutcomeUnknownError, PlatformError, PlatformRejectedError

PLATFORM = "email"
QUIT_TIMEOUT_S = 1.0
# The name for EHLO. Without it smtplib would ask the name server, which can take seconds.
LOCAL_NAME = "[127.0.0.1]"
LINE_START_DOT = re.compile(rb"^\.", re.MULTILINE)


class SmtpServer:
    """A server that takes the tenant's e-mails. `security` "none" is allowed on this machine only.

    With `username` "" it does not sign in. The time limit of the connection includes the greeting.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        security: Literal["starttls", "tls", "none"],
        username: str,
        password: str,
        connect_timeout_s: float = 5.0,
        read_timeout_s: float = 10.0,
    ) -> None:
        if security not in ("starttls", "tls", "none"):
            raise ValueError("security must be starttls, tls or none")
        if security == "none" and not _is_loopback(host):
            raise ValueError("a server on another machine needs TLS")
        self._host, self._port, self._security = host, port, security
        self._username, self._password = username, password
        self._connect_timeout_s, self._read_timeout_s = connect_timeout_s, read_timeout_s

    def __repr__(self) -> str:
        return f"SmtpServer({self._host}:{self._port})"

    def send(
        self,
        *,
        sender_address: str,
        sender_name: str,
        recipient: str,
        subject: str,
        text: str,
        html: str | None,
        message_id: str,
        list_unsubscribe: str | None = None,
    ) -> str:
        """Send an e-mail and return its Message-ID: `message_id`, our number, at the domain of the sender.

        Raises PlatformRejectedError with the SMTP code, OutcomeUnknownError, and ValueError for content that cannot
        be sent.
        """
        mail = Mail(
            number=message_id,
            sender_address=sender_address,
            sender_name=sender_name,
            recipient=recipient,
            subject=subject,
            text=text,
            html=html,
            list_unsubscribe=list_unsubscribe,
        )
        with self.session() as session:
            return session.send(mail)

    @contextmanager
    def session(self) -> Iterator["SmtpSession"]:
        """Open one connection for several e-mails. Raises PlatformError."""
        connection = self._open()
        try:
            yield SmtpSession(connection)
        finally:
            _close(connection)

    def find_credential_problem(self) -> str | None:
        """Return what prevents sending, in Chinese, or None. Connects, signs in and sends nothing."""
        try:
            with self.session() as session:
                session.check()
        except PlatformError as error:
            return error.message
        return None

    def _open(self) -> smtplib.SMTP:
        connection, rejection = None, "邮件服务器拒绝了连接"
        try:
            connection = self._connect()
            self._secure(connection)
            rejection = "邮箱账号或密码（授权码）不正确"
            if self._username:
                connection.login(self._username, self._password)
            return connection
        # The errors of smtplib are OSErrors. A host name or a password that cannot be encoded is a ValueError.
        except (OSError, ValueError) as error:
            failure = _to_error(error, rejection)
        if connection is not None:
            connection.close()
        # Raised outside the except block: otherwise the traceback could contain the password.
        raise failure

    def _connect(self) -> smtplib.SMTP:
        if self._security == "tls":
            return smtplib.SMTP_SSL(
                self._host,
                self._port,
                local_hostname=LOCAL_NAME,
                timeout=self._connect_timeout_s,
                context=ssl.create_default_context(),
            )
        return smtplib.SMTP(
            self._host, self._port, local_hostname=LOCAL_NAME, timeout=self._connect_timeout_s
        )

    def _secure(self, connection: smtplib.SMTP) -> None:
        if connection.sock is not None:
            connection.sock.settimeout(self._read_timeout_s)
        if self._security == "starttls":
            connection.starttls(context=ssl.create_default_context())


class SmtpSession:
    """An open connection that has signed in."""

    def __init__(self, connection: smtplib.SMTP) -> None:
        self._connection = connection

    def send(self, mail: Mail) -> str:
        """Send an e-mail and return its Message-ID. Raises PlatformRejectedError or OutcomeUnknownError."""
        content = _escape_dots(mail.to_bytes()) + b".\r\n"
        try:
            self._begin(mail)
            # Until the last byte is written the server has no whole message, so it cannot have accepted it.
            self._connection.send(content)
        except PlatformError:
            self._reset()
            raise
        except OSError as error:
            failure: PlatformError = _to_error(error, "")
        else:
            self._finish()
            return mail.message_id
        raise failure

    def check(self) -> None:
        """Send a NOOP. Raises PlatformError."""
        try:
            self._expect(self._connection.noop(), {250}, "邮件服务器拒绝了连接")
        except OSError as error:
            failure = _to_error(error, "")
        else:
            return
        raise failure

    def _begin(self, mail: Mail) -> None:
        connection = self._connection
        connection.ehlo_or_helo_if_needed()
        self._expect(connection.mail(mail.sender_address), {250}, "邮件服务器不接受这个发件地址")
        self._expect(connection.rcpt(mail.recipient), {250, 251}, "邮件服务器不接受这个收件地址")
        self._expect(connection.docmd("DATA"), {354}, "邮件服务器拒绝了这封邮件")

    def _finish(self) -> None:
        """Read the answer to the whole message. If it is lost or unreadable, the message may have been sent."""
        try:
            code, _ = self._connection.getreply()
        except OSError:
            code = -1
        if code == 250:
            return
        if 400 <= code < 600:
            self._expect((code, b""), set(), "邮件服务器拒绝了这封邮件")
        raise OutcomeUnknownError(PLATFORM, "no-answer", "邮件服务器没有确认收到这封邮件")

    def _expect(self, reply: tuple[int, bytes], accepted: set[int], rejection: str) -> None:
        if reply[0] not in accepted:
            raise _code_to_error(reply[0], rejection)

    def _reset(self) -> None:
        """End the message that was refused, so that the next one can begin."""
        with suppress(OSError):
            self._connection.rset()


def _to_error(error: Exception, rejection: str) -> PlatformError:
    """Return the error for a message that was certainly not sent. It contains nothing of what the server said."""
    if isinstance(error, smtplib.SMTPResponseException):
        return _code_to_error(error.smtp_code, rejection)
    if isinstance(error, ssl.SSLCertVerificationError):
        return _not_sent("certificate", "邮件服务器的证书无效")
    # smtplib raises the plain class where the server offers none of its ways to sign in.
    if isinstance(error, smtplib.SMTPNotSupportedError) or type(error) is smtplib.SMTPException:
        return PlatformRejectedError(PLATFORM, "unsupported", "邮件服务器不支持这种加密或登录方式")
    if isinstance(error, TimeoutError):
        return _not_sent("timeout", "邮件服务器没有及时应答")
    return _not_sent("connection", "连接邮件服务器失败")


def _code_to_error(code: int, rejection: str) -> PlatformError:
    if 500 <= code < 600:
        return PlatformRejectedError(PLATFORM, code, rejection)
    return _not_sent(code, "邮件服务器暂时不能处理")


def _not_sent(code: int | str, message: str) -> OutcomeUnknownError:
    return OutcomeUnknownError(PLATFORM, code, message, perhaps_sent=False)


def _close(connection: smtplib.SMTP) -> None:
    with suppress(OSError):
        if connection.sock is not None:
            connection.sock.settimeout(QUIT_TIMEOUT_S)
            connection.quit()
    connection.close()


def _escape_dots(content: bytes) -> bytes:
    """Double the dots at the start of lines, because a single one ends the message."""
    return LINE_START_DOT.sub(b"..", content)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
