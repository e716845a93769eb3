from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.sound import (
    faults,
    findings,
    run,
    sound_home,  # noqa: F401
)
from tests.support.statements import STATEMENTS, write_lessons


def collection(home: Path) -> Path:
    return home / "corpus" / "petit"


def test_a_refused_corpus_is_told_with_each_line_to_mend(home: Path) -> None:
    first, second = (collection(home) / "practices" / f"p{page}.md" for page in (1, 2))
    whole = first.read_text("utf-8"), second.read_text("utf-8")
    first.write_text(whole[0].replace("page: 1\n", "page: un\n"), "utf-8")
    second.write_text(whole[1].replace("- Compter les", "- Conter les"), "utf-8")
    found = findings()["corpus"]
    assert found.severity == "error"
    row = second.read_text("utf-8").splitlines().index("- Conter les appels pour un même motif")
    for text in (found.what.fr, found.what.en):
        assert f"{first}:3: " in text
        assert f"{second}:{row + 1}: " in text
    assert found.row()["mend_fr"] == "corrigez ces lignes, puis : recueil-qa doctor"
    assert found.row()["mend_en"] == "mend these lines, then: recueil-qa doctor"
    assert faults() == ["corpus"]
    for path, text in zip((first, second), whole, strict=True):
        path.write_text(text, "utf-8")
    assert faults() == []


def test_a_broken_source_is_told_by_the_lines_that_it_no_longer_holds(home: Path) -> None:
    source = collection(home) / "source.txt"
    source.write_text(source.read_text("utf-8").replace("Bannir le jargon", "Bannir"), "utf-8")
    found = findings()["corpus"]
    assert found.severity == "error"
    assert f"{collection(home) / 'practices' / 'p3.md'}:" in found.what.en


def write_statements(home: Path, rows: Sequence[object]) -> Path:
    path = collection(home) / "statements.jsonl"
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text(text, "utf-8")
    return path


def test_questions_of_no_practice_are_told_apart_with_the_practice_alike(home: Path) -> None:
    path = collection(home) / "questions" / "p9.yaml"
    path.write_text("\n# a note\npractice: petit-p23\nfr:\n- Qui vient au guichet ?\n", "utf-8")
    found = findings()
    assert faults() == ["corpus", "orphans"]
    assert found["orphans"].severity == "error"
    assert found["orphans"].what.fr == (
        "1 renvoi(s) à des pratiques qui n'existent pas : "
        f"{path}:3: « petit-p23 » ; voisine : petit-p3"
    )
    assert found["orphans"].what.en == (
        f"1 mention(s) of practices that don't exist: {path}:3: 'petit-p23'; alike: petit-p3"
    )
    assert (
        found["orphans"]
        .row()["mend_fr"]
        .startswith("écrivez là l'id d'une pratique, ou ôtez la ligne")
    )
    assert (
        found["orphans"]
        .row()["mend_en"]
        .startswith("write the id of a practice there, or take the line")
    )
    assert found["corpus"].what.fr == "refusé pour ses seules questions orphelines"
    assert found["corpus"].row()["mend_en"] == "see 'orphans', then: recueil-qa doctor"
    path.unlink()
    assert faults() == []


def test_statements_to_learn_from_about_no_practice_are_told_apart(home: Path) -> None:
    row = {"id": "s9", "lang": "fr", "text": "Les files débordent", "grades": {"autre-x": 2}}
    path = write_lessons(collection(home), [STATEMENTS[0], row])
    found = findings()
    assert found["corpus"].severity == "error"
    assert found["orphans"].what.en == (
        f"1 mention(s) of practices that don't exist: {path}:2: 'autre-x'"
    )
    assert found["corpus"].what.en == "refused for its orphan questions alone"


@pytest.mark.parametrize("field", ["grades", "not"])
def test_statements_about_no_practice_are_told_apart(home: Path, field: str) -> None:
    grades: dict[str, dict[str, object]] = {
        "grades": {"grades": {"autre-x": 2}},
        "not": {"grades": {}, "not": ["autre-x"]},
    }
    row = {"id": "s9", "lang": "fr", "text": "Les files débordent"} | grades[field]
    path = write_statements(home, [STATEMENTS[0], row])
    found = findings()
    assert found["orphans"].what.en == (
        f"1 mention(s) of practices that don't exist: {path}:2: 'autre-x'"
    )
    assert found["corpus"].what.en == "refused for its orphan questions alone"


