from __future__ import annotations

from pathlib import Path

import pytest

from recueil_qa.builds import locks
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.encoding.identity import encoder_id
from recueil_qa.index.current import current_build
from recueil_qa.index.manifest import package_version
from tests.support.builds import copy_build
from tests.support.reports import make_report
from tests.support.sound import (
    build_home,
    faults,
    findings,
    run,
    sound_home,  # noqa: F401
)


def test_the_builds_are_counted_with_their_space(home: Path) -> None:
    build_home(home)
    with (current_build(home / "index") / "large").open("wb") as file:
        file.truncate(20_000_000)
    found = findings()["builds"]
    assert found.what.fr == "2 version(s), 20 Mo"
    assert found.what.en == "2 build(s), 20 MB"


def test_damaged_builds_are_named_and_pruned_alone(home: Path) -> None:
    damaged = copy_build(home / "index", "2020-01-02T03:04:05.000000+00:00")
    copy_build(home / "index", "2020-01-03T03:04:05.000000+00:00")
    (damaged / "passages.jsonl").unlink()
    found = findings()["builds"]
    assert found.severity == "warning"
    assert found.what.fr == (
        f"1 version(s) abîmée(s), où l'on ne pourrait pas revenir : {damaged.name}"
    )
    assert found.what.en == f"1 damaged build(s), which could not be gone back to: {damaged.name}"
    assert found.row()["mend_fr"] == found.row()["mend_en"] == "recueil-qa prune --keep 2"
    assert faults() == ["builds"]
    run(found.row()["mend_en"])
    assert not damaged.exists()
    assert findings()["builds"].what.fr.startswith("2 version(s), ")
    assert faults() == []


def test_builds_of_another_version_are_counted_and_are_no_damage(home: Path) -> None:
    copy_build(home / "index", "2020-01-02T03:04:05.000000+00:00", parameters={})
    found = findings()["builds"]
    assert found.severity == "ok"
    assert found.what.fr.endswith(", dont 1 d'une autre version de recueil-qa")
    assert found.what.en.endswith(", 1 of them of another version of recueil-qa")


def test_what_killed_builds_left_is_told_and_taken_away(home: Path) -> None:
    root = home / "index"
    (root / ".build-abc" / "build").mkdir(parents=True)
    with (root / ".build-abc" / "build" / "vectors.faiss").open("wb") as file:
        file.truncate(3_000_000)
    (root / ".CURRENT.12.34").write_text("x", "utf-8")
    found = findings()["leftovers"]
    assert found.severity == "warning"
    names = ".CURRENT.12.34, .build-abc"
    assert found.what.fr == f"restes sans danger de constructions tuées (3 Mo) : {names}"
    assert found.what.en == f"harmless leftovers of killed builds (3 MB): {names}"
    wanted = f"rm -r -- {root / '.CURRENT.12.34'} {root / '.build-abc'}"
    assert found.row()["mend_fr"] == found.row()["mend_en"] == wanted
    assert faults() == ["leftovers"]
    run(found.row()["mend_fr"])
    assert faults() == []


def test_a_build_under_way_leaves_nothing_behind_yet(home: Path) -> None:
    (home / "index" / ".build-abc").mkdir()
    with locks.building(home / "index"):
        assert "leftovers" not in findings()
    assert findings()["leftovers"].severity == "warning"


def write_report(home: Path, **changes: object) -> Path:
    corpus = read_corpus(home / "corpus").hash
    encoder = encoder_id(str(home / "models" / "mine"))
    path = home / "eval" / "results" / "0.1.0.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    report = make_report(**({"corpus": corpus, "encoder": encoder} | changes))
    path.write_text(report.model_dump_json(), "utf-8")
    return path


def evaluate(home: Path) -> str:
    stem = home / "eval" / "results" / package_version()
    return f"recueil-qa evaluate --output {stem}.json --markdown {stem}.md"


def test_an_evaluation_of_this_corpus_and_encoder_is_good(home: Path) -> None:
    write_report(home)
    found = findings()["evaluation"]
    assert found.severity == "ok"
    assert found.what.fr == "mesuré sur 7 questions, recueil-qa 9.8.7"
    assert found.what.en == "measured on 7 queries, recueil-qa 9.8.7"


@pytest.mark.parametrize(
    ("changes", "fr", "en"),
    [
        ({"corpus": "0" * 64}, "mesuré sur un autre corpus", "measured on another corpus"),
        (
            {"encoder": "other@0"},
            "mesuré avec un autre encodeur, other@0",
            "measured with another encoder, other@0",
        ),
    ],
)
def test_an_evaluation_of_something_else_is_a_warning(
    home: Path, changes: dict[str, object], fr: str, en: str
) -> None:
    write_report(home, **changes)
    found = findings()["evaluation"]
    assert (found.severity, found.what.fr, found.what.en) == ("warning", fr, en)
    assert found.row()["mend_fr"] == found.row()["mend_en"] == evaluate(home)
    assert faults() == ["evaluation"]
    write_report(home)
    assert faults() == []


def test_queries_that_were_never_run_are_a_warning(home: Path) -> None:
    assert findings()["evaluation"].what.en == "no judged queries"
    (home / "eval").mkdir()
    (home / "eval" / "queries.jsonl").write_text("", "utf-8")
    found = findings()["evaluation"]
    assert (found.severity, found.what.fr, found.what.en) == (
        "warning",
        "jamais mesuré",
        "never measured",
    )
    assert found.row()["mend_fr"] == evaluate(home)


def test_a_report_that_cant_be_read_is_told_with_its_mend(home: Path) -> None:
    path = write_report(home)
    path.write_text("{", "utf-8")
    found = findings()["evaluation"]
    assert found.severity == "error"
    assert found.row()["mend_fr"] == f"recueil-qa evaluate --output {path}"
    assert found.row()["mend_en"] == f"recueil-qa evaluate --output {path}"
