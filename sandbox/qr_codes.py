"""QR codes with a scene, stored in a file."""

import base64
import secrets
import threading
from dataclasses import asdict, dataclass

from sandbox.clock import Clock
from sandbox.errors import SandboxError, WeChatError
from sandbox.json_file import JsonFile

MAX_LIFETIME_S = 2_592_000
DEFAULT_LIFETIME_S = 60
MAX_PERMANENT_CODES = 100_000
MAX_SCENE_LENGTH = 64
# action name: (name of the scene field, permanent, highest number)
ACTIONS = {
    "QR_SCENE": ("scene_id", False, 2**32 - 1),
    "QR_STR_SCENE": ("scene_str", False, 0),
    "QR_LIMIT_SCENE": ("scene_id", True, MAX_PERMANENT_CODES),
    "QR_LIMIT_STR_SCENE": ("scene_str", True, 0),
}


@dataclass(frozen=True)
class QrCode:
    appid: str
    action: str
    scene: int | str
    ticket: str
    url: str
    expires_at: float | None


class QrCodes:
    def __init__(self, *, file: JsonFile, clock: Clock) -> None:
        self._file = file
        self._clock = clock
        self._lock = threading.Lock()
        self._codes = [QrCode(**code) for code in file.read() or []]

    def create(self, *, appid: str, payload: dict) -> QrCode:
        """Create the code of a `qrcode/create` request. A permanent scene always has the same code.

        Raises WeChatError.
        """
        action = payload.get("action_name")
        if not isinstance(action, str) or action not in ACTIONS:
            raise WeChatError(40052)
        _, permanent, _ = ACTIONS[action]
        scene, lifetime_s = (
            _parse_scene(action, payload.get("action_info")),
            _parse_lifetime_s(payload.get("expire_seconds", DEFAULT_LIFETIME_S)),
        )
        ticket = "gQ" + base64.urlsafe_b64encode(secrets.token_bytes(66)).decode() + "=="
        url = "http://weixin.qq.com/q/02" + secrets.token_urlsafe(14)
        expires_at = None if permanent else self._clock.now() + lifetime_s
        return self._add(QrCode(appid, action, scene, ticket, url, expires_at))

    def create_for_alipay(self, *, appid: str, scene: str, lifetime_s: int | None) -> QrCode:
        """Create the code of a life account. A permanent scene always has the same code."""
        ticket = f"pmx{secrets.token_hex(10)}"
        expires_at = None if lifetime_s is None else self._clock.now() + lifetime_s
        action = "TEMP" if lifetime_s else "PERM"
        return self._add(QrCode(appid, action, scene, ticket, f"https://qr.alipay.com/{ticket}", expires_at))

    def _add(self, code: QrCode) -> QrCode:
        with self._lock:
            if code.expires_at is None and (existing := self._find_permanent(code.appid, code.scene)):
                return existing
            self._save(code)
        return code

    def list_active(self, appid: str) -> list[QrCode]:
        """Return the codes that are not expired, the newest first."""
        return [code for code in reversed(self._codes) if code.appid == appid and not self.is_expired(code)]

    def find_by_ticket(self, ticket: str) -> QrCode | None:
        return next((code for code in self._codes if code.ticket == ticket), None)

    def find_by_url(self, url: str) -> QrCode | None:
        return next((code for code in self._codes if code.url == url), None)

    def get_by_scene(self, *, appid: str, scene: str) -> QrCode:
        for code in self.list_active(appid):
            if str(code.scene) == str(scene):
                return code
        raise SandboxError("no_such_scene", "这个公众号没有这个场景的二维码", 404)

    def is_expired(self, code: QrCode) -> bool:
        return code.expires_at is not None and self._clock.now() >= code.expires_at

    def reset(self) -> None:
        with self._lock:
            self._codes = []
            self._file.write([])

    def _find_permanent(self, appid: str, scene: int | str) -> QrCode | None:
        own_codes = [code for code in self._codes if code.appid == appid and code.expires_at is None]
        if existing := next((code for code in own_codes if code.scene == scene), None):
            return existing
        if len(own_codes) >= MAX_PERMANENT_CODES:
            raise WeChatError(45029)
        return None

    def _save(self, code: QrCode) -> None:
        self._codes = [code for code in self._codes if not self.is_expired(code)] + [code]
        self._file.write([asdict(code) for code in self._codes])


def _parse_scene(action: str, info: object) -> int | str:
    field, _, highest = ACTIONS[action]
    scene = info.get("scene") if isinstance(info, dict) else None
    value = scene.get(field) if isinstance(scene, dict) else None
    if field == "scene_str" and isinstance(value, str) and 1 <= len(value) <= MAX_SCENE_LENGTH:
        return value
    if field == "scene_id" and type(value) is int and 1 <= value <= highest:
        return value
    raise WeChatError(40053)


def _parse_lifetime_s(value: object) -> int:
    if type(value) is not int or not 1 <= value <= MAX_LIFETIME_S:
        raise WeChatError(40053, "expire_seconds")
    return value
