"""What all commands share: the operator as actor, the tenant they work on, how they answer and reject."""

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
from store.core import actors, input_limits
from store.core.errors import DomainError, invalid
from store.tenants import registry

CREATE_PROGRAMME_COMMAND = "flask programmes create CODE NAME"
# What an operator can do about a rejection; it is not in the sentence itself, which shoppers read too.
_REMEDIES = {
    "no_programme": f"请运行 {CREATE_PROGRAMME_COMMAND}",
    "no_base_tier": f"请再次运行 {CREATE_PROGRAMME_COMMAND} 补齐",
    "no_point_group": f"请再次运行 {CREATE_PROGRAMME_COMMAND} 补齐",
}

JSON_OPTION = click.option("--json", "as_json", is_flag=True, help="Print JSON for a machine to read.")


class Command(click.Command):
    """A command outside of any group, with the same checks and error messages as those of a group."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        with _domain_errors_as_messages():
            return super().parse_args(context, _validate_encoding(args, context))

    def invoke(self, context: click.Context) -> Any:
        with _domain_errors_as_messages(), actors.acting_as(current_operator()):
            return super().invoke(context)


class _CommandGroup(AppGroup):
    """A group whose commands run as the operator and tell a rejection in one sentence."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(context, _validate_encoding(args, context))

    def invoke(self, context: click.Context) -> Any:
        with _domain_errors_as_messages(), actors.acting_as(current_operator()):
            return super().invoke(context)


def _validate_encoding(words: list[str], context: click.Context) -> list[str]:
    """The words of a line, also those of the commands below; half a character comes of another encoding."""
    if not all(map(input_limits.is_storable_text, words)):
        raise click.UsageError("有无法识别的字符，请用 UTF-8 编码输入", context)
    return words


@contextmanager
def _domain_errors_as_messages() -> Iterator[None]:
    try:
        yield
    except DomainError as refused:
        raise click.ClickException(_format_error(refused)) from refused
    except PlatformError as failure:
        raise click.ClickException(f"{failure.message}（{failure.platform} {failure.code}）") from failure


def _format_error(error: DomainError) -> str:
    remedy = _REMEDIES.get(error.code)
    return f"{error.message}，{remedy}" if remedy else error.message


def command_group(name: str, help_text: str) -> AppGroup:
    """A command group."""
    return _CommandGroup(name, help=help_text)


def current_operator() -> actors.Actor:
    """Who sits at the shell, as the operation log will know them."""
    return actors.Actor(kind="operator", name=getpass.getuser(), address="shell")


def with_tenant(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option `--tenant` and run it for that tenant; with one tenant it is that one."""

    @click.option(
        "--tenant", "slug", envvar="XIAOER_TENANT", help="The tenant; needed when there are several."
    )
    @functools.wraps(command)
    def run(*args: Any, slug: str | None, **kwargs: Any) -> Any:
        with use_tenant(slug):
            return command(*args, **kwargs)

    return run


def with_tenants(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option `--tenant` and hand it `slugs`: that tenant, or all of them."""

    @click.option("--tenant", "slug", envvar="XIAOER_TENANT", help="The tenant; all when none is named.")
    @functools.wraps(command)
    def run(*args: Any, slug: str | None, **kwargs: Any) -> Any:
        return command(*args, slugs=[slug] if slug else registry.list_slugs(), **kwargs)

    return run


@contextmanager
def use_tenant(slug: str | None) -> Iterator[None]:
    """Select the named tenant, or the only one."""
    known = registry.list_slugs()
    if slug is None and len(known) != 1:
        raise click.ClickException(f"请用 --tenant 指定租户：{'、'.join(known) or '尚无租户'}")
    with registry.use_tenant(slug or known[0]):
        yield


def print_json(value: Any) -> None:
    """Print a value as JSON; moments in ISO form."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def print_rows(rows: Iterable[Iterable[Any]], *, empty_message: str) -> None:
    """Print rows with tabs between their cells, or a sentence where there are none."""
    printed = False
    for row in rows:
        click.echo("\t".join("" if cell is None else str(cell) for cell in row))
        printed = True
    if not printed:
        click.echo(empty_message)


def read_json(path: Path) -> Any:
    """The JSON in a file; rejects what is none."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # editors on Windows put a mark in front
        found = json.loads(text)
        if input_limits.is_storable_text(json.dumps(found, ensure_ascii=False).replace("\\u0000", "\x00")):
            return found
    except (ValueError, OSError):
        raise invalid(path.name, "不是有效的 JSON 文件") from None
    except RecursionError:
        raise invalid(path.name, "嵌套层数过多，无法读取") from None
    raise invalid(path.name, "有无法识别的字符")


def read_text(path: Path) -> str:
    """Read a text file in UTF-8 or GB 18030, which Excel in China writes by default."""
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise invalid(path.name, "不是文本文件")
