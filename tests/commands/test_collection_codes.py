"""`flask collection-codes`."""

import io

import pytest
import zxingcpp
from PIL import Image

from store.shops import shops
from store.shops.coordinates import Coordinates
from store.tills import collection_codes


@pytest.fixture
def shop(acme):
    return shops.create_shop(code="S1", name="西站店", location=Coordinates(121.47, 31.23))


def test_a_picture_is_exported_and_the_code_stays(run_command, run_json, shop, tmp_path):
    out = tmp_path / "s1.png"
    for _ in range(2):
        assert run_command("collection-codes", "export", "S1", "--out", str(out)).exit_code == 0
    (row,) = collection_codes.list_codes()
    url = f"https://shop.example/pay/{row.code}"
    picture = Image.open(io.BytesIO(out.read_bytes()))
    assert picture.size == (1000, 1000)
    assert [found.text for found in zxingcpp.read_barcodes(picture.convert("L"))] == [url]
    assert [(each["shop"], each["url"]) for each in run_json("collection-codes", "list")] == [("S1", url)]
    svg = tmp_path / "s1.svg"
    run_command("collection-codes", "export", "S1", "--form", "svg", "--out", str(svg))
    assert svg.read_text().startswith("<svg")


def test_a_code_is_renewed_after_a_question(run_command, shop):
    assert "没有找到" in run_command("collection-codes", "renew", "S1", "--yes").output
    old = collection_codes.get_or_create(shop).code
    assert run_command("collection-codes", "renew", "S1", input="n\n").exit_code == 1
    assert collection_codes.get_of_shop(shop).code == old
    assert "新收款码" in run_command("collection-codes", "renew", "S1", "--yes").output
    assert collection_codes.get_of_shop(shop).code != old
