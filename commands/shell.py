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
from store.kernel import actors
from store.kernel.refusals import Refused, invalid

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for a machine to read.")


class _Group(AppGroup):
    """A group whose commands run as the operator and tell a refusal in one sentence."""

    def invoke(self, context: click.Context) -> Any:
        try:
            with actors.acting(operator()):
                return super().invoke(context)
        except Refused as refused:
            raise click.ClickException(refused.message) from refused
        except PlatformError as failure:
            raise click.ClickException(f"{failure.message}（{failure.platform} {failure.code}）") from failure


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
        return json.loads(path.read_text(encoding="utf-8-sig"))  # editors on Windows put a mark in front
    except (ValueError, OSError):
        raise invalid(path.name, "不是有效的 JSON 文件") from None
    except RecursionError:
        raise invalid(path.name, "嵌套层数过多，无法读取") from None


def read_text(path: Path) -> str:
    """The text of a file; Excel in China writes GB 18030 unless it is told otherwise."""
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise invalid(path.name, "不是文本文件")
