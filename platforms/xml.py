"""The XML of messages: parsed without entities, written with safe CDATA sections."""

import re
import sys
from typing import Any
from xml.parsers import expat

MAX_DEPTH = 8  # the deepest push of WeChat (pictures from a menu) has 5 levels

# Characters that XML 1.0 does not allow, not even escaped.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CHARACTER_REFERENCE = re.compile("&#(?:x([0-9a-fA-F]{1,20})|([0-9]{1,20}));")
_CDATA_SECTION = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)


class InvalidXmlError(ValueError):
    """The body is not valid XML of a platform."""


class _ElementCollector:
    """A collector of elements: text as str, children as dict, repeated children as list."""

    def __init__(self, root: str) -> None:
        self.root_name = root
        self.open_elements: list[tuple[str, dict[str, Any]]] = []
        self.text = ""
        self.root: dict[str, Any] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if not self.open_elements and name != self.root_name:
            raise InvalidXmlError(f"the root is not {self.root_name}")
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


def parse_xml(body: bytes, *, root: str = "xml") -> dict[str, Any]:
    """Return the elements below the root, without outer white space. `body` is UTF-8, whatever it declares.

    Raises InvalidXmlError.
    """
    collector = _ElementCollector(root)
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = collector.start
    parser.EndElementHandler = collector.end
    parser.CharacterDataHandler = collector.characters
    parser.StartDoctypeDeclHandler = collector.reject_doctype
    try:
        # Decoded here, because expat would read UTF-16 after a byte order mark in spite of its encoding.
        parser.Parse(_drop_illegal(body.decode("utf-8")), True)
    except (UnicodeDecodeError, expat.ExpatError) as error:
        raise InvalidXmlError("not well-formed UTF-8 XML") from error
    return collector.root


def _drop_illegal(document: str) -> str:
    """Return a document without the characters that XML 1.0 forbids, literal ones and references to them.

    People type and paste them, and WeChat passes them on. In a CDATA section an ampersand is only a character. There
    a `]]>` can appear when a character between its parts is dropped, so the section is written again.
    """
    if "&#" not in document and not _ILLEGAL.search(document):
        return document
    parts = _CDATA_SECTION.split(document)
    parts[::2] = [_CHARACTER_REFERENCE.sub(_legal_reference, strip_illegal(part)) for part in parts[::2]]
    parts[1::2] = [cdata(part) for part in parts[1::2]]
    return "".join(parts)


def _legal_reference(reference: re.Match[str]) -> str:
    code_point = int(reference[1], 16) if reference[1] else int(reference[2])
    is_legal = code_point <= sys.maxunicode and not _ILLEGAL.match(chr(code_point))
    return reference[0] if is_legal else ""


def strip_illegal(text: str) -> str:
    """Return the text without the characters that XML 1.0 forbids."""
    return _ILLEGAL.sub("", text)


def cdata(text: str) -> str:
    """Return the text as CDATA. `]]>` is split over two sections, because it would end the section."""
    return f"<![CDATA[{strip_illegal(text).replace(']]>', ']]]]><![CDATA[>')}]]>"
