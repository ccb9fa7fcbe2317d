"""Two people of one phone: a member, and the account that verifies the phone."""

from datetime import timedelta

import pytest

from store import purchases
from store.core import actors, clock
from store.core.errors import DomainError
from store.customers import followers
from store.customers.customers import Customer
from store.membership import phone_answers, phone_claims
from store.points import points
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.stored_value import top_up_payments
from store.tenants import channels

PHONE, OTHER = "+8613800000001", "+8613800000002"


@pytest.fixture
def old(register, create_follower):
    """A member whom WeChat knows, with points and a purchase."""
    member = register(PHONE, create_follower("old"))
    points.earn(member=member, kind="promotion", value=50, key="k")
    return member


@pytest.fixture
def shop(acme):
    return shops.create_shop(code="S1", name="一店", location=Coordinates(116.4, 39.9))


@pytest.fixture
def claim(old, register, create_follower):
    """The question that a new WeChat gets which verified the phone by SMS."""
    new = create_follower("new")
    register(PHONE, new)
    return phone_claims.find_open(new)


def create_mini_customer(openid, unionid=None):
    channel = channels.get_by_key("acme-mini")
    return followers.get_or_create_customer(
        channel=channel, openid=openid, unionid=unionid, source="wechat_miniprogram"
    )


def buy(member, shop, paid_fen=1990, days_ago=1, number="o-1"):
    at = clock.now() - timedelta(days=days_ago)
    purchases.record(member=member, order_number=number, paid_fen=paid_fen, shop_id=shop.id, at=at)


def top_up(member):
    with actors.acting_as(actors.Actor(kind="operator", name="clerk")):
        top_up_payments.take_cash(member=member, amount_fen=10_000, key="t")


def prove(claim, shop, paid_fen=1990):
    proof = phone_answers.prove_by_purchase(
        customer=claim.customer, claim_id=claim.public_id, shop=shop.public_id, paid_fen=paid_fen
    )
    return phone_answers.accept(proof=proof)


def error_code(work):
    with pytest.raises(DomainError) as refused:
        work()
    return refused.value.code


def active_customers():
    return Customer.select().where(Customer.merged_into.is_null()).count()
