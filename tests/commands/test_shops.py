import pytest

from store.core import events
from store.shops import shops
from store.shops.coordinates import Coordinates

CSV_HEADER = "code,name,lng,lat,city\n"
TWO_SHOPS_CSV = CSV_HEADER + "S1,一号店,121.47,31.23,上海市\nS2,二号店,121.48,31.24,上海市\n"


def test_open_pause_resume_close_walk_a_shop_through_its_life(run_command):
    opened = run_command(
        "shops", "create", "S1", "一号店", "--lng", "121.47", "--lat", "31.23", "--city", "上海市"
    )
    assert opened.output == "门店 S1（一号店）营业中\n"
    assert run_command("shops", "pause", "S1").output == "门店 S1（一号店）已暂停\n"
    assert run_command("shops", "resume", "S1").output == "门店 S1（一号店）营业中\n"
    assert run_command("shops", "close", "S1", "--yes").output == "门店 S1（一号店）已关店\n"
    assert "门店已关店" in run_command("shops", "resume", "S1").output


def test_close_asks_first(run_command, first_shop):
    assert run_command("shops", "close", "S1", input="n\n").exit_code == 1
    assert shops.get_by_code("S1").state == "open"


def test_a_gps_reading_is_moved_onto_the_map(run_command):
    run_command("shops", "create", "S1", "一号店", "--lng", "121.47", "--lat", "31.23", "--datum", "wgs84")
    assert shops.get_by_code("S1").lng == pytest.approx(121.4745, abs=1e-3)


def test_list_finds_by_word_and_state(run_json, run_command, first_shop):
    assert run_json("shops", "list", "--search", "一号")["total"] == 1
    assert run_json("shops", "list", "--state", "closed")["list"] == []
    assert "S1\t" in run_command("shops", "list").output


def test_import_opens_all(run_command, tmp_path):
    result = import_shops(run_command, tmp_path, TWO_SHOPS_CSV)
    assert (result.exit_code, result.output) == (0, "已新开 2 家，原有 0 家\n")
    assert shops.get_by_code("S2").city == "上海市"
    assert import_shops(run_command, tmp_path, TWO_SHOPS_CSV).output == "已新开 0 家，原有 2 家\n"


def test_one_wrong_line_leaves_all_unopened_and_tells_every_error(run_command, tmp_path):
    bad = "S3,,121,31,\nS4,四号店,east,31,\nS1,又一号,121,31,\nS5,五号店,121,99,\n"
    result = import_shops(run_command, tmp_path, TWO_SHOPS_CSV + bad)
    assert result.exit_code == 1
    for line, words in ((4, "name"), (5, "lng：应为数字"), (6, "与第 2 行重复"), (7, "纬度")):
        assert any(
            said.startswith(f"第 {line} 行") and words in said for said in result.output.splitlines()
        ), line
    assert "4 行有误，未导入任何门店" in result.output
    assert shops.list_shops() == ([], 0)
    assert events.Event.select().where(events.Event.kind == "shops.created").count() == 0


def test_a_dry_run_keeps_nothing(run_command, tmp_path, first_shop):
    assert (
        import_shops(run_command, tmp_path, TWO_SHOPS_CSV, "--dry-run").output
        == "检查通过：将新开 1 家，已有 1 家\n"
    )
    assert shops.list_shops()[1] == 1


def test_a_code_that_names_another_shop_is_an_error(run_command, tmp_path, first_shop):
    result = import_shops(run_command, tmp_path, CSV_HEADER + "S1,别的店,121,31,\n")
    assert "第 2 行：门店编码 S1 已被“一号店”使用" in result.output


def test_a_file_from_a_chinese_excel_is_read(run_command, tmp_path):
    (tmp_path / "shops.csv").write_bytes(TWO_SHOPS_CSV.encode("gb18030"))
    assert run_command("shops", "import", str(tmp_path / "shops.csv")).exit_code == 0
    assert shops.get_by_code("S1").name == "一号店"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("code,name\nS1,一号店\n", "lng：缺少此列"),
        (TWO_SHOPS_CSV.replace("city", "town"), "town：不认识的列"),
        (CSV_HEADER, "应有 1–20000 行门店"),
        (CSV_HEADER + 'S1,"一号店,121,31,\n', "不是有效的 CSV"),
    ],
)
def test_a_file_of_another_shape_is_refused(run_command, tmp_path, text, said):
    result = import_shops(run_command, tmp_path, text)
    assert result.exit_code == 1
    assert said in result.output


@pytest.fixture
def first_shop(acme):
    return shops.create_shop(code="S1", name="一号店", location=Coordinates(121.47, 31.23))


def import_shops(run_command, folder, text, *options):
    file = folder / "shops.csv"
    file.write_text(text)
    return run_command("shops", "import", str(file), *options)
