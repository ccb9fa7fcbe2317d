"""The examination of what all companies stand on: configuration, disk, registry, Redis."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import peewee
import redis

from commands.diagnosis import Diagnosis, ill, look, well
from config import Config
from store.company import tenants
from store.kernel import migrations, secrets

SCARCE_MB, SHORT_MB = 500, 2000


def examine(settings: Config) -> Iterator[Diagnosis]:
    """Every part in turn; what cannot be examined is itself a diagnosis."""
    yield from _configuration(settings)
    yield _writing(settings.var)
    yield _space(settings.var)
    yield _registry()
    yield from _redis(settings.redis_url)


def _configuration(settings: Config) -> Iterator[Diagnosis]:
    yield well("运行环境", "正式环境" if settings.production else "试用环境（沙箱）")
    if (settings.var / "keys.json").exists():
        yield look("密钥", f"保存在 {settings.var / 'keys.json'}，请备份；丢失后加密的资料无法读取")
    address = urlsplit(settings.public_url)
    if settings.production and address.scheme != "https":
        yield ill("对外地址", f"{settings.public_url} 不是 https，请把 PUBLIC_URL 改为 https:// 开头的域名")
    else:
        yield well("对外地址", settings.public_url)


def _writing(folder: Path) -> Diagnosis:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"1")
    except OSError as error:
        return ill("写入权限", f"{folder} 不能写入（{error.strerror}），请修改目录权限或设置 XIAOER_VAR")
    return well("写入权限", f"{folder} 可写")


def _space(folder: Path) -> Diagnosis:
    try:
        free_mb = shutil.disk_usage(folder).free // 1024**2
    except OSError as error:
        return ill("磁盘空间", f"{folder} 不能读取（{error.strerror}）")
    sentence = f"剩余 {free_mb} MB"
    if free_mb < SCARCE_MB:
        return ill("磁盘空间", f"{sentence}，请立即清理或扩容")
    return look("磁盘空间", f"{sentence}，请尽快扩容") if free_mb < SHORT_MB else well("磁盘空间", sentence)


def _registry() -> Diagnosis:
    try:
        with tenants.registry.connection_context():
            pending = migrations.pending(tenants.registry.obj, "registry")
        slugs = tenants.slugs()
    except peewee.PeeweeException as error:
        return ill("注册库", f"连接失败（{type(error).__name__}），请检查 DATABASE_URL 和数据库服务")
    except secrets.UnreadableSecret as error:
        return ill("密钥", f"缺少密钥（{error}），请把它加回 XIAOER_KEYS")
    if pending:
        return ill("注册库", f"尚未升级：{'、'.join(pending)}，请重启服务")
    if not slugs:
        return look("注册库", "尚无租户，请运行 flask tenant create")
    return well("注册库", f"{len(slugs)} 个租户")


def _redis(url: str) -> Iterator[Diagnosis]:
    client = redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)
    try:
        facts = client.info()
    except redis.RedisError as error:
        yield look(
            "Redis", f"连接失败（{type(error).__name__}）：任务改由定时扫描处理，会变慢；请检查 REDIS_URL"
        )
        return
    finally:
        client.close()
    yield from _redis_facts(facts)


def _redis_facts(facts: dict[str, Any]) -> Iterator[Diagnosis]:
    yield well("Redis", f"版本 {facts['redis_version']}")
    if facts["aof_enabled"]:
        yield well("Redis 持久化", "AOF 已开启")
    else:
        yield look("Redis 持久化", "未开启 AOF，重启后会重新扫描任务；建议设置 appendonly yes")
    policy = facts["maxmemory_policy"]
    if policy == "noeviction":
        yield well("Redis 淘汰策略", policy)
    else:
        yield look(
            "Redis 淘汰策略", f"当前为 {policy}，可能丢失唤醒任务；建议设置 maxmemory-policy noeviction"
        )
