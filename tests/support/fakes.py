"""Small stand-ins: a deterministic encoder, and collections made in a folder."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from recueil_qa.analysis.words import fold, words
from recueil_qa.encoding.encoder import Progress, Vectors
from recueil_qa.index import manifest
from recueil_qa.index.current import current_build
from recueil_qa.index.heads import Fit, Heads
from recueil_qa.learning import calibrating, fitting, schooling
from recueil_qa.regression import Regression
from recueil_qa.types import Practice

PATIENCE = 120.0  # seconds for what comes soon: a busy machine may take its time, a hang fails


def unpack(archive: Path, target: Path) -> None:
    """Unpack as the guide says to: tarfile's own safe way is newer than Python 3.11.0."""
    target.mkdir(exist_ok=True)
    subprocess.run(["tar", "--extract", "--file", archive, "--directory", target], check=True)


class HashEncoder:
    """Each word is a direction drawn from its hash: same text same vector, shared words nearer."""

    def __init__(self, name: str = "hash", dimension: int = 64) -> None:
        self.id = f"{name}@test"
        self.dimension = dimension

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._encode(text) for text in texts])

    def encode_document(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        if progress:
            progress(len(texts), len(texts))
        return np.stack([self._encode(text) for text in texts])

    def _encode(self, text: str) -> Vectors:
        total = np.zeros(self.dimension, np.float64)
        for word in map(fold, words(text)):
            total += direction(word, self.dimension)
        norm = np.linalg.norm(total)
        return (total / norm if norm else total).astype(np.float32)


@cache
def direction(word: str, dimension: int) -> npt.NDArray[np.float64]:
    """Return the direction that a word stands for, the same in every process."""
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
    return np.random.default_rng(seed).standard_normal(dimension)


BOOKLET_TOML = """
id = "petit"
title = "Petit recueil"
language = "fr"
sources = ["source.txt"]
required = ["page", "theme"]
sectors = ["commune", "caisse"]

[[sections]]
name = "contexte"
headings = ["Contexte"]

[[sections]]
name = "conseils"
headings = ["Conseils", "Nos conseils"]
role = "advice"
"""

# page → (title, theme, organisation, sector, context lines, advice lines, questions by language)
PRACTICES = {
    1: (
        "Le guichet unique",
        "Accueil",
        "Mairie de Chêne",
        "commune",
        ["Les habitants couraient d'un bureau à l'autre"],
        ["Former tous les agents à la polyvalence", "Choisir un horaire élargi"],
        {
            "fr": ["Les gens vont de bureau en bureau", "Comment réunir nos accueils ?"],
            "en": ["People go from desk to desk"],
        },
    ),
    2: (
        "La mesure des rappels",
        "Téléphone",
        "Caisse des Tilleuls",
        "caisse",
        ["Le standard était saturé d'appels répétés"],
        ["Compter les appels pour un même motif", "Limiter le nombre d'indicateurs"],
        {
            "fr": ["Le standard est saturé par des appels répétés"],
            "en": ["How to cut repeat calls?"],
        },
    ),
    3: (
        "Le courrier clair",
        "Écrit",
        "Caisse des Tilleuls",
        "caisse",
        ["Les lettres n'étaient pas comprises des usagers"],
        ["Relire chaque lettre avec un usager", "Bannir le jargon des lettres"],
        {"fr": ["Nos lettres sont incompréhensibles"], "en": ["Nobody understands our letters"]},
    ),
}

# Judged statements for `write_corpus`: two with answers, one of them in two practices; two without.
STATEMENTS: tuple[Mapping[str, object], ...] = (
    {
        "id": "s001",
        "lang": "fr",
        "register": "courriel",
        "text": "On renvoie les familles d'un **service** à l'autre",
        "grades": {"petit-p1": 2, "petit-p3": 1},
    },
    {
        "id": "s002",
        "lang": "en",
        "text": "The same callers ring again and again",
        "grades": {"petit-p2": 2},
        "not": ["petit-p3"],
    },
    {"id": "s003", "lang": "fr", "text": "Le parking déborde", "grades": {}},
    {"id": "s004", "lang": "en", "text": "The **roof** leaks", "grades": {}, "not": ["petit-p1"]},
)


def write_corpus(root: Path, statements: Sequence[Mapping[str, object]] = ()) -> Path:
    """Write the collection `petit`, of three practices, under `root`; return its folder.

    Without `statements` (rows as in `corpus/statements.py`), no statements file is written.
    """
    folder = root / "petit"
    (folder / "practices").mkdir(parents=True)
    (folder / "questions").mkdir()
    (folder / "collection.toml").write_text(BOOKLET_TOML, "utf-8")
    source = []
    for page, (title, theme, organisation, sector, context, advice, questions) in PRACTICES.items():
        source += [title, "Contexte", *context, "Conseils", *[f"- {line}" for line in advice], ""]
        listed = "\n".join(f"- {line}" for line in advice)
        body = "\n\n".join(context)
        (folder / "practices" / f"p{page}.md").write_text(
            f"---\nid: petit-p{page}\npage: {page}\ntitle: {title}\ntheme: {theme}\n"
            f"organisation: {organisation}\nsector: {sector}\n"
            f"contacts:\n- accueil{page}@exemple.invalid 01 02 03 04 0{page}\n---\n\n"
            f"## Contexte\n\n{body}\n\n## Conseils\n\n{listed}\n",
            "utf-8",
        )
        lines = [f"practice: petit-p{page}"]
        for language, texts in questions.items():
            lines += [f"{language}:", *[f"- {text}" for text in texts]]
        (folder / "questions" / f"p{page}.yaml").write_text("\n".join(lines) + "\n", "utf-8")
    (folder / "source.txt").write_text("\n".join(source), "utf-8")
    if statements:
        rows = [f"{json.dumps(row, ensure_ascii=False)}\n" for row in statements]
        (folder / "statements.jsonl").write_text("".join(rows), "utf-8")
    return folder


# What `lessons` tell of each practice of `petit`, and of what none answers.
TOLD = {
    "petit-p1": "habitants ballottés entre guichets",
    "petit-p2": "standard téléphonique débordé",
    "petit-p3": "courriers administratifs illisibles",
    "": "parking toiture pelouse",
}


def lessons(each: int = 6) -> list[dict[str, object]]:
    """Return judged statements: so many of each practice of `petit`, and of nothing."""
    return [
        {
            "id": f"{practice or 'none'}-{i}",
            "lang": "fr",
            "text": f"{told} cas{i}",
            "grades": {practice: 2} if practice else {},
        }
        for practice, told in TOLD.items()
        for i in range(each)
    ]


def write_lessons(folder: Path, rows: Sequence[Mapping[str, object]], name: str = "more") -> Path:
    """Write judged statements that a collection only learns from; return their file."""
    path = folder / "statements" / f"{name}.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), "utf-8")
    return path


def quick_fitting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fit heads in a moment, from a few statements on."""
    for name, value in (("WIDTH", 8), ("EPOCHS", 4), ("BATCH", 8)):
        monkeypatch.setattr(fitting, name, value)
    monkeypatch.setattr(calibrating, "SEEDS_LEFT_OUT", 1)
    monkeypatch.setattr(schooling, "LEAST", 4)


def made_heads(
    said: Mapping[str, float],
    *,
    addresses: float = 0.0,
    helps: float = 0.0,
    dimension: int = 64,
    encoder: str = "hash@test",
    key: str = "",
) -> Heads:
    """Return heads that say the same of any query: the logits of practices, and of an answer.

    A practice addresses it from a chance of 0.8 on, and nothing does below 0.5.
    """
    layers = {
        "hidden": np.zeros((dimension, 1), np.float32),
        "hidden_bias": np.zeros(1, np.float32),
        "practices": np.zeros((1, len(said)), np.float32),
        "practices_bias": np.array([*said.values()], np.float32),
        "answered": np.zeros((1, 2), np.float32),
        "answered_bias": np.array([addresses, helps], np.float32),
    }
    read = {
        name: Regression(weights={name: 1.0}, intercept=0, threshold=bound, cross_validated={})
        for name, bound in (("addresses", 0.8), ("helps", 0.5))
    }
    about = {"encoder": encoder, "key": key, "practices": tuple(said)}
    return Heads(Fit.model_validate(about | {"statements": 0, "outside": 0} | read), layers)


def come_from(folder: Path, page: int, source: str) -> None:
    """Make a practice of `petit` one whose text was added, instead of a page's."""
    path = folder / "practices" / f"p{page}.md"
    text = path.read_text("utf-8")
    path.write_text(text.replace(f"\npage: {page}\n", f"\nsource: {source}\n", 1), "utf-8")


def ask_of_line(folder: Path, page: int, key: str, *texts: str) -> Path:
    """Add questions to a practice of `petit` under a key (`fr conseils/2`); return its file."""
    path = folder / "questions" / f"p{page}.yaml"
    asked = "".join(f"- {text}\n" for text in texts)
    path.write_text(f"{path.read_text('utf-8')}{key}:\n{asked}", "utf-8")
    return path


FAQ_TOML = """
id = "faq"
title = "Questions fréquentes"
language = "fr"

[[sections]]
name = "reponse"
headings = ["Réponse"]
role = "advice"
"""

FAQ = {
    "carte": ("Comment refaire ma carte ?", "Déclarez la perte puis prenez rendez-vous en ligne."),
    "cantine": ("Comment payer la cantine ?", "Payez sur le portail famille avant le dix du mois."),
    "dechets": ("Quand passent les bennes ?", "Les bennes passent le mardi et le vendredi matin."),
}


def write_faq(root: Path) -> Path:
    """Write the collection `faq`: one section, no source, no questions, no pages, no facets."""
    folder = root / "faq"
    (folder / "practices").mkdir(parents=True)
    (folder / "collection.toml").write_text(FAQ_TOML, "utf-8")
    for name, (title, answer) in FAQ.items():
        (folder / "practices" / f"{name}.md").write_text(
            f"---\nid: faq-{name}\ntitle: {title}\n---\n\n## Réponse\n\n{answer}\n", "utf-8"
        )
    return folder


GUIDE_TOML = """
id = "guide"
title = "Counter guide"
language = "en"
publisher = "Council of Ashby"
date = 2021-03-01

[[sections]]
name = "why"
headings = ["Why"]
role = "context"

[[sections]]
name = "steps"
headings = ["Steps"]
role = "advice"
"""

GUIDE = {
    1: (
        "The desk that rings",
        "theme: Telephone\norganisation: Ashby Council\n",
        "People kept ringing back",
        ["Count the calls made for one reason", "Answer before the third ring"],
        ["People ring our desk again and again"],
    ),
    2: (
        "The letter read aloud",
        "",
        "Nobody read our letters to the end",
        ["Read each letter aloud to a visitor"],
        ["Visitors bring our letters to the desk"],
    ),
}


def named(*ids: str) -> dict[str, Practice]:
    """Return practices without text, by id."""
    return {name: Practice(name, "petit", name, ()) for name in ids}


def write_guide(root: Path) -> Path:
    """Write the collection `guide`, in English: two practices, the second without any facet."""
    folder = root / "guide"
    (folder / "practices").mkdir(parents=True)
    (folder / "questions").mkdir()
    (folder / "collection.toml").write_text(GUIDE_TOML, "utf-8")
    for page, (title, facets, why, steps, questions) in GUIDE.items():
        listed = "\n".join(f"- {step}" for step in steps)
        (folder / "practices" / f"p{page}.md").write_text(
            f"---\nid: guide-p{page}\npage: {page}\ntitle: {title}\n{facets}"
            f"contacts:\n- desk{page}@example.invalid\n---\n\n## Why\n\n{why}\n\n"
            f"## Steps\n\n{listed}\n",
            "utf-8",
        )
        asked = "\n".join(f"- {question}" for question in questions)
        text = f"practice: guide-p{page}\nen:\n{asked}\n"
        (folder / "questions" / f"p{page}.yaml").write_text(text, "utf-8")
    row = {"id": "s001", "lang": "en", "text": "Chairs are missing", "grades": {}}
    (folder / "statements.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder, by their path in it."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def copy_build(root: Path, created: str, **changes: object) -> Path:
    """Copy the build that serves as a sound one made at another moment (ISO 8601); its folder.

    `changes` are fields of its manifest, as another version of the package would write them.
    """
    scratch = shutil.copytree(current_build(root), root / "copy")
    contract = manifest.read_manifest(scratch)
    contract = contract.model_copy(update={"created": created, **changes})
    manifest.write_manifest(scratch, contract)
    return scratch.rename(root / manifest.build_name(scratch, contract))
