"""Branding (品牌形象) of a tenant: name, logo, colour and SMS signature, as shoppers see them."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from store.tenants import registry, settings

MAX_NAME_LENGTH = 30
MIN_CONTRAST = 3.0  # of white text on the colour, as WCAG 2 requires for large text and controls
_SOFT_SHARE = 0.1  # of the colour in the background of chosen filters
_DEEP_SHARE, _DARK_SHARE = 0.88, 0.7  # of the colour in cards, and in text on a soft background


def _validate_colour(colour: str) -> str:
    if _contrast_with_white(colour) < MIN_CONTRAST:
        raise ValueError("颜色太浅，上面的白色文字看不清")
    return colour.lower()


def _validate_signature(text: str) -> str:
    if text and not 2 <= len(text) <= 12:
        raise ValueError("短信签名应为 2–12 个字，不含【】")
    return text


_Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=MAX_NAME_LENGTH, pattern=r"^[^\x00-\x1f\x7f<>{}]*$"),
]
_LogoUrl = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, max_length=500, pattern=r"^(https?://[^\s\\]+|/[^/\s\\][^\s\\]*)?$"
    ),
]
_Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$"), AfterValidator(_validate_colour)]
_Signature = Annotated[
    str,
    StringConstraints(strip_whitespace=True, pattern=r"^[0-9A-Za-z\u4e00-\u9fff]*$"),
    AfterValidator(_validate_signature),
]


class BrandingSettings(settings.SettingsGroup, name="branding"):
    """An empty name is the name of the tenant; an empty SMS signature is that of the SMS channel, or the name."""

    display_name: _Name = ""
    logo_url: _LogoUrl = ""
    colour: _Colour = "#e8532c"
    sms_signature: _Signature = ""


def read_name() -> str:
    """Return the name that shoppers read."""
    return settings.read(BrandingSettings).display_name or registry.get_current_name()[:MAX_NAME_LENGTH]


def read_logo_url() -> str:
    """Return the URL of the logo, or nothing."""
    return settings.read(BrandingSettings).logo_url


def read_sms_signature(channel_name: str = "") -> str:
    """Return the signature of SMS: the chosen one, that of the channel, or the name."""
    return settings.read(BrandingSettings).sms_signature or channel_name or read_name()


def read_css_colours() -> dict[str, str]:
    """Return the colours of the pages by the name of their CSS variable."""
    colour = settings.read(BrandingSettings).colour
    return {
        "brand": colour,
        "brand-soft": _mix(colour, 255, _SOFT_SHARE),
        "brand-deep": _mix(colour, 0, _DEEP_SHARE),
        "brand-dark": _mix(colour, 0, _DARK_SHARE),
    }


def _channels(colour: str) -> list[int]:
    return [int(colour[start : start + 2], 16) for start in (1, 3, 5)]


def _mix(colour: str, other: int, share: float) -> str:
    """Return a mix of a colour with white (255) or black (0)."""
    return "#" + "".join(f"{round(value * share + other * (1 - share)):02x}" for value in _channels(colour))


def _contrast_with_white(colour: str) -> float:
    """Return the contrast ratio of WCAG 2."""
    shares = [value / 255 for value in _channels(colour)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    luminance = sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return 1.05 / (luminance + 0.05)
