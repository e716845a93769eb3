"""The values that travel through the package, whole and frozen.

Scores are "higher is better" everywhere. Line numbers count from 1 within a section.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal

from recueil_qa.bands import Band

FACETS = ("collection", "part", "theme", "sector", "organisation")
NEAREST = 3  # practices named when nothing answers


class PassageKind(StrEnum):
    """What a passage is made from."""

    LINE = "line"
    SECTION = "section"
    TITLE = "title"
    QUESTION = "question"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a section; `depth` is 0 for plain text, 1 for a list item, 2 below it, …"""

    number: int
    text: str
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a practice; `heading` is the source's own wording."""

    name: str
    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Practice:
    """One entry of a collection. `contacts` is personal data: never embedded, never indexed.

    `source` says where the text comes from when it wasn't in the collection's own sources.
    """

    id: str
    collection: str
    title: str
    sections: tuple[Section, ...]
    page: int | None = None
    part: str = ""
    theme: str = ""
    subtitle: str = ""
    organisation: str = ""
    sector: str = ""
    logo: str = ""
    contacts: tuple[str, ...] = ()
    source: str = ""

    def section(self, name: str) -> Section | None:
        """Return the section of that name, or None."""
        return next((section for section in self.sections if section.name == name), None)


@dataclass(frozen=True, slots=True)
class Question:
    """A problem, in a manager's words, that a practice answers, or one `line` (`conseils/2`)."""

    id: str
    practice: str
    language: str
    text: str
    line: str = ""


@dataclass(frozen=True, slots=True)
class SectionInfo:
    """What a collection says of one of its sections."""

    name: str
    role: str
    fr: str
    en: str


@dataclass(frozen=True, slots=True)
class Alias:
    """What else people call a value of a facet."""

    facet: str
    value: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CollectionInfo:
    """What a reader needs to know of a collection; travels with the index.

    `abbreviations` of its trade are pairs: short, what it stands for; `examples` of questions:
    language, text.
    """

    id: str
    title: str
    language: str
    publisher: str
    date: str
    sections: tuple[SectionInfo, ...]
    abbreviations: tuple[tuple[str, str], ...] = ()
    aliases: tuple[Alias, ...] = ()
    examples: tuple[tuple[str, str], ...] = ()

    def sections_for(self, role: str) -> frozenset[str]:
        """Return the names of the sections of a role."""
        return frozenset(section.name for section in self.sections if section.role == role)


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece that is indexed. `text` is shown, `embedded` (text in its context) is encoded.

    `answer` is the id of the line that answers, of a question that one line does; `grade` how
    much the practice helps (2, or 1 when a statement says less).
    """

    id: str
    practice: str
    kind: PassageKind
    language: str
    text: str
    embedded: str
    section: str = ""
    answer: str = ""
    grade: int = 2

    @property
    def is_statement(self) -> bool:
        """Whether it is a judged statement, rather than a question of its practice."""
        return "/statements/" in self.id


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage that made a practice a hit; similarity is a cosine, lexical a BM25 score."""

    passage: Passage
    similarity: float
    lexical: float


@dataclass(frozen=True, slots=True)
class Citation:
    """One line quoted word for word, with its place; `advice`, `context`: its section's role.

    `source` is where the text of an added practice comes from, or empty. `lead_ins` are the lines
    that govern it, the outermost first: each is a quotation of its own, to be shown with it.
    """

    passage: str
    practice: str
    title: str
    organisation: str
    section: str
    heading: str
    line: int
    page: int | None
    text: str
    score: float
    advice: bool
    context: bool = False
    source: str = ""
    lead_ins: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class PracticeHit:
    """A practice that a query found, with why: its own passages that are nearest to the query.

    `words` are those of the query that its evidence holds.
    """

    practice: Practice
    score: float
    rank: int
    evidence: tuple[Evidence, ...] = ()
    words: tuple[str, ...] = ()


Block = Literal["result", "advice", "besides"]


