"""Markup: the XML of messages, written with CDATA that cannot be broken out of and read without entities."""

from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring


class BadMarkup(Exception):
    """XML that cannot be read as one message."""


def write(fields: dict[str, Any]) -> str:
    """`<xml>` with the fields in order: text in CDATA, whole numbers bare, dicts nested."""
    return f"<xml>{_inner(fields)}</xml>"


def read(text: str) -> dict[str, Any]:
    """The fields of `<xml>`; a field that stands twice is refused, except the `item`s of a list."""
    try:
        root = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise BadMarkup(f"不是合格的 XML：{error}") from error
    if root.tag != "xml":
        raise BadMarkup(f"根元素是 <{root.tag}>，应为 <xml>")
    value = _value(root)
    return value if isinstance(value, dict) else {}


def _inner(fields: dict[str, Any]) -> str:
    return "".join(f"<{name}>{_written(value)}</{name}>" for name, value in fields.items())


def _written(value: Any) -> str:
    if isinstance(value, dict):
        return _inner(value)
    if isinstance(value, int):
        return str(value)
    return "<![CDATA[" + _legal(str(value)).replace("]]>", "]]]]><![CDATA[>") + "]]>"


def _legal(text: str) -> str:
    """Without the characters that XML cannot carry at all."""
    return "".join(each for each in text if each in "\t\n\r" or _may_stand_in_xml(ord(each)))


def _may_stand_in_xml(point: int) -> bool:
    return 0x20 <= point <= 0xD7FF or 0xE000 <= point <= 0xFFFD or point >= 0x10000


def _value(element: Element) -> Any:
    children = list(element)
    if not children:
        return element.text or ""
    if all(child.tag == "item" for child in children):
        return [_value(child) for child in children]
    fields: dict[str, Any] = {}
    for child in children:
        if child.tag in fields:
            raise BadMarkup(f"<{child.tag}> 出现了两次")
        fields[child.tag] = _value(child)
    return fields
