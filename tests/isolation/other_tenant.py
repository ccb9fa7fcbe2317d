"""The rival tenant as a stranger may have heard of it: what it knows, and how its records are compared."""

from datetime import UTC, datetime
from types import SimpleNamespace

from miniprogram_api import points as points_api
from store import approvals
from store.catalog import categories, product_group_changes, products, shop_goods
from store.catalog import changes as product_changes
from store.catalog.skus import Sku
from store.check_ins import check_ins
from store.core import clock
from store.core.events import Event, EventDelivery
from store.coupons import bulk_issue as coupon_bulk_issue
from store.coupons import coupons, gift_records
from store.coupons import gifts as coupon_gifts
from store.coupons import redemptions as coupon_redemptions
from store.customers import (
    followers,
    identities,
    member_codes,
    members,
    payers,
    profiles,
    programmes,
    sessions,
    sms_codes,
)
from store.customers.members import Member
from store.customers.merging import merges
from store.customers.sms_codes import SmsCode
from store.exports import jobs as export_jobs
from store.membership import payer_claims, phone_claims, registration
from store.messages import templates
from store.official_accounts import menus, qr_codes
from store.payments import merchants
from store.payments.attempts import PaymentAttempt
from store.payments.refunds import Refund
from store.physical_cards import cards
from store.physical_cards.applications import CardApplication
from store.physical_cards.cards import PhysicalCard
from store.physical_cards.kinds import PhysicalCardKind
from store.points import accrual as point_accrual
from store.points import order_accrual as point_order_accrual
from store.points import payments as point_payments
from store.points import points
from store.points import rules as point_rules
from store.service_desk import purchases
from store.service_desk.purchases import DeskPurchase
from store.shops import favourites as shop_favourites
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.staff import account_changes, roles, sign_in_links
from store.staff import sessions as staff_sessions
from store.stock import levels
from store.stored_value import accounts as stored_value_accounts
from store.stored_value import managers as stored_value_managers
from store.stored_value import (
    payment_codes,
    refund_requests,
    top_up_payables,
    top_up_refunds,
    top_up_rules,
    top_ups,
)
from store.stored_value import payments as stored_value_payments
from store.stored_value.payment_codes import PaymentCode
from store.stored_value.top_ups import TopUp
from store.tenants import channels, cost_centres, registry
from store.tiers import rules as tier_rules
from store.tiers import tiers
from store.tills import cashiers, collection_codes, shifts, terminals
from store.tills import news as till_news
from store.tills import sessions as till_sessions
from tests.isolation import card_arguments
from tests.isolation.draw_arguments import create_draws
from tests.isolation.flash_arguments import create_flash_sale
from tests.isolation.promotion_arguments import create_promotion
from tests.support import (
    coupon_fixtures,
    database,
    message_records,
    order_fixtures,
    plastic_card_fixtures,
    red_packet_records,
    stock_fixtures,
)
from tests.support.booking_fixtures import create_bookings

PHONE = "+8613900139000"
ORDER = point_order_accrual.PaidOrder(
    number="rival-order",
    paid_at=datetime(2026, 11, 1, tzinfo=UTC),
    lines=(point_accrual.OrderLine(line="1", product="milk", quantity=1, paid_fen=1000),),
    payments=(point_accrual.Payment("cash", 1000),),
)
DENIED_STATUSES = {401, 403, 404}  # what a stranger is answered


def create_cards(member: Member) -> tuple[PhysicalCardKind, PhysicalCard, CardApplication, DeskPurchase]:
    """A plastic card of a member with an application for another, a stock with a code, and a purchase of a slip."""
    kind, _ = plastic_card_fixtures.create_kinds()
    card = cards.bind(member=member, kind=kind, number="6200000000000009001", key="rival-card")
    plastic_card_fixtures.import_stock(kind, "卡号,激活码\n6200000000000009002,123456\n")
    slip = {"slip_number": "R-1", "amount_fen": 100, "paid_at": clock.now()}
    return (
        kind, card, plastic_card_fixtures.apply(member, "rival", purpose="replacement"),
        purchases.enter(member=member, values=slip),
    )  # fmt: skip


