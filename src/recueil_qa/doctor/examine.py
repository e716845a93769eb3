"""Check everything that answering and rebuilding rest on; each finding says how it is mended."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from recueil_qa.corpus.corpus import Corpus
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.doctor import builds, index, libraries, privacy, reader, system
from recueil_qa.doctor.corpus import advice, lost, orphans, questions, refused, whole
from recueil_qa.doctor.encoder import weights
from recueil_qa.doctor.finding import Finding, command, of_error, same
from recueil_qa.encoding.runtimes import encoder_id
from recueil_qa.errors import CorpusError, RecueilError
from recueil_qa.faults import system_fault, technical
from recueil_qa.index.files import BuildFolder
from recueil_qa.messages import Text
from recueil_qa.settings import Settings
from recueil_qa.types import Passage, Practice


def examine(settings: Settings) -> list[Finding]:
    """Run every check; none stops the others. Loads neither torch nor FAISS.

    A check that has nothing to look at (no index, no evaluation) is left out.
    """
    case = _Case(settings)
    case.check("versions", libraries.versions)
    case.check("libraries", lambda: libraries.libraries(settings.home))
    case.check("settings", lambda: system.environment(os.environ))
    _examine_corpus(case)
    _examine_encoder(case)
    _examine_index(case)
    _examine_around(case)
    return case.findings


@dataclass
class _Case:
    """What was found so far, and what the next checks use of it."""

    settings: Settings
    findings: list[Finding] = field(default_factory=list)
    corpus: Corpus | None = None
    encoder: str = ""
    build: BuildFolder | None = None
    practices: tuple[Practice, ...] = ()
    rows: tuple[Passage, ...] = ()

    def check(self, name: str, work: Callable[[], Finding | None]) -> None:
        try:
            finding = work()
        except RecueilError as error:
            finding = of_error(name, error, self.settings)
        except Exception as error:  # told, like all that is found: it must not hide the rest
            finding = _failed(name, error, self.settings)
        if finding:
            self.findings.append(finding)


def _failed(name: str, error: Exception, settings: Settings) -> Finding:
    said = f"{type(error).__name__}: {error}"
    reason = Text(technical(said).fr, said)
    if isinstance(error, OSError) and error.filename:
        reason = Text(f"{error.filename} : {system_fault(error).fr}", said)
    again = command(settings, "doctor")
    return Finding(
        name,
        "error",
        Text("cette vérification a échoué ({})", "this check failed ({})").format(reason),
        Text(
            "voyez les droits et le disque, puis : {} ; sinon, signalez cette ligne",
            "see the permissions and the disk, then: {}; else report this line",
        ).format(again),
    )


def _examine_corpus(case: _Case) -> None:
    settings = case.settings
    orphaned = orphans(settings.corpus)

    def read() -> Finding:
        try:
            case.corpus = read_corpus(settings.corpus)
        except CorpusError as error:
            return refused(settings, error, orphaned or ())
        return whole(settings, case.corpus)

    case.check("corpus", read)
    if orphaned is not None:
        case.check("orphans", lambda: lost(orphaned))
    if corpus := case.corpus:
        case.check("questions", lambda: questions(settings, corpus))
        case.check("advice", lambda: advice(settings, corpus))


def _examine_encoder(case: _Case) -> None:
    def read() -> Finding:
        case.encoder = encoder_id(case.settings.encoder, case.settings.runtime)
        return same("encoder", case.encoder)

    case.check("encoder", read)
    if case.encoder:
        case.check("weights", lambda: weights(case.settings.encoder))


def _examine_index(case: _Case) -> None:
    settings, corpus = case.settings, case.corpus

    def read() -> Finding:
        finding, case.build = index.serving(settings, case.encoder)
        return finding

    def contents(build: BuildFolder) -> Finding:
        case.practices = build.read_practices()
        case.rows = tuple(build.read_passages(len(case.practices))[0])
        return index.contents(settings, build, case.practices, case.rows)

    case.check("index", read)
    if build := case.build:
        case.check("contents", lambda: contents(build))
        case.check("engine", lambda: index.engine(settings, build))
        if corpus:
            case.check("quotations", lambda: index.quotations(settings, corpus, case.rows))
            case.check("freshness", lambda: index.freshness(settings, corpus, build))
    if corpus or case.rows:
        case.check(
            "privacy",
            lambda: privacy.contacts(settings, corpus, case.practices, case.rows),
        )


def _examine_around(case: _Case) -> None:
    settings = case.settings
    case.check("builds", lambda: builds.others(settings))
    case.check("leftovers", lambda: builds.leftovers(settings))
    case.check("disk", lambda: system.disk(settings, *builds.space(settings.index)))
    case.check("index-folder", lambda: system.index_folder(settings))
    case.check("feedback", lambda: system.feedback(settings))
    if (corpus := case.corpus) and case.encoder:
        case.check("evaluation", lambda: builds.evaluation(settings, corpus.hash, case.encoder))
    case.check("reports-folder", lambda: system.reports_folder(settings))
    case.check("reader", lambda: reader.answers(settings))
