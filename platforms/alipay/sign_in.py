"""Sign-in with Alipay: the address of the authorization page, and the person of a code."""

from urllib.parse import urlencode

from platforms.alipay import transport
from platforms.alipay.person import AlipayPerson
from platforms.alipay.sdk import Sdk
from platforms.alipay.transport import PLATFORM
from platforms.errors import OutcomeUnknownError
from platforms.http import PlatformSession

AUTHORIZE_URL = "https://openauth.alipay.com/oauth2/publicAppAuthorize.htm"
SILENT_SCOPE = "auth_base"


def build_authorization_url(app_id: str, redirect_uri: str, *, state: str, scope: str) -> str:
    """Return the address of the page that sends the person back with `auth_code` and `state`."""
    query = {"app_id": app_id, "scope": scope, "redirect_uri": redirect_uri, "state": state}
    return f"{AUTHORIZE_URL}?{urlencode(query)}"


def exchange_code(sdk: Sdk, http: PlatformSession, code: str) -> AlipayPerson:
    """Return the person of a code of the authorization page or of `my.getAuthCode`.

    Raises PlatformRejectedError for a used or unknown code.
    """
    response = transport.call(
        sdk, http, "alipay.system.oauth.token", {}, grant_type="authorization_code", code=code
    )
    if response.code and not response.is_success:
        raise transport.to_error(response)
    person = AlipayPerson(response.text("user_id"), response.text("open_id"))
    if not person.user_id and not person.open_id:
        raise OutcomeUnknownError(PLATFORM, "unreadable", "支付宝应答里没有用户")
    return person
