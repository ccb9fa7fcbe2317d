"""A scripted SMTP server: it answers each command as usual, or as the test says, and records what it was sent."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from platforms.email.smtp import SmtpServer

USERNAME, PASSWORD = "shop@teahouse.example", "5ec4e7-of-the-teahouse"
CLOSE = "close"
USUAL = {
    "connect": "220 teahouse",
    "EHLO": "250-teahouse\r\n250-AUTH PLAIN LOGIN\r\n250 SIZE 10000000",
    "STARTTLS": "220 go ahead",
    "AUTH": "235 welcome",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "DATA": "354 go ahead",
    ".": "250 queued",
    "NOOP": "250 ok",
    "RSET": "250 ok",
    "QUIT": "221 bye",
}


@dataclass
class ScriptedSmtp:
    """`answers` replaces usual answers; CLOSE hangs up instead. "." is the answer to a whole message."""

    port: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)
    connections: int = 0
    tls: ssl.SSLContext | None = None
    begins_with_tls: bool = False

    def handle(self, connection: socket.socket) -> None:
        """Answer the commands of a connection until it ends."""
        with contextlib.ExitStack() as open_sockets:
            self._handle(open_sockets.enter_context(connection), open_sockets)

    def _handle(self, connection: socket.socket, open_sockets: contextlib.ExitStack) -> None:
        self.connections += 1
        if self.begins_with_tls and self.tls is not None:
            connection = open_sockets.enter_context(self.tls.wrap_socket(connection, server_side=True))
        if not self._reply(connection, "connect"):
            return
        stream = connection.makefile("rb")
        while line := stream.readline():
            text = line.decode().strip()
            verb = text.split(" ")[0].upper()
            self.commands.append(verb + text[len(verb) :])
            if not self._reply(connection, verb):
                return
            if verb == "STARTTLS" and self.tls is not None:
                connection = open_sockets.enter_context(self.tls.wrap_socket(connection, server_side=True))
                stream = connection.makefile("rb")
            if verb == "DATA" and self._answer("DATA").startswith("354"):
                self.messages.append(b"".join(iter(stream.readline, b".\r\n")))
                if not self._reply(connection, "."):
                    return
            if verb == "QUIT":
                return

    def _answer(self, verb: str) -> str:
        return self.answers.get(verb, USUAL.get(verb, "500 what?"))

    def _reply(self, connection: socket.socket, verb: str) -> bool:
        answer = self._answer(verb)
        if answer == CLOSE:
            return False
        connection.sendall(f"{answer}\r\n".encode())
        return True


@pytest.fixture
def smtp() -> Iterator[ScriptedSmtp]:
    script = ScriptedSmtp()
    listener = socket.create_server(("127.0.0.1", 0))
    script.port = listener.getsockname()[1]
    threads: list[threading.Thread] = []

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            script.handle(connection)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                threads.append(threading.Thread(target=serve, args=[listener.accept()[0]]))
                threads[-1].start()

    acceptor = threading.Thread(target=accept)
    acceptor.start()
    yield script
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    for thread in [acceptor, *threads]:
        thread.join()


@pytest.fixture
def server(smtp: ScriptedSmtp) -> SmtpServer:
    return SmtpServer(
        host="127.0.0.1",
        port=smtp.port,
        security="none",
        username=USERNAME,
        password=PASSWORD,
    )
