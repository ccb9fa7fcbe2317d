"""The command line of the operators: `flask <noun> <verb>`, one module per noun."""

from flask import Flask

from commands import (
    activities,
    agreements,
    audit_log,
    cashiers,
    channels,
    closings,
    collection_codes,
    cost_centres,
    costs,
    coupon_stops,
    daily_close,
    encryption_keys,
    keyword_replies,
    member_list,
    menus,
    merchants,
    orders,
    outbox,
    payment_kinds,
    payments,
    point_groups,
    point_rules,
    points,
    programmes,
    qr_codes,
    red_packets,
    refunds,
    schedule,
    settings,
    shops,
    staff,
    tenants,
    terminals,
    tiers,
    verify,
)
from commands.doctor import command as doctor_command
from commands.stored_value import account

COMMANDS = (
    tenants.group,
    channels.group,
    merchants.group,
    red_packets.group,
    settings.group,
    agreements.group,
    menus.group,
    keyword_replies.group,
    shops.group,
    qr_codes.group,
    programmes.group,
    member_list.group,  # the group of `members` with the commands of both modules
    closings.group,
    points.group,
    coupon_stops.group,  # the group of `coupons` with the commands of all its modules
    point_rules.group,
    point_groups.group,
    cost_centres.group,
    activities.group,
    costs.costs,
    tiers.group,
    account.group,
    terminals.group,
    cashiers.group,
    staff.group,
    orders.group,
    payments.group,
    payment_kinds.group,
    refunds.group,
    collection_codes.group,
    outbox.group,
    schedule.group,
    daily_close.group,
    audit_log.group,
    encryption_keys.group,
    verify.verify,
    doctor_command.doctor,
)


def register(app: Flask) -> None:
    """Register all commands and command groups."""
    for command in COMMANDS:
        app.cli.add_command(command)
