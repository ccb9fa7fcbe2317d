"""The progress of long work: stored under its name, and gone after an hour."""

from store.core import clock, progress


def test_progress_is_read_under_its_name_and_purged(acme, monkeypatch):
    assert progress.read("import:1") == (0, 0)
    for done in (100, 200):
        progress.save(name="import:1", done=done, total=500)
    assert (progress.read("import:1"), progress.read("import:2")) == ((200, 500), (0, 0))
    assert progress.purge_expired() == 0
    later = clock.now() + 2 * progress.KEPT
    monkeypatch.setattr(clock, "now", lambda: later)
    assert (progress.purge_expired(), progress.read("import:1")) == (1, (0, 0))
