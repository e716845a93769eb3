"""A corpus that changes from version to version, and what an index of each must hold.

Every line names the version that it was written in, so that an answer tells by itself whether it
mixes two of them.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from unittest import mock

import numpy as np
import numpy.typing as npt

from recueil_qa import Settings
from recueil_qa.analysis import passages
from recueil_qa.analysis.words import fold, words
from recueil_qa.builds import rebuild
from recueil_qa.corpus.corpus import Corpus
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.encoding.encoder import Encoder, Progress, Vectors
from recueil_qa.index import opened
from recueil_qa.search import searcher
from recueil_qa.types import Answer, Passage, Practice
from tests.support.encoders import HashEncoder

PRACTICES = 9  # below ten the map, which is not looked at here, takes no time
LINES = 14
ENCODER = "hash"
TOML = """
id = "essai"
title = "Recueil d'essai"
language = "fr"

[[sections]]
name = "contexte"
headings = ["Contexte"]
role = "context"

[[sections]]
name = "conseils"
headings = ["Conseils"]
role = "advice"
"""
WORDS = [
    *("accueil", "guichet", "courrier", "appels", "agents", "usagers", "horaires", "file"),
    *("attente", "formulaire", "rendez-vous", "téléphone", "délai", "réponse", "famille"),
    *("allocation", "dossier", "numérique", "médiation", "indicateur", "qualité", "motivation"),
    *("réunion", "écoute", "réclamation", "lisible", "lettre", "écran", "annuaire", "borne"),
]
QUESTIONS = (
    "Les usagers attendent au guichet",
    "Comment rendre nos lettres lisibles ?",
    "too many calls on the téléphone",
    "Réclamation sur le délai de réponse",
    "quel indicateur de qualité pour l'accueil",
    "famille",
    "Le dossier numérique se perd dans la file d'attente des agents",
    "zzz inconnu",
)
_VERSION = re.compile(r"version (\d+)")


class QuickEncoder(HashEncoder):
    """The tests' deterministic encoder, with a memory of words; `pause` seconds for each chunk.

    With `until`, it waits first for that file to be there.
    """

    def __init__(self, pause: float = 0.0, until: Path | None = None) -> None:
        super().__init__(ENCODER, 32)
        self.pause, self.until = pause, until

    def encode_document(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        time.sleep(self.pause)
        while self.until and not self.until.exists():
            time.sleep(0.005)
        return super().encode_document(texts, progress)

    def _encode(self, text: str) -> Vectors:
        total = np.zeros(self.dimension)
        for word in map(fold, words(text)):
            total += _direction(word, self.dimension)
        norm = np.linalg.norm(total)
        return (total / norm if norm else total).astype(np.float32)


@cache
def _direction(word: str, dimension: int) -> npt.NDArray[np.float64]:
    return np.asarray(HashEncoder(ENCODER, dimension)._encode(word), np.float64)


@contextmanager
def injected(encoder: Encoder) -> Iterator[None]:
    """Have whatever loads an encoder get this one; the product has no such door."""
    with (
        mock.patch.object(rebuild, "open_encoder", lambda *_: encoder),
        mock.patch.object(rebuild, "encoder_id", lambda *_: encoder.id),
        mock.patch.object(searcher, "open_encoder", lambda *_: encoder),
        mock.patch.object(searcher, "encoder_id", lambda *_: encoder.id),
    ):
        yield


def version_of(practice: int, version: int) -> int:
    """Return in which version a practice was last written: each version rewrites every second."""
    return version if (practice + version) % 2 == 0 else max(version - 1, 0)


def write_version(root: Path, version: int, lines: int = LINES) -> None:
    """Write a version of the corpus over the one before, with so many advice lines a practice."""
    folder = root / "essai"
    for name in ("practices", "questions"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "collection.toml").write_text(TOML, "utf-8")
    for number in range(PRACTICES):
        _write_practice(folder, number, version_of(number, version), lines)
    row = '{"id": "s1", "lang": "fr", "text": "Le toit fuit, version %d", "grades": {}}\n'
    (folder / "statements.jsonl").write_text(row % version, "utf-8")


def _write_practice(folder: Path, number: int, version: int, lines: int) -> None:
    draw = random.Random(f"{number} {version}")  # noqa: S311  # texts, not secrets
    mark = f"pratique {number} version {version}"

    def line() -> str:
        return f"{' '.join(draw.sample(WORDS, 6))}, {mark}"

    listed = "".join(f"- {line()}\n" for _ in range(lines))
    (folder / "practices" / f"p{number}.md").write_text(
        f"---\nid: essai-p{number}\ntitle: {line()}\nsource: note d'essai\n---\n\n"
        f"## Contexte\n\n{line()}\n\n## Conseils\n\n{listed}",
        "utf-8",
    )
    (folder / "questions" / f"p{number}.yaml").write_text(
        f"practice: essai-p{number}\nfr:\n- {line()} ?\n- {line()} !\n", "utf-8"
    )


@dataclass(frozen=True)
class Expected:
    """What an index of one corpus holds."""

    corpus: str
    practices: tuple[Practice, ...]
    passages: tuple[Passage, ...]
    unanswered: tuple[str, ...]

    @classmethod
    def of(cls, corpus: Corpus) -> Expected:
        return cls(
            corpus.hash,
            tuple(practice for c in corpus.collections for practice in c.practices),
            tuple(passages.corpus_passages(corpus)),
            tuple(passages.plain(text) for c in corpus.collections for text in c.unanswered),
        )

    @property
    def texts(self) -> list[str]:
        """What is encoded."""
        return list(dict.fromkeys([*(row.embedded for row in self.passages), *self.unanswered]))


def expected(root: Path) -> Expected:
    return Expected.of(read_corpus(root))


def differences(found: opened.Index, wanted: Expected, encoder: Encoder) -> list[str]:
    """Return in what an open index differs from what its corpus makes, vectors included."""
    faults = []
    if found.manifest.corpus != wanted.corpus:
        faults.append("corpus")
    if found.practices != wanted.practices:
        faults.append("practices")
    if tuple(found.passages) != wanted.passages:
        faults.append("passages")
    texts = [row.embedded for row in wanted.passages]
    if not np.array_equal(found.vectors, encoder.encode_document(texts)):
        faults.append("vectors")
    if not np.array_equal(found.unanswered, encoder.encode_document(wanted.unanswered)):
        faults.append("unanswered")
    return faults


def texts_of(answer: Answer) -> Iterator[str]:
    """Yield every text that an answer quotes."""
    for hit in answer.hits:
        yield hit.practice.title
        for section in hit.practice.sections:
            yield from (line.text for line in section.lines)
        yield from (each.passage.text for each in hit.evidence)
    for card in answer.cards:
        yield from (line.text for line in (*card.advice, card.reason) if line)
    for line in (*answer.advice, *answer.shown):
        yield from (line.text, *(above.text for above in line.lead_ins))


def is_of_one_version(texts: Iterable[str]) -> bool:
    """Return whether texts can all stand in one version of the corpus."""
    found = {
        (int(text.split("pratique ")[1].split()[0]), int(_VERSION.findall(text)[-1]))
        for text in texts
    }
    newest = max((version for _, version in found), default=0)
    return any(
        all(version_of(practice, version) == written for practice, written in found)
        for version in (newest, newest + 1)
    )


def settings_in(folder: Path) -> Settings:
    """Return the settings of a workplace: its corpus, its index, the encoder that is injected."""
    return Settings(home=folder, corpus=folder / "corpus", index=folder / "index", encoder=ENCODER)
