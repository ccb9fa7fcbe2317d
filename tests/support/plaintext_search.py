"""A phone number planted somewhere, and the search for it: in every form in which bytes may hold it."""

import base64
import urllib.parse
from collections.abc import Iterator
from pathlib import Path


def encoded_forms(number: str) -> dict[str, bytes]:
    """The number as it is typed, sent and wrapped; 86 in front changes nothing that these would not find."""
    three, four, last = number[:3], number[3:7], number[7:]
    spaced = {mark: mark.join((three, four, last)) for mark in (" ", "-", ".", "\u00a0", "\u2009", "_")}
    found = {
        "plain": number.encode(),
        "wide": _full_width(number).encode(),
        "hex": number.encode().hex().encode(),
    }
    for mark, text in spaced.items():
        found[f"spaced {mark!r}"] = text.encode()
        found[f"quoted {mark!r}"] = urllib.parse.quote(text).encode()
        found[f"form {mark!r}"] = urllib.parse.quote_plus(text).encode()
    found |= {f"percent {number!r}": "".join(f"%{ord(digit):02X}" for digit in number).encode()}
    found |= {code: number.encode(code) for code in ("utf-16-le", "utf-16-be")}
    for text in (number, spaced[" "], spaced["-"]):
        found |= {f"base64 {text!r} {at}": _base64_core(text.encode(), at) for at in range(3)}
    return found


def find_occurrences(number: str, *folders: Path) -> list[str]:
    """Where in and below some folders the number is, and in which form."""
    wanted, there = encoded_forms(number), []
    for path in (path for place in folders for path in list_files(place)):
        content = path.read_bytes()
        there += [f"{path}: {form}" for form, text in wanted.items() if text in content]
    return there


def list_files(folder: Path) -> Iterator[Path]:
    """Every file, whatever it is called."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _full_width(number: str) -> str:
    return "".join(chr(ord(digit) + 0xFEE0) for digit in number)


def _base64_core(text: bytes, offset: int) -> bytes:
    """What of the text is the same in the base64 of anything that holds it `at` bytes after a group's start."""
    first, last = -(-offset * 8 // 6), (offset + len(text)) * 8 // 6
    return base64.b64encode(b"\0" * offset + text)[first:last]
