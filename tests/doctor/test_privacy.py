from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from recueil_qa.corpus.reading import read_corpus
from recueil_qa.errors import CorpusError
from recueil_qa.index import files
from recueil_qa.index.current import current_build
from recueil_qa.index.passages import FACTS
from tests.support.sound import (
    build_home,
    faults,
    findings,
    reseal,
    run,
    sound_home,  # noqa: F401
)

TEXTS = "ôtez-les de ces textes (leur place est « contacts: », en tête du fichier), puis : "


def ask(home: Path, text: str) -> Path:
    path = home / "corpus" / "petit" / "questions" / "p1.yaml"
    path.write_text(path.read_text("utf-8") + f"- {text}\n", "utf-8")
    return path


def name_contact(home: Path, line: str) -> None:
    path = home / "corpus" / "petit" / "practices" / "p2.md"
    text = path.read_text("utf-8").replace("contacts:\n", f"contacts:\n- {line}\n")
    path.write_text(text, "utf-8")


@pytest.mark.parametrize(
    "leak",
    [
        "jean dupontel",
        "le référent de l'accueil, bureau 12",
    ],
)
def test_contacts_in_a_text_to_index_are_told_without_being_repeated(home: Path, leak: str) -> None:
    name_contact(home, "Jean DUPONTEL 01 99 99 99 99")
    name_contact(home, "Le référent  de l'accueil, bureau 12")
    build_home(home)
    assert faults() == []
    path = ask(home, f"Peut-on joindre {leak} le matin ?")
    found = findings()["privacy"]
    assert found.severity == "error"
    assert found.what.fr == "coordonnées dans 1 texte(s) à indexer : petit-p1/questions/en/5"
    assert found.what.en == "contacts in 1 text(s) to index: petit-p1/questions/en/5"
    assert found.row()["mend_fr"] == f"{TEXTS}recueil-qa build"
    assert found.row()["mend_en"].endswith(
        "(their place is 'contacts:', in the front matter), then: recueil-qa build"
    )
    assert leak not in found.sentence("fr") + found.sentence("en")
    path.write_text("".join(path.read_text("utf-8").splitlines(keepends=True)[:-1]), "utf-8")
    assert faults() == []


@pytest.mark.parametrize(
    "leak",
    [
        "quelqu.un@exemple.invalid",
        "01 02 03 04 01",
        "06.12.34.56.78",
        "0712345678",
        "+33 (0)1 02 03 04 05",
        "+33 6 12 34 56 78",
        "+32 2 123 45 67",
        "+1 202 555 0100",
    ],
)
def test_addresses_and_numbers_in_a_text_are_refused_with_the_corpus(home: Path, leak: str) -> None:
    path = ask(home, f"Peut-on joindre {leak} le matin ?")
    with pytest.raises(CorpusError) as caught:
        read_corpus(home / "corpus")
    (problem,) = caught.value.problems
    assert problem.path == path
    assert problem.what.fr.startswith("donnée personnelle (courriel / téléphone) : ")
    assert leak not in problem.what.fr + problem.what.en
    assert findings()["corpus"].severity == "error"


@pytest.mark.parametrize(
    "text",
    [
        "Le 3949 et le 0 800 12 34 56 sont-ils saturés ?",
        "Que faire de 10 000 000 de lettres, du 01/02/2013 au 03/04/2014 ?",
        "Pourquoi 12 345 678 90 dossiers, soit +12 % ?",
        "D'où viennent +10 000 000 000 de visites, ou +33 000 000 000 ?",
        "Comment écrire à @mairie ou a@b ?",
        "Qui est Jean ?",
    ],
)
def test_numbers_of_services_dates_and_sums_are_no_contacts(home: Path, text: str) -> None:
    name_contact(home, "Jean DUPONTEL 01 99 99 99 99")
    ask(home, text)
    assert findings()["privacy"].severity == "ok"


def test_contacts_left_in_the_index_alone_are_mended_by_building_it_anew(home: Path) -> None:
    folder = current_build(home / "index")
    path = folder / files.PASSAGES
    rows = [json.loads(row) for row in path.read_text("utf-8").splitlines()]
    rows[0]["embedded"] += " accueil1@exemple.invalid"
    lines = [f"{json.dumps(row, ensure_ascii=False)}\n".encode() for row in rows]
    path.write_bytes(b"".join(lines))
    facts = np.load(folder / FACTS)
    facts["start"] = np.cumsum([0, *map(len, lines[:-1])])
    np.save(folder / FACTS, facts)
    reseal(home / "index", folder)
    found = findings()["privacy"]
    assert found.severity == "error"
    assert found.what.fr == "coordonnées dans 1 passage(s) de l'index en service : petit-p1/title"
    assert found.what.en == "contacts in 1 passage(s) of the index in service: petit-p1/title"
    assert found.row()["mend_fr"] == found.row()["mend_en"] == "recueil-qa build --force"
    assert faults() == ["privacy"]
    run(found.row()["mend_fr"])
    assert faults() == []


def test_the_index_is_looked_through_when_the_corpus_is_refused(home: Path) -> None:
    (home / "corpus" / "petit" / "questions" / "p1.yaml").write_text("fr: [", "utf-8")
    found = findings()
    assert found["corpus"].severity == "error"
    assert found["privacy"].what.en == "no address, number or name of a contact in 34 passages"
