"""The sandbox as the tests use it: on a real socket for our calls, in the same process for their looks."""

import json
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.serving import make_server

from sandbox.app import create_app
from sandbox.config import Config
from sandbox.state import SandboxState


@dataclass(frozen=True)
class Sandbox:
    """`url` is where the platforms answer; `state` is what they know."""

    url: str
    state: SandboxState
    accounts_file: Path
    app: Flask

    @classmethod
    @contextmanager
    def serve(cls) -> Iterator["Sandbox"]:
        """Open it on a free port for the block."""
        with tempfile.TemporaryDirectory(prefix="xiaoer-sandbox-") as folder:
            book = Path(folder) / "accounts.json"
            app = create_app(Config(accounts_file=book, sms_key="sandbox-sms-key"))
            server = make_server("127.0.0.1", 0, app, threaded=True)
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            try:
                yield cls(f"http://127.0.0.1:{server.port}", app.extensions["state"], book, app)
            finally:
                server.shutdown()
                thread.join()
                server.server_close()

    def reset(self, slugs: list[str]) -> None:
        """Forget everything but the mini-programs of these tenants, as `state.seed` lays them out."""
        self.state.reset()
        account = {
            "kind": "wechat_miniprogram",
            "name": "小二便利",
            "secret": "m" * 32,
            "open_group": "group",
        }
        self.accounts_file.write_text(json.dumps([account | {"appid": f"wx{slug}mini"} for slug in slugs]))

    def login_code(self, person: str, slug: str = "acme") -> str:
        """What `wx.login` gives in this person's mini-program."""
        return self.state.login_codes.issue("login", appid=f"wx{slug}mini", person_id=person)

    def phone_code(self, person: str, slug: str = "acme") -> str:
        """What the phone button gives in this person's mini-program."""
        return self.state.login_codes.issue("phone", appid=f"wx{slug}mini", person_id=person)

    def phone_of(self, person: str) -> str:
        return self.state.people.get(person).phone

    def list_messages(self, phone: str) -> list[dict[str, Any]]:
        """The text messages of a phone, the latest first."""
        return self.state.sms.list_inbox(phone)

    def list_mails(self, address: str) -> list[dict[str, Any]]:
        """The e-mails to an address, the latest first."""
        return self.state.mails.list_inbox(address)

    @contextmanager
    def receive_mails(self) -> Iterator[int]:
        """Open its SMTP server for the block, and give the port; the user is `sandbox`, the password the SMS key."""
        from sandbox.mail_server import MailServer  # here, because few tests need what it imports

        server = MailServer(
            mails=self.state.mails, faults=self.state.faults, password=self.state.sms_key, port=0
        )
        server.start()
        try:
            yield server.port
        finally:
            server.stop()

    def inject_fault(self, path: str, kind: str, **options: Any) -> None:
        """Let the platform fail from now on."""
        self.state.faults.add({"path": path, "kind": kind, **options})

    def clear_faults(self) -> None:
        self.state.faults.remove()
