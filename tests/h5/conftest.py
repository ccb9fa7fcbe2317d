"""The pages of two companies, before a browser without JavaScript; WeChat is played by a small stand-in."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

import accounts
import doors
import h5
from platforms.wechat_official import OAuthIdentity
from store.company import channels, tenants
from store.company.channels import Channel
from store.people import fans, sessions
from store.shop import shops
from store.shop.places import Place
from tests import world

ROOT = Path(__file__).resolve().parent.parent.parent
PUBLIC_URL = "https://shop.example.com"
PAYLOAD = "<script>alert(1)</script>\"'"


@dataclass
class WeChat:
    """Stands in for the platform: knows the person of each code; an exception in its place is raised."""

    codes: dict[str, OAuthIdentity | Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def official(self, channel: Channel) -> SimpleNamespace:
        return SimpleNamespace(oauth_url=self._url, oauth_identity=self._identity)

    def _url(self, redirect_uri: str, scope: str, state: str) -> str:
        return f"https://wechat.example.com/authorize?redirect_uri={redirect_uri}&scope={scope}&state={state}"

    def _identity(self, code: str) -> OAuthIdentity:
        self.asked.append(code)
        found = self.codes.pop(code)
        if isinstance(found, Exception):
            raise found
        return found


@pytest.fixture
def wechat(monkeypatch: pytest.MonkeyPatch) -> WeChat:
    stand_in = WeChat()
    monkeypatch.setattr(accounts, "official", stand_in.official)
    return stand_in


@pytest.fixture
def app(companies: Path) -> APIFlask:
    """Both companies are furnished; none is in force, so that a page has to find its own."""
    for slug in ("acme", "rival"):
        with tenants.using(slug):
            world.furnish()
    app = APIFlask("pages", root_path=str(ROOT))
    app.config.update(PUBLIC_URL=PUBLIC_URL, SANDBOX_URL=None)
    doors.furnish(app)
    for door in h5.DOORS:
        app.register_blueprint(door)
    return app


@pytest.fixture
def browser(app: APIFlask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def shop_ids(app: APIFlask) -> Iterator[dict[str, str]]:
    """The public id of one shop in each company, with a name that would like to be markup."""
    ids = {}
    for slug in ("acme", "rival"):
        with tenants.using(slug):
            shop = shops.open_shop(code="S1", name=f"{slug} {PAYLOAD}", place=Place(116.3, 39.9))
            ids[slug] = shop.public_id
    return ids


def token_of(slug: str) -> str:
    """A session of a customer of a company."""
    with tenants.using(slug):
        channel = channels.of_key(f"{slug}-mp")
        customer = fans.known(channel=channel, openid="o-1", source="wechat_official")
        return sessions.open_session(customer=customer, channel_id=channel.id)
