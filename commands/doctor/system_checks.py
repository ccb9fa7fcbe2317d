"""Checks of what all tenants share: configuration, disk, registry, Redis."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import peewee
import redis

from commands.doctor.diagnosis import Diagnosis, ok, problem, warning
from config import Config
from store.core import encryption
from store.core.database import migrations
from store.core.errors import DomainError
from store.tenants import registry

MIN_FREE_MB, LOW_FREE_MB = 500, 2000


def run_checks(settings: Config) -> Iterator[Diagnosis]:
    """Check all parts in turn. A part that cannot be checked gives a diagnosis too."""
    yield from _check_configuration(settings)
    yield _check_writable(settings.var)
    yield _check_disk_space(settings.var)
    yield _check_registry()
    yield from _check_redis(settings.redis_url)


def _check_configuration(settings: Config) -> Iterator[Diagnosis]:
    yield ok("运行环境", "正式环境" if settings.is_production else "试用环境（沙箱）")
    if (settings.var / "keys.json").exists():
        yield warning("密钥", f"保存在 {settings.var / 'keys.json'}，请备份；丢失后加密的资料无法读取")
    address = urlsplit(settings.public_url)
    if settings.is_production and address.scheme != "https":
        yield problem(
            "对外地址", f"{settings.public_url} 不是 https，请把 PUBLIC_URL 改为 https:// 开头的域名"
        )
    else:
        yield ok("对外地址", settings.public_url)


def _check_writable(folder: Path) -> Diagnosis:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"1")
    except OSError as error:
        return problem("写入权限", f"{folder} 不能写入（{error.strerror}），请修改目录权限或设置 XIAOER_VAR")
    return ok("写入权限", f"{folder} 可写")


def _check_disk_space(folder: Path) -> Diagnosis:
    try:
        free_mb = shutil.disk_usage(folder).free // 1024**2
    except OSError as error:
        return problem("磁盘空间", f"{folder} 不能读取（{error.strerror}）")
    message = f"剩余 {free_mb} MB"
    if free_mb < MIN_FREE_MB:
        return problem("磁盘空间", f"{message}，请立即清理或扩容")
    return warning("磁盘空间", f"{message}，请尽快扩容") if free_mb < LOW_FREE_MB else ok("磁盘空间", message)


def _check_registry() -> Diagnosis:
    try:
        with registry.registry_database.connection_context():
            pending = migrations.list_pending(registry.registry_database.obj, "registry")
        slugs = registry.list_slugs()
    except (peewee.PeeweeException, DomainError) as error:
        return problem("注册库", f"连接失败（{type(error).__name__}），请检查 DATABASE_URL 和数据库服务")
    except encryption.DecryptionError as error:
        return problem("密钥", f"缺少密钥（{error}），请把它加回 XIAOER_KEYS")
    if pending:
        return problem("注册库", f"尚未升级：{'、'.join(pending)}，请重启服务")
    if not slugs:
        return warning("注册库", "尚无租户，请运行 flask tenants create")
    return ok("注册库", f"{len(slugs)} 个租户")


def _check_redis(url: str) -> Iterator[Diagnosis]:
    client = redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)
    try:
        info = client.info()
    except redis.RedisError as error:
        yield warning(
            "Redis", f"连接失败（{type(error).__name__}）：任务改由定时扫描处理，会变慢；请检查 REDIS_URL"
        )
        return
    finally:
        client.close()
    yield from _check_redis_info(info)


def _check_redis_info(info: dict[str, Any]) -> Iterator[Diagnosis]:
    yield ok("Redis", f"版本 {info['redis_version']}")
    if info["aof_enabled"]:
        yield ok("Redis 持久化", "AOF 已开启")
    else:
        yield warning("Redis 持久化", "未开启 AOF，重启后会重新扫描任务；建议设置 appendonly yes")
    policy = info["maxmemory_policy"]
    if policy == "noeviction":
        yield ok("Redis 淘汰策略", policy)
    else:
        yield warning(
            "Redis 淘汰策略", f"当前为 {policy}，可能丢失唤醒任务；建议设置 maxmemory-policy noeviction"
        )
