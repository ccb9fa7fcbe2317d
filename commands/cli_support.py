"""Common parts of the commands: the operator as actor, the tenant, the output and the error messages."""

import functools
import json
import os
import pwd
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

import config
from platforms.errors import PlatformError
from store.core import actors, input_limits
from store.core.errors import DomainError, invalid
from store.tenants import registry

CREATE_PROGRAMME_COMMAND = "flask programmes create CODE NAME"
# What an operator can do about an error. The messages do not contain it, because shoppers read them too.
_REMEDIES = {
    "no_programme": f"请运行 {CREATE_PROGRAMME_COMMAND}",
    "no_base_tier": f"请再次运行 {CREATE_PROGRAMME_COMMAND} 补齐",
    "no_point_group": f"请再次运行 {CREATE_PROGRAMME_COMMAND} 补齐",
}

CSV_OPTION = click.option(
    "--csv", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write all of them to a CSV file."
)
JSON_OPTION = click.option("--json", "as_json", is_flag=True, help="Print JSON for a machine to read.")


class Command(click.Command):
    """A command outside of a group, with the checks and error messages of grouped commands."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        with _domain_errors_as_messages():
            return super().parse_args(context, _validate_encoding(args, context))

    def invoke(self, context: click.Context) -> Any:
        with _domain_errors_as_messages(), actors.acting_as(current_operator()):
            return super().invoke(context)


class _CommandGroup(AppGroup):
    """A group whose commands run as the operator and print domain errors as one sentence."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(context, _validate_encoding(args, context))

    def invoke(self, context: click.Context) -> Any:
        with _domain_errors_as_messages(), actors.acting_as(current_operator()):
            return super().invoke(context)


def _validate_encoding(arguments: list[str], context: click.Context) -> list[str]:
    """Return the arguments if they are valid text.

    Raises click.UsageError. A terminal with another encoding than UTF-8 sends invalid characters.
    """
    if not all(map(input_limits.is_storable_text, arguments)):
        raise click.UsageError("有无法识别的字符，请用 UTF-8 编码输入", context)
    return arguments


@contextmanager
def _domain_errors_as_messages() -> Iterator[None]:
    try:
        yield
    except DomainError as error:
        raise click.ClickException(_format_error(error)) from error
    except PlatformError as failure:
        raise click.ClickException(f"{failure.message}（{failure.platform} {failure.code}）") from failure


def _format_error(error: DomainError) -> str:
    remedy = _REMEDIES.get(error.code)
    return f"{error.operator_message}，{remedy}" if remedy else error.operator_message


def command_group(name: str, help_text: str) -> AppGroup:
    """Create a command group."""
    return _CommandGroup(name, help=help_text)


def current_operator() -> actors.Actor:
    """Return the user of the operating system as an actor for approvals and the audit log.

    `LOGNAME` and `USER` do not count, because everyone can set them to the name of a colleague.
    """
    sudo_uid = config.find_sudo_uid()
    uid = os.getuid() if sudo_uid is None else sudo_uid
    try:
        name = pwd.getpwuid(uid).pw_name
    except (KeyError, OverflowError):
        name = f"uid:{uid}"  # a user of a container or of a directory service that is away
    return actors.Actor(kind="operator", name=name, address="shell")


def with_tenant(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the option `--tenant` to a command and run it for that tenant or for the only one."""

    @click.option(
        "--tenant", "slug", envvar="XIAOER_TENANT", help="The tenant; required if there are several."
    )
    @functools.wraps(command)
    def run(*args: Any, slug: str | None, **kwargs: Any) -> Any:
        with use_tenant(slug):
            return command(*args, **kwargs)

    return run


def with_tenants(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the option `--tenant` to a command and pass it `slugs`: that tenant, or all tenants."""

    @click.option("--tenant", "slug", envvar="XIAOER_TENANT", help="The tenant; all if omitted.")
    @functools.wraps(command)
    def run(*args: Any, slug: str | None, **kwargs: Any) -> Any:
        return command(*args, slugs=[slug] if slug else registry.list_slugs(), **kwargs)

    return run


@contextmanager
def use_tenant(slug: str | None) -> Iterator[None]:
    """Make the given tenant or the only tenant the current one for the block."""
    slugs = registry.list_slugs()
    if slug is None and len(slugs) != 1:
        raise click.ClickException(f"请用 --tenant 指定租户：{'、'.join(slugs) or '尚无租户'}")
    with registry.use_tenant(slug or slugs[0]):
        yield


def print_json(value: Any) -> None:
    """Print a value as JSON, with dates and times in ISO format."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def print_rows(rows: Iterable[Iterable[Any]], *, empty_message: str) -> None:
    """Print rows with tabs between their cells, or the empty message if there are none."""
    printed = False
    for row in rows:
        click.echo("\t".join("" if cell is None else str(cell) for cell in row))
        printed = True
    if not printed:
        click.echo(empty_message)


def write_csv(file: Path, lines: Iterable[str]) -> None:
    """Write the lines of a CSV file."""
    try:
        with file.open("w", encoding="utf-8", newline="") as out:
            out.writelines(lines)
    except OSError as error:
        raise click.ClickException(f"{file} 不能写入（{error.strerror}）") from error
    click.echo(f"已保存到 {file}")


def read_json(path: Path) -> Any:
    """Return the JSON value in a file.

    The encodings are those of `read_text`. Raises DomainError if the file is not valid JSON.
    """
    try:
        value = json.loads(read_text(path))
        if input_limits.is_storable_text(json.dumps(value, ensure_ascii=False).replace("\\u0000", "\x00")):
            return value
    except (ValueError, OSError, DomainError):
        raise invalid(path.name, "不是有效的 JSON 文件") from None
    except RecursionError:
        raise invalid(path.name, "嵌套层数过多，无法读取") from None
    raise invalid(path.name, "有无法识别的字符")


def read_text(path: Path) -> str:
    """Return the text of a file in UTF-8, or in GB 18030, which Excel in China writes by default.

    Raises DomainError for other encodings.
    """
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise invalid(path.name, "不是文本文件")
