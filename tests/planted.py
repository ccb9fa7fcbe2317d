"""A phone number planted somewhere, and the search for it: in every form in which bytes may hold it."""

import base64
import urllib.parse
from collections.abc import Iterator
from pathlib import Path


def forms(number: str) -> dict[str, bytes]:
    """The number as it is typed, sent and wrapped; 86 in front changes nothing that these would not find."""
    three, four, last = number[:3], number[3:7], number[7:]
    spaced = {mark: mark.join((three, four, last)) for mark in (" ", "-", ".", "\u00a0", "\u2009", "_")}
    found = {"plain": number.encode(), "wide": _wide(number).encode(), "hex": number.encode().hex().encode()}
    for mark, text in spaced.items():
        found[f"spaced {mark!r}"] = text.encode()
        found[f"quoted {mark!r}"] = urllib.parse.quote(text).encode()
        found[f"form {mark!r}"] = urllib.parse.quote_plus(text).encode()
    found |= {f"percent {number!r}": "".join(f"%{ord(digit):02X}" for digit in number).encode()}
    found |= {code: number.encode(code) for code in ("utf-16-le", "utf-16-be")}
    for text in (number, spaced[" "], spaced["-"]):
        found |= {f"base64 {text!r} {at}": _inside_base64(text.encode(), at) for at in range(3)}
    return found


def found(number: str, *places: Path) -> list[str]:
    """Where in and below some folders the number stands, and in which form."""
    wanted, there = forms(number), []
    for path in (path for place in places for path in files(place)):
        content = path.read_bytes()
        there += [f"{path}: {form}" for form, text in wanted.items() if text in content]
    return there


def files(folder: Path) -> Iterator[Path]:
    """Every file, whatever it is called."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _wide(number: str) -> str:
    return "".join(chr(ord(digit) + 0xFEE0) for digit in number)


def _inside_base64(text: bytes, at: int) -> bytes:
    """What of the text is the same in the base64 of anything that holds it `at` bytes after a group's start."""
    first, last = -(-at * 8 // 6), (at + len(text)) * 8 // 6
    return base64.b64encode(b"\0" * at + text)[first:last]
