"""Cut vant.css down to what the pages use: `python subset_css.py index.css vant.css` (needs fonttools and brotli).

Left out are the icons that no script names, in the font and in the rules, and the components listed below.
"""

import base64
import io
import re
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FOLDER = Path(__file__).resolve().parent
PAGES = FOLDER.parents[1] / "m"
UNUSED_COMPONENTS = (
    "address-edit address-list area back-top barrage calendar card cascader checkbox circle collapse contact-card "
    "contact-edit contact-list count-down coupon coupon-cell coupon-list floating-bubble floating-panel goods-action "
    "grid grid-item highlight index-anchor index-bar key number-keyboard notice-bar pagination password-input picker "
    "picker-group radio rate rolling-text share-sheet sidebar sidebar-item signature slider stepper steps step "
    "submit-bar swipe-cell tabbar tabbar-item text-ellipsis time-picker timeline tree-select uploader watermark"
).split()


def main(source: str, target: str) -> None:
    css = re.sub(r",url\(//at\.alicdn\.com[^)]*\) format\(\"woff\"\)", "", Path(source).read_text())
    Path(target).write_text(drop_components(subset_icons(css)))


def subset_icons(css: str) -> str:
    icons = dict(re.findall(r'\.van-icon-([a-z0-9-]+):{1,2}before\{content:"\\([0-9a-f]+)"', css))
    scripts = "".join(path.read_text() for path in [*PAGES.rglob("*.js"), FOLDER / "vant.min.js"])
    named = set(re.findall(r"""["'`]([a-z][a-z0-9-]+)["'`]""", scripts))
    encoded = re.search(r"base64,([A-Za-z0-9+/=]+)", css).group(1)
    font = TTFont(io.BytesIO(base64.b64decode(encoded)))
    subsetter = subset.Subsetter(subset.Options(layout_features=[], name_IDs=[]))
    subsetter.populate(unicodes=[int(code, 16) for name, code in icons.items() if name in named])
    subsetter.subset(font)
    font.flavor = "woff2"
    written = io.BytesIO()
    font.save(written)
    css = css.replace(encoded, base64.b64encode(written.getvalue()).decode())
    return re.sub(
        r'\.van-icon-([a-z0-9-]+):{1,2}before\{content:"\\[0-9a-f]+"\}',
        lambda rule: rule.group(0) if rule.group(1) in named else "",
        css,
    )


def drop_components(css: str) -> str:
    css = re.sub(r"(?:^|(?<=\}))[^{}@]+\{[^{}]*\}", lambda rule: "" if is_unused(rule.group(0)) else rule.group(0), css)
    return re.sub(
        r"(?:^|(?<=\}))(?::root,:host|:root|\.van-theme-dark)\{[^{}]*\}",
        lambda rule: "" if only_unused_variables(rule.group(0)) else rule.group(0),
        css,
    )


def is_unused(rule: str) -> bool:
    blocks = [re.sub(r"(__|--).*", "", name) for name in re.findall(r"van-([a-z0-9_-]+)", rule.split("{")[0])]
    return bool(blocks) and all(block in UNUSED_COMPONENTS for block in blocks)


def only_unused_variables(rule: str) -> bool:
    names = re.findall(r"--van-([a-z0-9-]+):", rule)
    return bool(names) and all(any(name.startswith(f"{part}-") for part in UNUSED_COMPONENTS) for name in names)


if __name__ == "__main__":
    main(*sys.argv[1:])
