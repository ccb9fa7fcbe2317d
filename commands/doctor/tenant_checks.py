"""Checks of one tenant: database, clock, accounts, loyalty programmes, jobs and event deliveries."""

import shlex
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import peewee
from pydantic import ValidationError

import platform_clients
import red_packet_calls
from commands.cli_support import CREATE_PROGRAMME_COMMAND
from commands.doctor.diagnosis import Diagnosis, ok, problem, warning
from config import Config
from platforms.errors import PlatformError
from store.core import clock, outbox, scheduled_jobs
from store.core.database import db, migrations
from store.core.validation import to_domain_error
from store.customers import programmes, sms_budget
from store.customers.programmes import Programme
from store.customers.sms_codes import SmsCodeSettings
from store.official_accounts import conversation, menus
from store.points import points
from store.red_packets import accounts, red_packet_list
from store.red_packets import settings as red_packet_settings
from store.red_packets.states import WAYS
from store.tenants import channels, settings
from store.tenants.channels import Channel
from store.tiers import tiers

MAX_CLOCK_SKEW_S = 2.0
OVERDUE_AFTER = timedelta(minutes=5)


def run_checks(config: Config, *, ask_platforms: bool) -> Iterator[Diagnosis]:
    """Check all parts of the current tenant. Without its database the other checks are skipped."""
    try:
        yield from _check_database()
        yield from _check_settings()
        yield from _check_channels(ask_platforms=ask_platforms)
        yield _check_sms(config)
        yield from _check_sms_budget()
        yield from _check_red_packets(ask_platforms=ask_platforms)
        yield from _check_programmes()
        yield _check_jobs()
        yield from _check_deliveries()
    except peewee.PeeweeException as error:
        yield problem("数据库", f"读取失败（{type(error).__name__}），请检查数据库服务和表结构")


def _check_database() -> Iterator[Diagnosis]:
    handle = db.database.obj
    postgresql = db.is_postgresql()
    version = handle.execute_sql(
        "SHOW server_version" if postgresql else "SELECT sqlite_version()"
    ).fetchone()[0]
    yield ok("数据库", f"{'PostgreSQL' if postgresql else 'SQLite'} {version}")
    pending = migrations.list_pending(handle, "tenant")
    if pending:
        yield problem(
            "表结构", f"有 {len(pending)} 项待升级，请运行 flask tenants migrate {db.current_tenant()}"
        )
    if postgresql:
        yield _check_clock_skew(handle.execute_sql("SELECT clock_timestamp()").fetchone()[0])
    else:
        yield _check_journal_mode(handle.execute_sql("PRAGMA journal_mode").fetchone()[0])


def _check_journal_mode(mode: str) -> Diagnosis:
    if mode != "wal":
        return problem("日志模式", f"当前为 {mode}，读写会互相等待；请把数据库文件放在支持 WAL 的本地磁盘上")
    return ok("日志模式", "WAL")


def _check_clock_skew(database_time: datetime) -> Diagnosis:
    seconds = abs((database_time.astimezone(UTC) - clock.machine_time()).total_seconds())
    if seconds > MAX_CLOCK_SKEW_S:
        return problem("时钟", f"与数据库服务器相差 {seconds:.1f} 秒，请在两台机器上开启 NTP 校时")
    return ok("时钟", f"与数据库服务器相差 {seconds:.1f} 秒")


def _check_settings() -> Iterator[Diagnosis]:
    for name, topic in sorted(settings.GROUPS.items()):
        try:
            settings.read(topic)
        except ValidationError as error:
            domain_error = to_domain_error(error)
            yield problem(
                "设置",
                f"{name} 的 {domain_error.operator_message}，"
                f"请运行 flask settings set {name} {domain_error.details['field']}=…",
            )


def _check_channels(*, ask_platforms: bool) -> Iterator[Diagnosis]:
    rows = channels.list_channels()
    if not any(channel.kind.startswith("wechat") for channel in rows):
        yield warning("账号", "尚未添加公众号或小程序，请运行 flask channels add")
    for channel in rows:
        if ask_platforms:
            yield _check_credentials(channel)
        if channel.kind == "wechat_official":
            yield from _check_official_account(channel)
        if channel.kind == "alipay":
            yield from _check_life_account(channel)


def _check_credentials(channel: Channel) -> Diagnosis:
    subject = f"账号 {channel.key}"
    try:
        problem_text = platform_clients.find_credential_problem(channel)
    except PlatformError as failure:
        return problem(subject, f"{failure.message}（{failure.code}）")
    return problem(subject, problem_text) if problem_text else ok(subject, "凭据正确")


def _check_official_account(channel: Channel) -> Iterator[Diagnosis]:
    subject = f"账号 {channel.key}"
    if not channel.token:
        yield problem(subject, "没有服务器配置中的 Token，收不到消息；请运行 flask channels add 补填")
    encryption_problem = channels.find_encryption_problem(
        mode=channel.mode, encoding_aes_key=channel.encoding_aes_key
    )
    if encryption_problem:
        yield problem(subject, f"收不到消息：{encryption_problem}；请运行 flask channels add 补填")
    if channel.mode == "plain":
        yield warning(subject, "消息以明文传输，建议在公众平台改用安全模式")
    if menus.find_published(channel) is None:
        yield warning(subject, f"尚未发布菜单，请运行 flask menus save 和 flask menus publish {channel.key}")


