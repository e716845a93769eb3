"""What a wheel carries beside the code: the page, the booklet with its index, the encoder.

A checkout has none of it here: there, everything stands in its own folders. Installed from wheels
alone, the booklet is copied into the user's data folder when it is first needed, to be his own.
"""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from recueil_qa.errors import WriteError
from recueil_qa.faults import system_reason
from recueil_qa.messages import Text

SHIPPED = Path(__file__).parent / "shipped"
CHECKOUT = Path(__file__).resolve().parents[2]
# The wheel of the encoder, which is too large for the package's own.
ENCODER_PACKAGE = "recueil_qa_encoder"
MARK = ".shipped.json"
COPIED = ("corpus", "index", "eval")


def user_home() -> Path | None:
    """Return the user's data folder where this package was installed with a booklet, else None."""
    if not (SHIPPED / "corpus").is_dir():
        return None
    from platformdirs import user_data_path

    return user_data_path("recueil-qa", appauthor=False)


def page_script(home: Path) -> Path:
    """Return the page's script: the home's own, else that of the wheel."""
    here = home / "app" / "streamlit_app.py"
    return here if here.is_file() else SHIPPED / "app" / "streamlit_app.py"


def manual(home: Path) -> Path | None:
    """Return the folder of the documentation's pages, that of the home first; None: not made."""
    found = (home / "site", CHECKOUT / "site", SHIPPED / "site")
    return next((folder for folder in found if (folder / "index.html").is_file()), None)


def shipped_encoder() -> Path | None:
    """Return the folder of the encoder that is installed as a package, or None."""
    spec = find_spec(ENCODER_PACKAGE)
    places = list(spec.submodule_search_locations or ()) if spec else []
    return Path(places[0], "recueil-e5") if places else None


def settle(home: Path) -> None:
    """Copy the booklet, its index and its judged questions into a home that has none.

    After another version was installed, what it brings takes the place of what the former one
    brought, unless the corpus was changed since: then nothing moves.

    Raises:
        WriteError: the folder can't be written; what was there is as before.
    """
    known = _mark(home)
    if known.get("version") == _version() and (home / "corpus").is_dir():
        return
    try:
        if (home / "corpus").is_dir() and known.get("corpus") != _digest(home / "corpus"):
            logging.getLogger(__name__).info("%s was changed, and stays as it is", home / "corpus")
        else:
            _copy(home)
        carried = _digest(SHIPPED / "corpus")
        same = _digest(home / "corpus") == carried
        mark = {"version": _version(), "corpus": carried if same else known.get("corpus", "")}
        (home / MARK).write_text(json.dumps(mark), "utf-8")
    except OSError as error:
        raise WriteError(
            Text(
                "le recueil n'a pas pu être copié dans {} ({})",
                "the booklet could not be copied into {} ({})",
            ).format(error.filename or home, system_reason(error)),
            Text(
                "libérez de la place ou corrigez les droits, ou donnez un autre dossier par "
                "RECUEIL_HOME",
                "free some space or mend the permissions, or give another folder in RECUEIL_HOME",
            ),
        ) from error


def _copy(home: Path) -> None:
    """Put all of it beside, then in place: a copy that stops half-way is no corpus."""
    from filelock import FileLock

    home.mkdir(parents=True, exist_ok=True)
    with FileLock(home / f"{MARK}.lock"), tempfile.TemporaryDirectory(dir=home) as scratch:
        if (home / "corpus").is_dir() and not _mark(home):
            return  # another process was quicker, or it is the user's own
        made = [name for name in COPIED if (SHIPPED / name).is_dir()]
        for name in made:
            shutil.copytree(SHIPPED / name, Path(scratch, name))
        # The corpus last: with it, this is a home.
        for name in sorted(made, key="corpus".__eq__):
            if (home / name).exists():
                (home / name).rename(Path(scratch, f"former-{name}"))
            Path(scratch, name).rename(home / name)


def _mark(home: Path) -> dict[str, str]:
    try:
        found = json.loads((home / MARK).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _digest(folder: Path) -> str:
    digest = sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        digest.update(sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _version() -> str:
    try:
        return version("recueil-qa")
    except PackageNotFoundError:
        return ""
