"""Words: how texts are cut and stemmed.

French text loses its accents, then goes through Snowball's French stemmer until nothing
changes: one pass splits "crédit" (cred) from "crédits" (crédit), and misspelt accents would
split more. English text goes through the English stemmer. All stems share one space, so that
words common to both languages (innovation, satisfaction) still meet.
"""

from __future__ import annotations

import importlib.util
import re
import threading
import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

REMEMBERED = 65_536  # words, of which a language has few in use
TEXTS_REMEMBERED = 8_192

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
# Of French words that share a stem though not a meaning ("usager", "usage"), those of one meaning.
_APART = re.compile(
    "usages?|utiles?|utilement|utilites?|attentions?|directions?|communes?|communa.*|formes?|"
    "mobilis.*"
)
_local = threading.local()


@lru_cache(REMEMBERED)
def fold(text: str) -> str:
    """Lower the case, drop accents, and open ligatures (œ → oe)."""
    lowered = unicodedata.normalize("NFKD", text).lower().replace("œ", "oe").replace("æ", "ae")
    return "".join(c for c in lowered if not unicodedata.combining(c))


@cache
def stop_words(language: str) -> frozenset[str]:
    """Return the folded words of a language that carry no meaning in a search."""
    lists = bm25s_lists()
    base = lists.STOPWORDS_FRENCH if language == "fr" else lists.STOPWORDS_EN_PLUS
    return frozenset(map(fold, base)) | set(QUESTION_WORDS[language].split())


@cache
def bm25s_lists() -> Any:
    """Load the stop words of bm25s without the rest of it, which loads SciPy."""
    found = importlib.util.find_spec("bm25s")
    folder = (found.submodule_search_locations or [""])[0] if found else ""
    spec = importlib.util.spec_from_file_location("stop_words", Path(folder, "stopwords.py"))
    if spec is None or spec.loader is None:
        raise ImportError(f"no stopwords.py in {folder}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def words(text: str) -> list[str]:
    """Cut a text into words; an elision (l'usager) is two words, of which one is a stop word."""
    return _WORD.findall(unicodedata.normalize("NFC", text))


@lru_cache(REMEMBERED)
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


@lru_cache(TEXTS_REMEMBERED)
def stems_of(text: str, language: str) -> frozenset[str]:
    """Return the stems that a text has, as `analyse` finds them."""
    return frozenset(analyse(text, language))


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


@lru_cache(TEXTS_REMEMBERED)
def query_stems_of(text: str) -> frozenset[str]:
    """Return the stems that a text has in either language, as `analyse_query` finds them."""
    return frozenset(analyse_query(text))


def mark(text: str, language: str, query: str) -> tuple[tuple[str, bool], ...]:
    """Cut a text into pieces that join to it again; True where a word has a stem of the query's.

    Not where the two are known to differ in meaning.
    """
    stems, ignored = analyse_query(query), stop_words(language)
    meant = {(stem(w, lang), _apart(w, language)) for w in words(query) for lang in _STEMMER_NAMES}
    pieces: list[tuple[str, bool]] = []
    end = 0
    for found in _WORD.finditer(text):
        word = found.group()
        shared = stem(word, language)
        if (
            shared in stems
            and fold(word) not in ignored
            and (shared, _apart(word, language)) in meant
        ):
            if found.start() > end:
                pieces.append((text[end : found.start()], False))
            pieces.append((word, True))
            end = found.end()
    return (*pieces, (text[end:], False)) if end < len(text) else tuple(pieces)


def _apart(word: str, language: str) -> bool:
    return language == "fr" and _APART.fullmatch(fold(word)) is not None
