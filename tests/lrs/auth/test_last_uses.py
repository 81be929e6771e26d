import pytest

from lrs.auth.credentials import create_credential, list_credentials
from lrs.auth.last_uses import LastUses, today


@pytest.fixture
def uses(database):
    return LastUses(database)


def test_the_day_of_the_last_use_is_kept(database, store, uses):
    used, unused = (create_credential(database, store, name)[0] for name in ("used", "unused"))
    for _ in range(3):
        uses.note(used)
    uses.stop()
    assert {row.key: row.last_used for row in list_credentials(database, store)} == {
        used: today(),
        unused: None,
    }


def test_a_credential_is_written_once_a_day(database, store, uses, monkeypatch):
    key, written = create_credential(database, store, "used")[0], []
    monkeypatch.setattr(
        "lrs.auth.last_uses.note_last_use", lambda _, keys, day: written.append((day, tuple(keys)))
    )
    for day in ("2026-11-30", "2026-11-30", "2026-12-01"):
        monkeypatch.setattr("lrs.auth.last_uses.today", lambda day=day: day)
        uses.note(key)
        uses.note(key)
        uses.stop()
    assert written == [("2026-11-30", (key,)), ("2026-12-01", (key,))]
