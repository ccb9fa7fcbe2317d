"""What people did: check-ins and their points, follows, scans of QR codes."""

from typing import Any

import peewee
from peewee import fn

from store.activities.qr_codes import QrCode
from store.checks.finding import Check, Rows
from store.kernel import db
from store.loyalty.check_ins import CheckIn
from store.loyalty.make_ups import MakeUp
from store.loyalty.point_accounts import PointAccount, PointEntry
from store.people.fans import Follow


def _broken_streaks() -> Rows:
    before = CheckIn.alias()
    expected = fn.COALESCE(before.streak, 0) + 1
    eve = (before.member == CheckIn.member) & (before.day == _day_before(CheckIn.day))
    return (
        CheckIn.select(CheckIn.id, CheckIn.streak, expected)
        .join(before, peewee.JOIN.LEFT_OUTER, on=eve)
        .where(CheckIn.streak != expected)
        .tuples()
    )


def _unpaid_check_ins() -> Rows:
    """Check-ins with points whose entry is not in their member's account.

    The entry's key holds the member of that day; only after a merge is it another one, so the
    search by account, which is slow, is left to the few rows that the key does not find.
    """
    own = PointEntry.key == fn.REPLACE(
        fn.REPLACE(peewee.Value("check-in:<member>:<day>"), "<member>", CheckIn.member.cast("text")),
        "<day>", CheckIn.day.cast("text"),
    )  # fmt: skip
    merged = (PointEntry.behaviour == "check_in") & (
        PointEntry.key ** fn.REPLACE(peewee.Value("check-in:%:<day>"), "<day>", CheckIn.day.cast("text"))
    )
    return (
        CheckIn.select(CheckIn.id, CheckIn.points)
        .where((CheckIn.points > 0) & ~fn.EXISTS(_entry(own)) & ~fn.EXISTS(_entry(merged)))
        .tuples()
    )


def _entry(which: peewee.Expression) -> Any:
    mine = (PointAccount.member == CheckIn.member) & (PointEntry.value == CheckIn.points)
    return PointEntry.select(PointEntry.id).join(PointAccount).where(which & mine)


def _made_up_for_nothing() -> Rows:
    done = CheckIn.select(CheckIn.id).where((CheckIn.member == MakeUp.member) & (CheckIn.day == MakeUp.day))
    return MakeUp.select(MakeUp.id, MakeUp.day).where(~fn.EXISTS(done)).tuples()


def _impossible_follows() -> Rows:
    never = (Follow.times == 0) & Follow.followed_at.is_null(False)
    backwards = Follow.unfollowed_at < Follow.followed_at
    return Follow.select(Follow.id, Follow.times).where((Follow.times < 0) | never | backwards).tuples()


def _impossible_scans() -> Rows:
    wrong = (QrCode.follows < 0) | (QrCode.scans < QrCode.follows)
    return QrCode.select(QrCode.id, QrCode.scans, QrCode.follows).where(wrong).tuples()


def _day_before(day: peewee.Field) -> Any:
    return day - peewee.SQL("1") if db.on_postgresql() else fn.DATE(day, "-1 day")


CHECKS = (
    Check(
        name="check_ins.streak",
        promise="连续签到天数与签到日期相符",
        sentence="签到 {0}：记为连续 {1} 天，应为 {2} 天",
        broken=_broken_streaks,
    ),
    Check(
        name="check_ins.points",
        promise="每次签到的积分都已入账",
        sentence="签到 {0}：{1} 积分没有对应的积分流水",
        broken=_unpaid_check_ins,
    ),
    Check(
        name="check_ins.made_up",
        promise="每次补签都补上了那一天",
        sentence="补签 {0}：{1} 没有签到",
        broken=_made_up_for_nothing,
    ),
    Check(
        name="follows.counts",
        promise="关注次数与关注时间合理",
        sentence="关注 {0}：关注 {1} 次，与关注时间不符",
        broken=_impossible_follows,
    ),
    Check(
        name="qr_codes.counts",
        promise="二维码扫码次数不少于带来的关注",
        sentence="二维码 {0}：扫码 {1} 次，关注 {2} 次",
        broken=_impossible_scans,
    ),
)
