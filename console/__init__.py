"""Routes of the console (商家后台): the JSON and the page of staff.

They are no part of the public API document, because only our own page calls them.
"""

from flask import Blueprint

from console import audit_log, me, members, options, order_returns, orders, pages, roles, sign_in, staff

BLUEPRINTS: tuple[Blueprint, ...] = (
    sign_in.bp, me.bp, staff.bp, roles.bp, audit_log.bp, members.bp, options.bp,
    orders.bp, order_returns.bp, pages.bp,
)  # fmt: skip
