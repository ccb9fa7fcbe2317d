"""Both card packs in the sandbox, with the events of WeChat brought to the webhook as a test says."""

import io
import json
from dataclasses import dataclass, field
from typing import Any

from apiflask import APIFlask
from PIL import Image

import config
from sandbox.held_cards import HeldCard
from store.core.database import db
from store.member_cards import pack_templates, templates
from store.member_cards.templates import CardTemplate
from store.tenants import channels, pictures
from tasks import relay
from tests.support import database
from tests.support.card_fixtures import VALUES
from tests.support.sandbox_server import Sandbox
from tests.support.wechat_pushes import WechatAccount, push_xml

OFFICIAL = {
    "kind": "wechat_official", "name": "小二便利", "appid": "wxacmemp", "secret": "s" * 32, "token": "acme-token",
    "encoding_aes_key": database.AES_KEY, "mode": "compatible", "open_group": "group",
}  # fmt: skip


@dataclass
class CardPacks:
    """`events` are those of WeChat that were not delivered yet."""

    web: APIFlask
    sandbox: Sandbox
    events: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def send_later(self, name: str, fields: dict[str, Any], *, account: Any, person: Any) -> None:
        """Keep an event, in place of the sandbox's thread."""
        self.events.append((name, person.openid_at(account), fields))

    def deliver(self, *, times: int = 1) -> None:
        """Bring all events to the webhook, and run what follows."""
        account = WechatAccount(self.web, "acme-mp", "wxacmemp", "acme-token", "compatible")
        while self.events:
            name, sender, fields = self.events.pop(0)
            for _ in range(times):
                body = push_xml(sender, MsgType="event", Event=name, **fields)
                assert account.push(body).status == 200
        relay.run("acme")

    def make_template(self, **values: Any) -> CardTemplate:
        """A template that both platforms have, with pictures of ours."""
        urls = {"logo_url": save_picture((500, 500)), "cover_url": save_picture((1024, 643))}
        row = templates.add(**{**VALUES, **urls, **values})
        pack_templates.activate(public_id=row.public_id)
        relay.run("acme")
        self.deliver()
        return templates.get(row.public_id)

    def cards_of(self, person: str) -> list[HeldCard]:
        return self.sandbox.state.held_cards.list_for(person)

    def act(self, person: str, code: str, action: str, **more: Any) -> dict[str, Any]:
        """What a person does with a card on the phone."""
        client = self.sandbox.app.test_client()
        response = client.post(
            f"/sandbox/people/{person}/cards/{code}/actions", json={"action": action, **more}
        )
        assert response.status_code == 200, response.json
        return response.json


def set_up(web: APIFlask, sandbox: Sandbox, monkeypatch: Any) -> CardPacks:
    """The official account and an Alipay app at the sandbox, known to the tenant."""
    known = json.loads(sandbox.accounts_file.read_text())
    sandbox.accounts_file.write_text(json.dumps([*known, OFFICIAL]))
    packs = CardPacks(web, sandbox)
    monkeypatch.setattr(sandbox.state.message_events, "send_later", packs.send_later)
    apps = sandbox.state.alipay.apps
    app = next(iter(apps.list_all()), None) or apps.create({})
    given = app.credentials()
    channels.add(
        kind="alipay", key="acme-ali", name="小二生活号", appid=given["app_id"], secret=given["private_key_pem"],
        platform_public_key=given["public_keys"][0],
    )  # fmt: skip
    return packs


def save_picture(size: tuple[int, int]) -> str:
    """The address of a picture of this size."""
    out = io.BytesIO()
    Image.new("RGB", size, "#509fc9").save(out, "PNG")
    name = pictures.save(out.getvalue(), "png", var=config.current().var)
    return pictures.url_path(db.current_tenant(), name)
