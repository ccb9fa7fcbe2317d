"""Followers of the accounts, stored in a file."""

import threading
from dataclasses import asdict, dataclass

from sandbox.clock import Clock
from sandbox.json_file import JsonFile


@dataclass(frozen=True)
class Follow:
    followed_at: int
    scene: str  # scene of the scanned QR code, or ""


class Followers:
    def __init__(self, *, file: JsonFile, clock: Clock) -> None:
        self._file = file
        self._clock = clock
        self._lock = threading.Lock()
        self._by_appid: dict[str, dict[str, Follow]] = {
            appid: {person_id: Follow(**each) for person_id, each in people.items()}
            for appid, people in (file.read() or {}).items()
        }

    def find(self, *, appid: str, person_id: str) -> Follow | None:
        return self._by_appid.get(appid, {}).get(person_id)

    def list_person_ids(self, appid: str) -> list[str]:
        """Return the ids of the persons in the order of their follows."""
        return list(self._by_appid.get(appid, {}))

    def follow(self, *, appid: str, person_id: str, scene: str = "") -> bool:
        """Add a follower and return whether the person did not follow before. Idempotent."""
        with self._lock:
            people = self._by_appid.setdefault(appid, {})
            if person_id in people:
                return False
            people[person_id] = Follow(followed_at=int(self._clock.now()), scene=scene)
            self._save()
        return True

    def unfollow(self, *, appid: str, person_id: str) -> bool:
        with self._lock:
            if self._by_appid.get(appid, {}).pop(person_id, None) is None:
                return False
            self._save()
        return True

    def reset(self) -> None:
        with self._lock:
            self._by_appid = {}
            self._save()

    def _save(self) -> None:
        self._file.write(
            {
                appid: {person_id: asdict(each) for person_id, each in people.items()}
                for appid, people in self._by_appid.items()
            }
        )
