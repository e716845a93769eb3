from __future__ import annotations

import errno
import os
import shlex
from pathlib import Path

import pytest

from recueil_qa.builds import locks
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.encoding import identity
from recueil_qa.errors import (
    CorpusError,
    EncoderError,
    ImportRefusedError,
    IndexDamagedError,
    Problem,
    RecueilError,
)
from recueil_qa.faults import INVISIBLE, system_fault, system_reason, technical
from recueil_qa.index import manifest
from recueil_qa.messages import Command, Text, join


def test_an_error_is_its_english_message_with_its_mend() -> None:
    error = EncoderError(Text("absent", "missing"), Command("make", "a b"))
    assert str(error) == error.en == error.text("en") == "missing. Mend it with: make 'a b'"
    assert error.fr == error.text("fr") == "absent. Remède : make 'a b'"
    assert (error.what, error.mend) == (Text("absent", "missing"), Command("make", "a b"))


def test_an_error_without_a_mend_is_what_it_says() -> None:
    error = RecueilError(Text("trop long", "too long"))
    assert (error.fr, error.en, error.mend) == ("trop long", "too long", None)


def test_what_helps_meanwhile_is_no_part_of_the_fault(tmp_path: Path) -> None:
    error = manifest.damaged(tmp_path / "a; recueil-qa. Mend it")
    assert isinstance(error, IndexDamagedError)
    assert error.fault.en == f"the index is damaged: {tmp_path}/a; recueil-qa. Mend it is missing"
    assert error.mend == Command("recueil-qa", "build", "--force")
    assert error.en == (
        f"{error.fault.en}; recueil-qa rollback goes back to the build before. "
        "Mend it with: recueil-qa build --force"
    )


def test_problems_are_listed_with_their_places() -> None:
    problems = [
        Problem(Path("a.md"), 3, Text("vide", "empty")),
        Problem(Path("b.md"), 0, Text("absent", "missing")),
    ]
    assert CorpusError(problems).fr == (
        "Le corpus est refusé, 2 problème(s) à corriger :\n  a.md:3: vide\n  b.md: absent"
    )
    assert ImportRefusedError(problems[:1]).en == (
        "The import is refused, 1 problem(s) to mend:\n  a.md:3: empty"
    )


@pytest.mark.parametrize(
    ("code", "fr"),
    [
        (errno.ENOSPC, "disque plein"),
        (errno.EACCES, "accès refusé"),
        (errno.ENOENT, "fichier absent"),
        (errno.EROFS, "disque en lecture seule"),
        (errno.EMFILE, "trop de fichiers ouverts"),
        (errno.ENFILE, "trop de fichiers ouverts"),
        (errno.EISDIR, "c'est un dossier, pas un fichier"),
        (errno.ENOTDIR, "ce n'est pas un dossier"),
        (errno.ENOTEMPTY, "ce dossier n'est pas vide"),
        (errno.EIO, "le disque ne répond pas bien"),
        (errno.ENAMETOOLONG, "nom trop long"),
        (errno.EEXIST, "ce nom est déjà pris"),
        (errno.EXDEV, f"erreur système nº {errno.EXDEV} EXDEV"),
        (99_999, "erreur système nº 99999"),
    ],
)
def test_a_system_s_reason_is_told_in_the_reader_s_language(code: int, fr: str) -> None:
    error = OSError(code, os.strerror(code))
    assert system_fault(error).fr == fr
    assert system_reason(error) == Text(fr, os.strerror(code))


def test_what_a_library_says_is_set_apart_in_french() -> None:
    assert technical(ValueError("bad\nmagic")) == Text("détail technique : bad magic", "bad magic")
    assert technical(ValueError()).en == "ValueError"
    assert (
        system_fault(ValueError("embedded null byte")).fr == "aucun fichier ne peut s'appeler ainsi"
    )


def test_a_french_sentence_holds_no_english_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Path) -> dict[str, bytes]:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    (tmp_path / "modules.json").write_text("[]", "utf-8")
    monkeypatch.setattr(identity, "file_hashes", fail)
    with pytest.raises(EncoderError) as caught:
        identity.encoder_id(str(tmp_path))
    assert f"l'encodeur {tmp_path} : illisible (accès refusé). Remède : " in caught.value.fr
    assert f"the encoder {tmp_path} can't be read (Permission denied). Mend" in caught.value.en


def test_who_builds_is_told_in_each_language() -> None:
    who = locks.Holder(process=7, machine="m", since="2026-01-02T03:04:05+00:00").text
    assert who.fr == "processus 7 sur m, depuis 2026-01-02 03:04:05 UTC"
    assert who.en == "process 7 on m, since 2026-01-02 03:04:05 UTC"


def test_a_control_character_is_told_alike_in_every_file(corpus_root: Path) -> None:
    (collection,) = (path.parent for path in corpus_root.glob("*/collection.toml"))
    practice = next(collection.glob("practices/*.md"))
    questions = next(collection.glob("questions/*.yaml"))
    for path in (practice, questions):
        path.write_text(path.read_text("utf-8") + "\x1b", "utf-8")
    with pytest.raises(CorpusError) as caught:
        read_corpus(corpus_root)
    assert [p.what for p in caught.value.problems if p.path in (practice, questions)] == [
        INVISIBLE,
        INVISIBLE,
    ]
    assert join([INVISIBLE], "") == INVISIBLE


def test_paths_in_commands_are_quoted(tmp_path: Path) -> None:
    from recueil_qa.encoding.onnx_encoder import exporting

    folder = tmp_path / "my model"
    assert shlex.split(str(exporting(folder)))[-1] == str(folder)
