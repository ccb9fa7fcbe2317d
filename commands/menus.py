"""`flask menus …`: the menu of an official account: draft, publication, and what the platform shows."""

import time
from pathlib import Path
from typing import Any

import click

import accounts
from commands.shell import for_company, group_of, read_json, say_json
from store.activities import menus
from store.activities.menus import MenuPublication
from store.company import channels
from store.company.channels import Channel
from store.kernel.refusals import Refused

group = group_of("menus", "Menus of official accounts.")

WAIT_S = 10.0
POLL_S = 0.2


@group.command()
@click.argument("account")
@for_company
def show(account: str) -> None:
    """Print the draft as JSON, in the form that `save` takes."""
    say_json(_draft(channels.of_key(account)))


@group.command()
@click.argument("account")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@for_company
def save(account: str, file: Path) -> None:
    """Save FILE as the draft; refuses what WeChat would refuse."""
    menus.save(channels.of_key(account), read_json(file))
    click.echo(f"草稿已保存，运行 flask menus publish {account} 发布")


@group.command()
@click.argument("account")
@click.option("--wait/--no-wait", default=True, help="Wait up to 10 s for what the platform says.")
@for_company
def publish(account: str, *, wait: bool) -> None:
    """Ask for the draft to be put in force."""
    publication = menus.ask_publish(channels.of_key(account))
    if wait:
        publication = _awaited(publication)
    if publication.state == "failed":
        raise click.ClickException(f"发布失败：{publication.reason}")
    if publication.state == "live":
        click.echo("菜单已发布，关注者最迟 24 小时内看到；重新关注可立即查看")
    else:
        click.echo("已提交发布" + ("，尚无结果，请确认 worker 正在运行" if wait else ""))


@group.command()
@click.argument("account")
@for_company
def live(account: str) -> None:
    """Print the menu that the platform shows now."""
    shown = _live(channels.of_key(account))
    if shown is None:
        raise click.ClickException("公众号上没有菜单")
    say_json({"button": shown})


@group.command()
@click.argument("account")
@for_company
@click.pass_context
def compare(context: click.Context, account: str) -> None:
    """Tell the differences between draft, publication and what the platform shows; ends with 1 when there are any."""
    channel = channels.of_key(account)
    published = menus.live(channel)
    ours = _form(published.menu) if published else None
    if ours is None:
        raise click.ClickException("菜单尚未发布")
    found = menus.differences(_form(_draft(channel)), ours, where="已发布的菜单")
    found += menus.differences(ours, _live(channel))
    for sentence in found or ["草稿、已发布的菜单和公众号上的菜单一致"]:
        click.echo(sentence)
    context.exit(1 if found else 0)


def _draft(channel: Channel) -> dict[str, Any]:
    draft = menus.of(channel)
    if draft is None:
        raise Refused("no_menu", "请先编辑并保存菜单", 409)
    return draft.menu


def _form(menu: dict[str, Any]) -> list[dict[str, Any]]:
    return menus.platform_form(menu, accounts.settings().public_url)


def _live(channel: Channel) -> list[dict[str, Any]] | None:
    answer = accounts.official(channel).menu_live()
    return answer["menu"]["button"] if answer else None


def _awaited(publication: MenuPublication) -> MenuPublication:
    """The publication once the worker has settled it, or as it is when the time is up."""
    deadline = time.monotonic() + WAIT_S
    while publication.state == "asked" and time.monotonic() < deadline:
        time.sleep(POLL_S)
        publication = menus.publication(publication.id)
    return publication
