"""Two people who have everything that a person can have, to be taken for one and parted again."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from store.check_ins import check_ins
from store.core import actors, clock
from store.coupons import coupons
from store.coupons import gifts as coupon_gifts
from store.coupons import redemptions as coupon_redemptions
from store.customers import followers, members, profiles, sessions, sms_codes
from store.customers.members import Member
from store.customers.merging import merges
from store.customers.merging import undo as merge_undo
from store.customers.merging.journal import Merge
from store.membership import registration
from store.points import accrual as point_accrual
from store.points import order_accrual as point_order_accrual
from store.points import payments as point_payments
from store.points import points
from store.points import reversals as point_reversals
from store.points import rules as point_rules
from store.shops import favourites as shop_favourites
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.stored_value import payment_codes, top_up_payables, top_up_refunds, top_up_rules, top_ups
from store.stored_value import payments as stored_value_payments
from store.tenants import channels, cost_centres
from store.tiers import evaluation as tier_evaluation
from store.tiers import tiers
from tests.support import coupon_fixtures, database

CLERK = actors.Actor(kind="staff", name="王店长")
PHONES = {"mei": "13800000001", "wang": "13800000002", "friend": "13800000003"}
START = datetime(2026, 3, 2, 2, tzinfo=UTC)


def fixture_tenant(now: Any) -> SimpleNamespace:
    """Mei and Wang, whose lives began some days before `now`; both were at the shop, at times on the same day."""
    account, mini = channels.get_by_key("acme-mp"), channels.get_by_key("acme-mini")
    for number in (1, 2, 3):
        shops.create_shop(code=f"S{number}", name=f"{number}号店", location=Coordinates(121.4, 31.2))
    centre = cost_centres.create(code="marketing", name="市场部")
    programme = members.get_default()
    point_rules.add_rule(
        group=points.list_groups(programme)[0],
        name="消费积分",
        basis="amount",
        points=1,
        per_units=100,
        cost_centre=centre,
    )
    top_up_rules.add(code="summer", name="充100送10", steps=[{"amount_fen": 10_000, "bonus_fen": 1_000}])
    top_up_rules.add(
        code="once", name="首充", steps=[{"amount_fen": 50_000, "bonus_fen": 9_000}], single_use=True
    )
    rule = coupon_fixtures.create_listed_rule(gift_hours=48, return_days=30, claims_per_member=16)
    found = SimpleNamespace(
        account=account, mini=mini, rule=rule, friend=register_follower("friend", account)
    )
    for name in ("mei", "wang"):
        setattr(found, name, register_follower(name, account))
    for day, name in ((0, "mei"), (0, "wang"), (1, "wang"), (2, "mei"), (3, "mei"), (3, "wang")):
        now.move_to(START + timedelta(days=day, hours=1 if name == "mei" else 2))
        check_ins.check_in(customer=getattr(found, name).customer, source="menu")
    for name in ("mei", "wang"):
        now.shift(timedelta(minutes=5))
        create_history(name, found)
    now.shift(timedelta(seconds=30))  # the payment codes are still good
    return found


def register_follower(name: str, account: channels.Channel) -> Member:
    """A follower with a verified phone."""
    customer = followers.follow(channel=account, openid=f"o-{name}").customer
    sms_codes.SmsCode.delete().execute()
    code = sms_codes.request(phone=PHONES[name], purpose=registration.PURPOSE, client_ip="")
    return registration.register_by_sms(phone=PHONES[name], code=code, source="h5", customer=customer)


def create_history(name: str, town: SimpleNamespace) -> None:
    """A little of everything."""
    member: Member = getattr(town, name)
    customer = member.customer
    followers.unfollow(channel=town.account, openid=f"o-{name}") if name == "mei" else None
    followers.get_or_create_customer(
        channel=town.mini, openid=f"m-{name}", source="wechat_miniprogram", unionid=f"u-{name}"
    )
    sessions.open_session(customer=customer, channel_id=town.mini.id)
    shop_favourites.add(customer=customer, shop=shops.get_by_code("S1" if name == "mei" else "S2"))
    shop_favourites.add(customer=customer, shop=shops.get_by_code("S3"))
    profiles.change(customer, nickname=name, city="上海" if name == "mei" else "苏州")
    if name == "wang":
        profiles.change(
            customer, name="王小明", birthday="1990-05-01", email="w@example.com", address="观前街 1 号"
        )
        tier_evaluation.change_tier(
            member=member, tier=tiers.list_tiers(member.programme_id)[0], reason="老会员"
        )
    _create_point_history(name, member)
    _create_stored_value_history(name, member)
    _create_coupon_history(name, member, town)


def _create_point_history(name: str, member: Member) -> None:
    """Earned with and without an end, spent, held for an order, returned, corrected."""
    for number, paid_fen in enumerate((9_000, 3_000)):
        line = point_accrual.OrderLine(line="1", product="milk", quantity=3, paid_fen=paid_fen)
        order = point_order_accrual.PaidOrder(
            number=f"{name}-{number}", paid_at=clock.now(), lines=(line,),
            payments=(point_accrual.Payment("cash", paid_fen),),
        )  # fmt: skip
        point_order_accrual.post_order(member=member, order=order)
    soon = clock.now() + timedelta(days=20)
    points.earn(member=member, kind="promotion", value=7, key=f"{name}-soon", expires_at=soon)
    points.earn(
        member=member,
        kind="promotion",
        value=40,
        key=f"{name}-growth",
        group=points.list_groups(member.programme)[1],
    )
    points.spend(member=member, kind="gift_redemption", value=20, key=f"{name}-gift")
    point_payments.hold(member=member, order_number=f"{name}-held", points=10, amount_fen=10, limit_fen=1_000)
    back = [point_reversals.ReturnedLine(line="1", numerator=1, denominator=3)]
    point_order_accrual.post_return(order_number=f"{name}-1", number="r", lines=back, refunded_fen=1_000)


def _create_stored_value_history(name: str, member: Member) -> None:
    """Topped up with a bonus, spent, held, refunded; one top-up still waits for its payment."""
    row = create_paid_top_up(member, 10_000, key=f"{name}-a")
    stored_value_payments.spend(member=member, amount_fen=1_100, key=f"{name}-spent")
    stored_value_payments.refund_by_key(key=f"{name}-spent", amount_fen=500, refund_key=f"{name}-back")
    stored_value_payments.hold(member=member, amount_fen=1_000, order_number=f"{name}-held")
    top_up_refunds.request(number=row.number, amount_fen=1_000, key=f"{name}-refund", reason="顾客要求")
    top_ups.request(member=member, amount_fen=50_000, key=f"{name}-open")
    payment_codes.issue_code(member=member)


def create_paid_top_up(member: Member, amount_fen: int, *, key: str) -> top_ups.TopUp:
    return confirm_payment(top_ups.request(member=member, amount_fen=amount_fen, key=key))


def confirm_payment(row: top_ups.TopUp) -> top_ups.TopUp:
    top_up_payables.take(
        row.number, attempt_number=f"p-{row.key}", kind="wechat_web", amount_fen=row.principal_fen
    )
    return top_ups.TopUp.get_by_id(row.id)


def _create_coupon_history(name: str, member: Member, town: SimpleNamespace) -> None:
    """Issued, held, used, given back, being given, given away, got from a friend, void."""
    got = [coupons.claim(rule=town.rule, member=member, source="h5") for _ in range(7)]
    coupons.issue(rule=town.rule, member=member, key="welcome")
    basket, of = coupon_fixtures.make_basket(), {"member": member}
    coupon_redemptions.hold(**of, codes=[got[1].code], basket=basket, order_number=f"{name}-c-held")
    coupon_redemptions.redeem(**of, codes=[got[2].code], basket=basket, order_number=f"{name}-c-used")
    coupon_redemptions.redeem(**of, codes=[got[3].code], basket=basket, order_number=f"{name}-c-back")
    coupon_redemptions.refund(order_number=f"{name}-c-back")
    coupon_gifts.create_gift(coupon=got[4], giver=member)
    for coupon, giver, taker in (
        (got[5], member, town.friend),
        (coupons.issue(rule=town.rule, member=town.friend, key=f"for-{name}"), town.friend, member),
    ):
        _, token = coupon_gifts.create_gift(coupon=coupon, giver=giver)
        coupon_gifts.accept(token=token, receiver=taker)
    coupons.void(got[6], reason="误发")


def get_account(member: Member) -> Member:
    """The account that speaks for one of them now."""
    return members.survivor(Member.get_by_id(member.id))


def get_coupon_in_state(member: Member, state: str) -> coupons.Coupon:
    return coupons.Coupon.get((coupons.Coupon.member == member) & (coupons.Coupon.state == state))


def merge_and_get(town: SimpleNamespace, *, keep: str = "mei", lose: str = "wang") -> Merge:
    merges.merge_manually(
        survivor=getattr(town, keep).customer, duplicate=getattr(town, lose).customer, proof="身份证"
    )
    return merges.list_merges()[0]


def unmerged(merge: Merge) -> Merge:
    with actors.acting_as(CLERK):
        return merge_undo.unmerge(merge=merge, reason="不是同一人")


# What a merge and its undo leave behind: their records, and in the ledger the two transfers.
MERGE_TABLES = ("merge", "merge_step", "audit_entry", "audit_chain_head")


def dump_rows() -> dict[str, list[str]]:
    """All rows but the traces, as text."""
    dump = {table: rows for table, rows in database.dump_rows().items() if table not in MERGE_TABLES}
    dump["event"] = [row for row in dump["event"] if row[1] not in ("customers.merged", "customers.unmerged")]
    follows_merge = "order_payers.attach_orders_of_merged"
    dump["event_delivery"] = [row for row in dump["event_delivery"] if row[2] != follows_merge]
    dump["stored_value_entry"] = [row for row in dump["stored_value_entry"] if row[2] != "merged"]
    return {table: [repr(row) for row in rows] for table, rows in dump.items()}
