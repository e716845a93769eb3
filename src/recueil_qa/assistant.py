"""The facade: everything that the command line, the app and other programs use."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from recueil_qa.dossier.dossier import Dossier, Entry
from recueil_qa.encoding.encoder import Encoder
from recueil_qa.errors import RecueilError
from recueil_qa.evaluation.feedback import Feedback, FeedbackStore
from recueil_qa.index.catalogue import Catalogue
from recueil_qa.index.manifest import Manifest
from recueil_qa.index.opened import Index
from recueil_qa.messages import Language
from recueil_qa.search.searcher import Searcher
from recueil_qa.search.serving import Follower
from recueil_qa.settings import Settings, load_settings
from recueil_qa.types import (
    Answer,
    CollectionInfo,
    Filters,
    MapPoint,
    Neighbour,
    Practice,
    PracticeHit,
)

if TYPE_CHECKING:
    from recueil_qa.reader.reading import Reader

Listener = Callable[[Answer, float], None]


class Assistant:
    """Answers questions from the build that serves; may be shared between threads.

    >>> assistant = Assistant.open()
    >>> answer = assistant.ask("comment réduire les appels répétés ?")
    >>> answer.hits[0].practice.id, answer.advice[0].text

    Each call is `Searcher`'s of the same name, on the build that serves at this moment. Several
    calls that must tell of one build are made on what `now` returns.
    """

    def __init__(self, opened: Index, settings: Settings, encoder: Encoder | None = None) -> None:
        """Answer from one build, whatever serves after it; `open` follows what serves."""
        self._take(Searcher.over(opened, settings, encoder))

    @classmethod
    def open(
        cls,
        settings: Settings | None = None,
        *,
        encoder: Encoder | str | None = None,
        **given: Any,
    ) -> Assistant:
        """Open the index that serves, by settings or by single ones as keyword arguments.

        A call made after another build was put in service is answered from that one. The encoder
        is the object given, or the one of the settings (of which `encoder` is one, by its name),
        loaded by the first question or by `load_encoder`.

        Raises:
            IndexUnusableError: no index, a damaged one, or one of another version.
            IndexMismatchError: the encoder given isn't the one that the index was built with.
            SettingsError: a setting is refused.
        """
        if isinstance(encoder, str):
            given["encoder"], encoder = encoder, None
        if settings and given:
            raise TypeError("give settings, or single ones as keyword arguments, not both")
        settings = settings or load_settings(**given)
        return cls._of(Follower(Searcher.open(settings, encoder)))

    @classmethod
    def _of(cls, source: Searcher | Follower, told: Listener | None = None) -> Assistant:
        assistant = object.__new__(cls)
        assistant._take(source, told)
        return assistant

    def _take(self, source: Searcher | Follower, told: Listener | None = None) -> None:
        self._source, self._told = source, told
        self._settings = self.now().settings
        self._reader: Reader | None = None
        self._reading = threading.Lock()

    def now(self) -> Searcher:
        """Return the searcher of the build that serves now, which keeps that build for good.

        A build that can't be opened is passed over, with a warning in the log.
        """
        return self._source.now() if isinstance(self._source, Follower) else self._source

    def latest(self) -> Assistant:
        """Return an assistant over the build that serves now, and over that one for good."""
        return self._of(self.now(), self._told) if isinstance(self._source, Follower) else self

    def caught_up(self) -> Assistant:
        """Return what `latest` does, after waiting until that build is opened.

        Raises:
            RecueilError: it can't serve; `latest` still gives the former one.
        """
        source = self._source
        return self._of(source.caught_up(), self._told) if isinstance(source, Follower) else self

    def listen(self, told: Listener) -> None:
        """Have each answer told, with the seconds that it took, here and by what `latest` gives."""
        self._told = told

    def reopen(self) -> Assistant:
        """Return one that is opened anew, with this encoder if it fits. Raises as `open`."""
        return self._of(self.now().reopened(), self._told)

    def load_encoder(self) -> Encoder:
        """Return the encoder, loading it the first time. Raises as `Searcher.load_encoder`."""
        return self.now().load_encoder()

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
            EncoderError, IndexMismatchError: see `Searcher.load_encoder`.
        """
        began = time.perf_counter()
        answer = self.now().ask(question, top=top, filters=filters, as_typed=as_typed)
        if self._told:
            self._told(answer, time.perf_counter() - began)
        return answer

    def read(
        self,
        first: Answer,
        question: str,
        *,
        filters: Filters | None = None,
        as_typed: bool = False,
        send: bool = True,
        told: Callable[[RecueilError], None] | None = None,
    ) -> Answer:
        """Return the answer that `ask` gave to a question as the language model that is set reads.

        Where it can't be read, the same with why (`Answer.reader`), and `told` of it. Takes
        seconds; without `send`, when a reply of before is taken or none, no more than `ask`.

        Raises:
            ReaderError: no model is set, or what it needs is not installed.
        """
        return self._own_reader().read(
            self.now(), first, question, filters=filters, as_typed=as_typed, send=send, told=told
        )

    def is_to_read(self, first: Answer) -> bool:
        """Return whether `read` would have an answer read: a model is set, and it can judge it."""
        if not self.settings.reader:
            return False
        from recueil_qa.reader.reading import is_to_read

        return is_to_read(first)

    def load_reader(self) -> None:
        """Load what asks the language model, so that the first `read` doesn't; nothing is sent.

        Raises as `read`.
        """
        self._own_reader()

    def _own_reader(self) -> Reader:
        # Whoever has no reader waits for none of it.
        from recueil_qa.reader.reading import Reader

        with self._reading:
            if self._reader is None:
                self._reader = Reader(self.settings)
            return self._reader

    def ask_leads(
        self, question: str, *, top: int | None = None, filters: Filters | None = None
    ) -> Answer:
        """Answer as `ask`, but abstain on a question that it would refuse, with the leads."""
        return self.now().ask_leads(question, top=top, filters=filters)

    def search(
        self, question: str, *, top: int | None = None, filters: Filters | None = None
    ) -> tuple[PracticeHit, ...]:
        """Return the practices only, best first, each with its evidence. Raises as `ask`."""
        return self.now().search(question, top=top, filters=filters)

    def practice(self, identifier: str) -> Practice:
        """Return one practice.

        Raises:
            NotFoundError: no practice has this id; names those whose id ends alike.
        """
        return self.now().practice(identifier)

    def similar(self, identifier: str, top: int = 5) -> tuple[Neighbour, ...]:
        """Return the practices nearest to one, with the reason. Raises as `practice`."""
        return self.now().similar(identifier, top)

    def nearest(self, identifier: str) -> Practice | None:
        """Return the practice nearest to one, the first of `similar`. Raises as `practice`."""
        return self.now().nearest(identifier)

    def examples(self, language: Language) -> tuple[str, ...]:
        """Return a few questions to begin with."""
        return self.now().examples(language)

    def around(self, practice: Practice) -> tuple[Practice | None, Practice | None]:
        """Return the practices before and after one in its collection; none if it is no more."""
        return self.now().around(practice)

    def mark(self, question: str, text: str, language: str) -> tuple[tuple[str, bool], ...]:
        """Cut a text into pieces; True where a word has a stem of the question's."""
        return self.now().mark(question, text, language)

    def entries(self, dossier: Dossier) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
        """Return what a dossier keeps, in order, and the references that exist no more."""
        return self.now().entries(dossier)

    def export(
        self, dossier: Dossier, form: Literal["markdown", "docx"], language: Language, day: str
    ) -> bytes:
        """Return an action-plan note of a dossier, dated `day` (ISO 8601)."""
        return self.now().export(dossier, form, language, day)

    def facets(self, filters: Filters | None = None, text: str = "") -> dict[str, Counter[str]]:
        """Return for each facet its values and how many practices have them."""
        return self.now().facets(filters, text)

    def is_stale(self) -> bool:
        """Return whether the corpus has changed since the index was built."""
        return self.now().is_stale()

    def give_feedback(self, feedback: Feedback) -> None:
        """Store what a user thinks of an answer or of a hit.

        Raises:
            FeedbackError: it can't be stored.
        """
        FeedbackStore(self.settings.feedback_file).add(feedback)

    @property
    def settings(self) -> Settings:
        """The settings that it was opened with."""
        return self._settings

    @property
    def index(self) -> Index:
        """The build that serves, opened."""
        return self.now().index

    @property
    def catalogue(self) -> Catalogue:
        """Its practices."""
        return self.now().catalogue

    @property
    def build(self) -> str:
        """Its name."""
        return self.now().build

    @property
    def manifest(self) -> Manifest:
        """What it was made from."""
        return self.now().manifest

    @property
    def built(self) -> str:
        """When it was made, in ISO 8601."""
        return self.now().built

    @property
    def collections(self) -> tuple[CollectionInfo, ...]:
        """Its collections."""
        return self.now().collections

    @property
    def map_points(self) -> tuple[MapPoint, ...]:
        """Where each practice stands on the map, in the order of the catalogue."""
        return self.now().map_points
