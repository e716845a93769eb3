"""A workplace to be hostile in: a corpus, an index, sources to import, and what lies outside."""

from __future__ import annotations

import io
import json
import os
import shutil
import zipfile
from functools import cached_property
from pathlib import Path

from benchmarks.reliability.corpus import settings_in
from recueil_qa.builds.rebuild import rebuild
from recueil_qa.index import manifest
from recueil_qa.index.current import current_build
from tests.support.collections import write_corpus
from tests.support.second_booklet import FOLDER, MARKDOWN, write_docx, write_pdf
from tests.support.statements import STATEMENTS


class Place:
    """`home` is three folders deep; `outside` holds what nothing may open."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "inside"
        self.home = self.folder / "a" / "b" / "c"
        self.home.mkdir(parents=True)
        self.outside = folder / "outside"
        self.outside.mkdir()
        write_corpus(self.outside, STATEMENTS)
        (self.outside / "secret.md").write_text("secret", "utf-8")
        self.scratch = self.folder / "scratch"
        self.scratch.mkdir()
        self.settings = settings_in(self.home)
        write_corpus(self.settings.corpus, STATEMENTS)
        self.collection = self.settings.corpus / "petit"
        rebuild(self.settings)
        rows = ({"id": f"q{n}", "text": f"guichet {n}"} for n in range(3))
        (self.home / "queries.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
        shutil.copy(MARKDOWN, self.home / "booklet.md")
        (self.home / "out").mkdir()
        (self.home / "loop").symlink_to("loop")
        self.sound = folder / "sound"
        shutil.copytree(self.home, self.sound, symlinks=True)

    def restore(self) -> None:
        """Put back all that commands may have changed, all but the folder itself."""
        for path in self.home.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        shutil.copytree(self.sound, self.home, symlinks=True, dirs_exist_ok=True)

    @cached_property
    def booklet(self) -> Path:
        """A folder with a `collection.toml` to import into."""
        folder = self.scratch / "carnet"
        folder.mkdir()
        shutil.copy(FOLDER / "collection.toml", folder)
        return folder

    @cached_property
    def sources(self) -> dict[str, bytes]:
        """The second booklet of the tests in each format."""
        return {
            "md": MARKDOWN.read_bytes(),
            "txt": MARKDOWN.with_suffix(".txt").read_bytes(),
            "docx": write_docx(self.scratch / "valid.docx").read_bytes(),
            "pdf": write_pdf(self.scratch / "valid.pdf").read_bytes(),
        }

    @cached_property
    def build(self) -> Path:
        return current_build(self.settings.index)

    def forge(self, name: str, content: bytes) -> Path:
        """Return a copy of the build with another file, signed anew as an attacker would."""
        root = self.scratch / "forged"
        shutil.rmtree(root, ignore_errors=True)
        copy = root / "build"
        shutil.copytree(self.build, copy, copy_function=os.link)
        (copy / name).unlink()
        (copy / name).write_bytes(content)
        if name != manifest.NAME:
            contract = manifest.read_manifest(self.build)
            files = {**contract.files, name: manifest.file_hash(copy / name)}
            (copy / manifest.NAME).unlink()
            manifest.write_manifest(copy, contract.model_copy(update={"files": files}))
        stamp = self.build.name.rpartition("-")[0]
        digits = manifest.file_hash(copy / manifest.NAME)[: manifest.DIGITS]
        return copy.rename(root / f"{stamp}-{digits}")


def document_of(word: bytes) -> bytes:
    """Return the document in a Word file, as XML."""
    with zipfile.ZipFile(io.BytesIO(word)) as archive:
        return archive.read("word/document.xml")


def with_document(word: bytes, document: bytes, **more: bytes) -> bytes:
    """Return a Word file with another document in it, and more files beside that."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(word)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, document if name == "word/document.xml" else old.read(name))
        for name, content in more.items():
            new.writestr(f"word/{name}", content)
    return out.getvalue()
