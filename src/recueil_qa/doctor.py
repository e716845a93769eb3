"""Check everything that answering rests on; each finding says how it is mended."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from recueil_qa import index, manifest
from recueil_qa.corpus import Corpus, read_corpus
from recueil_qa.encoder import encoder_id
from recueil_qa.errors import RecueilError
from recueil_qa.settings import Settings

Severity = Literal["ok", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found, in French and in English."""

    check: str
    severity: Severity
    fr: str
    en: str


def examine(settings: Settings) -> list[Finding]:
    """Run every check; none stops the others. Loads neither torch nor FAISS."""
    corpus: Corpus | None = None
    findings = [_versions()]

    def check(name: str, work: Callable[[], Finding]) -> None:
        try:
            findings.append(work())
        except RecueilError as error:
            findings.append(Finding(name, "error", error.fr, error.en))

    def read() -> Finding:
        nonlocal corpus
        corpus = read_corpus(settings.corpus)
        practices = sum(len(c.practices) for c in corpus.collections)
        questions = sum(len(c.questions) for c in corpus.collections)
        return Finding(
            "corpus",
            "ok",
            f"{settings.corpus} : {practices} pratiques, {questions} questions, citations exactes",
            f"{settings.corpus}: {practices} practices, {questions} questions, quotations checked",
        )

    check("corpus", read)
    check("encoder", lambda: _same("encoder", encoder_id(settings.encoder)))
    check("index", lambda: _index(settings))
    if corpus:
        check("freshness", partial(_freshness, settings, corpus))
    return findings


def _same(name: str, text: str) -> Finding:
    return Finding(name, "ok", text, text)


def _versions() -> Finding:
    text = f"Python {platform.python_version()}, recueil-qa {manifest.package_version()}"
    return _same("versions", text)


def _index(settings: Settings) -> Finding:
    folder = index.current_build(settings.index)
    contract = manifest.read_manifest(folder)
    index.check_version(contract)
    manifest.check_files(folder, contract)
    index.check_encoder(contract, encoder_id(settings.encoder))
    count = contract.counts.get("passages", 0)
    return Finding(
        "index",
        "ok",
        f"{folder} : {count} passages, {len(contract.files)} fichiers intacts",
        f"{folder}: {count} passages, {len(contract.files)} files intact",
    )


def _freshness(settings: Settings, corpus: Corpus) -> Finding:
    contract = manifest.read_manifest(index.current_build(settings.index))
    if corpus.hash != contract.corpus:
        return Finding(
            "freshness",
            "warning",
            "le corpus a changé depuis la construction de l'index. Remède : recueil-qa build",
            "the corpus has changed since the index was built. Mend it with: recueil-qa build",
        )
    return Finding(
        "freshness", "ok", f"index du {contract.created[:19]}", f"built {contract.created[:19]}"
    )
