"""`flask staff …`: the accounts of the console, their roles and one-time sign-in links."""

from typing import Any

import click

import platform_clients
from commands.cli_support import JSON_OPTION, command_group, print_json, print_rows, with_tenant
from store.shops import shops
from store.staff import account_changes, accounts, roles, sign_in_links
from store.staff.accounts import StaffAccount

group = command_group("staff", "Accounts of the console.")

STATE_LABELS = {"active": "正常", "disabled": "已停用"}


@group.command("list")
@with_tenant
@JSON_OPTION
def list_(*, as_json: bool) -> None:
    """List the accounts by login."""
    rows = [_to_dict(account) for account in accounts.list_all()]
    if as_json:
        print_json(rows)
        return
    texts = (
        (row["login"], row["nickname"], ",".join(row["roles"]), STATE_LABELS[row["state"]]) for row in rows
    )
    print_rows(texts, empty_message="没有账号")


@group.command()
@click.argument("login")
@click.option("--name", "nickname", default="", help="The name that colleagues see.")
@click.option(
    "--roles", "role_keys", default=roles.ADMIN, show_default=True, help="Keys separated by commas."
)
@click.option("--shop", "shop_codes", multiple=True, help="Code of a shop; all shops if omitted.")
@with_tenant
def add(login: str, *, nickname: str, role_keys: str, shop_codes: tuple[str, ...]) -> None:
    """Add account LOGIN and print a one-time link. Idempotent: a repeat prints a new link."""
    scope = [shops.get_by_code(code) for code in shop_codes]
    account = account_changes.add(login=login, nickname=nickname, role_keys=role_keys.split(","), shops=scope)
    _print_link(account)


@group.command("roles")
@with_tenant
@JSON_OPTION
def list_roles(*, as_json: bool) -> None:
    """List the roles with the number of their rights."""
    roles.ensure_builtin()
    rows = [{"key": row.key, "name": row.name, "rights": row.rights} for row in roles.list_roles()]
    if as_json:
        print_json(rows)
        return
    print_rows(
        ((row["key"], row["name"], _describe_rights(row["rights"])) for row in rows), empty_message="没有角色"
    )


@group.command()
@click.argument("login")
@with_tenant
def link(login: str) -> None:
    """Print a one-time link of account LOGIN, which replaces earlier ones. It is valid for 24 hours."""
    _print_link(accounts.get_by_login(login))


@group.command()
@click.argument("login")
@with_tenant
def disable(login: str) -> None:
    """Disable an account, which ends its sessions. Idempotent."""
    account = account_changes.disable(accounts.get_by_login(login))
    click.echo(f"账号 {account.login} {STATE_LABELS[account.state]}")


def _print_link(account: StaffAccount) -> None:
    issued = sign_in_links.issue(account)
    click.echo(f"账号 {account.login}，请在 24 小时内打开链接设置密码：")
    click.echo(platform_clients.to_absolute_url(issued.path))


def _describe_rights(granted: list[str]) -> str:
    return "全部权限" if granted == ["*"] else f"{len(granted)} 项权限"


def _to_dict(account: StaffAccount) -> dict[str, Any]:
    return {
        "login": account.login, "nickname": account.nickname, "state": account.state,
        "roles": accounts.list_role_keys(account),
    }  # fmt: skip
