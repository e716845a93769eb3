"""Words: how texts are cut and stemmed, and BM25 over the result.

French text loses its accents, then goes through Snowball's French stemmer until nothing
changes: one pass splits "crédit" (cred) from "crédits" (crédit), and misspelt accents would
split more. English text goes through the English stemmer. All stems share one space, so that
words common to both languages (innovation, satisfaction) still meet.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import bm25s

Scores = npt.NDArray[np.float32]

K1 = 1.2
B = 0.75

# Words that carry a question rather than its subject; bm25s's lists have only function words.
QUESTION_WORDS = {
    "fr": "comment pourquoi quand quel quelle quels quelles quoi faire fait font faut peut peux "
    "peuvent veux voudrais aimerais avoir etre plus tres trop tout tous toute toutes "
    "aussi comme donc car si cela ca cette cet chez entre sans sous vers afin alors ainsi "
    "dont lors deja encore quelqu chaque",
    "en": "how what why when where who which can could should would do does did doing have has had "
    "we our ours us you your they them their i my me want need get make more most very too much "
    "many all any some from than also so about one only just",
}

_WORD = re.compile(r"[^\W_]+", re.UNICODE)
# "rendez-vous" is two words to search, and one to whoever typed it.
_TYPED = re.compile(r"[^\W_]+(?:-[^\W_]+)*", re.UNICODE)
_STEMMER_NAMES = {"fr": "french", "en": "english"}
_local = threading.local()


def fold(text: str) -> str:
    """Lower the case, drop accents, and open ligatures (œ → oe)."""
    lowered = unicodedata.normalize("NFKD", text).lower().replace("œ", "oe").replace("æ", "ae")
    return "".join(c for c in lowered if not unicodedata.combining(c))


@cache
def stop_words(language: str) -> frozenset[str]:
    """Return the folded words of a language that carry no meaning in a search."""
    from bm25s.stopwords import STOPWORDS_EN_PLUS, STOPWORDS_FRENCH

    base = STOPWORDS_FRENCH if language == "fr" else STOPWORDS_EN_PLUS
    return frozenset(map(fold, base)) | set(QUESTION_WORDS[language].split())


def words(text: str) -> list[str]:
    """Cut a text into words; an elision (l'usager) is two words, of which one is a stop word."""
    return _WORD.findall(unicodedata.normalize("NFC", text))


def stem(word: str, language: str) -> str:
    """Return the stem of a word, which needn't be folded."""
    stemmers = _local.__dict__.setdefault("stemmers", {})
    if language not in stemmers:
        # PyStemmer's objects keep state: one for each thread.
        import Stemmer

        stemmers[language] = Stemmer.Stemmer(_STEMMER_NAMES[language])
    stemmer = stemmers[language]
    current = fold(word)
    while (shorter := stemmer.stemWord(current)) != current:
        current = shorter
    return current


def analyse(text: str, language: str) -> list[str]:
    """Return the stems of a text's words, stop words left out."""
    ignored = stop_words(language)
    return [
        stem(word, language)
        for word in words(text)
        if fold(word) not in ignored and (len(word) > 1 or word.isdigit())
    ]


def analyse_query(text: str) -> dict[str, str]:
    """Return stem → word as typed, with the stems of both languages."""
    ignored = stop_words("fr") | stop_words("en")
    stems: dict[str, str] = {}
    for typed in _TYPED.findall(text):
        for word in words(typed):
            if fold(word) in ignored or (len(word) == 1 and not word.isdigit()):
                continue
            for language in _STEMMER_NAMES:
                stems.setdefault(stem(word, language), typed)
    return stems


def mark(text: str, language: str, stems: Collection[str]) -> tuple[tuple[str, bool], ...]:
    """Cut a text into pieces that join to it again; True where a word has one of the stems."""
    pieces: list[tuple[str, bool]] = []
    end = 0
    for found in _WORD.finditer(text):
        if stem(found.group(), language) in stems and fold(found.group()) not in stop_words(
            language
        ):
            if found.start() > end:
                pieces.append((text[end : found.start()], False))
            pieces.append((found.group(), True))
            end = found.end()
    return (*pieces, (text[end:], False)) if end < len(text) else tuple(pieces)


class LexicalIndex:
    """BM25 (Lucene's variant, through bm25s) over passages in the order given."""

    def __init__(self, retriever: bm25s.BM25, size: int) -> None:
        self._retriever = retriever
        self.size = size

    @classmethod
    def build(cls, documents: Iterable[Sequence[str]]) -> LexicalIndex:
        """Index lists of stems."""
        import bm25s
        from bm25s.tokenization import Tokenized

        # As they come, so that a large collection's stems are never all in memory as texts.
        met: dict[str, int] = {}
        ids = [
            np.array([met.setdefault(word, len(met)) for word in document], np.int32)
            for document in documents
        ]
        # A sorted vocabulary: bm25s's own follows the order of a set, new in every process.
        vocabulary = {word: i for i, word in enumerate(sorted(met))}
        ranks = np.array([vocabulary[word] for word in met], np.int32)
        ids = [ranks[row] for row in ids]
        retriever = bm25s.BM25(method="lucene", k1=K1, b=B)
        retriever.index(Tokenized(ids=ids, vocab=vocabulary), show_progress=False)
        return cls(retriever, len(ids))

    def scores(self, stems: Sequence[str]) -> Scores:
        """Return the BM25 score of every passage; zeros when no stem is known."""
        known = [word for word in stems if word in self._retriever.vocab_dict]
        if not known:
            return np.zeros(self.size, np.float32)
        return np.asarray(self._retriever.get_scores(known), np.float32)

    def knows(self, word: str) -> bool:
        """Return whether any passage contains a stem."""
        return word in self._retriever.vocab_dict

    def save(self, folder: Path) -> None:
        self._retriever.save(folder, show_progress=False)

    @classmethod
    def load(cls, folder: Path, size: int) -> LexicalIndex:
        import bm25s

        found = bm25s.BM25.load(folder, show_progress=False, allow_pickle=False)
        if found.scores["num_docs"] != size or not isinstance(found.vocab_dict, dict):
            raise ValueError(f"postings of {found.scores['num_docs']} passages, not {size}")
        return cls(found, size)
