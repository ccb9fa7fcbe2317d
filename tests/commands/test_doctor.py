import json
import os
import shutil
import subprocess
import sys
from collections import namedtuple
from datetime import timedelta

import pytest
import redis

from store.company import channels, settings
from store.kernel import clock, db, events, migrations, schedule
from store.loyalty.tiers import Tier
from tests.commands.platform import TOKEN


@pytest.fixture(autouse=True)
def _clockwork(acme):
    """A company whose clock is running."""
    schedule.declare(name="codes.forget_old", every_s=3600)


def test_a_sound_house_ends_with_0(shell, told):
    result = shell("doctor")
    assert result.exit_code == 0, result.output
    assert "✓ 账号 acme-mp：凭据正确  [acme]" in result.output
    assert "✗" not in result.output
    assert told("doctor")["ok"] is True


def test_missing_keys_in_production_are_told_first(shell, monkeypatch):
    monkeypatch.setenv("XIAOER_ENV", "production")
    monkeypatch.delenv("SANDBOX_URL")
    result = shell("doctor")
    assert result.exit_code == 1
    assert "✗ 配置" in result.output
    assert "XIAOER_KEYS" in result.output


def test_production_without_https_is_ill(ills, production, monkeypatch):
    assert "对外地址" not in ills()
    monkeypatch.setenv("PUBLIC_URL", "http://shop.example")
    assert "PUBLIC_URL" in ills()["对外地址"]


def test_production_without_sms_is_ill(ills, production):
    assert "flask channels add sms" in ills()["短信"]


