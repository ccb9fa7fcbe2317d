"""The examination of one company: its database and clock, accounts, loyalty programme, jobs and deliveries."""

import shlex
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import peewee
from pydantic import ValidationError

from commands.channels import fault_of
from commands.diagnosis import Diagnosis, ill, look, well
from commands.shell import OPEN_PROGRAMME
from config import Config
from platforms.errors import PlatformError
from store.activities import menus
from store.company import channels, settings
from store.company.channels import Channel
from store.kernel import clock, db, deliveries, migrations, schedule
from store.kernel.validation import refusal
from store.loyalty import points, tiers
from store.people import programmes
from store.people.programmes import Programme

SKEW_S = 2.0
LATE = timedelta(minutes=5)


def examine(here: Config, *, ask_platforms: bool) -> Iterator[Diagnosis]:
    """Every part of the company in force; without its database there is nothing more to see."""
    try:
        yield from _database()
        yield from _settings()
        yield from _channels(ask_platforms=ask_platforms)
        yield _sms(here)
        yield from _programmes()
        yield _jobs()
        yield from _deliveries()
    except peewee.PeeweeException as error:
        yield ill("数据库", f"读取失败（{type(error).__name__}），请检查数据库服务和表结构")


def _database() -> Iterator[Diagnosis]:
    handle = db.database.obj
    postgresql = db.on_postgresql()
    version = handle.execute_sql(
        "SHOW server_version" if postgresql else "SELECT sqlite_version()"
    ).fetchone()[0]
    yield well("数据库", f"{'PostgreSQL' if postgresql else 'SQLite'} {version}")
    pending = migrations.pending(handle, "tenant")
    if pending:
        yield ill("表结构", f"有 {len(pending)} 项待升级，请运行 flask tenant migrate {db.tenant()}")
    if postgresql:
        yield _skew(handle.execute_sql("SELECT clock_timestamp()").fetchone()[0])
    else:
        yield _journal(handle.execute_sql("PRAGMA journal_mode").fetchone()[0])


def _journal(mode: str) -> Diagnosis:
    if mode != "wal":
        return ill("日志模式", f"当前为 {mode}，读写会互相等待；请把数据库文件放在支持 WAL 的本地磁盘上")
    return well("日志模式", "WAL")


def _skew(theirs: datetime) -> Diagnosis:
    seconds = abs((theirs.astimezone(UTC) - clock.now()).total_seconds())
    if seconds > SKEW_S:
        return ill("时钟", f"与数据库服务器相差 {seconds:.1f} 秒，请在两台机器上开启 NTP 校时")
    return well("时钟", f"与数据库服务器相差 {seconds:.1f} 秒")


def _settings() -> Iterator[Diagnosis]:
    for name, topic in sorted(settings.TOPICS.items()):
        try:
            settings.read(topic)
        except ValidationError as error:
            wrong = refusal(error)
            yield ill(
                "设置",
                f"{name} 的 {wrong.message}，请运行 flask settings set {name} {wrong.facts['field']}=…",
            )


def _channels(*, ask_platforms: bool) -> Iterator[Diagnosis]:
    found = channels.listing()
    if not any(channel.kind.startswith("wechat") for channel in found):
        yield look("账号", "尚未添加公众号或小程序，请运行 flask channels add")
    for channel in found:
        if ask_platforms:
            yield _credentials(channel)
        if channel.kind == "wechat_official":
            yield from _official(channel)


def _credentials(channel: Channel) -> Diagnosis:
    subject = f"账号 {channel.key}"
    try:
        fault = fault_of(channel)
    except PlatformError as failure:
        return ill(subject, f"{failure.message}（{failure.code}）")
    return ill(subject, fault) if fault else well(subject, "凭据正确")


def _official(channel: Channel) -> Iterator[Diagnosis]:
    subject = f"账号 {channel.key}"
    if not channel.token:
        yield ill(subject, "没有服务器配置中的 Token，收不到消息；请运行 flask channels add 补填")
    fault = channels.fault_of_seal(mode=channel.mode, encoding_aes_key=channel.encoding_aes_key)
    if fault:
        yield ill(subject, f"收不到消息：{fault}；请运行 flask channels add 补填")
    if channel.mode == "plain":
        yield look(subject, "消息以明文传输，建议在公众平台改用安全模式")
    if menus.live(channel) is None:
        yield look(subject, f"尚未发布菜单，请运行 flask menus save 和 flask menus publish {channel.key}")


def _sms(here: Config) -> Diagnosis:
    if channels.first_of("sms") is not None:
        return well("短信", "已配置短信服务商")
    if here.production or here.sandbox_url is None:
        return ill("短信", "没有短信服务商，无法发送验证码；请运行 flask channels add sms …")
    return well("短信", "由沙箱接收")


def _programmes() -> Iterator[Diagnosis]:
    found = programmes.listing()
    if not found:
        yield ill("会员计划", f"尚未开通，顾客无法签到和入会，请运行 {OPEN_PROGRAMME}")
    for programme in found:
        subject, again = f"会员计划 {programme.code}", _opened_again(programme)
        if tiers.base_of(programme.id) is None:
            yield ill(subject, f"没有基础等级，顾客无法入会，请运行 {again}")
        elif not points.groups(programme):
            yield ill(subject, f"没有积分组，顾客无法签到和入会，请运行 {again}")
        else:
            yield well(subject, "等级和积分组齐全")


def _opened_again(programme: Programme) -> str:
    return f"flask programmes open {programme.code} {shlex.quote(programme.name)}"


def _jobs() -> Diagnosis:
    now, jobs = clock.now(), schedule.listing()
    late = [job.name for job in jobs if job.next_at < now - LATE and not _running(job, now)]
    failed = [job.name for job in jobs if job.last_error]
    if not jobs or late:
        return ill("定时任务", "没有按时运行，请检查 clock 进程是否在运行")
    if failed:
        return look("定时任务", f"上次失败：{'、'.join(failed)}；详情见 flask schedule list")
    return well("定时任务", f"{len(jobs)} 项，按时运行")


def _running(job: schedule.ScheduledJob, now: datetime) -> bool:
    return job.lease_until is not None and job.lease_until > now


def _deliveries() -> Iterator[Diagnosis]:
    counts, oldest = deliveries.counts(), deliveries.oldest_due()
    if counts["dead"]:
        yield look(
            "投递", f"{counts['dead']} 条已失败，请查看 flask deliveries dead，查明后 flask deliveries replay"
        )
    if oldest is not None and oldest < clock.now() - LATE:
        minutes = (clock.now() - oldest) // timedelta(minutes=1)
        yield ill("投递", f"{counts['pending']} 条等待，最早的已等 {minutes} 分钟，请检查 worker 进程")
    else:
        yield well("投递", f"{counts['pending']} 条等待")
