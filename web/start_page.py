"""The start page of a trial installation, and the page of all error codes."""

from apiflask import APIBlueprint
from flask import abort, current_app, render_template

from web import error_codes
from web.security_headers import protect

bp = APIBlueprint("start", __name__, enable_openapi=False)
protect(bp)


@bp.get("/")
def start_page() -> str:
    """Render the links of a trial installation. Production has no start page."""
    if not current_app.config["SANDBOX_URL"]:
        abort(404)
    return render_template("start.html", phone_url=current_app.config["SANDBOX_URL"])


@bp.get("/docs/error-codes")
def error_codes_page() -> str:
    """Render all error codes of the API."""
    return render_template("error_codes.html", codes=error_codes.list_all())
