"""Keys: shown once, kept as a hash, opening what they say until they don't."""

from __future__ import annotations

import errno
import hmac
import json
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from filelock import FileLock

from recueil_qa.access import keys
from recueil_qa.access.keys import KeyFile
from recueil_qa.cli.main import main
from recueil_qa.errors import BusyError, NotFoundError, SettingsError, WriteError


@pytest.fixture
def store(tmp_path: Path) -> KeyFile:
    return KeyFile(tmp_path / "keys.json")


def test_a_secret_is_kept_nowhere(store: KeyFile) -> None:
    key, secret = store.create("portail", ["read"], 30)
    assert store.find(secret) == key
    kept = store.path.read_text()
    assert secret not in kept and secret.rpartition("_")[2] not in kept
    assert len(secret.split("_", 2)[2]) == 43  # 256 bits
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600


def test_no_two_keys_are_alike_and_each_opens_as_itself(store: KeyFile) -> None:
    made = [store.create(f"p{number}", ["read"], None) for number in range(5)]
    assert [store.find(secret) for _, secret in made] == [key for key, _ in made]
    mixed = made[0][1][:16] + made[1][1][16:]
    assert store.find(mixed) is None


@pytest.mark.parametrize(
    "secret", ["", "rq_", "rq_" + "0" * 12 + "_" + "A" * 43, "é" * 59, "\0", "x" * 10_000]
)
def test_what_is_no_key_opens_nothing(store: KeyFile, secret: str) -> None:
    store.create("portail", ["read"], None)
    assert store.find(secret) is None


def test_an_expired_or_revoked_key_opens_nothing(store: KeyFile) -> None:
    key, secret = store.create("portail", ["read"], 1)
    now = datetime.fromisoformat(key.created)
    assert store.find(secret, now + timedelta(hours=23, minutes=59))
    assert store.find(secret, now + timedelta(days=1)) is None
    server = KeyFile(store.path)  # another process, which has read it
    assert server.find(secret)
    assert store.revoke(key.id).revoked
    assert server.find(secret) is None
    assert store.revoke(key.id).revoked == server.all()[0].revoked
    with pytest.raises(NotFoundError, match="no key"):
        store.revoke("nothing")


def test_comparing_takes_as_long_for_a_key_that_there_is_not(
    store: KeyFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, secret = store.create("portail", ["read"], None)
    compared: list[tuple[int, int]] = []
    compare = hmac.compare_digest

    def counted(a: str, b: str) -> bool:
        compared.append((len(a), len(b)))
        return compare(a, b)

    monkeypatch.setattr(hmac, "compare_digest", counted)
    for each in (secret, secret[:-1] + "x", "rq_" + "0" * 12 + secret[15:], "no key at all"):
        store.find(each)
    assert compared == [(64, 64)] * 4


def test_killed_half_way_nothing_is_lost(store: KeyFile, monkeypatch: pytest.MonkeyPatch) -> None:
    _, secret = store.create("portail", ["read"], None)
    monkeypatch.setattr(
        Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "x"))
    )
    with pytest.raises(WriteError, match="can't be written"):
        store.create("second", ["read"], None)
    monkeypatch.undo()
    assert KeyFile(store.path).find(secret)
    assert len(store.all()) == 1
    assert {path.name for path in store.path.parent.iterdir()} <= {"keys.json", "keys.json.lock"}


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", '{"version": 2, "keys": []}', '{"version": 1}', "[" * 100_000,
     '{"version": 1, "keys": [{}]}', '{"version": 1, "keys": [1]}', "\ud800",
     '{"version": 1, "keys": [{"id": "x", "name": "n", "scopes": ["all"], "digest": "", '
     '"created": ""}]}'],
)  # fmt: skip
def test_a_damaged_file_is_told_and_opens_nothing(store: KeyFile, content: str) -> None:
    store.path.write_bytes(content.encode("utf-8", "surrogatepass"))
    store.path.chmod(0o600)
    with pytest.raises(SettingsError, match="can't be used"):
        store.find("rq_" + "0" * 12 + "_" + "A" * 43)


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
def test_a_file_that_others_may_read_is_refused(store: KeyFile) -> None:
    store.create("portail", ["read"], None)
    store.path.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        KeyFile(store.path).all()


@pytest.mark.parametrize("change", [
    lambda keys: keys + keys,
    lambda keys: [keys[0] | {"created": "2026-01-01T00:00:00"}],
    lambda keys: [keys[0] | {"expires": "tomorrow"}],
    lambda keys: [keys[0] | {"name": 5}],
])  # fmt: skip
def test_keys_that_nothing_here_wrote_are_refused(store: KeyFile, change: Any) -> None:
    store.create("portail", ["read"], None)
    told = json.loads(store.path.read_text())
    store.path.write_text(json.dumps(told | {"keys": change(told["keys"])}))
    with pytest.raises(SettingsError, match="no file of keys; restore its backup"):
        KeyFile(store.path).all()


def test_a_place_that_can_hold_no_keys_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir(mode=0o700)
    (tmp_path / "folder").chmod(0o700)
    for place in ("file/keys.json", "folder"):
        with pytest.raises(SettingsError, match="can't be used"):
            KeyFile(tmp_path / place).all()
    with pytest.raises(SettingsError, match="can't be used"):
        KeyFile(tmp_path / "file" / "keys.json").create("portail", ["read"], None)


def test_one_process_at_a_time_changes_keys(
    store: KeyFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, secret = store.create("portail", ["read"], None)
    monkeypatch.setattr(keys, "_LOCK_SECONDS", 0)
    with FileLock(f"{store.path}.lock"), pytest.raises(BusyError, match="another process"):
        KeyFile(store.path).revoke(key.id)
    assert store.find(secret)


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 81, "\x1b[2J"])
def test_a_name_is_one_line(store: KeyFile, name: str) -> None:
    with pytest.raises(SettingsError, match="one line"):
        store.create(name, ["read"], None)


def test_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECUEIL_HOME", str(tmp_path))
    monkeypatch.setenv("RECUEIL_LANGUAGE", "en")
    run = CliRunner()
    assert "No keys" in run.invoke(main, ["keys", "list"]).output
    made = run.invoke(main, ["keys", "create", "portail", "--scope", "read", "--scope", "feedback"])
    secret = made.stdout.strip()
    assert "Keys open nothing" in made.stderr and "not shown again" in made.stderr
    key = KeyFile(tmp_path / "keys.json").find(secret)
    assert key and key.scopes == ("read", "feedback")
    assert datetime.fromisoformat(key.expires) > datetime.now(UTC) + timedelta(days=364)
    listed = run.invoke(main, ["keys", "list"]).output
    assert key.id in listed and "portail" in listed and "until" in listed
    told = run.invoke(main, ["keys", "list", "--json"]).output
    assert secret not in told and "digest" not in json.loads(told)[0]
    assert "revoked on" in run.invoke(main, ["keys", "revoke", key.id]).output
    assert KeyFile(tmp_path / "keys.json").find(secret) is None
    assert run.invoke(main, ["keys", "revoke", "zz"]).exit_code == 1
    forever = run.invoke(main, ["keys", "create", "autre", "--no-expiry"])
    assert forever.exit_code == 0
    assert "does not expire" in run.invoke(main, ["keys", "list"]).output
