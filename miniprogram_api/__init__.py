"""Doors of the customer: the JSON that mini-programs and H5 pages speak."""

from flask import Blueprint

from miniprogram_api import (
    check_ins,
    coupon_offers,
    coupon_quotes,
    coupons,
    favourites,
    gifts,
    me,
    payment_codes,
    points,
    registrations,
    sessions,
    sms_codes,
    stored_value,
    stores,
    tiers,
)

DOORS: tuple[Blueprint, ...] = (
    sessions.door,
    sms_codes.door,
    me.door,
    registrations.door,
    check_ins.door,
    points.door,
    tiers.door,
    stored_value.door,
    payment_codes.door,
    stores.door,
    favourites.door,
    coupons.door,
    coupon_offers.door,
    coupon_quotes.door,
    gifts.door,
)
