"""The operator's shell: `flask <noun> <verb>`, one file a noun."""

from flask import Flask

from commands import (
    channels,
    codes,
    coupons,
    deliveries,
    doctor,
    keys,
    members,
    menus,
    nights,
    operations,
    points,
    programmes,
    replies,
    rules,
    schedule,
    settings,
    shops,
    tenant,
    tiers,
    value,
    verify,
)

COMMANDS = (
    tenant.group,
    channels.group,
    settings.group,
    menus.group,
    replies.group,
    shops.group,
    codes.group,
    programmes.group,
    members.group,
    points.group,
    coupons.group,
    rules.group,
    tiers.group,
    value.group,
    deliveries.group,
    schedule.group,
    nights.group,
    operations.group,
    keys.group,
    verify.command,
    doctor.command,
)


def register(app: Flask) -> None:
    """Put up every command and command group."""
    for command in COMMANDS:
        app.cli.add_command(command)
