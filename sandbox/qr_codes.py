"""QR codes: the codes with a scene that an account has made. A restart keeps them."""

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
# action name: (name of the scene's field, lasts for ever, highest number)
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
        self._codes = [QrCode(**each) for each in file.read() or []]

    def create(self, *, appid: str, payload: dict) -> QrCode:
        """Makes the code that a `qrcode/create` body asks for; a permanent scene has one code for ever."""
        action = payload.get("action_name")
        if not isinstance(action, str) or action not in ACTIONS:
            raise WeChatError(40052)
        _, permanent, _ = ACTIONS[action]
        scene, life_s = (
            _parse_scene(action, payload.get("action_info")),
            _parse_lifetime_s(payload.get("expire_seconds", DEFAULT_LIFETIME_S)),
        )
        with self._lock:
            if permanent and (made := self._find_permanent(appid, scene)):
                return made
            code = QrCode(
                appid=appid,
                action=action,
                scene=scene,
                ticket="gQ" + base64.urlsafe_b64encode(secrets.token_bytes(66)).decode() + "==",
                url="http://weixin.qq.com/q/02" + secrets.token_urlsafe(14),
                expires_at=None if permanent else self._clock.now() + life_s,
            )
            self._save(code)
        return code

    def list_active(self, appid: str) -> list[QrCode]:
        """Codes that still work, the newest first."""
        return [each for each in reversed(self._codes) if each.appid == appid and not self.is_expired(each)]

    def find_by_ticket(self, ticket: str) -> QrCode | None:
        return next((each for each in self._codes if each.ticket == ticket), None)

    def find_by_url(self, url: str) -> QrCode | None:
        return next((each for each in self._codes if each.url == url), None)

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
        mine = [each for each in self._codes if each.appid == appid and each.expires_at is None]
        if made := next((each for each in mine if each.scene == scene), None):
            return made
        if len(mine) >= MAX_PERMANENT_CODES:
            raise WeChatError(45029)
        return None

    def _save(self, code: QrCode) -> None:
        self._codes = [each for each in self._codes if not self.is_expired(each)] + [code]
        self._file.write([asdict(each) for each in self._codes])


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
