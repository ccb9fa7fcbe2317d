"""The XML that WeChat speaks: read without entities, written without a way out of CDATA."""

import re
from typing import Any
from xml.parsers import expat

MAX_DEPTH = 8  # the deepest push of WeChat (pictures from a menu) has 5 levels

# Everything XML 1.0 cannot carry, not even escaped.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class InvalidXmlError(ValueError):
    """Not an XML body of WeChat."""


class _ElementCollector:
    """Collects elements: text as str, children as dict; a repeated child becomes a list."""

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
        # Entities are declared in a DOCTYPE only, so without one neither files nor bombs can be named.
        raise InvalidXmlError("a DOCTYPE is not allowed")


def _add_child(parent: dict[str, Any], name: str, value: Any, *, at_top: bool) -> None:
    if name not in parent:
        parent[name] = value
    elif at_top:  # two readers could believe two different senders
        raise InvalidXmlError(f"{name} is there twice")
    elif isinstance(parent[name], list):
        parent[name].append(value)
    else:
        parent[name] = [parent[name], value]


def parse_xml(body: bytes) -> dict[str, Any]:
    """The elements below <xml>, stripped of outer white space; raises BadXml for anything else."""
    reader = _ElementCollector()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.StartDoctypeDeclHandler = reader.reject_doctype
    try:
        # Decoded here, because expat follows a byte order mark into UTF-16 whatever encoding it was given.
        parser.Parse(body.decode("utf-8"), True)
    except (UnicodeDecodeError, expat.ExpatError) as wrong:
        raise InvalidXmlError("not well-formed UTF-8 XML") from wrong
    return reader.root


def strip_illegal(text: str) -> str:
    """The text without the characters that XML 1.0 forbids."""
    return _ILLEGAL.sub("", text)


def cdata(text: str) -> str:
    """The text as CDATA; `]]>` is split over two sections, or it would end the first one early."""
    return f"<![CDATA[{strip_illegal(text).replace(']]>', ']]]]><![CDATA[>')}]]>"
