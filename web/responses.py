"""The one form of JSON responses."""

from typing import Any
from urllib.parse import quote

from flask import Response, g, jsonify
from flask.json.provider import DefaultJSONProvider
from pydantic import BaseModel


class JsonProvider(DefaultJSONProvider):
    """JSON with unescaped Chinese and keys in insertion order."""

    ensure_ascii = False
    sort_keys = False

    def loads(self, s: str | bytes, **settings: Any) -> Any:
        """Parse JSON. Raises ValueError also if it is nested too deeply, or null, which no body may be."""
        try:
            value = super().loads(s, **settings)
        except RecursionError:
            raise ValueError("nested too deeply") from None
        if value is None:  # APIFlask would take it for an empty object
            raise ValueError("null is no body")
        return value


def json_response(data: Any = None, status: int = 200) -> Response:
    """Return `data`, plain or a pydantic model, as a JSON response."""
    if isinstance(data, BaseModel):  # pydantic writes its own JSON several times faster
        body = f'{{"code":0,"msg":"ok","data":{data.model_dump_json()},"request_id":"{g.request_id}"}}'
        return Response(body, status, mimetype="application/json")
    response = jsonify(code=0, msg="ok", data=data, request_id=g.request_id)
    response.status_code = status
    return response


def file_response(content: str | bytes, *, mimetype: str, filename: str) -> Response:
    """Return a text or bytes as a file, with its name encoded as RFC 6266 says, because headers are ASCII."""
    response = Response(content, mimetype=mimetype)
    suffix = filename.rpartition(".")[2]
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"download.{suffix}\"; filename*=UTF-8''{quote(filename, safe='')}"
    )
    return response
