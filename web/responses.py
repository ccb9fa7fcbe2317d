"""The one form of JSON responses."""

from typing import Any

from flask import Response, g, jsonify
from flask.json.provider import DefaultJSONProvider
from pydantic import BaseModel


class JsonProvider(DefaultJSONProvider):
    """JSON with unescaped Chinese and keys in insertion order."""

    ensure_ascii = False
    sort_keys = False

    def loads(self, s: str | bytes, **settings: Any) -> Any:
        """Parse JSON. Raises ValueError also if it is nested too deeply."""
        try:
            return super().loads(s, **settings)
        except RecursionError:
            raise ValueError("nested too deeply") from None


def json_response(data: Any = None, status: int = 200) -> Response:
    """Return `data`, plain or a pydantic model, as a JSON response."""
    if isinstance(data, BaseModel):  # pydantic writes its own JSON several times faster
        body = f'{{"code":0,"msg":"ok","data":{data.model_dump_json()},"request_id":"{g.request_id}"}}'
        return Response(body, status, mimetype="application/json")
    response = jsonify(code=0, msg="ok", data=data, request_id=g.request_id)
    response.status_code = status
    return response


def page_response(rows: list[Any], *, total: int, page: int, page_size: int) -> dict[str, Any]:
    """Return one page of a list as the data of a JSON response."""
    more = page * page_size < total
    return {"list": rows, "total": total, "page": page, "page_size": page_size, "has_more": more}
