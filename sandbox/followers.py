"""Followers: who follows which account and since when. A restart keeps them."""

import threading
from dataclasses import asdict, dataclass

from sandbox.clock import Clock
from sandbox.shelf import Shelf


@dataclass(frozen=True)
class Following:
    since: int
    scene: str  # scene of the code that brought the person, "" when found otherwise


class Followers:
    def __init__(self, *, shelf: Shelf, clock: Clock) -> None:
        self._shelf = shelf
        self._clock = clock
        self._lock = threading.Lock()
        self._by_appid: dict[str, dict[str, Following]] = {
            appid: {person_id: Following(**each) for person_id, each in people.items()}
            for appid, people in (shelf.read() or {}).items()
        }

    def get(self, *, appid: str, person_id: str) -> Following | None:
        return self._by_appid.get(appid, {}).get(person_id)

    def of(self, appid: str) -> list[str]:
        """Person ids in the order in which they came."""
        return list(self._by_appid.get(appid, {}))

    def follow(self, *, appid: str, person_id: str, scene: str = "") -> bool:
        """False when the person follows already: nothing changes then."""
        with self._lock:
            people = self._by_appid.setdefault(appid, {})
            if person_id in people:
                return False
            people[person_id] = Following(since=int(self._clock.now()), scene=scene)
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
        self._shelf.write(
            {
                appid: {person_id: asdict(each) for person_id, each in people.items()}
                for appid, people in self._by_appid.items()
            }
        )
