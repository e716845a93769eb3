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
    │                              which stands in `milvus_client`
    ├── FeedbackError          a store of feedback that can't be read or written
    ├── DossierError           a selection that can't take one more practice or line
    ├── WriteError             files that can't be written; what was there is kept
    ├── BusyError              another process is building or changing the index
    └── RowsError              a file of queries, judgments or results that is refused

Each carries its message in French and in English: what, where, and how it is mended where one
thing mends it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Language = Literal["fr", "en"]


class RecueilError(Exception):
    """Base of the package's errors; `str()` is the English text."""

    def __init__(self, *, fr: str, en: str) -> None:
        super().__init__(en)
        self.fr = fr
        self.en = en

    def text(self, language: Language) -> str:
        """Return the message in one language."""
        return self.fr if language == "fr" else self.en


class SettingsError(RecueilError): ...


class QuestionError(RecueilError): ...


class NotFoundError(RecueilError): ...


class EncoderError(RecueilError): ...


class IndexUnusableError(RecueilError): ...


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


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend in one file of a collection; `line` counts from 1, 0 is the file."""

    path: Path
    line: int
    fr: str
    en: str

    def text(self, language: Language) -> str:
        """Return `path:line: what and how to mend it`."""
        place = f"{self.path}:{self.line}" if self.line else f"{self.path}"
        return f"{place}: {self.fr if language == 'fr' else self.en}"


class CorpusError(RecueilError):
    """All the problems found in a corpus, in the order of its files."""

    refused = ("Le corpus est refusé", "The corpus is refused")

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        fr = [f"{self.refused[0]}, {count} problème(s) à corriger :"]
        en = [f"{self.refused[1]}, {count} problem(s) to mend:"]
        fr += [problem.text("fr") for problem in self.problems]
        en += [problem.text("en") for problem in self.problems]
        super().__init__(fr="\n  ".join(fr), en="\n  ".join(en))


class ImportRefusedError(CorpusError):
    """All the problems found in a source to import, or in the collection that it would make."""

    refused = ("L'import est refusé", "The import is refused")
