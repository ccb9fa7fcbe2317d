import json
import os
import shutil
import subprocess
import sys
from collections import namedtuple
from datetime import timedelta

import pytest
import redis

from store.core import clock, events, scheduled_jobs
from store.core.database import db, migrations
from store.customers import sms_budget
from store.customers.sms_codes import SmsCodeSettings
from store.tenants import channels, settings
from store.tiers.tiers import Tier
from tests.commands.fake_wechat import TOKEN_PATH


@pytest.fixture(autouse=True)
def _running_scheduler(acme):
    """A tenant whose clock is running."""
    scheduled_jobs.declare(name="sms_codes.purge_expired", every_s=3600)


def test_a_sound_application_ends_with_0(run_command, run_json):
    result = run_command("doctor")
    assert result.exit_code == 0, result.output
    assert "✓ 账号 acme-mp：凭据正确  [acme]" in result.output
    assert "✗" not in result.output
    assert run_json("doctor")["ok"] is True


def test_missing_keys_in_production_are_reported_first(run_command, monkeypatch):
    monkeypatch.setenv("XIAOER_ENV", "production")
    monkeypatch.delenv("SANDBOX_URL")
    result = run_command("doctor")
    assert result.exit_code == 1
    assert "✗ 配置" in result.output
    assert "XIAOER_KEYS" in result.output


def test_production_without_https_is_ill(find_errors, production, monkeypatch):
    assert "对外地址" not in find_errors()
    monkeypatch.setenv("PUBLIC_URL", "http://shop.example")
    assert "PUBLIC_URL" in find_errors()["对外地址"]


def test_production_without_sms_is_ill(find_errors, production):
    assert "flask channels add sms" in find_errors()["短信"]


