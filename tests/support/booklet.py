"""The collection that is shipped, read once a process: it takes half a second. Only read it."""

from __future__ import annotations

from functools import cache

from recueil_qa.corpus.corpus import Collection, Corpus
from recueil_qa.corpus.reading import read_corpus
from tests.support import ROOT


@cache
def shipped() -> Corpus:
    """Return the corpus of this project."""
    return read_corpus(ROOT / "corpus")


def booklet() -> Collection:
    """Return its one collection."""
    (collection,) = shipped().collections
    return collection
