"""A platform on loopback for the commands' tests: answers by path, and remembers the bodies it was sent."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self

TOKEN_PATH = "/cgi-bin/stable_token"
MENU_PATH = "/cgi-bin/menu/get"
PUBLISH_PATH = "/cgi-bin/menu/create"
QR_CODE_PATH = "/cgi-bin/qrcode/create"


class FakeWechat:
    """`answers` maps a path to its JSON answer, or to a function of the body that makes it."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {
            TOKEN_PATH: {"access_token": "t" * 40, "expires_in": 7200},
            MENU_PATH: {"errcode": 46003, "errmsg": "menu no exist"},
            PUBLISH_PATH: {"errcode": 0, "errmsg": "ok"},
            QR_CODE_PATH: _qr_code_answer,
        }
        self.asked: list[tuple[str, Any]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _create_app(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def bodies(self, path: str) -> list[Any]:
        """What was sent to a path, in order."""
        return [body for asked, body in self.asked if asked == path]

    def answer(self, path: str, body: Any) -> Any:
        self.asked.append((path, body))
        found = self.answers.get(path, {"errcode": 40066, "errmsg": "invalid url"})
        return found(body) if callable(found) else found


def _qr_code_answer(request: dict[str, Any]) -> dict[str, Any]:
    scene = request["action_info"]["scene"]["scene_str"]
    life = {"expire_seconds": request["expire_seconds"]} if "expire_seconds" in request else {}
    return {"ticket": f"ticket-{scene}", "url": f"http://weixin.qq.com/q/{scene}", **life}


def _create_app(platform: FakeWechat) -> type[BaseHTTPRequestHandler]:
    class Route(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._tell(None)

        def do_POST(self) -> None:
            self._tell(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def _tell(self, body: Any) -> None:
            answer = json.dumps(platform.answer(self.path.partition("?")[0], body)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """The tests' output stays theirs."""

    return Route
