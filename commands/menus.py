"""`flask menus …`: the menu of an official account: draft, publication and live menu."""

import time
from pathlib import Path
from typing import Any

import click

import config
import platform_clients
from commands.cli_support import command_group, print_json, read_json, with_tenant
from store.core.errors import DomainError
from store.official_accounts import menus
from store.official_accounts.menus import MenuPublication
from store.tenants import channels
from store.tenants.channels import Channel

group = command_group("menus", "Menus of official accounts.")

PUBLISH_TIMEOUT_S = 10.0
POLL_INTERVAL_S = 0.2


@group.command()
@click.argument("account")
@with_tenant
def show(account: str) -> None:
    """Print the draft as JSON in the format of `save`."""
    print_json(_get_draft(channels.get_by_key(account)))


@group.command()
@click.argument("account")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_tenant
def save(account: str, file: Path) -> None:
    """Save FILE as the draft. Rejects menus that WeChat would reject."""
    menus.save_draft(channels.get_by_key(account), read_json(file))
    click.echo(f"草稿已保存，运行 flask menus publish {account} 发布")


@group.command()
@click.argument("account")
@click.option("--wait/--no-wait", default=True, help="Wait up to 10 s for the result of the platform.")
@with_tenant
def publish(account: str, *, wait: bool) -> None:
    """Request the publication of the draft."""
    publication = menus.request_publication(channels.get_by_key(account))
    if wait:
        publication = _wait_for_result(publication)
    if publication.state == "failed":
        raise click.ClickException(f"发布失败：{publication.reason}")
    if publication.state == "live":
        click.echo("菜单已发布，关注者最迟 24 小时内看到；重新关注可立即查看")
    else:
        click.echo("已提交发布" + ("，尚无结果，请确认 worker 正在运行" if wait else ""))


@group.command()
@click.argument("account")
@with_tenant
def withdraw(account: str) -> None:
    """Request that the platform shows no menu any more. The draft stays. Idempotent while it is under way."""
    menus.request_withdrawal(channels.get_by_key(account))
    click.echo("已提交撤下，草稿保留")


@group.command("show-live")
@click.argument("account")
@with_tenant
def show_live(account: str) -> None:
    """Print the menu that the platform shows currently."""
    buttons = _fetch_live_buttons(channels.get_by_key(account))
    if buttons is None:
        raise click.ClickException("公众号上没有菜单")
    print_json({"button": buttons})


@group.command()
@click.argument("account")
@with_tenant
@click.pass_context
def compare(context: click.Context, account: str) -> None:
    """Compare draft, published menu and live menu. Exits with 1 if there are differences."""
    channel = channels.get_by_key(account)
    published = menus.find_published(channel)
    published_buttons = _to_wechat_buttons(published.menu) if published else None
    if published_buttons is None:
        raise click.ClickException("菜单尚未发布")
    differences = menus.diff(
        _to_wechat_buttons(_get_draft(channel)), published_buttons, location_label="已发布的菜单"
    )
    differences += menus.diff(published_buttons, _fetch_live_buttons(channel))
    for message in differences or ["草稿、已发布的菜单和公众号上的菜单一致"]:
        click.echo(message)
    context.exit(1 if differences else 0)


def _get_draft(channel: Channel) -> dict[str, Any]:
    draft = menus.find_draft(channel)
    if draft is None:
        raise DomainError("no_menu", "请先编辑并保存菜单", 409)
    return draft.menu


def _to_wechat_buttons(menu: dict[str, Any]) -> list[dict[str, Any]]:
    return menus.to_wechat_json(menu, config.current().public_url)


def _fetch_live_buttons(channel: Channel) -> list[dict[str, Any]] | None:
    response = platform_clients.chat_client(channel).find_menu()
    return response["menu"]["button"] if response else None


def _wait_for_result(publication: MenuPublication) -> MenuPublication:
    """Return the publication when the worker has finished it or the timeout has passed."""
    deadline = time.monotonic() + PUBLISH_TIMEOUT_S
    while publication.state == "requested" and time.monotonic() < deadline:
        time.sleep(POLL_INTERVAL_S)
        publication = menus.get_publication(publication.id)
    return publication