@dataclass(frozen=True, slots=True)
class Card:
    """A practice as an answer shows it: what it brought, its own advice, and why it is here.

    - result: its most telling result for the question;
    - advice: its advice in the collection's order, all of it or the best of it; `left_out` is how
      many lines more it has;
    - besides: lines of its other sections that answer better than its advice, best first;
    - set_off: the passages of `advice` that answer the question; those of `besides` all do;
    - order: these three as they are shown, what answers best first;
    - reason: its own line nearest to the problem, with the `words` that both have.
    """

    practice: Practice
    rank: int
    result: Citation | None = None
    advice: tuple[Citation, ...] = ()
    left_out: int = 0
    besides: tuple[Citation, ...] = ()
    set_off: tuple[str, ...] = ()
    order: tuple[Block, ...] = ("result", "advice", "besides")
    reason: Citation | None = None
    words: tuple[str, ...] = ()

    @property
    def quoted(self) -> tuple[Citation, ...]:
        """The lines that answer and the result, in the order in which they are shown."""
        blocks: dict[Block, tuple[Citation, ...]] = {
            "result": (self.result,) if self.result else (),
            "advice": tuple(line for line in self.advice if line.passage in self.set_off),
            "besides": self.besides,
        }
        return tuple(line for block in self.order for line in blocks[block])


@dataclass(frozen=True, slots=True)
class Answer:
    """What `ask` returns: practices as cards, in one of three bands; or that nothing answers.

    - direct: the one line that answers, where one really does;
    - cards: the practices to show, best first, of which the first `answering` answer, the others
      are leads; of the band "nothing", none: `nearest` then says what comes nearest, for a reader
      who wants to look all the same;
    - hits, advice: all practices and lines that were found, best first, for programs;
    - confidence, helps: the chances that a practice addresses the question, and that some practice
      helps at all;
    - notices: "other-language", "nothing-passes-the-filters", "negation" or, from a batch,
      "refused";
    - understood: the question as searched, when slips of the keyboard were mended;
    - filtered: the facet values that the question itself named, and was filtered by.
    """

    question: str
    language: str
    confidence: float
    band: Band
    hits: tuple[PracticeHit, ...]
    advice: tuple[Citation, ...]
    cards: tuple[Card, ...] = ()
    answering: int = 0
    direct: Citation | None = None
    notices: tuple[str, ...] = ()
    understood: str = ""
    filtered: tuple[str, ...] = ()
    helps: float = 0.0

    @property
    def abstained(self) -> bool:
        """Whether nothing answers."""
        return self.band is Band.NOTHING

    def refused(self, notice: str) -> Answer:
        """Return it as the answer to what is no question: only its hits and lines are kept."""
        return replace(
            self,
            confidence=0.0,
            helps=0.0,
            band=Band.NOTHING,
            cards=(),
            answering=0,
            direct=None,
            notices=(notice,),
        )

    @property
    def nearest(self) -> tuple[Practice, ...]:
        """The practices to name, when nothing answers: a refusal may be wrong."""
        return tuple(hit.practice for hit in self.hits[:NEAREST]) if self.abstained else ()

    @property
    def shown(self) -> tuple[Citation, ...]:
        """Every line that answers, as the screen shows them from its top; none twice."""
        direct = (self.direct,) if self.direct else ()
        lines = (*direct, *(line for card in self.cards for line in card.quoted))
        return tuple({line.passage: line for line in lines}.values())

    @property
    def percent(self) -> int:
        """The confidence as a number to show; never 100, for nothing is that sure."""
        return min(round(self.confidence * 100), 99)


@dataclass(frozen=True, slots=True)
class LinePair:
    """Two lines of two practices that say alike things; similarity is a cosine."""

    left: Citation
    right: Citation
    similarity: float


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A practice similar to another one, and the reason."""

    practice: Practice
    score: float
    same_theme: bool
    same_organisation: bool
    pairs: tuple[LinePair, ...] = ()


@dataclass(frozen=True, slots=True)
class Filters:
    """Facet values to keep; an empty set keeps everything. A practice must pass every facet.

    `collection` holds ids.
    """

    part: frozenset[str] = field(default_factory=frozenset)
    theme: frozenset[str] = field(default_factory=frozenset)
    sector: frozenset[str] = field(default_factory=frozenset)
    organisation: frozenset[str] = field(default_factory=frozenset)
    collection: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        # `Filters(theme="Proactivité")` means that theme, not its letters.
        for facet in FACETS:
            value = getattr(self, facet)
            kept = {value} if isinstance(value, str) else value
            object.__setattr__(self, facet, frozenset(kept))

    def accepts(self, practice: Practice) -> bool:
        """Return whether a practice passes every facet."""
        return all(
            not getattr(self, facet) or getattr(practice, facet) in getattr(self, facet)
            for facet in FACETS
        )

    def __bool__(self) -> bool:
        return any(getattr(self, facet) for facet in FACETS)


EVERYTHING = Filters()


@dataclass(frozen=True, slots=True)
class MapPoint:
    """Where a practice stands on the map of all; x (rightwards), y (downwards) in [0, 1]."""

    practice: str
    x: float
    y: float
