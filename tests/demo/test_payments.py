"""The merchants of the demo tenants: known to the sandbox and to the service, the same after every start."""

import dataclasses
import itertools
import json
from pathlib import Path
from typing import Any

import pytest

import config
from demo import payments
from sandbox import alipay_crypto, wechat_pay_crypto
from store.payments import merchants
from store.tenants import channels


@pytest.fixture(scope="module")
def private_keys() -> list[str]:
    return [wechat_pay_crypto.generate_private_key() for _ in range(2)]


@pytest.fixture
def settings(
    acme: str, tmp_path: Path, private_keys: list[str], monkeypatch: pytest.MonkeyPatch
) -> config.Config:
    """A tenant with an official account and a mini-program. Generating keys would take most of the time."""
    pool = itertools.cycle(private_keys)
    for module in (wechat_pay_crypto, alipay_crypto):
        monkeypatch.setattr(module, "generate_private_key", lambda: next(pool))
    channels.add(
        kind="wechat_miniprogram", key="d-mini", name="小二便利", appid="wx00000000000000e2", secret="s"
    )
    channels.add(
        kind="wechat_official", key="d", name="小二便利", appid="wx00000000000000e1", secret="s", token="t"
    )
    return dataclasses.replace(config.current(), var=tmp_path)


def test_tenant_has_a_merchant_of_each_platform(settings: config.Config) -> None:
    payments.seed_merchants(settings, key="d")
    pay, app = (read_issued(settings, name)[0] for name in ("wechat_pay_merchants", "alipay_apps"))
    rows = {row.key: row for row in merchants.list_merchants()}
    assert set(rows) == {"d-wechat-pay", "d-alipay"}
    assert rows["d-wechat-pay"].app_id == "wx00000000000000e1"
    assert rows["d-wechat-pay"].merchant_id == pay["merchant_id"]
    assert pay["app_ids"][0] == "wx00000000000000e1"
    assert "wx00000000000000e2" in pay["app_ids"]
    assert (rows["d-alipay"].app_id, rows["d-alipay"].merchant_id) == (app["app_id"], app["seller_id"])
    assert merchants.read_credentials(rows["d-alipay"])["private_key_pem"] == app["private_key_pem"]


def test_keys_of_the_sandbox_are_readable_by_their_owner_only(settings: config.Config) -> None:
    payments.seed_merchants(settings, key="d")
    for file in (settings.var / "sandbox").iterdir():
        assert file.stat().st_mode & 0o077 == 0


def test_second_start_changes_nothing(settings: config.Config) -> None:
    payments.seed_merchants(settings, key="d")
    before = dump(settings)
    payments.seed_merchants(settings, key="d")
    assert dump(settings) == before


def test_what_a_user_changed_stays(settings: config.Config) -> None:
    payments.seed_merchants(settings, key="d")
    merchants.retire(key="d-alipay")
    merchants.replace_private_key(key="d-wechat-pay", private_key_pem="other key")
    before = dump(settings)
    payments.seed_merchants(settings, key="d")
    assert dump(settings) == before


def test_lost_keys_of_the_sandbox_are_replaced_by_further_merchants(settings: config.Config) -> None:
    payments.seed_merchants(settings, key="d")
    for file in (settings.var / "sandbox").iterdir():
        file.unlink()
    payments.seed_merchants(settings, key="d")
    assert len(merchants.list_merchants()) == 4
    chosen = merchants.choose(platform="wechat_pay", shop_id=None)
    assert chosen.merchant_id == read_issued(settings, "wechat_pay_merchants")[0]["merchant_id"]


def test_new_mini_program_is_bound_to_the_merchant(settings: config.Config) -> None:
    payments.seed_merchants(settings, key="d")
    channels.add(
        kind="wechat_miniprogram", key="d-2", name="小二便利", appid="wx00000000000000e3", secret="s"
    )
    payments.seed_merchants(settings, key="d")
    (issued,) = read_issued(settings, "wechat_pay_merchants")
    assert issued["app_ids"][-1] == "wx00000000000000e3"
    assert len(merchants.list_merchants()) == 2


def dump(settings: config.Config) -> tuple[Any, ...]:
    """The rows of the service and the files of the sandbox."""
    rows = [
        (row.key, row.state, row.merchant_id, merchants.read_credentials(row))
        for row in merchants.list_merchants()
    ]
    return rows, read_issued(settings, "wechat_pay_merchants"), read_issued(settings, "alipay_apps")


def read_issued(settings: config.Config, name: str) -> list[dict[str, Any]]:
    """What the sandbox has issued."""
    return json.loads((settings.var / "sandbox" / f"{name}.json").read_text())
