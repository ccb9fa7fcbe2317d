"""Rich text of goods: what remains of what staff paste."""

import pytest

from store.catalog.rich_text import clean


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("明前\n手工", "<p>明前</p><p>手工</p>"), ("5 < 6 & 7", "<p>5 &lt; 6 &amp; 7</p>"),
        ("&lt;b&gt;", "<p>&lt;b&gt;</p>"), ("<script>alert(1)</script>茶", "<p>茶</p>"),
        ('<p onclick="x()" style="top:0" class="w-e-1 big">茶</p>', '<p class="w-e-1">茶</p>'),
        ("<iframe src=https://x.cn></iframe>", ""), ("<img src=javascript:x() alt=茶>", '<img alt="茶">'),
    ],
)  # fmt: skip
def test_safe_tags_and_texts_remain(text, cleaned):
    assert clean(text) == cleaned
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize(
    "address", ["//x.cn/a", "/\\x.cn", "\\\\x.cn", " //x.cn", "/\t/x.cn", "\n/ /x.cn", "http://x.cn"]
)
def test_an_address_without_a_safe_scheme_is_removed(address):
    assert "x.cn" not in clean(f'<img src="{address}">')


@pytest.mark.parametrize("address", ["https://x.cn/a", "/pictures/x.cn"])
def test_safe_addresses_remain(address):
    assert address in clean(f'<img src="{address}">')