def _check_life_account(channel: Channel) -> Iterator[Diagnosis]:
    subject = f"账号 {channel.key}"
    if platform_clients.read_application_key(channel) is None:
        yield problem(subject, "应用私钥无法读取，收不到生活号消息；请运行 flask channels add 重新填写")
    elif conversation.has_received(channel) and menus.find_published(channel) is None:
        yield warning(
            subject, f"尚未发布生活号菜单，请运行 flask menus save 和 flask menus publish {channel.key}"
        )


def _check_sms(config: Config) -> Diagnosis:
    if channels.find_first("sms") is not None:
        return ok("短信", "已配置短信服务商")
    if config.is_production or config.sandbox_url is None:
        return problem("短信", "没有短信服务商，无法发送验证码；请运行 flask channels add sms …")
    return ok("短信", "由沙箱接收")


def _check_sms_budget() -> Iterator[Diagnosis]:
    try:
        rules, sent = settings.read(SmsCodeSettings), sms_budget.count_today()
    except ValidationError:
        return  # already reported by the check of the settings
    limit = rules.max_total_per_day
    text = f"今天已发 {sent} 条，每天最多 {limit} 条"
    advice = "请查明原因，必要时运行 flask settings set sms_code max_total_per_day=…"
    if sent >= limit:
        yield problem("短信额度", f"{text}，已停发；{advice}")
    elif sent >= sms_budget.alarm_threshold(limit, rules.alarm_percent):
        yield warning("短信额度", f"{text}，即将停发；{advice}")
    else:
        yield ok("短信额度", text)


def _check_red_packets(*, ask_platforms: bool) -> Iterator[Diagnosis]:
    """Check the accounts that give money, the stop, and the red packets that wait for staff."""
    for row in accounts.list_accounts():
        if not row.active:
            continue
        subject = f"红包 {row.merchant.key}"
        found = red_packet_calls.find_problem(row) if ask_platforms else accounts.find_missing_secret(row)
        if found:
            yield problem(subject, found)
        elif row.paused_until is not None and row.paused_until > clock.now():
            yield warning(subject, f"暂停发放：{row.pause_reason}")
        else:
            yield ok(subject, f"可以发放{WAYS[row.way]}")
    if red_packet_settings.is_stopped():
        yield warning("红包", "已紧急停发，请运行 flask red-packets resume 恢复")
    held = red_packet_list.count_held()
    if held:
        yield problem("红包", f"{held} 个没有发出，请运行 flask red-packets list --held")


def _check_programmes() -> Iterator[Diagnosis]:
    rows = programmes.list_programmes()
    if not rows:
        yield problem("会员计划", f"尚未开通，顾客无法签到和入会，请运行 {CREATE_PROGRAMME_COMMAND}")
    for programme in rows:
        subject, command = f"会员计划 {programme.code}", _create_programme_command(programme)
        if tiers.find_base_tier(programme.id) is None:
            yield problem(subject, f"没有基础等级，顾客无法入会，请运行 {command}")
        elif not points.list_groups(programme):
            yield problem(subject, f"没有积分组，顾客无法签到和入会，请运行 {command}")
        else:
            yield ok(subject, "等级和积分组齐全")


def _create_programme_command(programme: Programme) -> str:
    return f"flask programmes create {programme.code} {shlex.quote(programme.name)}"


def _check_jobs() -> Diagnosis:
    now, jobs = clock.now(), scheduled_jobs.list_jobs()
    overdue = [job.name for job in jobs if job.next_at < now - OVERDUE_AFTER and not _is_running(job, now)]
    failed = [job.name for job in jobs if job.last_error]
    if not jobs or overdue:
        return problem("定时任务", "没有按时运行，请检查 scheduler 进程是否在运行")
    if failed:
        return warning("定时任务", f"上次失败：{'、'.join(failed)}；详情见 flask schedule list")
    return ok("定时任务", f"{len(jobs)} 项，按时运行")


def _is_running(job: scheduled_jobs.ScheduledJob, now: datetime) -> bool:
    return job.lease_until is not None and job.lease_until > now


def _check_deliveries() -> Iterator[Diagnosis]:
    counts, oldest = outbox.count_by_state(), outbox.oldest_due_at()
    if counts["dead"]:
        yield warning(
            "投递", f"{counts['dead']} 条已失败，请查看 flask outbox dead-letters，查明后 flask outbox replay"
        )
    if oldest is not None and oldest < clock.now() - OVERDUE_AFTER:
        minutes = (clock.now() - oldest) // timedelta(minutes=1)
        yield problem("投递", f"{counts['pending']} 条等待，最早的已等 {minutes} 分钟，请检查 worker 进程")
    else:
        yield ok("投递", f"{counts['pending']} 条等待")
