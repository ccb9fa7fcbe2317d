"""The XML of WeChat: parsed without entities, written with safe CDATA sections."""

import re
from typing import Any
from xml.parsers import expat

MAX_DEPTH = 8  # the deepest push of WeChat (pictures from a menu) has 5 levels

# Characters that XML 1.0 does not allow, not even escaped.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class InvalidXmlError(ValueError):
    """The body is not valid XML of WeChat."""


class _ElementCollector:
    """A collector of elements: text as str, children as dict, repeated children as list."""

    def __init__(self) -> None:
        self.open_elements: list[tuple[str, dict[str, Any]]] = []
        self.text = ""
        self.root: dict[str, Any] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if not self.open_elements and name != "xml":
            raise InvalidXmlError("the root is not xml")
        if len(self.open_elements) >= MAX_DEPTH:
            raise InvalidXmlError("nested too deeply")
        self.open_elements.append((name, {}))
        self.text = ""

    def end(self, name: str) -> None:
        _, children = self.open_elements.pop()
        if not self.open_elements:
            self.root = children
            return
        _add_child(
            self.open_elements[-1][1],
            name,
            children or self.text.strip(),
            at_top=len(self.open_elements) == 1,
        )
        self.text = ""

    def characters(self, text: str) -> None:
        self.text += text

    def reject_doctype(self, *declaration: object) -> None:
        # Entities need a DOCTYPE. With one an attacker could read files or exhaust the memory.
        raise InvalidXmlError("a DOCTYPE is not allowed")


def _add_child(parent: dict[str, Any], name: str, value: Any, *, at_top: bool) -> None:
    if name not in parent:
        parent[name] = value
    elif at_top:  # otherwise two parsers could read different senders
        raise InvalidXmlError(f"{name} is repeated")
    elif isinstance(parent[name], list):
        parent[name].append(value)
    else:
        parent[name] = [parent[name], value]


def parse_xml(body: bytes) -> dict[str, Any]:
    """Return the elements below <xml>, without outer white space.

    Raises InvalidXmlError.
    """
    collector = _ElementCollector()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = collector.start
    parser.EndElementHandler = collector.end
    parser.CharacterDataHandler = collector.characters
    parser.StartDoctypeDeclHandler = collector.reject_doctype
    try:
        # Decoded here, because expat would read UTF-16 after a byte order mark in spite of its encoding.
        parser.Parse(body.decode("utf-8"), True)
    except (UnicodeDecodeError, expat.ExpatError) as error:
        raise InvalidXmlError("not well-formed UTF-8 XML") from error
    return collector.root


def strip_illegal(text: str) -> str:
    """Return the text without the characters that XML 1.0 forbids."""
    return _ILLEGAL.sub("", text)


def cdata(text: str) -> str:
    """Return the text as CDATA. `]]>` is split over two sections, because it would end the section."""
    return f"<![CDATA[{strip_illegal(text).replace(']]>', ']]]]><![CDATA[>')}]]>"
