"""What this package raises on purpose for whoever uses it to read.

What only a program that calls it wrongly can meet is a ValueError, a TypeError or a KeyError.

    RecueilError
    ├── SettingsError          a setting or a path that can't be used
    ├── CorpusError            files of a collection that are refused, all problems listed
    │   └── ImportRefusedError     a source, or the files that it would make
    ├── QuestionError          a question that can't be asked
    ├── NotFoundError          an unknown practice, facet, build or file named by the user
    ├── EncoderError           a model directory that is missing, damaged or of another kind
    ├── IndexUnusableError     an index that can't serve
    │   ├── IndexMissingError      nothing was built yet
    │   ├── IndexDamagedError      a file is missing or altered
    │   └── IndexMismatchError     of another format, other parameters or another encoder
    ├── RecallError            an approximate search that misses too much
    ├── EngineError            a server of vectors that can't be used
    │   └── CollectionError        what it holds is not the build's; an IndexUnusableError too,
    │                              which stands in `index.milvus.client`
    ├── FeedbackError          a store of feedback that can't be read or written
    ├── DossierError           a selection that can't take one more practice or line
    ├── ReaderError            a language model that could not be asked, or whose reply is no use
    ├── WriteError             files that can't be written; what was there is kept
    ├── BusyError              another process is building or changing the index
    └── RowsError              a file of queries, judgments or results that is refused

Each says in French and in English what is wrong and where, and apart from it, where that is known
and one thing to do, how it is mended:

    raise IndexMissingError(
        Text(fr=f"pas encore d'index dans {root}", en=f"no index yet in {root}"),
        Command("recueil-qa", "build"),
    )
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from recueil_qa.messages import Language, Mend, Text, join, mended


class RecueilError(Exception):
    """Base of the package's errors; `str()` is the English text, with how it is mended."""

    def __init__(self, what: Text, mend: Mend | None = None) -> None:
        super().__init__(mended(what, mend).en)
        self.what = what
        self.mend = mend

    def text(self, language: Language) -> str:
        """Return the whole message in one language."""
        return self.message.to(language)

    @property
    def message(self) -> Text:
        """What is wrong and how it is mended."""
        return mended(self.what, self.mend)

    @property
    def fr(self) -> str:
        """The whole message in French."""
        return self.message.fr

    @property
    def en(self) -> str:
        """The whole message in English."""
        return self.message.en


class SettingsError(RecueilError): ...


class QuestionError(RecueilError): ...


class NotFoundError(RecueilError): ...


class EncoderError(RecueilError): ...


class IndexUnusableError(RecueilError):
    """`fault` is what is wrong alone; `meanwhile`, what helps until it is mended, follows it."""

    def __init__(
        self, fault: Text, mend: Mend | None = None, meanwhile: Text | None = None
    ) -> None:
        super().__init__(join([fault, meanwhile]) if meanwhile else fault, mend)
        self.fault = fault


class IndexMissingError(IndexUnusableError): ...


class IndexDamagedError(IndexUnusableError): ...


class IndexMismatchError(IndexUnusableError): ...


class FeedbackError(RecueilError): ...


class DossierError(RecueilError): ...


class WriteError(RecueilError): ...


class RecallError(RecueilError): ...


class EngineError(RecueilError): ...


class BusyError(RecueilError): ...


class RowsError(RecueilError): ...


class ReaderError(RecueilError):
    """`kind` tells programs what went wrong; `lasting`, that the next question would meet it too.

    Holds nothing of what the server said, which may repeat a key or a question.
    """

    def __init__(
        self, kind: str, what: Text, mend: Mend | None = None, *, lasting: bool = False
    ) -> None:
        super().__init__(what, mend)
        self.kind = kind
        self.lasting = lasting


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend in one file of a collection; `line` counts from 1, 0 is the file."""

    path: Path
    line: int
    what: Text

    @property
    def located(self) -> Text:
        """`path:line: what and how to mend it`."""
        place = f"{self.path}:{self.line}" if self.line else f"{self.path}"
        return f"{place}: " + self.what


class CorpusError(RecueilError):
    """All the problems found in a corpus, in the order of its files."""

    refused = Text("Le corpus est refusé", "The corpus is refused")

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        title = self.refused + Text(", {} problème(s) à corriger :", ", {} problem(s) to mend:")
        listed = [problem.located for problem in self.problems]
        super().__init__(join([title.format(len(listed)), *listed], "\n  "))


class ImportRefusedError(CorpusError):
    """All the problems found in a source to import, or in the collection that it would make."""

    refused = Text("L'import est refusé", "The import is refused")
