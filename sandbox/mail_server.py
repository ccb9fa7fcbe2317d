"""The SMTP server of the sandbox, on this machine only."""

import asyncio
import hmac
import logging
import threading
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from sandbox.faults import Fault, Faults
from sandbox.mails import Mails

HOST = "127.0.0.1"
USERNAME = "sandbox"
MAX_MAIL_BYTES = 2 * 1024 * 1024
MAX_RECIPIENTS = 50
STOP_TIMEOUT_S = 2.0

# It logs every command with its addresses.
logging.getLogger("mail.log").setLevel(logging.ERROR)


class MailServer:
    """An SMTP server with an event loop in a thread of its own. `port` 0 chooses a free one."""

    def __init__(self, *, mails: Mails, faults: Faults, password: str, port: int) -> None:
        self.port = port
        self._handler = _Handler(mails, faults)
        self._password = password
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Open the port. Raises OSError if the port is taken."""
        self._server = self._loop.run_until_complete(
            self._loop.create_server(self._create_protocol, HOST, self.port)
        )
        self.port = self._server.sockets[0].getsockname()[1]
        self._thread.start()

    def stop(self) -> None:
        """Close the port and all connections."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(STOP_TIMEOUT_S)

    def _run(self) -> None:
        self._loop.run_forever()
        self._server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.01))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    def _create_protocol(self) -> SMTP:
        return SMTP(
            self._handler,
            hostname="sandbox",
            ident="sandbox",
            data_size_limit=MAX_MAIL_BYTES,
            auth_require_tls=False,
            authenticator=self._authenticate,
            loop=self._loop,
        )

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, auth_data: Any
    ) -> AuthResult:
        is_right = (
            isinstance(auth_data, LoginPassword)
            and hmac.compare_digest(auth_data.login, USERNAME.encode())
            and hmac.compare_digest(auth_data.password, self._password.encode())
        )
        return AuthResult(success=is_right, handled=False)


class _Handler:
    """The answers to the commands. aiosmtpd prescribes the names of the methods."""

    def __init__(self, mails: Mails, faults: Faults) -> None:
        self._mails = mails
        self._faults = faults

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        fault = envelope.fault = self._faults.consume("mail")
        if fault is not None and fault.kind == "reject_recipient":
            return "550 5.1.1 No such user"
        if fault is not None and fault.kind == "defer_recipient":
            return "450 4.2.1 Try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        fault: Fault | None = envelope.fault
        if fault is not None and fault.kind == "disconnect":
            server.transport.close()
            return "421 Closing"
        for recipient in envelope.rcpt_tos:
            self._mails.receive(envelope.original_content, recipient=recipient)
        if fault is not None and fault.kind == "lost_answer":
            server.transport.close()
        elif fault is not None and fault.kind == "slow":
            await asyncio.sleep(fault.delay_s)
        return "250 OK"
