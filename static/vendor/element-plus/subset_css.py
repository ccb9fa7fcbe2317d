"""Cut Element Plus' style sheet down to what the console uses: `python subset_css.py`, which changes index.css.

Left out are the components below, also where they stand beside others. A page that needs one takes it out of the list,
and runs `bin/fetch-vendored element-plus` and this script again.
"""

import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
UNUSED_COMPONENTS = (
    "affix alert anchor anchor-link aside autocomplete autocomplete-suggestion avatar avatar-group backtop badge "
    "breadcrumb calendar calendar-day calendar-table card carousel cascader cascader-menu cascader-node "
    "cascader-panel check-tag col collapse collapse-item container countdown descriptions divider footer header image "
    "image-viewer input-otp input-tag link main mention mention-dropdown menu menu-item menu-item-group notification "
    "page-header popconfirm quarter-table radio radio-button radio-group rate row segmented slider space spinner "
    "splitter splitter-bar splitter-panel statistic step steps sub-menu table-v2 text tour transfer transfer-panel "
    "tree-select upload upload-cover upload-dragger upload-list watermark"
).split()
_RULE = re.compile(r"((?:^|(?<=[};{])))([^{}@;]+)\{([^{}]*)\}")
_EMPTY_BLOCK = re.compile(r"@(?:media|supports)[^{}]*\{\s*\}")


def main() -> None:
    path = FOLDER / "index.css"
    path.write_text(subset(path.read_text()))


def subset(css: str) -> str:
    """Return the rules of the components in use."""
    return _EMPTY_BLOCK.sub("", _RULE.sub(_keep_used, css))


def _keep_used(rule: re.Match[str]) -> str:
    selectors = [text for text in _split(rule[2]) if not is_unused(text)]
    return f"{','.join(selectors)}{{{rule[3]}}}" if selectors else ""


def _split(selectors: str) -> list[str]:
    """Return selectors that commas separate, but for those inside of brackets."""
    return re.split(r",(?![^()]*\))", selectors)


def is_unused(selector: str) -> bool:
    """Return whether a selector names a component that is not used. `.el-col-xs-12` belongs to `col`."""
    classes = re.findall(r"\.el-([a-z0-9-]+)", re.sub(r":not\([^)]*\)", "", selector))
    return any(_component_of(name) in UNUSED_COMPONENTS for name in classes)


def _component_of(name: str) -> str:
    name = re.sub(r"(__|--).*", "", name)
    return "col" if re.match(r"col-", name) else name


if __name__ == "__main__":
    main()