def test_orphans_and_other_problems_are_each_told_once(home: Path) -> None:
    orphan = collection(home) / "questions" / "p9.yaml"
    orphan.write_text("practice: petit-p9\nfr:\n- Qui ?\n", "utf-8")
    path = collection(home) / "questions" / "p1.yaml"
    path.write_text(path.read_text("utf-8") + "de:\n- Wer?\n", "utf-8")
    found = findings()
    assert str(orphan) in found["orphans"].what.en
    assert str(orphan) not in found["corpus"].what.en
    assert str(path) in found["corpus"].what.en
    assert "1 problem(s)" in found["corpus"].what.en


def test_questions_of_a_practice_that_cant_be_read_are_not_called_orphans(home: Path) -> None:
    path = collection(home) / "practices" / "p1.md"
    path.write_text(path.read_text("utf-8").replace("id: petit-p1", "id:"), "utf-8")
    assert "orphans" not in findings()


def test_statements_that_are_not_json_are_left_to_the_corpus(home: Path) -> None:
    path = write_statements(home, ["a text", ["a", "list"], {"grades": 3}])
    path.write_text(path.read_text("utf-8") + "{\n\n", "utf-8")
    found = findings()
    assert found["orphans"].severity == "ok"
    assert found["corpus"].severity == "error"


def test_practices_with_few_questions_or_none_are_named(home: Path) -> None:
    folder = collection(home) / "questions"
    whole = {page: (folder / f"p{page}.yaml").read_text("utf-8") for page in (2, 3)}
    (folder / "p3.yaml").unlink()
    (folder / "p2.yaml").write_text(whole[2].rpartition("- ")[0], "utf-8")
    found = findings()["questions"]
    assert found.severity == "warning"
    assert found.what.fr == (
        "1 pratique(s) sans questions, donc moins bien trouvées : petit-p3 ; "
        "1 pratique(s) avec moins de 5 questions : petit-p2 (4)"
    )
    assert found.what.en == (
        "1 practice(s) without questions, found less well: petit-p3; "
        "1 practice(s) with fewer than 5 questions: petit-p2 (4)"
    )
    assert found.row()["mend_fr"] == (
        "écrivez-en 5 par pratique, dans questions/ (docs/collections.md), puis : recueil-qa build"
    )
    assert found.row()["mend_en"] == (
        "write 5 a practice, in questions/ (docs/collections.md), then: recueil-qa build"
    )
    assert faults() == ["questions", "freshness"]
    for page, text in whole.items():
        (folder / f"p{page}.yaml").write_text(text, "utf-8")
    assert faults() == []


def test_practices_without_advice_are_named_with_the_heading_to_write(home: Path) -> None:
    path = collection(home) / "practices" / "p2.md"
    whole = path.read_text("utf-8")
    path.write_text(whole.partition("## Conseils")[0], "utf-8")
    found = findings()["advice"]
    assert found.severity == "warning"
    assert found.what.fr == "1 pratique(s) sans conseil à citer : petit-p2"
    assert found.what.en == "1 practice(s) without advice to quote: petit-p2"
    assert found.row()["mend_fr"] == (
        "écrivez dans leur fichier une section « ## Conseils », puis : recueil-qa build"
    )
    assert (
        found.row()["mend_en"]
        == "write a section « ## Conseils » in their file, then: recueil-qa build"
    )
    path.write_text(whole, "utf-8")
    assert faults() == []


def test_the_mend_of_a_corpus_that_changed_is_to_build(home: Path) -> None:
    path = collection(home) / "questions" / "p1.yaml"
    path.write_text(path.read_text("utf-8") + "- Where is it?\n", "utf-8")
    found = findings()["freshness"]
    assert found.severity == "warning"
    assert found.what.fr.startswith("le corpus a changé depuis la construction de l'index (20")
    assert found.what.en.startswith("the corpus has changed since the index was built (20")
    assert found.row()["mend_fr"] == found.row()["mend_en"] == "recueil-qa build"
    assert faults() == ["freshness"]
    run(found.row()["mend_fr"])
    assert faults() == []
