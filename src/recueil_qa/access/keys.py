"""Keys of programs: shown once, kept as a hash, with what they open and until when."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from recueil_qa.access.identity import MAINTAINER, SCOPES, Identity, Role, Scope
from recueil_qa.errors import BusyError, NotFoundError, SettingsError
from recueil_qa.faults import excerpt, system_reason
from recueil_qa.files import write_whole
from recueil_qa.messages import Command, Text, alike

PREFIX = "rq_"
VERSION = 1
_SECRET_BYTES = 32
_LOCK_SECONDS = 10
_SHAPE = re.compile(r"rq_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_NOTHING = hashlib.sha256(b"no such key").hexdigest()


@dataclass(frozen=True, slots=True)
class Key:
    """What is kept of a key: nothing that opens anything."""

    id: str
    name: str
    scopes: tuple[Scope, ...]
    digest: str
    created: str
    expires: str = ""  # never
    revoked: str = ""  # it is not

    def opens(self, now: datetime) -> bool:
        """Return whether it is neither revoked nor expired."""
        return not self.revoked and not (
            self.expires and datetime.fromisoformat(self.expires) <= now
        )

    @property
    def identity(self) -> Identity:
        """Who a program with this key is; what it may do is what the key says, not the role."""
        whole = {*self.scopes} >= MAINTAINER
        role: Role = "maintainer" if whole else "reader"
        return Identity(f"{self.name} ({self.id})", "key", role, frozenset(self.scopes))


class KeyFile:
    """The keys of a service, in one small file that its owner alone may read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: tuple[int, int, int] | None = None
        self._keys: dict[str, Key] = {}

    def all(self) -> tuple[Key, ...]:
        """Return the keys, as the file has them now.

        Raises:
            SettingsError: the file is damaged, can't be read, or others may write to it.
        """
        return tuple(self._now().values())

    def find(self, secret: str, now: datetime | None = None) -> Key | None:
        """Return the key that a secret opens with, None for all else. Raises as `all`."""
        found = _SHAPE.fullmatch(secret)
        key = self._now().get(found[1]) if found else None
        # What is compared takes as long for a key that there is not.
        digest = hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
        same = hmac.compare_digest(digest, key.digest if key else _NOTHING)
        return key if key and same and key.opens(now or datetime.now(UTC)) else None

    def create(self, name: str, scopes: Iterable[Scope], days: int | None) -> tuple[Key, str]:
        """Add a key; return it and its secret, which is nowhere else.

        Raises:
            BusyError: another process changes the keys.
            WriteError: the file can't be written.
            SettingsError: as `all`, or a name that is none.
        """
        name = name.strip()
        if not 1 <= len(name) <= 80 or not name.isprintable():
            raise SettingsError(
                Text(
                    "un nom d'une ligne, de 1 à 80 caractères, est attendu",
                    "expected a name on one line, of 1 to 80 characters",
                )
            )
        now = datetime.now(UTC).replace(microsecond=0)
        ident = secrets.token_hex(6)
        secret = f"{PREFIX}{ident}_{secrets.token_urlsafe(_SECRET_BYTES)}"
        key = Key(
            id=ident,
            name=name,
            scopes=tuple(scope for scope in SCOPES if scope in {*scopes}),
            digest=hashlib.sha256(secret.encode()).hexdigest(),
            created=now.isoformat(),
            expires=(now + timedelta(days=days)).isoformat() if days else "",
        )
        with self._changing():
            self._write([*self.all(), key])
        return key, secret

    def revoke(self, ident: str) -> Key:
        """Have a key open nothing from now on; a server that runs looks at each request.

        Raises:
            NotFoundError: there is no such key.
            BusyError, WriteError, SettingsError: as `create`.
        """
        with self._changing():
            keys = {key.id: key for key in self.all()}
            if ident not in keys:
                raise NotFoundError(
                    Text("aucune clé de ce nom : ", "no key of that id: ") + alike(excerpt(ident)),
                    Command("recueil-qa", "keys", "list"),
                )
            if not keys[ident].revoked:
                now = datetime.now(UTC).isoformat(timespec="seconds")
                keys[ident] = replace(keys[ident], revoked=now)
                self._write(keys.values())
        return keys[ident]

    @contextmanager
    def _changing(self) -> Iterator[None]:
        lock = FileLock(f"{self.path}.lock", timeout=_LOCK_SECONDS, preserve_lock_file=True)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except Timeout as error:
            raise BusyError(
                Text(
                    f"{self.path} : un autre processus le modifie",
                    f"{self.path}: another process is changing it",
                )
            ) from error
        except OSError as error:
            raise self._unusable(system_reason(error)) from error
        try:
            yield
        finally:
            lock.release()

    def _write(self, keys: Iterable[Key]) -> None:
        told = {"version": VERSION, "keys": [asdict(key) for key in keys]}
        write_whole(self.path, json.dumps(told, ensure_ascii=False, indent=1) + "\n", mode=0o600)

    def _now(self) -> dict[str, Key]:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            self._stamp, self._keys = None, {}
            return {}
        except OSError as error:
            raise self._unusable(system_reason(error)) from error
        stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
        if stamp == self._stamp:
            return self._keys
        if os.name == "posix" and stat.S_IMODE(found.st_mode) & 0o077:
            raise self._unusable(
                Text(
                    "d'autres que son propriétaire peuvent l'ouvrir ; chmod 600",
                    "others than its owner may open it; chmod 600",
                )
            )
        try:
            self._keys = _read(self.path.read_text("utf-8"))
        except OSError as error:
            raise self._unusable(system_reason(error)) from error
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise self._unusable(
                Text(
                    "ce n'est pas un fichier de clés ; remettez sa sauvegarde",
                    "this is no file of keys; restore its backup",
                )
            ) from error
        self._stamp = stamp
        return self._keys

    def _unusable(self, why: Text) -> SettingsError:
        told = Text("{} : clés inutilisables : {}", "{}: keys that can't be used: {}")
        return SettingsError(told.format(self.path, why))


def _read(text: str) -> dict[str, Key]:
    """Return what a file of keys holds.

    Raises:
        ValueError, TypeError, KeyError: it is none.
    """
    told = json.loads(text)
    if told["version"] != VERSION:
        raise ValueError("version")
    keys = [_key(item) for item in told["keys"]]
    if len({key.id for key in keys}) < len(keys):
        raise ValueError("twice")
    return {key.id: key for key in keys}


def _key(item: dict[str, Any]) -> Key:
    key = Key(**{**item, "scopes": tuple(item["scopes"])})
    whole = re.fullmatch("[0-9a-f]{12}", key.id) and re.fullmatch("[0-9a-f]{64}", key.digest)
    if not whole or not {*key.scopes} <= {*SCOPES} or not isinstance(key.name, str):
        raise ValueError("key")
    for day in filter(None, (key.expires, key.revoked, key.created)):
        if datetime.fromisoformat(day).tzinfo is None:
            raise ValueError("zone")
    return key
