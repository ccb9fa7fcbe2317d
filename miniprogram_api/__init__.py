"""Routes of the customer: the JSON that mini-programs and H5 pages speak."""

from flask import Blueprint

from miniprogram_api import (
    addresses,
    agreements,
    appointments,
    captchas,
    card,
    check_ins,
    closing,
    collections,
    delivery,
    flash_sales,
    me,
    member_codes,
    messages,
    payer_claims,
    phone_claims,
    physical_cards,
    points,
    queues,
    red_packets,
    registration,
    reservations,
    sessions,
    sms_codes,
    tiers,
)
from miniprogram_api.activities import activities, prizes
from miniprogram_api.cart import cart
from miniprogram_api.coupons import claims, gifts, quotes, wallet
from miniprogram_api.goods import goods, marks
from miniprogram_api.mall import home
from miniprogram_api.orders import actions, orders, payments, submission
from miniprogram_api.promotions import promotions
from miniprogram_api.shops import favourites, shops
from miniprogram_api.stored_value import account, payment_codes, refund_requests, top_ups

BLUEPRINTS: tuple[Blueprint, ...] = (
    sessions.bp,
    captchas.bp,
    sms_codes.bp,
    me.bp,
    card.bp,
    member_codes.bp,
    messages.bp,
    registration.bp,
    phone_claims.bp,
    payer_claims.bp,
    agreements.bp,
    closing.bp,
    physical_cards.bp,
    orders.bp,
    submission.bp,
    payments.bp,
    actions.bp,
    addresses.bp,
    cart.bp,
    delivery.bp,
    collections.bp,
    reservations.bp,
    appointments.bp,
    queues.bp,
    check_ins.bp,
    points.bp,
    red_packets.bp,
    tiers.bp,
    account.bp,
    payment_codes.bp,
    refund_requests.bp,
    top_ups.bp,
    shops.bp,
    goods.bp,
    marks.bp,
    home.bp,
    promotions.bp,
    favourites.bp,
    wallet.bp,
    claims.bp,
    quotes.bp,
    gifts.bp,
    activities.bp,
    prizes.bp,
    flash_sales.bp,
)
