"""Platform clients carry the branding of the current tenant."""

from types import SimpleNamespace

import pytest

import config
import platform_clients
from store.tenants import channels, registry, settings
from store.tenants.branding import BrandingSettings


@pytest.fixture
def sandbox_only(monkeypatch: pytest.MonkeyPatch) -> None:
    here = SimpleNamespace(sandbox_url="http://127.0.0.1:9", sandbox_sms_key="k")
    monkeypatch.setattr(config, "current", lambda: here)


def test_n22_sms_carries_the_signature_of_the_tenant(acme: str, sandbox_only: None) -> None:
    assert platform_clients.sms_sender()._sign_name == "小二便利"
    with registry.use_tenant("rival"):
        assert platform_clients.sms_sender()._sign_name == "对门超市"
    settings.change(BrandingSettings, sms_signature="小二优选")
    assert platform_clients.sms_sender()._sign_name == "小二优选"


def test_n22_the_signature_of_an_sms_channel_is_its_name_unless_one_is_set(acme: str) -> None:
    channels.add(
        kind="sms",
        name="通道签名",
        appid="1400000000",
        original_id="1400",
        secret="s" * 32,
        provider="tencent",
    )
    assert platform_clients.sms_sender()._sign_name == "通道签名"
    settings.change(BrandingSettings, sms_signature="小二优选")
    assert platform_clients.sms_sender()._sign_name == "小二优选"
