"""Inputs made to hurt, one by one: bombs, objects that would run code, files that never end."""

from __future__ import annotations

import io
import os
import pickle
import shutil
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from benchmarks.reliability.corpus import QuickEncoder, injected
from benchmarks.reliability.fuzzing import inside
from benchmarks.reliability.places import Place, with_document
from benchmarks.reliability.watch import WATCH
from recueil_qa import Assistant
from recueil_qa.analysis.spelling import Spelling
from recueil_qa.corpus.importing.run import import_booklet
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.errors import RecueilError
from recueil_qa.index import opening
from recueil_qa.index.files import BuildFolder

Case = tuple[str, Callable[[], object]]
YAML_BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
XML_BOMB = b'<!DOCTYPE b [<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY %c "%s">' % (new, b"&%c;" % old * 10)
    for old, new in zip(b"abcdefghi", b"bcdefghij", strict=True)
) + b"]><w:document>&j;</w:document>"  # fmt: skip


class Harmful:
    """Makes a file when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (str(self.mark),)


def run(folder: Path) -> dict[str, Any]:
    """Try every case; each must be refused with the package's own error."""
    faults, refused = [], 0
    with injected(QuickEncoder()):
        place = Place(folder)
        mark = place.folder / "executed"
        for name, act in cases(place, mark):
            with inside(place):
                try:
                    act()
                    faults.append(f"{name}: taken")
                except RecueilError:
                    refused += 1
                except Exception as error:  # what is looked for
                    faults.append(f"{name}: {type(error).__name__}: {error}")
            if mark.exists():
                faults.append(f"{name}: its code was run")
                mark.rmdir()
            place.restore()
    outside = [*dict.fromkeys(WATCH.found)]
    WATCH.found.clear()
    return {"cases": refused + len(faults), "refused": refused, "faults": faults + outside}


def cases(place: Place, mark: Path) -> Iterator[Case]:
    """Yield a name and what must be refused; the workplace is restored between two."""
    yield from _corpus_cases(place, mark)
    yield from _import_cases(place)
    yield from _build_cases(place, mark)


def _corpus_cases(place: Place, mark: Path) -> Iterator[Case]:
    def written(name: str, content: str | bytes) -> Callable[[], object]:
        def act() -> object:
            raw = content.encode() if isinstance(content, str) else content
            (place.collection / name).write_bytes(raw)
            return read_corpus(place.settings.corpus)

        return act

    run_code = f"!!python/object/apply:os.mkdir ['{mark}']"
    asked, practice = "questions/p1.yaml", "practices/p1.md"
    yield "YAML aliases by the billion", written(asked, YAML_BOMB)
    yield "a YAML object that runs code", written(asked, f"practice: {run_code}\nfr:\n- a b\n")
    yield "the same in a front matter", written(practice, f"---\nid: {run_code}\n---\n")
    yield "YAML that merges itself", written(asked, "practice: petit-p1\nfr: &a\n- *a\n")
    yield "YAML nested 5000 deep", written(asked, "[" * 5000)
    yield "TOML nested 5000 deep", written("collection.toml", "a = " + "[" * 5000)
    yield "a TOML name of 100 000 parts", written("collection.toml", "a." * 100_000 + "b = 1")
    yield "a number of 100 000 digits", written("collection.toml", "id = " + "9" * 100_000)
    yield "JSON nested 100 000 deep", written("statements.jsonl", '{"id":' * 100_000)
    yield "a line of 10 MB", written(practice, "---\nid: x\n---\n" + "a" * 10_000_000)
    yield "no UTF-8", written(practice, b"---\n\xff\xfe\n---\n")
    yield "a million accents", written(practice, "---\nid: x\n---\n\n" + "\u0301" * 1_000_000)
    yield (
        "an id that leaves the folder",
        written(practice, "---\nid: petit-../../x\ntitle: t\n---\n"),
    )
    yield (
        "a source outside",
        written(
            "collection.toml",
            (place.collection / "collection.toml")
            .read_text("utf-8")
            .replace('"source.txt"', '"../../../../../outside/secret.md"'),
        ),
    )

    def pipe() -> object:
        (place.collection / practice).unlink()
        os.mkfifo(place.collection / practice)
        return read_corpus(place.settings.corpus)

    def endless() -> object:
        (place.collection / practice).unlink()
        (place.collection / practice).symlink_to("/dev/zero")
        return read_corpus(place.settings.corpus)

    def loop() -> object:
        (place.collection / practice).unlink()
        (place.collection / practice).symlink_to("p1.md")
        return read_corpus(place.settings.corpus)

    yield "a pipe that nobody writes to", pipe
    yield "a link to a device without an end", endless
    yield "a link to itself", loop


