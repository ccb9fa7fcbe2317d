"""The sandbox as the tests use it: on a real socket for our calls, in the same process for their looks."""

import json
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from werkzeug.serving import make_server

from sandbox.app import create_app
from sandbox.config import Config
from sandbox.world import World


@dataclass(frozen=True)
class Sandbox:
    """`url` is where the platforms answer; `world` is what they know."""

    url: str
    world: World
    book: Path

    @classmethod
    @contextmanager
    def running(cls) -> Iterator["Sandbox"]:
        """Open it on a free port for the block."""
        with tempfile.TemporaryDirectory(prefix="xiaoer-sandbox-") as folder:
            book = Path(folder) / "accounts.json"
            app = create_app(Config(accounts_file=book, sms_key="sandbox-sms-key"))
            server = make_server("127.0.0.1", 0, app, threaded=True)
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            try:
                yield cls(f"http://127.0.0.1:{server.port}", app.extensions["world"], book)
            finally:
                server.shutdown()
                thread.join()
                server.server_close()

    def begin(self, companies: list[str]) -> None:
        """Forget everything but the mini-programs of these companies, as `world.furnish` lays them out."""
        self.world.reset()
        account = {
            "kind": "wechat_miniprogram",
            "name": "小二便利",
            "secret": "m" * 32,
            "open_group": "group",
        }
        self.book.write_text(json.dumps([account | {"appid": f"wx{slug}mini"} for slug in companies]))

    def login_code(self, person: str, company: str = "acme") -> str:
        """What `wx.login` gives in this person's mini-program."""
        return self.world.codes.issue("login", appid=f"wx{company}mini", person_id=person)

    def phone_code(self, person: str, company: str = "acme") -> str:
        """What the phone button gives in this person's mini-program."""
        return self.world.codes.issue("phone", appid=f"wx{company}mini", person_id=person)

    def phone_of(self, person: str) -> str:
        return self.world.people.find(person).phone

    def messages(self, phone: str) -> list[dict[str, Any]]:
        """The text messages of a phone, the latest first."""
        return self.world.sms.inbox(phone)

    def fail(self, path: str, kind: str, **more: Any) -> None:
        """Let the platform fail from now on."""
        self.world.faults.put({"path": path, "kind": kind, **more})

    def mend(self) -> None:
        self.world.faults.remove()
