"""Routes of the tills: the JSON that the till's page and other cash registers speak."""

from flask import Blueprint

from till import coupons, members, news, sessions, shifts

BLUEPRINTS: tuple[Blueprint, ...] = (sessions.bp, shifts.bp, members.bp, coupons.bp, news.bp)
