"""The page of the till. It holds no data: the sign-in of terminal and cashier is a JSON route."""

from apiflask import APIBlueprint
from flask import render_template

from store.tenants import branding
from web.security_headers import protect

bp = APIBlueprint("till_page", __name__, enable_openapi=False)
protect(bp, scans=True)


@bp.get("/till")
def till_page() -> str:
    """Render the till."""
    return render_template("till/page.html", brand=branding.read_name(), logo=branding.read_logo_url())
