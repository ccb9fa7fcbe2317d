"""Both card packs as a fake, in place of the clients of the platforms."""

import os
import random

import pytest

import platform_clients
from tests.store.conftest import account, create_follower, register  # noqa: F401
from tests.support.card_fixtures import FakePacks


@pytest.fixture
def packs(acme: str, monkeypatch: pytest.MonkeyPatch) -> FakePacks:
    """What the phones show."""
    fake = FakePacks(random.Random(int(os.environ["SEED"])))
    monkeypatch.setattr(platform_clients, "wechat_cards_client", lambda channel: fake)
    monkeypatch.setattr(platform_clients, "alipay_cards_client", lambda channel: fake)
    return fake
