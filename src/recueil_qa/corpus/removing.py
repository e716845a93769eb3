"""Take a practice, with all that is said of it, or a collection out of a corpus."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from recueil_qa.corpus.config_file import read_config
from recueil_qa.corpus.folders import CONFIG, collection_folders
from recueil_qa.corpus.importing.pages import record
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.corpus.references import without
from recueil_qa.corpus.rewriting import rewrite, writing
from recueil_qa.errors import NotFoundError
from recueil_qa.messages import Text


@dataclass(frozen=True)
class Removal:
    """What goes, or would go: practices by id and title, questions, grades and statements."""

    folder: Path
    practices: tuple[tuple[str, str], ...]
    questions: int
    grades: int
    statements: int
    files: tuple[str, ...]


def remove_practices(root: Path, names: Sequence[str], dry_run: bool) -> Removal:
    """Remove practices of one collection, by their ids, with their questions and grades.

    Raises:
        NotFoundError: there is no such practice, or they are of several collections.
        CorpusError: the corpus is not valid, or would not be without them.
        WriteError: the files can't be changed.
    """
    collections = read_corpus(root).collections
    by_id = {p.id: (c, p) for c in collections for p in c.practices}
    unknown = [name for name in names if name not in by_id]
    if unknown:
        raise NotFoundError(
            Text(
                f"aucune pratique « {', '.join(unknown)} » ; recueil-qa list les montre",
                f"no practice '{', '.join(unknown)}'; recueil-qa list shows them",
            )
        )
    found = {by_id[name][0].path: by_id[name][0] for name in names}
    if len(found) > 1:
        raise NotFoundError(
            Text(
                "ces pratiques sont de plusieurs collections ; donnez celles d'une à la fois",
                "these practices are of several collections; give those of one at a time",
            )
        )
    ((folder, collection),) = found.items()
    gone = frozenset(names)
    if len(gone) == len(collection.practices):
        raise NotFoundError(
            Text(
                f"il ne resterait aucune pratique dans {collection.config.id} ; ôtez la "
                f"collection : recueil-qa remove --collection {collection.config.id}",
                f"no practice would be left in {collection.config.id}; remove the collection: "
                f"recueil-qa remove --collection {collection.config.id}",
            )
        )
    said = without(folder, gone)
    files = {**practice_files(folder, gone), **said.files}
    kept = record.read(folder)
    if kept is not None:
        files[record.NAME] = kept.without(gone).dump()
    rewrite(folder, files, dry_run)
    return Removal(
        folder,
        tuple((name, by_id[name][1].title) for name in sorted(gone)),
        said.questions,
        said.grades,
        said.statements,
        tuple(name for name in files if not name.startswith(".")),
    )


def practice_files(folder: Path, ids: frozenset[str]) -> dict[str, str | None]:
    """Return the files of practices, to be removed."""
    found: dict[str, str | None] = {}
    for path in sorted((folder / "practices").glob("[!.]*.md")):
        if record.id_of(path.read_text("utf-8")) in ids:
            found[f"practices/{path.name}"] = None
    return found


def remove_collection(root: Path, name: str, dry_run: bool) -> Removal:
    """Remove a whole collection, by its id or the name of its folder.

    Raises:
        NotFoundError: there is no such collection.
        WriteError: it can't be removed; what was there is kept.
    """
    folders = [folder for folder in collection_folders(root) if folder != root]
    found = [f for f in folders if name in (f.name, getattr(read_config(f / CONFIG)[0], "id", ""))]
    if len(found) != 1:
        there = ", ".join(folder.name for folder in folders)
        raise NotFoundError(
            Text(
                f"aucune collection « {name} » ; il y a : {there}",
                f"no collection '{name}'; there are: {there}",
            )
        )
    folder = found[0]
    files = [p for p in sorted(folder.rglob("*")) if p.is_file()]
    practices = [p for p in files if p.parent == folder / "practices" and p.suffix == ".md"]
    named = tuple((record.id_of(_text(path)) or path.stem, "") for path in practices)
    if not dry_run:
        with writing(folder):
            if folder.is_symlink():
                folder.unlink()
            else:
                # Out of the corpus in one step; emptying it may then take its time.
                with tempfile.TemporaryDirectory(prefix=".removed-", dir=root) as aside:
                    shutil.move(folder, Path(aside, folder.name))
    shown = tuple(path.relative_to(folder).as_posix() for path in files)
    return Removal(folder, named, 0, 0, 0, shown)


def _text(path: Path) -> str:
    return path.read_bytes()[:4_000].decode("utf-8", "replace")
