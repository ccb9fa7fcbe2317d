"""The sheet of an export that is requested at the console."""

import io
import zipfile

from store.exports.jobs import ExportJob
from tasks import exports


def read_export(browser, kind: str, filters: dict[str, str]) -> str:
    """The text of the sheet that is exported."""
    answer = browser.post("exports", {"kind": kind, "filters": filters})
    assert answer.status_code == 201, answer.json
    exports.write(ExportJob.select().order_by(ExportJob.id.desc()).get().id)
    content = browser.get(f"exports/{answer.json['data']['id']}/file").data
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return book.read("xl/worksheets/sheet1.xml").decode()
