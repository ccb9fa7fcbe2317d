"""Routes of the tills: the JSON that the till's page and other cash registers speak."""

from flask import Blueprint

from till import (
    appointments,
    coupons,
    goods,
    members,
    news,
    orders,
    page,
    payments,
    queues,
    sale_payments,
    sale_returns,
    sales,
    sessions,
    shifts,
    top_ups,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    sessions.bp,
    shifts.bp,
    sales.bp,
    sale_payments.bp,
    sale_returns.bp,
    members.bp,
    top_ups.bp,
    coupons.bp,
    goods.bp,
    orders.bp,
    appointments.bp,
    queues.bp,
    payments.bp,
    news.bp,
    page.bp,
)
