"""Read a text file of a corpus, whatever it is: bounded, inside the corpus, in one normal form."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from recueil_qa.errors import Problem
from recueil_qa.faults import INVISIBLE, system_fault
from recueil_qa.messages import Text

MAX_FILE_BYTES = 4_000_000
MAX_ROWS_BYTES = 64_000_000  # of a table of short rows, which is read line by line
# Normalising takes the square of their number; nobody writes that many.
MAX_MARKS = 64
ID = r"[a-z0-9][a-z0-9_-]*"  # of a collection, a practice, a question…
# Terminal escapes, bidirectional overrides and halves of characters: what is shown, or written
# to a file, would not be what was read.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def read_text(path: Path, root: Path, limit: int = MAX_FILE_BYTES) -> tuple[str, list[Problem]]:
    """Return the text of a file under `root`, and all that is wrong with it.

    Its lines end in a line feed and its accents are composed (NFC), as on most machines: a copy
    from another one is word for word the same. What is wrong is taken out of the text.
    """
    data = _read_bytes(path, root, limit)
    if isinstance(data, Problem):
        return "", [data]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return "", [not_utf8(path, data.count(b"\n", 0, error.start) + 1)]
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    problems = []
    if CONTROL.search(text):
        problems = [
            Problem(path, number, INVISIBLE)
            for number, row in enumerate(text.split("\n"), 1)
            if CONTROL.search(row)
        ]
        text = CONTROL.sub("", text)
    heaped = _heaped_marks(text)
    if heaped:
        return "", [
            *problems,
            Problem(
                path,
                heaped,
                Text(
                    f"plus de {MAX_MARKS} accents sur une lettre ; retapez cette ligne",
                    f"over {MAX_MARKS} accents on one letter; type this line again",
                ),
            ),
        ]
    return unicodedata.normalize("NFC", text), problems


def _read_bytes(path: Path, root: Path, limit: int) -> bytes | Problem:
    try:
        outside = link_outside(path, root)
        if outside:
            return outside
        # A pipe would never end, and a folder has no text.
        if path.exists() and not path.is_file():
            return Problem(
                path,
                0,
                Text(
                    "illisible (ce n'est pas un fichier) ; ôtez-le",
                    "can't be read (it is not a file); remove it",
                ),
            )
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except (OSError, RuntimeError, ValueError) as error:
        return unreadable(path, error)
    return too_large(path, limit) if len(data) > limit else data


def files_of(folder: Path, root: Path, suffix: str) -> tuple[list[Path] | None, list[Problem]]:
    """Return the files of a folder, sorted, and all that is wrong; None if it can't be read.

    What would be passed over in silence is refused: a file with another suffix.
    """
    try:
        if not folder.is_symlink() and not folder.exists():
            return [], []
        outside = link_outside(folder, root)
        if outside:
            return None, [outside]
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except (OSError, RuntimeError) as error:
        return None, [unreadable(folder, error)]
    strange = [
        Problem(
            path,
            0,
            Text(
                f"ce fichier serait ignoré ; renommez-le en {suffix} ou déplacez-le",
                f"this file would be ignored; rename it to {suffix} or move it",
            ),
        )
        for path in paths
        if path.suffix != suffix
    ]
    return [path for path in paths if path.suffix == suffix], strange


def link_outside(path: Path, root: Path) -> Problem | None:
    """Return the problem of a path that leads out of `root`, or None."""
    if path.resolve().is_relative_to(root.resolve()):
        return None
    return Problem(
        path,
        0,
        Text(
            "lien vers un fichier ou un dossier hors du corpus ; copiez-le ici",
            "link to a file or a folder outside of the corpus; copy it here",
        ),
    )


def not_utf8(path: Path, line: int = 0) -> Problem:
    """Return the problem of a file that isn't UTF-8 text; `line` is the first that isn't."""
    return Problem(
        path,
        line,
        Text(
            "le fichier n'est pas du texte UTF-8 ; enregistrez-le en UTF-8",
            "the file is not UTF-8 text; save it as UTF-8",
        ),
    )


def too_large(path: Path, limit: int) -> Problem:
    """Return the problem of a file of more than `limit` bytes."""
    size_fr = f"{limit // 1_000_000} Mo" if limit >= 1_000_000 else f"{limit // 1_000} ko"
    size_en = f"{limit // 1_000_000} MB" if limit >= 1_000_000 else f"{limit // 1_000} kB"
    return Problem(
        path,
        0,
        Text(f"plus de {size_fr} ; découpez le fichier", f"over {size_en}; cut the file"),
    )


def unreadable(path: Path, error: BaseException) -> Problem:
    """Return the problem of a file or a folder that the system doesn't give."""
    said = Text(
        "illisible ({}) ; voyez le fichier et ses droits",
        "can't be read ({}); see the file and its permissions",
    )
    return Problem(path, 0, said.format(system_fault(error)))


def _heaped_marks(text: str) -> int:
    """Return the line of the first run of combining marks that is too long, or 0."""
    marks = "".join(sorted(c for c in {*text} if unicodedata.combining(c)))
    found = re.search(f"[{re.escape(marks)}]{{{MAX_MARKS + 1}}}", text) if marks else None
    return text.count("\n", 0, found.start()) + 1 if found else 0
