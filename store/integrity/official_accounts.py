"""Official accounts: check-ins and their points, follows, scans of QR codes."""

from typing import Any

import peewee
from peewee import fn

from store.check_ins.check_ins import CheckIn
from store.check_ins.make_ups import MakeUp
from store.core.database import db
from store.customers.followers import Follow
from store.integrity.check import Check, Rows
from store.official_accounts.qr_codes import QrCode
from store.points.ledger import PointAccount, PointEntry


def _find_wrong_streaks() -> Rows:
    before = CheckIn.alias()
    expected = fn.COALESCE(before.streak, 0) + 1
    eve = (before.member == CheckIn.member) & (before.day == _previous_day(CheckIn.day))
    return (
        CheckIn.select(CheckIn.id, CheckIn.streak, expected)
        .join(before, peewee.JOIN.LEFT_OUTER, on=eve)
        .where(CheckIn.streak != expected)
        .tuples()
    )


def _find_check_ins_without_points() -> Rows:
    """Find check-ins with points whose entry is not in the member's account.

    The entry's key holds the member of that day. It differs only after a merge, so the slow search by account is
    limited to the few rows that the key does not find.
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
        .where((CheckIn.points > 0) & ~fn.EXISTS(_matching_entry(own)) & ~fn.EXISTS(_matching_entry(merged)))
        .tuples()
    )


def _matching_entry(condition: peewee.Expression) -> Any:
    mine = (PointAccount.member == CheckIn.member) & (PointEntry.value == CheckIn.points)
    return PointEntry.select(PointEntry.id).join(PointAccount).where(condition & mine)


def _find_make_ups_without_check_in() -> Rows:
    done = CheckIn.select(CheckIn.id).where((CheckIn.member == MakeUp.member) & (CheckIn.day == MakeUp.day))
    return MakeUp.select(MakeUp.id, MakeUp.day).where(~fn.EXISTS(done)).tuples()


def _find_invalid_follow_counts() -> Rows:
    never = (Follow.follow_count == 0) & Follow.followed_at.is_null(False)
    backwards = Follow.unfollowed_at < Follow.followed_at
    return (
        Follow.select(Follow.id, Follow.follow_count)
        .where((Follow.follow_count < 0) | never | backwards)
        .tuples()
    )


def _find_invalid_scan_counts() -> Rows:
    wrong = (QrCode.follows < 0) | (QrCode.scans < QrCode.follows)
    return QrCode.select(QrCode.id, QrCode.scans, QrCode.follows).where(wrong).tuples()


def _previous_day(day: peewee.Field) -> Any:
    return day - peewee.SQL("1") if db.is_postgresql() else fn.DATE(day, "-1 day")


CHECKS = (
    Check(
        name="check_ins.streak",
        invariant="连续签到天数与签到日期相符",
        message="签到 {0}：记为连续 {1} 天，应为 {2} 天",
        find_violations=_find_wrong_streaks,
    ),
    Check(
        name="check_ins.points",
        invariant="每次签到的积分都已入账",
        message="签到 {0}：{1} 积分没有对应的积分流水",
        find_violations=_find_check_ins_without_points,
    ),
    Check(
        name="check_ins.make_ups",
        invariant="每次补签都补上了那一天",
        message="补签 {0}：{1} 没有签到",
        find_violations=_find_make_ups_without_check_in,
    ),
    Check(
        name="follows.counts",
        invariant="关注次数与关注时间合理",
        message="关注 {0}：关注 {1} 次，与关注时间不符",
        find_violations=_find_invalid_follow_counts,
    ),
    Check(
        name="qr_codes.counts",
        invariant="二维码扫码次数不少于带来的关注",
        message="二维码 {0}：扫码 {1} 次，关注 {2} 次",
        find_violations=_find_invalid_scan_counts,
    ),
)
