"""A rebuild as it is asked for: only when needed, by one process, and measured if wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from recueil_qa.builds import listing
from recueil_qa.builds.build import Notice, Verdict, build, has_leftovers, holding
from recueil_qa.builds.locks import Patience
from recueil_qa.corpus.corpus import Corpus
from recueil_qa.corpus.folders import corpus_hash
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.encoding.encoded_once import OnceEncoder
from recueil_qa.encoding.encoder import Encoder, Progress, Vectors
from recueil_qa.encoding.identity import names_content
from recueil_qa.encoding.runtimes import encoder_id, open_encoder
from recueil_qa.errors import IndexUnusableError
from recueil_qa.evaluation import gate, judgments
from recueil_qa.evaluation.gate import Comparison
from recueil_qa.evaluation.report import latest_report
from recueil_qa.evaluation.rows import Data
from recueil_qa.index import opening, select
from recueil_qa.index.current import current_build, is_current
from recueil_qa.index.opened import Index
from recueil_qa.settings import Settings


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How a rebuild ended: the build made, or the one that had nothing to mend; what it took.

    `against` names a build of the same corpus that the gate had kept out of service.
    """

    folder: Path
    built: bool
    served: bool
    encoded: int = 0
    comparison: Comparison | None = None
    against: str = ""


def rebuild(
    settings: Settings,
    progress: Progress | None = None,
    *,
    force: bool = False,
    full: bool = False,
    tolerance: float | None = None,
    wait: bool = True,
    notice: Notice | None = None,
    patience: Patience | None = None,
    measuring: Callable[[int, int], None] | None = None,
) -> Rebuilt:
    """Rebuild the index from the corpus, if it, the encoder or the engine has changed.

    With a `tolerance`, the new build is measured on the judged questions of `eval/`, those of each
    collection alone and among all, and serves only if no measure fell further, or with `force`;
    which also builds when nothing has changed. With `full`,
    every text is encoded again. Another build under way is waited for as `holding` says.

    Raises:
        CorpusError, EncoderError, RowsError, WriteError, EngineError, BusyError: the index that
            served still does.
    """
    corpus = read_corpus(settings.corpus)
    encoder = _LateEncoder(settings)
    data = judgments.read_gated(settings.home) if tolerance is not None else None
    needless = _needless(settings, corpus, encoder.id, force or full)
    if needless and not has_leftovers(settings.index):
        return needless
    with holding(settings.index, wait=wait, notice=notice, patience=patience):
        # Another process may have built it meanwhile, or somebody changed the corpus.
        if corpus_hash(settings.corpus) != corpus.hash:
            corpus = read_corpus(settings.corpus)
        needless = _needless(settings, corpus, encoder.id, force or full)
        if needless:
            return needless
        jury = None
        if data is not None and tolerance is not None:
            jury = _Jury(settings, encoder, data, tolerance, force, measuring, corpus)
        against = "" if jury else _kept_out(settings.index, corpus.hash)
        engine = select.wanted(settings)
        folder = build(
            settings.index, corpus, encoder, progress, full=full, judge=jury, engine=engine
        )
        served = listing.current_name(settings.index) == folder.name
        comparison = jury.comparison if jury else None
        return Rebuilt(folder, True, served, encoder.encoded, comparison, against)


def _kept_out(root: Path, corpus: str) -> str:
    """Return the name of a build of this very corpus that was kept out of service, or ""."""
    try:
        found = listing.list_builds(root)
    except IndexUnusableError:
        return ""
    return next(
        (b.name for b in found if b.kept_out and b.manifest and b.manifest.corpus == corpus), ""
    )


def _needless(settings: Settings, corpus: Corpus, encoder: str, wanted: bool) -> Rebuilt | None:
    engine = select.wanted(settings)
    if wanted or not is_current(settings.index, corpus.hash, encoder, engine):
        return None
    return Rebuilt(current_build(settings.index), built=False, served=True)


class _LateEncoder:
    """Loads the model when there is something to encode: a line taken away needs none."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._loaded: Encoder | None = None
        self.id = encoder_id(settings.encoder, settings.runtime)
        self.encoded = 0
        if not names_content(self.id):  # loading it tells what it holds
            self.id = self._load().id

    @property
    def dimension(self) -> int:
        return self._load().dimension

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        return self._load().encode_query(texts)

    def encode_document(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        vectors = self._load().encode_document(texts, progress)
        self.encoded += len(texts)
        return vectors

    def _load(self) -> Encoder:
        if self._loaded is None:
            self._loaded = open_encoder(self._settings.encoder, self._settings.runtime)
        return self._loaded


class _Jury:
    """Measures a new build, and the one that serves where that was not done on the same data."""

    def __init__(
        self,
        settings: Settings,
        encoder: Encoder,
        data: Data,
        tolerance: float,
        force: bool,
        measuring: Callable[[int, int], None] | None,
        corpus: Corpus,
    ) -> None:
        # Both builds are asked the same questions.
        self.settings, self.encoder, self.data = settings, OnceEncoder(encoder), data
        self.tolerance, self.force, self.measuring = tolerance, force, measuring
        self.judgments = judgments.read_judgments(settings.home, corpus)
        self.hash = judgments.judgments_hash(settings.home, corpus)
        self.comparison: Comparison | None = None

    def __call__(self, folder: Path) -> Verdict:
        opened = opening.open_build(folder)
        known = {practice.id for practice in opened.practices}
        judged = {practice for grades in self.data.qrels.values() for practice in grades}
        own = (row for rows in self.judgments.values() for row in rows)
        judged |= {practice for row in own for practice in row.grades}
        after = self._measure(opened)
        self.comparison = gate.compare(
            self._before(), after, self.tolerance, sorted(judged - known)
        )
        return Verdict(after, self.hash, self.force or not self.comparison.fell)

    def _before(self) -> dict[str, float]:
        """Return the measures of the build that serves: as recorded, measured now, or reported."""
        try:
            serving = opening.open_index(self.settings.index)
        except IndexUnusableError:
            return {}
        if serving.manifest.measured_on == self.hash:
            return serving.manifest.measures
        if serving.manifest.encoder == self.encoder.id:
            return self._measure(serving)
        # The former encoder may be gone: what was measured with it is not.
        report = latest_report(self.settings.home / "eval" / "results")
        if report is None or report.encoder != serving.manifest.encoder:
            return {}
        return {
            f"{name} {group}": value
            for group, row in report.measures.items()
            for name, value in row.items()
        }

    def _measure(self, opened: Index) -> dict[str, float]:
        characters = self.settings.question_characters
        return gate.measure(
            opened, self.encoder, self.data, characters, self.measuring, self.judgments
        )
