"""One opened build with the encoder that it is asked through: every way to read it."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, replace
from typing import Literal

from recueil_qa.analysis import words
from recueil_qa.analysis.query import clean_query, searchable
from recueil_qa.corpus.folders import collection_folders, known_hash
from recueil_qa.dossier import export, note
from recueil_qa.dossier.dossier import Dossier, Entry, entries
from recueil_qa.encoding.encoder import Encoder
from recueil_qa.encoding.identity import is_hub_name, same_model
from recueil_qa.encoding.runtimes import encoder_id, open_encoder
from recueil_qa.errors import QuestionError
from recueil_qa.index import opening
from recueil_qa.index.catalogue import Catalogue, shown_practices
from recueil_qa.index.manifest import Manifest
from recueil_qa.index.opened import Index
from recueil_qa.messages import Language
from recueil_qa.search import answers, examples, similarity
from recueil_qa.search.asked import Asked, asked_of
from recueil_qa.search.scope import Scope
from recueil_qa.settings import Settings
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

REFUSED = "refused"


class LateEncoder:
    """The encoder of a build, given or loaded once it is needed; shared between threads."""

    def __init__(
        self, contract: Manifest, settings: Settings, given: Encoder | None = None
    ) -> None:
        """Take the encoder `given`, or else the one that the settings name.

        Raises:
            IndexMismatchError: the one given isn't the one that the build was made with.
        """
        if given is not None:
            opening.check_encoder(contract, given.id)
        self.loaded = given
        self._contract, self._settings = contract, settings
        self._lock = threading.Lock()

    def load(self) -> Encoder:
        """Return the encoder, loading it the first time. Raises as `Searcher.load_encoder`."""
        with self._lock:
            if self.loaded is None:
                name, runtime = self._settings.encoder, self._settings.runtime
                if is_hub_name(name):
                    # Before minutes of looking for a hub that may not be there.
                    opening.check_encoder(self._contract, encoder_id(name, runtime))
                encoder = open_encoder(name, runtime)
                opening.check_encoder(self._contract, encoder.id)
                self.loaded = encoder
            return self.loaded


@dataclass(frozen=True, eq=False, repr=False)
class Searcher:
    """A build, opened, whatever serves after it; may be shared between threads.

    `Assistant.now` returns the one of the build that serves; `over` makes one.
    """

    scope: Scope
    catalogue: Catalogue
    settings: Settings
    encoder: LateEncoder

    @classmethod
    def over(cls, opened: Index, settings: Settings, encoder: Encoder | None = None) -> Searcher:
        """Return the searcher of an opened build; without an encoder, it loads its own when asked.

        Raises:
            IndexMismatchError: the encoder isn't the one that the build was made with.
        """
        if not settings.contacts:
            opened = replace(opened, practices=shown_practices(opened.practices, contacts=False))
        catalogue = Catalogue(opened.practices, tuple(opened.collections.values()))
        late = LateEncoder(opened.manifest, settings, encoder)
        return cls(Scope(opened), catalogue, settings, late)

    @classmethod
    def open(cls, settings: Settings, encoder: Encoder | None = None) -> Searcher:
        """Open the build that serves.

        Raises:
            IndexUnusableError: no index, a damaged one, or one of another version.
            IndexMismatchError: see `over`.
        """
        return cls.over(opening.open_index(settings.index), settings, encoder)

    def reopened(self) -> Searcher:
        """Return that of the build that serves now, with this encoder if it fits.

        Raises as `open`.
        """
        opened = opening.open_index(self.settings.index)
        encoder = self.encoder.loaded
        if encoder is not None and not same_model(encoder.id, opened.manifest.encoder):
            encoder = None
        return Searcher.over(opened, self.settings, encoder)

    def load_encoder(self) -> Encoder:
        """Return the encoder, loading it the first time.

        Raises:
            EncoderError: it can't be loaded.
            IndexMismatchError: it isn't the one that the index was built with.
        """
        return self.encoder.load()

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
        filters = self.catalogue.known(filters or EVERYTHING)
        clean_query(question, self.settings.question_characters)
        return self._answer(question, self._top(top), filters, as_typed=as_typed)

    def ask_leads(
        self, question: str, *, top: int | None = None, filters: Filters | None = None
    ) -> Answer:
        """Answer as `ask`, but abstain on a question that it would refuse, with the leads.

        For batches, where one bad row must not stop the others.
        """
        try:
            return self.ask(question, top=top, filters=filters)
        except QuestionError:
            kept = searchable(question, self.settings.question_characters)
            known = self.catalogue.known(filters or EVERYTHING)
            return self._answer(kept, self._top(top), known).refused(REFUSED)

    def search(
        self, question: str, *, top: int | None = None, filters: Filters | None = None
    ) -> tuple[PracticeHit, ...]:
        """Return the practices only, best first, each with its evidence. Raises as `ask`."""
        filters = self.catalogue.known(filters or EVERYTHING)
        clean_query(question, self.settings.question_characters)
        top = self._top(top)
        return answers.found(self.scope, self.load_encoder(), question, top, filters)[1]

    def practice(self, identifier: str) -> Practice:
        """Return one practice.

        Raises:
            NotFoundError: no practice has this id; names those whose id ends alike.
        """
        return self.catalogue.practice(identifier)

    def similar(self, identifier: str, top: int = 5) -> tuple[Neighbour, ...]:
        """Return the practices nearest to one, with the reason. Raises as `practice`."""
        practice = self.catalogue.practice(identifier)
        position = self.index.places[practice.id]
        return similarity.neighbours(self.index, position, self._top(top))

    def nearest(self, identifier: str) -> Practice | None:
        """Return the practice nearest to one, the first of `similar`. Raises as `practice`."""
        practice = self.catalogue.practice(identifier)
        found = similarity.nearest(self.index, self.index.places[practice.id])
        return None if found is None else self.index.practices[found]

    def examples(self, language: Language) -> tuple[str, ...]:
        """Return a few questions to begin with."""
        return examples.examples(self.index, language)

    def around(self, practice: Practice) -> tuple[Practice | None, Practice | None]:
        """Return the practices before and after one in its collection; none if it is no more."""
        # By its id: one that an earlier build gave may have been corrected since.
        own = self.catalogue.by_id.get(practice.id)
        return self.catalogue.around(own) if own else (None, None)

    def mark(self, question: str, text: str, language: str) -> tuple[tuple[str, bool], ...]:
        """Cut a text into pieces; True where a word has a stem of the question's."""
        return words.mark(text, language, question)

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

    def facets(self, filters: Filters | None = None, text: str = "") -> dict[str, Counter[str]]:
        """Return for each facet its values and how many practices have them."""
        return self.catalogue.facets(filters, text)

    def is_stale(self) -> bool:
        """Return whether the corpus has changed since the index was built."""
        root = self.settings.corpus
        try:
            found = known_hash(root) if collection_folders(root) else self.index.manifest.corpus
        except OSError:
            return True
        return found != self.index.manifest.corpus

    @property
    def index(self) -> Index:
        """The build, opened: what a query is scored against, whole."""
        return self.scope.index

    @property
    def build(self) -> str:
        """The name of the build."""
        return self.index.folder.name

    @property
    def manifest(self) -> Manifest:
        """What the build was made from."""
        return self.index.manifest

    @property
    def built(self) -> str:
        """When the build was made, in ISO 8601."""
        return self.manifest.created

    @property
    def collections(self) -> tuple[CollectionInfo, ...]:
        """The collections of the build."""
        return self.catalogue.collections

    @property
    def map_points(self) -> tuple[MapPoint, ...]:
        """Where each practice stands on the map, in the order of the catalogue."""
        return self.index.map_points

    def _top(self, top: int | None) -> int:
        if top is not None and top < 1:
            raise ValueError(f"top is {top}; at least 1 is needed")
        return top or self.settings.top

    def _answer(
        self, question: str, top: int, filters: Filters, *, as_typed: bool = False
    ) -> Answer:
        # What another collection has a name for changes nothing of one that is asked alone.
        catalogue = self.catalogue.of(filters.collection)
        asked = Asked(question) if as_typed else asked_of(question, catalogue)
        return answers.answer(
            self.scope, self.load_encoder(), asked, top, filters, as_typed=as_typed
        )
