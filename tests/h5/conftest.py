"""The pages of two tenants, before a browser without JavaScript; WeChat is played by a small stand-in."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

import h5
import platform_clients
from platforms.wechat.official_account import OAuthIdentity
from store.customers import followers, sessions
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.tenants import channels, registry
from store.tenants.channels import Channel
from web import assets, request_context

ROOT = Path(__file__).resolve().parent.parent.parent
PUBLIC_URL = "https://shop.example.com"
XSS_PAYLOAD = "<script>alert(1)</script>\"'"


@dataclass
class WeChat:
    """A fake of the platform that knows the person of each code, or raises the exception in its place."""

    codes: dict[str, OAuthIdentity | Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def official(self, channel: Channel) -> SimpleNamespace:
        return SimpleNamespace(oauth_url=self._url, exchange_oauth_code=self._identity)

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
    monkeypatch.setattr(platform_clients, "official_account_client", stand_in.official)
    return stand_in


@pytest.fixture(scope="session")
def _pages() -> APIFlask:
    app = APIFlask("pages", root_path=str(ROOT))
    request_context.init_app(app)
    assets.init_app(app)
    for bp in h5.BLUEPRINTS:
        app.register_blueprint(bp)
    return app


@pytest.fixture
def app(_pages: APIFlask, seeded_tenants: Path) -> APIFlask:
    """Both tenants are seeded; none is current, so that a page has to find its own."""
    _pages.config.update(PUBLIC_URL=PUBLIC_URL, SANDBOX_URL=None)
    return _pages


@pytest.fixture
def browser(app: APIFlask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def shop_ids(app: APIFlask) -> Iterator[dict[str, str]]:
    """The public id of one shop in each tenant, with a name that would like to be markup."""
    ids = {}
    for slug in ("acme", "rival"):
        with registry.use_tenant(slug):
            shop = shops.create_shop(
                code="S1", name=f"{slug} {XSS_PAYLOAD}", location=Coordinates(116.3, 39.9)
            )
            ids[slug] = shop.public_id
    return ids


def open_session_token(slug: str) -> str:
    """A session of a customer of a tenant."""
    with registry.use_tenant(slug):
        channel = channels.get_by_key(f"{slug}-mp")
        customer = followers.get_or_create_customer(channel=channel, openid="o-1", source="wechat_official")
        return sessions.open_session(customer=customer, channel_id=channel.id)
