"""The XML of messages, written with safe CDATA sections and parsed without entities."""

from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring


class InvalidXmlError(Exception):
    """XML that is not a message."""


def write(fields: dict[str, Any]) -> str:
    """Return `<xml>` with the fields in order: text in CDATA, integers without it, dicts nested, lists repeated.

    Characters that XML forbids stay, because WeChat passes on what people type.
    """
    return f"<xml>{_to_elements(fields)}</xml>"


def parse(text: str) -> dict[str, Any]:
    """Return the fields of `<xml>`.

    Raises InvalidXmlError, also for repeated fields except the `item`s of a list.
    """
    try:
        root = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise InvalidXmlError(f"不是合格的 XML：{error}") from error
    if root.tag != "xml":
        raise InvalidXmlError(f"根元素是 <{root.tag}>，应为 <xml>")
    value = _parse_element(root)
    return value if isinstance(value, dict) else {}


def _to_elements(fields: dict[str, Any]) -> str:
    return "".join(
        f"<{name}>{_to_text(value)}</{name}>"
        for name, values in fields.items()
        for value in (values if isinstance(values, list) else [values])
    )


def _to_text(value: Any) -> str:
    if isinstance(value, dict):
        return _to_elements(value)
    if isinstance(value, int):
        return str(value)
    return "<![CDATA[" + str(value).replace("]]>", "]]]]><![CDATA[>") + "]]>"


def _parse_element(element: Element) -> Any:
    children = list(element)
    if not children:
        return element.text or ""
    if all(child.tag == "item" for child in children):
        return [_parse_element(child) for child in children]
    fields: dict[str, Any] = {}
    for child in children:
        if child.tag in fields:
            raise InvalidXmlError(f"<{child.tag}> 出现了两次")
        fields[child.tag] = _parse_element(child)
    return fields
