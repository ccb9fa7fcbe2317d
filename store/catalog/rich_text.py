"""Rich text (图文详情) of staff, cleaned to a few tags without scripts, styles and other sites' frames."""

import html
import re

import nh3

_TAGS = {
    "p", "br", "h1", "h2", "h3", "h4", "strong", "b", "em", "i", "u", "s", "span", "blockquote", "hr",
    "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "a", "img",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href"}, "img": {"src", "alt", "width", "height"}, "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"}, "p": {"class"}, "span": {"class"},
}  # fmt: skip
_SCHEMES = {"https"}
_ANY_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_IGNORED = re.compile(r"[\x00-\x20]")  # browsers leave them out of an address
_EDITOR_CLASS = re.compile(r"w-e-[a-z0-9-]+")


def clean(text: str) -> str:
    """Return a text as safe HTML. Text without tags becomes one paragraph a line. Cleaning again changes nothing."""
    cleaned = _clean_tags(text) if _ANY_TAG.search(text) else text
    return cleaned if _ANY_TAG.search(cleaned) else _to_paragraphs(html.unescape(cleaned))


def to_absolute_pictures(text: str, base_url: str) -> str:
    """Return cleaned HTML whose pictures of this site have whole addresses, as mini-programs need them."""
    return text.replace(' src="/', f' src="{base_url.rstrip("/")}/')


def _clean_tags(text: str) -> str:
    return nh3.clean(
        text, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, attribute_filter=_filter_attribute,
        link_rel="noopener noreferrer",
    )  # fmt: skip


def _to_paragraphs(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return "".join(f"<p>{html.escape(line, quote=False)}</p>" for line in lines)


def _filter_attribute(tag: str, attribute: str, value: str) -> str | None:
    """Keep the classes of the editor only, and no addresses that leave the scheme open."""
    if attribute == "class":
        return " ".join(_EDITOR_CLASS.findall(value)) or None
    if attribute in ("src", "href") and _IGNORED.sub("", value).startswith(("//", "\\", "/\\")):
        return None
    return value
