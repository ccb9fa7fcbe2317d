"""Routes of the customer: the JSON that mini-programs and H5 pages speak."""

from flask import Blueprint

from miniprogram_api import check_ins, me, member_codes, points, registration, sessions, sms_codes, tiers
from miniprogram_api.coupons import claims, gifts, quotes, wallet
from miniprogram_api.shops import favourites, shops
from miniprogram_api.stored_value import account, payment_codes

BLUEPRINTS: tuple[Blueprint, ...] = (
    sessions.bp,
    sms_codes.bp,
    me.bp,
    member_codes.bp,
    registration.bp,
    check_ins.bp,
    points.bp,
    tiers.bp,
    account.bp,
    payment_codes.bp,
    shops.bp,
    favourites.bp,
    wallet.bp,
    claims.bp,
    quotes.bp,
    gifts.bp,
)
