"""The operator's shell: `flask <noun> <verb>`, one file a noun."""

from flask import Flask

from commands import tenant

GROUPS = (tenant.group,)


def register(app: Flask) -> None:
    """Put up every command group."""
    for group in GROUPS:
        app.cli.add_command(group)
