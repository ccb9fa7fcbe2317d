"""The XML that WeChat speaks: read without entities, written without a way out of CDATA."""

import re
from typing import Any
from xml.parsers import expat

DEEPEST = 8  # the deepest push of WeChat (pictures from a menu) has 5 levels

# Everything XML 1.0 cannot carry, not even escaped.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class BadXml(ValueError):
    """Not an XML body of WeChat."""


class _Reader:
    """Collects elements: text as str, children as dict; a repeated child becomes a list."""

    def __init__(self) -> None:
        self.open: list[tuple[str, dict[str, Any]]] = []
        self.text = ""
        self.root: dict[str, Any] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if not self.open and name != "xml":
            raise BadXml("the root is not xml")
        if len(self.open) >= DEEPEST:
            raise BadXml("nested too deeply")
        self.open.append((name, {}))
        self.text = ""

    def end(self, name: str) -> None:
        _, children = self.open.pop()
        if not self.open:
            self.root = children
            return
        _put(self.open[-1][1], name, children or self.text.strip(), at_top=len(self.open) == 1)
        self.text = ""

    def characters(self, text: str) -> None:
        self.text += text

    def refuse_doctype(self, *declaration: object) -> None:
        # Entities are declared in a DOCTYPE only, so without one neither files nor bombs can be named.
        raise BadXml("a DOCTYPE is not allowed")


def _put(parent: dict[str, Any], name: str, value: Any, *, at_top: bool) -> None:
    if name not in parent:
        parent[name] = value
    elif at_top:  # two readers could believe two different senders
        raise BadXml(f"{name} is there twice")
    elif isinstance(parent[name], list):
        parent[name].append(value)
    else:
        parent[name] = [parent[name], value]


def read(body: bytes) -> dict[str, Any]:
    """The elements below <xml>, stripped of outer white space; raises BadXml for anything else."""
    reader = _Reader()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.StartDoctypeDeclHandler = reader.refuse_doctype
    try:
        # Decoded here, because expat follows a byte order mark into UTF-16 whatever encoding it was given.
        parser.Parse(body.decode("utf-8"), True)
    except (UnicodeDecodeError, expat.ExpatError) as wrong:
        raise BadXml("not well-formed UTF-8 XML") from wrong
    return reader.root


def legal(text: str) -> str:
    """The text without the characters that XML 1.0 forbids."""
    return _ILLEGAL.sub("", text)


def cdata(text: str) -> str:
    """The text as CDATA; `]]>` is split over two sections, or it would end the first one early."""
    return f"<![CDATA[{legal(text).replace(']]>', ']]]]><![CDATA[>')}]]>"