def create_other_tenant() -> SimpleNamespace:
    """The rival's rows, and names by which a stranger may have heard of them."""
    with registry.use_tenant("rival"):
        mini, official = channels.get_by_key("rival-mini"), channels.get_by_key("rival-mp")
        for number in range(20):
            followers.get_or_create_customer(
                channel=mini, openid=f"earlier-{number}", source="wechat_miniprogram"
            )
            shops.create_shop(code=f"R{number}", name=f"旧店{number}", location=Coordinates(121.4, 31.2))
        customer = followers.get_or_create_customer(
            channel=mini, openid="rival-openid", source="wechat_miniprogram", unionid="rival-union"
        )
        registration.register_by_platform(phone=PHONE, source="wechat_miniprogram", customer=customer)
        claimant = followers.follow(channel=official, openid="rival-claimant").customer
        registration.register_by_platform(phone=PHONE, source="wechat_official", customer=claimant)
        profiles.change(customer, name="对门的客人", id_number="11010519491231002X")
        check_ins.check_in(customer=customer, source="wechat_miniprogram")
        followers.follow(channel=official, openid="rival-follower")
        code = sms_codes.request(phone=PHONE, purpose="register", client_ip="")
        shop = shops.create_shop(code="rival-shop", name="对门超市", location=Coordinates(121.4737, 31.2304))
        shop_favourites.add(customer=customer, shop=shop)
        category = categories.create_category(code="rival-category", name="对门的茶")
        product = product_changes.create_product(
            code="rival-product", name="对门龙井", category=category,
            skus=[{"code": "rival-sku", "barcode": "6901234567892", "list_price_fen": 100}],
        )  # fmt: skip
        shop_goods.take_over(shop, [product_changes.publish(product)])
        goods_group = product_group_changes.create_group(code="rival-group", name="对门的商品组")
        product_group_changes.add_products(goods_group, [product])
        menus.save_draft(official, {"button": [{"type": "click", "name": "签到", "key": "check_in"}]})
        member = members.get_or_create(customer)
        top_up_rule = top_up_rules.add(
            code="rival-rule", name="充100送10", steps=[{"amount_fen": 10_000, "bonus_fen": 1_000}]
        )
        top_up = top_ups.request(member=member, amount_fen=10_000, key="rival-top-up")
        top_up_payables.take(top_up.number, attempt_number="rival-4200", kind="wechat_web", amount_fen=10_000)
        stored_value_payments.hold(member=member, amount_fen=100, order_number="rival-held")
        stored_value_managers.appoint(shop_id=shop.id, phone=PHONE)
        payment_code = payment_codes.issue_code(member=member).code
        group = points.list_groups(member.programme)[0]
        centre = cost_centres.create(code="rival-centre", name="对门")
        rule = point_rules.add_rule(
            group=group, name="消费积分", basis="amount", points=1, per_units=100, cost_centre=centre
        )
        multiplier = point_rules.add_multiplier(
            group=group, name="生日", occasion="birthday_day", percent=200, cost_centre=centre
        )
        gold = tiers.list_tiers(member.programme_id)[0]
        (tier_rule,) = tier_rules.replace(
            programme=member.programme,
            rules=[tier_rules.TierRule(tier=gold, basis="spend", window_days=365, at_least=100)],
        )
        point_order_accrual.post_order(member=member, order=ORDER)
        point_payments.hold(member=member, order_number="rival-order", points=2, amount_fen=2, limit_fen=100)
        points.spend(member=member, kind="gift_redemption", value=2, key="rival-gift")
        coupon_rule = coupon_fixtures.create_listed_rule()
        coupon, given = (coupons.issue(rule=coupon_rule, member=member, key=key) for key in ("kept", "given"))
        gift, gift_token = coupon_gifts.create_gift(coupon=given, giver=member)
        batch = coupon_bulk_issue.create_batch(number="rival-batch", rule=coupon_rule, member_ids=[member.id])
        coupon_redemptions.hold(
            member=member,
            codes=[coupon.code],
            basket=coupon_fixtures.make_basket(),
            order_number="rival-order",
        )
        payer = payers.find_or_open(platform="wechat", app_id=official.appid, payer_id="rival-payer")
        payer_claim = payer_claims.consider(member=member, payer=payer, top_up_number="rival-top-up")
        refund_request = refund_requests.request(member=member, key="rival-refund-request")
        twin = followers.follow(channel=official, openid="rival-twin").customer
        merges.merge(survivor=customer, duplicate=twin, proof="test")
        attempt, refund = create_payment()
        card_kind, card, application, desk_purchase = create_cards(member)
        issued = terminals.add(code="T1", name="对门的收银台", shop=shop)
        cashier = cashiers.add(number="1001", name="小张", pin="258036", shop=shop)
        opened = till_sessions.open_session(till_sessions.VerifiedSignIn(issued.terminal, cashier))
        staff = account_changes.add(login="rival-staff", role_keys=["admin"])
        staff_opened = staff_sessions.open_session(staff)
        sku = Sku.get()
        stock_fixtures.receive(shop, sku, 5)
        stock_fixtures.reserve(shop, "rival-order", (sku, 1))
        message = message_records.write_notice(customer)
        pack_template, pack_card = card_arguments.create_card()
        return SimpleNamespace(
            pack_template=pack_template,
            pack_card=pack_card,
            card_kind=card_kind,
            physical_card=card,
            card_application=application,
            desk_purchase=desk_purchase,
            draws=create_draws(member),
            flash=create_flash_sale(member, shop, sku),
            promotion=create_promotion(),
            category=category,
            product_group=goods_group,
            product=products.get_by_public_id(product.public_id),
            sku=sku,
            shop_sku=shop_goods.ShopSku.get(),
            stock_level=levels.list_levels(shop=shop, sku_ids=[sku.id])[0],
            message_row=message,
            message_template=templates.save(kind="points_expiring", medium="site", name="对门", text="对门"),
            staff=staff,
            staff_session=staff_opened.session,
            staff_token=staff_opened.token,
            staff_link=sign_in_links.issue(staff),
            role=roles.get_by_key("marketing"),
            export=export_jobs.request(staff, kind="audit_log", filters={}),
            delivery=EventDelivery.select().order_by(EventDelivery.id).first(),
            attempt=attempt,
            refund=refund,
            merchant=attempt.merchant,
            red_packet=red_packet_records.write_transfer(customer, merchant_key="rival-pay", app_id="wx1"),
            terminal=issued.terminal,
            terminal_secret=issued.secret,
            cashier=cashier,
            till_session=opened.session,
            till_token=opened.token,
            shift=shifts.open_shift(
                terminal=issued.terminal, cashier=cashier, opening_fen=100, key="rival-shift"
            ),
            till_news=till_news.record(kind="surplus", message="多付", terminal_id=issued.terminal.id),
            sale=order_fixtures.place(shop, member=member, key="rival-sale"),
            collection_code=collection_codes.get_or_create(shop),
            **create_bookings(shop, customer),
            merge=merges.list_merges()[0],
            coupon_rule=coupon_rule,
            approval=approvals.find_approved("coupon_rule", coupon_rule.public_id),
            coupon=coupon,
            gift=gift,
            gift_step=gift_records.list_steps(gift.id)[0],
            gift_token=gift_token,
            batch=batch,
            order=ORDER,
            tier=gold,
            tier_rule=tier_rule,
            tier_record=tiers.find_active(member),
            rule=rule,
            cost_centre=centre,
            mini=mini,
            official=official,
            customer=customer,
            claimant=claimant,
            phone_claim=phone_claims.find_open(claimant),
            payer=payer,
            payer_claim=payer_claim,
            refund_request=refund_request,
            member=member,
            account=points.list_accounts(member)[0],
            entry=points.list_entries(points.list_accounts(member)[0], limit=1)[0],
            point_entry=points_api._public_id(
                points.list_entries(points.list_accounts(member)[0], limit=1)[0].id
            ),
            multiplier=multiplier,
            top_up_rule=top_up_rule,
            group=group,
            programme=programmes.get_default(),
            shop=shop,
            phone=PHONE,
            sms_code=code,
            sms_row=SmsCode.get(),
            identity=identities.list_for(customer, identities.PHONE)[0],
            token=sessions.open_session(customer=customer, channel_id=mini.id),
            qr_code=qr_codes.create(channel=official, kind="shop", target=shop.public_id, name="门口"),
            publication=menus.request_publication(official),
            top_up=TopUp.get_by_id(top_up.id),
            top_up_refund=top_up_refunds.request(
                number=top_up.number, amount_fen=1_000, key="rival-refund", reason="顾客要求"
            ),
            value_account=stored_value_accounts.find_by_member(member),
            value_spend=stored_value_payments.spend(member=member, amount_fen=100, key="rival-spent"),
            payment_code=payment_code,
            member_code=member_codes.compute_current(members.Member.get_by_id(member.id)).code,
            payment_code_row=PaymentCode.get(),
            event=Event.select().where(Event.kind == "followers.followed").get(),
        )


def rows_of_other_tenant() -> dict[str, list[tuple]]:
    """All rows but the counts of who knocked, which are made to be written by strangers."""
    with registry.use_tenant("rival"):
        return {table: rows for table, rows in database.dump_rows().items() if table != "rate_limit"}


def create_payment() -> tuple[PaymentAttempt, Refund]:
    """A payment by WeChat with a refund that is under way."""
    merchant = merchants.add(
        platform="wechat_pay", name="对门", merchant_id="1900000999", app_id="wx1", key="rival-pay",
        credentials={
            "private_key_pem": "k", "certificate_serial": "1", "api_v3_keys": ["k" * 32], "public_keys": {"1": "k"},
        },
    )  # fmt: skip
    attempt = PaymentAttempt.create(
        payable_kind="order", payable_number="rival-order", merchant=merchant, kind="wechat_web", key="rival-payment",
        amount_fen=1_000, paid_fen=1_000, taken_fen=1_000, refunded_fen=100, state="succeeded",
        platform_number="rival-4201",
    )  # fmt: skip
    refund = Refund.create(number="rivalrefund", attempt=attempt, amount_fen=100, reason="退货")
    return attempt, refund
