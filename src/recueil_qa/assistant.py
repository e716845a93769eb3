"""The facade: everything that the command line, the app and other programs use."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Literal

from recueil_qa import answers, examples, export, index, lexical, note, similarity
from recueil_qa.asked import Asked, asked_of
from recueil_qa.catalogue import Catalogue
from recueil_qa.corpus_files import collection_folders, corpus_hash
from recueil_qa.dossier import Dossier, Entry, entries
from recueil_qa.encoder import Encoder, Progress
from recueil_qa.errors import QuestionError
from recueil_qa.feedback import Feedback, FeedbackStore
from recueil_qa.index import Index
from recueil_qa.manifest import Manifest
from recueil_qa.messages import Language
from recueil_qa.query import clean_query, searchable
from recueil_qa.retrieval import rank_practices, seek
from recueil_qa.serving import Follower, Serving
from recueil_qa.settings import Settings, load_settings
from recueil_qa.types import (
    EVERYTHING,
    Answer,
    CollectionInfo,
    Filters,
    MapPoint,
    Neighbour,
    Practice,
    PracticeHit,
)

if TYPE_CHECKING:
    from recueil_qa.finding import Finding
    from recueil_qa.rebuilding import Rebuilt
    from recueil_qa.report import Report

REFUSED = "refused"


class Assistant:
    """Answers questions from one opened index; may be shared between threads.

    >>> assistant = Assistant.open()
    >>> answer = assistant.ask("comment réduire les appels répétés ?")
    >>> answer.hits[0].practice.id, answer.advice[0].text
    """

    def __init__(self, opened: Index, settings: Settings, encoder: Encoder | None = None) -> None:
        """Answer from one build, whatever serves after it; `open` follows what serves."""
        self._serving = Serving(opened, settings, encoder)
        self._follower: Follower | None = None

    @classmethod
    def open(cls, settings: Settings | None = None, **given: Any) -> Assistant:
        """Open the index that serves, by settings or by single ones as keyword arguments.

        A question asked after another build was put in service is answered from that one. The
        encoder is loaded by the first question, or by `load_encoder`.

        Raises:
            IndexUnusableError: no index, a damaged one, or one of another version.
            SettingsError: a setting is refused.
        """
        if settings and given:
            raise TypeError("give settings, or single ones as keyword arguments, not both")
        settings = settings or load_settings(**given)
        assistant = cls(index.open_index(settings.index), settings)
        assistant._follower = Follower(assistant._serving)
        return assistant

    def latest(self) -> Assistant:
        """Return an assistant over the build that serves now, and over that one for good.

        For several calls that must tell of one build. A build that can't be opened is passed
        over, with a warning in the log: what answered still does.
        """
        if self._follower is None:
            return self
        self._serving = self._follower.now()
        pinned = object.__new__(type(self))
        pinned.__dict__.update(self.__dict__, _follower=None)
        return pinned

    def reopen(self) -> Assistant:
        """Return an assistant over the build that serves now, with this one's encoder if it fits.

        Raises as `open`.
        """
        now = self._serving.reopened()
        return Assistant(now.index, now.settings, now.encoder)

    @staticmethod
    def current_build(settings: Settings) -> str:
        """Return the name of the build that serves, without opening it. Raises as `open`."""
        return index.current_build(settings.index).name

    @staticmethod
    def rebuild(settings: Settings, progress: Progress | None = None, **how: Any) -> Rebuilt:
        """Rebuild the index from the corpus, if needed; `how` as for `rebuilding.rebuild`.

        Raises:
            CorpusError, EncoderError, WriteError, BusyError: the index that served still does.
        """
        from recueil_qa.rebuilding import rebuild

        return rebuild(settings, progress, **how)

    @staticmethod
    def examine(settings: Settings) -> list[Finding]:
        """Check all that answering rests on; needs no open index."""
        from recueil_qa.doctor import examine

        return examine(settings)

    @staticmethod
    def last_report(settings: Settings) -> Report | None:
        """Return the latest evaluation in the home's `eval/results`, or None."""
        from recueil_qa.report import latest_report

        return latest_report(settings.home / "eval" / "results")

    def load_encoder(self) -> Encoder:
        """Return the encoder, loading it the first time.

        Raises:
            EncoderError: it can't be loaded.
            IndexMismatchError: it isn't the one that the index was built with.
        """
        return self._serving.load_encoder()

    def ask(
        self,
        question: str,
        *,
        top: int | None = None,
        filters: Filters | None = None,
        as_typed: bool = False,
    ) -> Answer:
        """Return the practices and the quoted lines that answer, or abstain with the nearest.

        With `as_typed` no slip of the keyboard is mended, and nothing that the question names is
        taken for a filter.

        Raises:
            QuestionError: the question is empty, has no word, or is too long.
            NotFoundError: a filter names a value that no practice has.
            EncoderError, IndexMismatchError: see `load_encoder`.
        """
        now = self.latest()
        filters = now.catalogue.known(filters or EVERYTHING)
        clean_query(question, self.settings.question_characters)
        return now._answer(question, self._top(top), filters, as_typed=as_typed)

    def ask_leads(self, question: str, *, top: int | None = None) -> Answer:
        """Answer as `ask`, but abstain on a question that it would refuse, with the leads.

        For batches, where one bad row must not stop the others.
        """
        now = self.latest()
        try:
            return now.ask(question, top=top)
        except QuestionError:
            kept = searchable(question, self.settings.question_characters)
            answer = now._answer(kept, self._top(top), EVERYTHING)
            return answer.refused(REFUSED)

    def search(
        self, question: str, *, top: int | None = None, filters: Filters | None = None
    ) -> tuple[PracticeHit, ...]:
        """Return the practices only, best first, each with its evidence. Raises as `ask`."""
        now = self.latest()
        filters = now.catalogue.known(filters or EVERYTHING)
        clean_query(question, self.settings.question_characters)
        sought = seek(now.index, now.load_encoder(), question)
        near, scored = answers.scored_near(now.index, sought, self._top(top), filters)
        return rank_practices(near, scored, self._top(top), filters)

    def practice(self, identifier: str) -> Practice:
        """Return one practice.

        Raises:
            NotFoundError: no practice has this id; names those whose id ends alike.
        """
        return self.latest().catalogue.practice(identifier)

    def similar(self, identifier: str, top: int = 5) -> tuple[Neighbour, ...]:
        """Return the practices nearest to one, with the reason. Raises as `practice`."""
        now = self.latest()
        practice = now.catalogue.practice(identifier)
        position = now.index.places[practice.id]
        return similarity.neighbours(now.index, position, self._top(top))

    def examples(self, language: Language) -> tuple[str, ...]:
        """Return a few questions to begin with."""
        return examples.examples(self.index, language)

    def around(self, practice: Practice) -> tuple[Practice | None, Practice | None]:
        """Return the practices before and after one in its collection."""
        return self.catalogue.around(practice)

    def mark(self, question: str, text: str, language: str) -> tuple[tuple[str, bool], ...]:
        """Cut a text into pieces; True where a word has a stem of the question's."""
        return lexical.mark(text, language, lexical.analyse_query(question))

    def entries(self, dossier: Dossier) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
        """Return what a dossier keeps, in order, and the references that exist no more."""
        return entries(dossier, self.catalogue.by_id)

    def export(
        self, dossier: Dossier, form: Literal["markdown", "docx"], language: Language, day: str
    ) -> bytes:
        """Return an action-plan note of a dossier, dated `day` (ISO 8601)."""
        kept, _ = self.entries(dossier)
        composed = note.compose(
            kept, self.index.collections, language, title=dossier.title, day=day
        )
        return export.to_docx(composed) if form == "docx" else export.to_markdown(composed).encode()

    def give_feedback(self, feedback: Feedback) -> None:
        """Store what a user thinks of an answer or of a hit.

        Raises:
            FeedbackError: it can't be stored.
        """
        FeedbackStore(self.settings.feedback_file).add(feedback)

    @property
    def settings(self) -> Settings:
        """The settings that it was opened with."""
        return self._serving.settings

    @property
    def index(self) -> Index:
        """The build that answered last."""
        return self._serving.index

    @property
    def catalogue(self) -> Catalogue:
        """Its practices."""
        return self._serving.catalogue

    @property
    def build(self) -> str:
        """The name of the build that is open."""
        return self.index.folder.name

    @property
    def manifest(self) -> Manifest:
        """What the index was built from."""
        return self.index.manifest

    @property
    def map_points(self) -> tuple[MapPoint, ...]:
        """Where each practice stands on the map, in the order of the catalogue."""
        return self.index.map_points

    @property
    def collections(self) -> tuple[CollectionInfo, ...]:
        """The collections of the index."""
        return self.catalogue.collections

    @property
    def built(self) -> str:
        """When the index was built, in ISO 8601."""
        return self.index.manifest.created

    def facets(self, filters: Filters | None = None, text: str = "") -> dict[str, Counter[str]]:
        """Return for each facet its values and how many practices have them."""
        return self.catalogue.facets(filters, text)

    def is_stale(self) -> bool:
        """Return whether the corpus has changed since the index was built."""
        root = self.settings.corpus
        try:
            found = corpus_hash(root) if collection_folders(root) else self.index.manifest.corpus
        except OSError:
            return True
        return found != self.index.manifest.corpus

    def _top(self, top: int | None) -> int:
        if top is not None and top < 1:
            raise ValueError(f"top is {top}; at least 1 is needed")
        return top or self.settings.top

    def _answer(
        self, question: str, top: int, filters: Filters, *, as_typed: bool = False
    ) -> Answer:
        asked = Asked(question) if as_typed else asked_of(question, self.catalogue)
        return answers.answer(
            self.index, self.load_encoder(), asked, top, filters, as_typed=as_typed
        )
