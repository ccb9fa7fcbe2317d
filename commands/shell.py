"""What all commands share: the operator as actor, the company they work on, how they answer and refuse."""

import functools
import getpass
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from platforms.errors import PlatformError
from store.company import tenants
from store.kernel import actors, bounds
from store.kernel.refusals import Refused, invalid

OPEN_PROGRAMME = "flask programmes open CODE NAME"
# What an operator can do about a refusal; it is not in the sentence itself, which shoppers read too.
_REMEDIES = {
    "no_programme": f"请运行 {OPEN_PROGRAMME}",
    "no_base_tier": f"请再次运行 {OPEN_PROGRAMME} 补齐",
    "no_point_group": f"请再次运行 {OPEN_PROGRAMME} 补齐",
}

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for a machine to read.")


class Command(click.Command):
    """A command outside of any group, that takes readable words only."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(context, _readable(args, context))

    def invoke(self, context: click.Context) -> Any:
        with _refusals_told():
            return super().invoke(context)


class _Group(AppGroup):
    """A group whose commands run as the operator and tell a refusal in one sentence."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(context, _readable(args, context))

    def invoke(self, context: click.Context) -> Any:
        with _refusals_told(), actors.acting(operator()):
            return super().invoke(context)


def _readable(words: list[str], context: click.Context) -> list[str]:
    """The words of a line, also those of the commands below; half a character comes of another encoding."""
    if not all(map(bounds.is_text, words)):
        raise click.UsageError("有无法识别的字符，请用 UTF-8 编码输入", context)
    return words


@contextmanager
def _refusals_told() -> Iterator[None]:
    try:
        yield
    except Refused as refused:
        raise click.ClickException(_told(refused)) from refused
    except PlatformError as failure:
        raise click.ClickException(f"{failure.message}（{failure.platform} {failure.code}）") from failure


def _told(refused: Refused) -> str:
    remedy = _REMEDIES.get(refused.code)
    return f"{refused.message}，{remedy}" if remedy else refused.message


def group_of(name: str, help_text: str) -> AppGroup:
    """A command group."""
    return _Group(name, help=help_text)


def operator() -> actors.Actor:
    """Who sits at the shell, as the operation log will know them."""
    return actors.Actor(kind="operator", name=getpass.getuser(), address="shell")


def for_company(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option `--tenant` and run it for that company; with one company it is that one."""

    @click.option(
        "--tenant", "slug", envvar="XIAOER_TENANT", help="The company; needed when there are several."
    )
    @functools.wraps(command)
    def run(*args: Any, slug: str | None, **kwargs: Any) -> Any:
        with company(slug):
            return command(*args, **kwargs)

    return run


def for_companies(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option `--tenant` and hand it `slugs`: that company, or all of them."""

    @click.option("--tenant", "slug", envvar="XIAOER_TENANT", help="The company; all when none is named.")
    @functools.wraps(command)
    def run(*args: Any, slug: str | None, **kwargs: Any) -> Any:
        return command(*args, slugs=[slug] if slug else tenants.slugs(), **kwargs)

    return run


@contextmanager
def company(slug: str | None) -> Iterator[None]:
    """Put the named company in force, or the only one there is."""
    known = tenants.slugs()
    if slug is None and len(known) != 1:
        raise click.ClickException(f"请用 --tenant 指定租户：{'、'.join(known) or '尚无租户'}")
    with tenants.using(slug or known[0]):
        yield


def say_json(value: Any) -> None:
    """Print a value as JSON; moments in ISO form."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def say_rows(rows: Iterable[Iterable[Any]], *, nothing: str) -> None:
    """Print rows with tabs between their cells, or a sentence where there are none."""
    printed = False
    for row in rows:
        click.echo("\t".join("" if cell is None else str(cell) for cell in row))
        printed = True
    if not printed:
        click.echo(nothing)


def read_json(path: Path) -> Any:
    """The JSON in a file; refuses what is none."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # editors on Windows put a mark in front
        found = json.loads(text)
        if bounds.is_text(json.dumps(found, ensure_ascii=False).replace("\\u0000", "\x00")):
            return found
    except (ValueError, OSError):
        raise invalid(path.name, "不是有效的 JSON 文件") from None
    except RecursionError:
        raise invalid(path.name, "嵌套层数过多，无法读取") from None
    raise invalid(path.name, "有无法识别的字符")


def read_text(path: Path) -> str:
    """The text of a file; Excel in China writes GB 18030 unless it is told otherwise."""
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise invalid(path.name, "不是文本文件")