def test_a_folder_that_cannot_be_written_is_ill(ills, monkeypatch, tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    monkeypatch.setenv("XIAOER_KEYS", f"k1:{'A' * 43}=")
    monkeypatch.setenv("XIAOER_INDEX_KEY", f"{'A' * 43}=")
    monkeypatch.setenv("XIAOER_VAR", str(file))
    assert "XIAOER_VAR" in ills()["写入权限"]


def test_a_full_disk_is_ill(ills, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(10**10, 10**10, 10**6))
    assert "剩余 0 MB" in ills()["磁盘空间"]


def test_a_silent_redis_is_told_with_what_it_means(lines):
    assert lines()["Redis"]["state"] == "look"
    assert "定时扫描" in lines()["Redis"]["sentence"]


def test_a_forgetful_redis_is_told(lines, monkeypatch):
    facts = {"redis_version": "6.2", "aof_enabled": 0, "maxmemory_policy": "allkeys-lru"}
    monkeypatch.setattr(redis.Redis, "info", lambda client: facts)
    found = lines()
    assert "appendonly yes" in found["Redis 持久化"]["sentence"]
    assert "noeviction" in found["Redis 淘汰策略"]["sentence"]


def test_a_sound_redis_is_told(lines, monkeypatch):
    facts = {"redis_version": "6.2", "aof_enabled": 1, "maxmemory_policy": "noeviction"}
    monkeypatch.setattr(redis.Redis, "info", lambda client: facts)
    assert {lines()[subject]["state"] for subject in ("Redis", "Redis 持久化", "Redis 淘汰策略")} == {"well"}


def test_wrong_credentials_are_ill(ills, platform):
    platform.answers[TOKEN] = {"errcode": 40013, "errmsg": "invalid appid"}
    assert "AppID 不正确" in ills()["账号 acme-mp"]


def test_offline_asks_no_platform(shell, platform):
    shell("doctor", "--offline")
    assert platform.asked == []


def test_a_safe_account_without_its_aes_key_is_ill(ills):
    channels.Channel.update(encoding_aes_key=None).execute()
    assert "EncodingAESKey" in ills()["账号 acme-mp"]


@pytest.mark.parametrize("key", ["-" * 43, "short"])
def test_an_account_with_a_key_that_is_none_is_ill(ills, key):
    channels.Channel.update(encoding_aes_key=key).where(channels.Channel.key == "acme-mp").execute()
    assert "EncodingAESKey 应为 43 位" in ills()["账号 acme-mp"]


def test_an_account_without_its_token_is_ill(ills):
    channels.Channel.update(token=None).where(channels.Channel.key == "acme-mp").execute()
    assert "Token" in ills()["账号 acme-mp"]


def test_an_unpublished_menu_is_told(shell):
    assert "! 账号 acme-mp：尚未发布菜单" in shell("doctor").output


def test_a_programme_without_a_base_tier_is_ill(ills):
    Tier.update(is_base=False).execute()
    assert "基础等级" in ills()["会员计划 club"]


def test_a_migration_that_waits_is_ill(ills, monkeypatch):
    monkeypatch.setattr(migrations, "pending", lambda handle, kind: ["0002_more"] if kind == "tenant" else [])
    assert "flask tenant migrate acme" in ills()["表结构"]


def test_a_setting_that_cannot_be_is_ill(ills):
    settings.Setting.create(topic="Calendar", value={"zone": "Mars/Olympus"})
    assert "Calendar 的 zone：不认识的时区" in ills()["设置"]


def test_a_clock_that_stands_still_is_ill(ills):
    schedule.ScheduledJob.update(next_at=clock.now() - timedelta(hours=1)).execute()
    assert "clock" in ills()["定时任务"]


def test_a_job_that_failed_is_told(lines):
    schedule.ScheduledJob.update(last_error="ValueError: x").execute()
    assert "codes.forget_old" in lines()["定时任务"]["sentence"]


def test_deliveries_nobody_works_off_are_ill(ills):
    event = events.Event.create(kind="seen")
    events.Delivery.create(event=event, reaction="r", due_at=clock.now() - timedelta(minutes=30))
    assert "最早的已等 30 分钟" in ills()["投递"]


def test_dead_deliveries_are_told(shell):
    events.Delivery.create(event=events.Event.create(kind="seen"), reaction="r", state="dead")
    assert "! 投递：1 条已失败" in shell("doctor").output


def test_a_clock_far_from_the_database_s_is_ill(ills, monkeypatch):
    if not db.on_postgresql():
        pytest.skip("SQLite lives by this machine's clock")
    ahead = clock.now() + timedelta(seconds=90)
    monkeypatch.setattr(clock, "now", lambda: ahead)
    assert "NTP" in ills()["时钟"]


def test_an_unknown_company_is_told(shell):
    result = shell("doctor", "--tenant", "nobody")
    assert result.exit_code == 1
    assert "没有找到该租户" in result.output


def test_a_house_that_does_not_open_is_examined_all_the_same(tmp_path):
    away = {"XIAOER_VAR": str(tmp_path), "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
    result = subprocess.run(
        [sys.executable, "-m", "commands", "--json"],
        env={**os.environ, **away}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert result.returncode == 1, result.stderr
    lines = {line["subject"]: line["sentence"] for line in json.loads(result.stdout)["lines"]}
    assert "DATABASE_URL" in lines["注册库"]


@pytest.fixture
def lines(told):
    """What the doctor says by subject; of several with one subject the worst."""
    order = ("well", "look", "ill")

    def read():
        said = sorted(told("doctor")["lines"], key=lambda line: order.index(line["state"]))
        return {line["subject"]: line for line in said}

    return read


@pytest.fixture
def ills(lines):
    """What the doctor calls ill, by subject."""
    return lambda: {name: line["sentence"] for name, line in lines().items() if line["state"] == "ill"}


@pytest.fixture
def production(monkeypatch):
    monkeypatch.setenv("XIAOER_ENV", "production")
    monkeypatch.setenv("XIAOER_KEYS", f"k1:{'A' * 43}=")
    monkeypatch.setenv("XIAOER_INDEX_KEY", f"{'A' * 43}=")
    monkeypatch.delenv("SANDBOX_URL")
