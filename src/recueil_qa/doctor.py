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
    found = ""
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
    if corpus:
        findings.append(_questions(corpus))

    def encoder() -> Finding:
        nonlocal found
        found = encoder_id(settings.encoder)
        return _same("encoder", found)

    check("encoder", encoder)
    check("index", lambda: _index(settings, found))
    if corpus and findings[-1].severity == "ok":
        check("freshness", partial(_freshness, settings, corpus))
    return findings


def _same(name: str, text: str) -> Finding:
    return Finding(name, "ok", text, text)


def _versions() -> Finding:
    text = f"Python {platform.python_version()}, recueil-qa {manifest.package_version()}"
    return _same("versions", text)


def _questions(corpus: Corpus) -> Finding:
    bare = [
        practice.id
        for collection in corpus.collections
        for practice in collection.practices
        if practice.id not in collection.questions_by_practice
    ]
    if not bare:
        return Finding(
            "questions", "ok", "chaque pratique a ses questions", "all practices have some"
        )
    listed = ", ".join(bare[:10]) + (" …" if len(bare) > 10 else "")
    return Finding(
        "questions",
        "warning",
        f"{len(bare)} pratique(s) sans questions, donc moins bien trouvées : {listed}. "
        "Remède : un fichier dans questions/ (docs/collections.md)",
        f"{len(bare)} practice(s) without questions, found less well: {listed}. "
        "Mend it with: a file in questions/ (docs/collections.md)",
    )


def _index(settings: Settings, encoder: str) -> Finding:
    folder = index.current_build(settings.index)
    contract = index.check_build(folder)
    if encoder:  # else the encoder's own finding says it
        index.check_encoder(contract, encoder)
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
