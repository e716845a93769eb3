"""What a question is answered with: hits, quoted lines, cards, the answer; and neighbours.

Scores are "higher is better".
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Literal

from recueil_qa.messages import Text
from recueil_qa.types.bands import Band
from recueil_qa.types.corpus import Line, Passage, Practice

PRACTICES = 6  # cards of an answer
NEAREST = 3  # practices named when nothing answers
NOTHING_ANSWERS = "nothing-answers"
REASONS = ("nothing-passes-the-filters", "refused")  # notices that say why nothing answers


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


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of asking a language model to read: whether the answer is in its order.

    - seconds: how long its reply took, 0 where it was kept from before (`cached`);
    - dropped: ids of its reply that had not been offered; `silenced`: reasons that failed the
      checks, and are not shown;
    - used: false where the search's own answer stands, `notice` says why.
    """

    model: str
    seconds: float = 0.0
    dropped: int = 0
    used: bool = False
    silenced: int = 0
    cached: bool = False
    notice: Text | None = None


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
    - reason: its own line nearest to the problem, with the `words` that both have;
    - why: the only text that is no quotation: a language model's, checked against the practice.
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
    why: str = ""

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
    - filtered: the facet values that the question itself named, and was filtered by;
    - reader: what a language model that was asked to read brought, or None where none was. In its
      order, the scores of hits and lines are still the search's.
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
    reader: Reading | None = None

    @property
    def abstained(self) -> bool:
        """Whether nothing answers."""
        return self.band is Band.NOTHING

    @property
    def answered(self) -> bool:
        """Whether something answers, or may help: the contrary of `abstained`."""
        return not self.abstained

    @property
    def reason(self) -> str:
        """Why nothing answers: one of `REASONS`, or "nothing-answers"; "" where something does."""
        if not self.abstained:
            return ""
        return next((each for each in self.notices if each in REASONS), NOTHING_ANSWERS)

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
    def by_collection(self) -> dict[str, int]:
        """How many practices are shown of each collection that has some, by its id."""
        shown = [card.practice for card in self.cards] or self.nearest
        return dict(Counter(practice.collection for practice in shown))

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
