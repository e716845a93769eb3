"""Personal data in what is indexed: contacts stay in their field, out of every passage."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from recueil_qa.analysis.passages import corpus_passages
from recueil_qa.corpus.corpus import Corpus
from recueil_qa.corpus.marks import has_personal_data
from recueil_qa.doctor.finding import Finding, command, some
from recueil_qa.messages import Text
from recueil_qa.settings import Settings
from recueil_qa.types import Passage, Practice

_NAME = re.compile(r"[^\W\d_][\w'’-]*[^\W\d_A-ZÀ-Þ] [A-ZÀ-Þ]{2,}(?:[ -][A-ZÀ-Þ]{2,})*(?!\w)")


def contacts(
    settings: Settings,
    corpus: Corpus | None,
    practices: Sequence[Practice],
    rows: Sequence[Passage],
) -> Finding:
    """Look for addresses, numbers and names of contacts in what is, and what would be, indexed.

    `practices` and `rows` are those of the build that serves. What is found is not repeated.
    """
    to_come = corpus_passages(corpus) if corpus else ()
    known = (
        [*practices, *(p for c in corpus.collections for p in c.practices)]
        if corpus
        else [*practices]
    )
    secret = _known(known)
    in_corpus = _leaks(to_come, secret)
    if in_corpus:
        then = command(settings, "build")
        return Finding(
            "privacy",
            "error",
            Text(
                f"coordonnées dans {len(in_corpus)} texte(s) à indexer : {some(in_corpus)}",
                f"contacts in {len(in_corpus)} text(s) to index: {some(in_corpus)}",
            ),
            Text(
                "ôtez-les de ces textes (leur place est « contacts: », en tête du fichier), puis : "
                f"{then}",
                "take them out of these texts (their place is 'contacts:', in the front matter), "
                "then: "
                f"{then}",
            ),
        )
    in_build = _leaks(rows, secret)
    if in_build:
        return Finding(
            "privacy",
            "error",
            Text(
                f"coordonnées dans {len(in_build)} passage(s) de l'index en service : "
                f"{some(in_build)}",
                f"contacts in {len(in_build)} passage(s) of the index in service: {some(in_build)}",
            ),
            command(settings, "build", "--force"),
        )
    count = len({row.id for row in (*to_come, *rows)})
    return Finding(
        "privacy",
        "ok",
        Text(
            f"ni adresse, ni numéro, ni nom de contact dans {count} passages",
            f"no address, number or name of a contact in {count} passages",
        ),
    )


def _known(practices: Iterable[Practice]) -> frozenset[str]:
    """Return the contacts' lines, and the names in them (Prénom NOM)."""
    lines = {line for practice in practices for line in practice.contacts}
    names = {name for line in lines for name in _NAME.findall(line)}
    return frozenset(map(_alike, lines | names))


def _leaks(rows: Iterable[Passage], secret: Iterable[str]) -> list[str]:
    """Return the ids of the passages that tell something of a contact."""
    places: dict[str, list[str]] = {}
    for row in rows:
        for text in {row.text, row.embedded}:
            places.setdefault(text, []).append(row.id)
    found = {text for text in places if has_personal_data(text)}
    # Looked for in all texts at once: most collections have no leak at all.
    whole = "\n".join(map(_alike, places))
    for line in secret:
        if line in whole:
            found.update(text for text in places if line in _alike(text))
    return list(dict.fromkeys(name for text in places if text in found for name in places[text]))


def _alike(text: str) -> str:
    return " ".join(text.casefold().split())
