"""A WSGI application behind an event loop: a request reaches a thread when its body is complete.

Granian's WSGI interface reads the body in the thread of the application, without a deadline: as many slow clients
as there are threads would stop the whole web. Here the event loop reads the body and one deadline limits it.
"""

import asyncio
import gc
import io
import sys
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable
from queue import SimpleQueue
from threading import Thread
from typing import Any, NamedTuple, Protocol

BODY_TIMEOUT_S = 10.0
THREADS = 16

Headers = list[tuple[str, str]]
WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
_TIMEOUT_HEADERS = [("content-type", "application/json"), ("connection", "close")]
_TIMEOUT_BODY = (
    '{"code":"request_timeout","msg":"请求没有及时传完，请重试","data":null,"request_id":""}'.encode()
)


class RsgiProtocol(Protocol, AsyncIterable[bytes]):
    """The part of Granian's protocol object that is used here."""

    def __call__(self) -> Awaitable[bytes]: ...

    def response_empty(self, status: int, headers: Headers) -> None: ...

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None: ...


class _Request(NamedTuple):
    """A request that waits for a thread. `done` belongs to the event loop: a thread sets it by `finish` only."""

    environ: dict[str, Any]
    protocol: RsgiProtocol
    done: asyncio.Future[None]

    def finish(self, error: Exception | None) -> None:
        self.done.get_loop().call_soon_threadsafe(_set_done, self.done, error)


class RsgiServer:
    """An RSGI application (`granian --interface rsgi`) that runs a WSGI application in threads."""

    def __init__(
        self,
        app: WsgiApp,
        *,
        max_body_bytes: int,
        threads: int = THREADS,
        body_timeout_s: float = BODY_TIMEOUT_S,
    ) -> None:
        self._app = app
        self._max_body_bytes, self._body_timeout_s = max_body_bytes, body_timeout_s
        self._threads = threads
        self._requests: SimpleQueue[_Request] = SimpleQueue()  # cheaper than a ThreadPoolExecutor

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start the threads. Granian calls this once in each worker process."""
        gc.freeze()  # what has been imported stays: looking for garbage in it would stop all threads for 200 ms
        for number in range(self._threads):
            Thread(target=self._work, name=f"web_{number}", daemon=True).start()

    async def __rsgi__(self, scope: Any, protocol: RsgiProtocol) -> None:
        """Read the request, run the application in a thread and send its response."""
        if scope.proto != "http":
            return
        headers = list(scope.headers.items())
        try:
            async with asyncio.timeout(self._body_timeout_s):
                body = await self._read_body(dict(headers), protocol)
        except TimeoutError:
            _send(protocol, 408, _TIMEOUT_HEADERS, _TIMEOUT_BODY)
            return
        except Exception:  # the client closed the connection and waits for no response
            return
        environ = _build_environ(scope, headers, body)
        request = _Request(environ, protocol, asyncio.get_running_loop().create_future())
        self._requests.put(request)
        await request.done

    def _work(self) -> None:
        """Run the application for one request after the other. The response is sent from this thread."""
        while True:
            request = self._requests.get()
            try:
                _send(request.protocol, *_run_application(self._app, request.environ))
            except Exception as error:  # raised in `__rsgi__`, so that Granian answers and logs it
                request.finish(error)
            else:
                request.finish(None)
            del request  # otherwise the thread keeps the body until its next request

    async def _read_body(self, headers: dict[str, str], protocol: RsgiProtocol) -> bytes:
        """Return the body, or the part that shows the application that it is too large."""
        declared = headers.get("content-length", "")
        if declared == "0" or ("transfer-encoding" not in headers and not declared):
            return b""
        if declared.isdecimal():
            # The application rejects a body that declares too many bytes, before it reads one.
            return b"" if int(declared) > self._max_body_bytes else await protocol()
        received = bytearray()
        async for chunk in protocol:
            received += chunk
            if len(received) > self._max_body_bytes:
                break
        return bytes(received)


def _build_environ(scope: Any, headers: Headers, body: bytes) -> dict[str, Any]:
    """Return the WSGI environment (PEP 3333) of a request."""
    host, _, port = scope.server.rpartition(":")
    environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in headers:
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        # A repeated header is one list. Only cookies are separated by semicolons.
        separator = "; " if key == "HTTP_COOKIE" else ","
        environ[key] = f"{environ[key]}{separator}{value}" if key in environ else value
    if scope.authority and "HTTP_HOST" not in environ:
        environ["HTTP_HOST"] = scope.authority
    return environ


def _run_application(app: WsgiApp, environ: dict[str, Any]) -> tuple[int, Headers, bytes]:
    """Return status, headers and body of the application's response."""
    started: list[Any] = []

    def start_response(status: str, headers: Headers, exc_info: Any = None) -> None:
        started[:] = [int(status.split(" ", 1)[0]), headers]

    chunks = app(environ, start_response)
    try:
        body = b"".join(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    status, headers = started
    return status, [(name.lower(), value) for name, value in headers], body


def _set_done(done: asyncio.Future[None], error: Exception | None) -> None:
    if done.done():  # cancelled when the server stops
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)


def _send(protocol: RsgiProtocol, status: int, headers: Headers, body: bytes) -> None:
    if body:
        protocol.response_bytes(status, headers, body)
    else:
        protocol.response_empty(status, headers)