def _import_cases(place: Place) -> Iterator[Case]:
    def taken(content: bytes) -> Callable[[], object]:
        def act() -> object:
            source = place.scratch / "source"
            source.write_bytes(content)
            return import_booklet(source, place.booklet, dry_run=True)

        return act

    def word(document: bytes, **more: bytes) -> bytes:
        return with_document(place.sources["docx"], document, **more)

    stream = zlib.compress(bytes(300_000_000), 9)
    pdf = (
        b"%PDF-1.4\n"
        + b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        + (
            b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
            b"3 0 obj<</Type/Page/Parent 2 0 R/Contents 4 0 R/MediaBox[0 0 9 9]>>endobj\n"
            b"4 0 obj<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream endobj\n"
            b"trailer<</Root 1 0 R>>\n" % (len(stream), stream)
        )
    )
    yield (
        "a Word file that unfolds to 300 MB",
        taken(word(b"<w:document/>", zeros=bytes(300_000_000))),
    )
    yield "a document of 100 MB in a Word file", taken(word(b"<w:document>" + b" " * 100_000_000))
    yield "XML entities by the billion", taken(word(XML_BOMB))
    yield (
        "an XML entity that reads a file",
        taken(
            word(
                b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><w:document>&x;</w:document>'
            )
        ),
    )
    yield "a Word file cut to half", taken(place.sources["docx"][: len(place.sources["docx"]) // 2])
    yield "a PDF that unfolds to 300 MB", taken(pdf)
    yield "a PDF whose pages are its own pages", taken(pdf.replace(b"[3 0 R]", b"[2 0 R]"))
    yield "a PDF cut to half", taken(place.sources["pdf"][: len(place.sources["pdf"]) // 2])
    yield "an empty file", taken(b"")
    yield "zeros", taken(bytes(1_000_000))


def _open_forged(place: Place, name: str, content: bytes) -> object:
    return opening.open_build(place.forge(name, content))


def _build_cases(place: Place, mark: Path) -> Iterator[Case]:
    array = io.BytesIO()
    np.save(array, np.array([Harmful(mark)], object), allow_pickle=True)
    names = [f"bm25/{name}.csc.index.npy" for name in ("data", "indices", "indptr")]
    for name in names:
        for what, content in (("array", array.getvalue()), ("file", pickle.dumps(Harmful(mark)))):
            yield (
                f"a pickled {what} as {name}, hashes redone",
                partial(_open_forged, place, name, content),
            )

    def unsigned() -> object:
        (place.build / names[0]).write_bytes(array.getvalue())
        return Assistant.open(place.settings)

    def gone_meanwhile() -> object:
        """Remove the build between its check and the reading of its last file."""
        read = BuildFolder.read_spelling

        def remove(build: BuildFolder) -> dict[str, Spelling]:
            found = read(build)
            shutil.rmtree(place.build)
            return found

        with mock.patch.object(BuildFolder, "read_spelling", remove):
            return Assistant.open(place.settings)

    yield "a pickled array in an index, hashes as they were", unsigned
    yield "a build removed while it is opened", gone_meanwhile
