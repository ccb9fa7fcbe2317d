"""Two people who have everything that a person can have, to be taken for one and parted again."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from store.company import channels
from store.kernel import actors, clock
from store.loyalty import (
    accrual,
    accruals,
    check_ins,
    cost_centres,
    coupon_gifts,
    coupon_uses,
    coupons,
    memberships,
    payment_codes,
    point_payments,
    point_returns,
    point_rules,
    points,
    tier_moves,
    tiers,
    top_up_payments,
    top_up_refunds,
    top_up_rules,
    top_ups,
    value_spends,
)
from store.people import codes, fans, members, merges, profiles, sessions, unmerges
from store.people.members import Member
from store.people.merge_journal import Merge
from store.shop import favourites, shops
from store.shop.places import Place
from tests import world
from tests.store.loyalty import coupon_world

CLERK = actors.Actor(kind="staff", name="王店长")
PHONES = {"mei": "13800000001", "wang": "13800000002", "friend": "13800000003"}
START = datetime(2026, 3, 2, 2, tzinfo=UTC)


def town(now: Any) -> SimpleNamespace:
    """Mei and Wang, whose lives began some days before `now`; both were at the shop, at times on the same day."""
    account, mini = channels.of_key("acme-mp"), channels.of_key("acme-mini")
    for number in (1, 2, 3):
        shops.open_shop(code=f"S{number}", name=f"{number}号店", place=Place(121.4, 31.2))
    centre = cost_centres.open_cost_centre(code="marketing", name="市场部")
    club = members.main()
    point_rules.add(
        group=points.groups(club)[0], name="消费积分", basis="amount", points=1, per=100, cost_centre=centre
    )
    top_up_rules.add(code="summer", name="充100送10", steps=[{"amount_fen": 10_000, "bonus_fen": 1_000}])
    top_up_rules.add(code="once", name="首充", steps=[{"amount_fen": 50_000, "bonus_fen": 9_000}], once=True)
    rule = coupon_world.listed(gift_hours=48, return_days=30, claims_per_member=16)
    found = SimpleNamespace(account=account, mini=mini, rule=rule, friend=registered("friend", account))
    for name in ("mei", "wang"):
        setattr(found, name, registered(name, account))
    for day, name in ((0, "mei"), (0, "wang"), (1, "wang"), (2, "mei"), (3, "mei"), (3, "wang")):
        now.move_to(START + timedelta(days=day, hours=1 if name == "mei" else 2))
        check_ins.check_in(customer=getattr(found, name).customer, source="menu")
    for name in ("mei", "wang"):
        now.shift(timedelta(minutes=5))
        lived(name, found)
    now.shift(timedelta(seconds=30))  # the payment codes are still good
    return found


def registered(name: str, account: channels.Channel) -> Member:
    """A follower with a verified phone."""
    customer = fans.follow(channel=account, openid=f"o-{name}").customer
    codes.SmsCode.delete().execute()
    code = codes.ask(phone=PHONES[name], purpose=memberships.PURPOSE, address="")
    return memberships.register_by_sms(phone=PHONES[name], code=code, source="h5", customer=customer)


def lived(name: str, town: SimpleNamespace) -> None:
    """A little of everything."""
    member: Member = getattr(town, name)
    customer = member.customer
    fans.unfollow(channel=town.account, openid=f"o-{name}") if name == "mei" else None
    fans.known(channel=town.mini, openid=f"m-{name}", source="wechat_miniprogram", unionid=f"u-{name}")
    sessions.open_session(customer=customer, channel_id=town.mini.id)
    favourites.add(customer=customer, shop=shops.of_code("S1" if name == "mei" else "S2"))
    favourites.add(customer=customer, shop=shops.of_code("S3"))
    profiles.change(customer, nickname=name, city="上海" if name == "mei" else "苏州")
    if name == "wang":
        profiles.change(
            customer, name="王小明", birthday="1990-05-01", email="w@example.com", address="观前街 1 号"
        )
        tier_moves.change(member=member, tier=tiers.listing(member.programme_id)[0], reason="老会员")
    _points(name, member)
    _value(name, member)
    _coupons(name, member, town)


def _points(name: str, member: Member) -> None:
    """Earned with and without an end, spent, held for an order, returned, corrected."""
    for number, paid_fen in enumerate((9_000, 3_000)):
        line = accrual.OrderLine(line="1", product="milk", quantity=3, paid_fen=paid_fen)
        order = accruals.PaidOrder(
            number=f"{name}-{number}", paid_at=clock.now(), lines=(line,),
            payments=(accrual.Payment("cash", paid_fen),),
        )  # fmt: skip
        accruals.book(member=member, order=order)
    soon = clock.now() + timedelta(days=20)
    points.earn(member=member, kind="promotion", value=7, key=f"{name}-soon", expires_at=soon)
    points.earn(
        member=member,
        kind="promotion",
        value=40,
        key=f"{name}-growth",
        group=points.groups(member.programme)[1],
    )
    points.spend(member=member, kind="gift_redemption", value=20, key=f"{name}-gift")
    point_payments.hold(member=member, order_number=f"{name}-held", value=10, total_fen=1_000)
    back = [point_returns.ReturnedLine(line="1", part=1, whole=3)]
    accruals.reverse(order_number=f"{name}-1", number="r", lines=back, refunded_fen=1_000)


def _value(name: str, member: Member) -> None:
    """Topped up with a bonus, spent, held, refunded; one top-up still waits for its payment."""
    row = topped_up(member, 10_000, key=f"{name}-a")
    value_spends.spend(member=member, amount_fen=1_100, key=f"{name}-spent")
    value_spends.refund(key=f"{name}-spent", amount_fen=500, refund_key=f"{name}-back")
    value_spends.hold(member=member, amount_fen=1_000, key=f"{name}-held")
    top_up_refunds.ask(number=row.number, amount_fen=1_000, key=f"{name}-refund", reason="顾客要求")
    top_ups.ask(member=member, amount_fen=50_000, channel="wechat", key=f"{name}-open")
    payment_codes.show(member=member)


def topped_up(member: Member, amount_fen: int, *, key: str) -> top_ups.TopUp:
    return paid(top_ups.ask(member=member, amount_fen=amount_fen, channel="wechat", key=key))


def paid(row: top_ups.TopUp) -> top_ups.TopUp:
    return top_up_payments.confirm(
        number=row.number, channel="wechat", platform_number=f"p-{row.key}", amount_fen=row.principal_fen
    )


def _coupons(name: str, member: Member, town: SimpleNamespace) -> None:
    """Issued, held, used, given back, being given, given away, got from a friend, void."""
    got = [coupons.claim(rule=town.rule, member=member, source="h5") for _ in range(7)]
    coupons.issue(rule=town.rule, member=member, key="welcome")
    basket, of = coupon_world.basket(), {"member": member}
    coupon_uses.hold(**of, codes=[got[1].code], basket=basket, order_number=f"{name}-c-held")
    coupon_uses.redeem(**of, codes=[got[2].code], basket=basket, order_number=f"{name}-c-used")
    coupon_uses.redeem(**of, codes=[got[3].code], basket=basket, order_number=f"{name}-c-back")
    coupon_uses.give_back(order_number=f"{name}-c-back")
    coupon_gifts.offer(coupon=got[4], giver=member)
    for coupon, giver, taker in (
        (got[5], member, town.friend),
        (coupons.issue(rule=town.rule, member=town.friend, key=f"for-{name}"), town.friend, member),
    ):
        _, token = coupon_gifts.offer(coupon=coupon, giver=giver)
        coupon_gifts.accept(token=token, receiver=taker)
    coupons.void(got[6], reason="误发")


def of(member: Member) -> Member:
    """The account that speaks for one of them now."""
    return members.survivor(Member.get_by_id(member.id))


def coupon_in(member: Member, state: str) -> coupons.Coupon:
    return coupons.Coupon.get((coupons.Coupon.member == member) & (coupons.Coupon.state == state))


def merged(town: SimpleNamespace, *, keep: str = "mei", lose: str = "wang") -> Merge:
    merges.merge_by_hand(keep=getattr(town, keep).customer, lose=getattr(town, lose).customer, proof="身份证")
    return merges.listing()[0]


def parted(merge: Merge) -> Merge:
    with actors.acting(CLERK):
        return unmerges.unmerge(merge=merge, reason="不是同一人")


# What a merge and its undo leave behind: their records, and in the ledger the two transfers.
TRACES = ("merge", "merge_step", "operation", "operation_head")


def everything() -> dict[str, list[str]]:
    """All rows but the traces, as text."""
    dump = {table: rows for table, rows in world.dump().items() if table not in TRACES}
    dump["event"] = [row for row in dump["event"] if row[1] not in ("customers.merged", "customers.unmerged")]
    dump["value_entry"] = [row for row in dump["value_entry"] if row[2] != "merged"]
    return {table: [repr(row) for row in rows] for table, rows in dump.items()}