def test_a_folder_that_cannot_be_written_is_ill(find_errors, monkeypatch, tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    monkeypatch.setenv("XIAOER_KEYS", f"k1:{'A' * 43}=")
    monkeypatch.setenv("XIAOER_INDEX_KEY", f"{'A' * 43}=")
    monkeypatch.setenv("XIAOER_VAR", str(file))
    assert "XIAOER_VAR" in find_errors()["写入权限"]


def test_a_full_disk_is_ill(find_errors, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(10**10, 10**10, 10**6))
    assert "剩余 0 MB" in find_errors()["磁盘空间"]


def test_a_silent_redis_is_reported_with_what_it_means(run_doctor):
    assert run_doctor()["Redis"]["state"] == "warning"
    assert "定时扫描" in run_doctor()["Redis"]["message"]


def test_a_forgetful_redis_is_reported(run_doctor, monkeypatch):
    facts = {"redis_version": "6.2", "aof_enabled": 0, "maxmemory_policy": "allkeys-lru"}
    monkeypatch.setattr(redis.Redis, "info", lambda client: facts)
    found = run_doctor()
    assert "appendonly yes" in found["Redis 持久化"]["message"]
    assert "noeviction" in found["Redis 淘汰策略"]["message"]


def test_a_sound_redis_is_reported(run_doctor, monkeypatch):
    facts = {"redis_version": "6.2", "aof_enabled": 1, "maxmemory_policy": "noeviction"}
    monkeypatch.setattr(redis.Redis, "info", lambda client: facts)
    assert {run_doctor()[subject]["state"] for subject in ("Redis", "Redis 持久化", "Redis 淘汰策略")} == {
        "ok"
    }


def test_wrong_credentials_are_ill(find_errors, platform):
    platform.answers[TOKEN_PATH] = {"errcode": 40013, "errmsg": "invalid appid"}
    assert "AppID 不正确" in find_errors()["账号 acme-mp"]


def test_offline_asks_no_platform(run_command, platform):
    run_command("doctor", "--offline")
    assert platform.asked == []


def test_a_safe_account_without_its_aes_key_is_ill(find_errors):
    channels.Channel.update(encoding_aes_key=None).execute()
    assert "EncodingAESKey" in find_errors()["账号 acme-mp"]


@pytest.mark.parametrize("key", ["-" * 43, "short"])
def test_an_account_with_a_key_that_is_none_is_ill(find_errors, key):
    channels.Channel.update(encoding_aes_key=key).where(channels.Channel.key == "acme-mp").execute()
    assert "EncodingAESKey 应为 43 位" in find_errors()["账号 acme-mp"]


def test_an_account_without_its_token_is_ill(find_errors):
    channels.Channel.update(token=None).where(channels.Channel.key == "acme-mp").execute()
    assert "Token" in find_errors()["账号 acme-mp"]


def test_an_unpublished_menu_is_reported(run_command):
    assert "! 账号 acme-mp：尚未发布菜单" in run_command("doctor").output


def test_a_programme_without_a_base_tier_is_ill(find_errors):
    Tier.update(is_base=False).execute()
    assert "基础等级" in find_errors()["会员计划 programme"]


def test_a_migration_that_waits_is_ill(find_errors, monkeypatch):
    monkeypatch.setattr(
        migrations, "list_pending", lambda handle, kind: ["0002_more"] if kind == "tenant" else []
    )
    assert "flask tenants migrate acme" in find_errors()["表结构"]


def test_a_setting_that_cannot_be_is_ill(find_errors):
    settings.Setting.create(group_name="business_day", value={"zone": "Mars/Olympus"})
    assert "business_day 的 zone：不认识的时区" in find_errors()["设置"]


def test_a_stopped_scheduler_is_reported(find_errors):
    scheduled_jobs.ScheduledJob.update(next_at=clock.now() - timedelta(hours=1)).execute()
    assert "scheduler" in find_errors()["定时任务"]


def test_a_job_that_failed_is_reported(run_doctor):
    scheduled_jobs.ScheduledJob.update(last_error="ValueError: x").execute()
    assert "sms_codes.purge_expired" in run_doctor()["定时任务"]["message"]


def test_overdue_deliveries_are_reported(find_errors):
    event = events.Event.create(kind="seen")
    events.EventDelivery.create(event=event, subscriber="r", due_at=clock.now() - timedelta(minutes=30))
    assert "最早的已等 30 分钟" in find_errors()["投递"]


def test_dead_deliveries_are_reported(run_command):
    events.EventDelivery.create(event=events.Event.create(kind="seen"), subscriber="r", state="dead")
    assert "! 投递：1 条已失败" in run_command("doctor").output


def test_a_clock_far_from_the_database_s_is_ill(find_errors, monkeypatch):
    if not db.is_postgresql():
        pytest.skip("SQLite lives by this machine's clock")
    ahead = clock.now() + timedelta(seconds=90)
    monkeypatch.setattr(clock, "now", lambda: ahead)
    assert "NTP" in find_errors()["时钟"]


def test_an_unknown_tenant_is_reported(run_command):
    result = run_command("doctor", "--tenant", "unknown")
    assert result.exit_code == 1
    assert "没有找到该租户" in result.output


def test_an_application_that_does_not_open_is_examined_all_the_same(tmp_path):
    away = {"XIAOER_VAR": str(tmp_path), "DATABASE_URL": "postgresql://unknown@127.0.0.1:1/nothing"}
    result = subprocess.run(
        [sys.executable, "-m", "commands", "--json"],
        env={**os.environ, **away}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert result.returncode == 1, result.stderr
    lines = {line["subject"]: line["message"] for line in json.loads(result.stdout)["diagnoses"]}
    assert "DATABASE_URL" in lines["注册库"]


@pytest.fixture
def run_doctor(run_json):
    """What the doctor says by subject; of several with one subject the worst."""
    order = ("ok", "warning", "error")

    def read():
        said = sorted(run_json("doctor")["diagnoses"], key=lambda line: order.index(line["state"]))
        return {line["subject"]: line for line in said}

    return read


@pytest.fixture
def find_errors(run_doctor):
    """What the doctor calls ill, by subject."""
    return lambda: {name: line["message"] for name, line in run_doctor().items() if line["state"] == "error"}


@pytest.fixture
def production(monkeypatch):
    monkeypatch.setenv("XIAOER_ENV", "production")
    monkeypatch.setenv("XIAOER_KEYS", f"k1:{'A' * 43}=")
    monkeypatch.setenv("XIAOER_INDEX_KEY", f"{'A' * 43}=")
    monkeypatch.delenv("SANDBOX_URL")


def test_f16_the_sms_budget_of_today_is_shown(find_errors, run_command):
    settings.change(SmsCodeSettings, max_total_per_day=5)
    states = []
    for _ in range(5):
        sms_budget.consume(limit=5, alarm_percent=80)
        found = json.loads(run_command("doctor", "--offline", "--json").stdout)["diagnoses"]
        states += [item["state"] for item in found if item["subject"] == "短信额度"]
    assert states == ["ok", "ok", "ok", "warning", "error"]
    assert "今天已发 5 条，每天最多 5 条，已停发" in find_errors()["短信额度"]
