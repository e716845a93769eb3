from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from recueil_qa import Settings
from recueil_qa.building import build_index
from recueil_qa.cli import main
from recueil_qa.corpus import read_corpus
from recueil_qa.doctor import Finding, examine
from recueil_qa.encoder import encoder_id
from recueil_qa.index import current_build
from recueil_qa.manifest import package_version, read_manifest
from tests.fakes import HashEncoder

CHECKS = ["versions", "corpus", "questions", "encoder", "index", "freshness"]
OF_A_CORPUS = ("questions", "freshness")


@pytest.fixture
def home(corpus_root: Path, tmp_path: Path) -> Path:
    """A sound installation: a corpus, an encoder's folder, and the index made of both."""
    model = tmp_path / "models" / "mine"
    model.mkdir(parents=True)
    (model / "modules.json").write_text("[]", "utf-8")
    (model / "config.json").write_text("{}", "utf-8")
    (model / "model.safetensors").write_bytes(bytes(64))
    encoder = HashEncoder()
    encoder.id = encoder_id(str(model))
    build_index(tmp_path / "index", read_corpus(corpus_root), encoder)
    return tmp_path


def settings(home: Path) -> Settings:
    return Settings(home=home, encoder="models/mine")


def by_check(home: Path, left_out: Sequence[str] = ()) -> dict[str, Finding]:
    findings = examine(settings(home))
    expected = [check for check in CHECKS if check not in left_out]
    assert [finding.check for finding in findings] == expected
    return {finding.check: finding for finding in findings}


def severities(home: Path) -> dict[str, str]:
    return {finding.check: finding.severity for finding in examine(settings(home))}


def test_a_sound_installation_is_all_right(home: Path) -> None:
    found = by_check(home)
    assert {finding.severity for finding in found.values()} == {"ok"}
    assert found["versions"].en.endswith(f", recueil-qa {package_version()}")
    corpus = home / "corpus"
    assert found["corpus"].en == f"{corpus}: 3 practices, 7 questions, quotations checked"
    assert found["corpus"].fr == f"{corpus} : 3 pratiques, 7 questions, citations exactes"
    assert found["encoder"].fr == found["encoder"].en == encoder_id(str(home / "models" / "mine"))
    build = current_build(home / "index")
    assert found["index"].en == f"{build}: 25 passages, 11 files intact"
    assert found["index"].fr == f"{build} : 25 passages, 11 fichiers intacts"
    assert read_manifest(build).created[:19] in found["freshness"].en


def test_a_refused_corpus_is_told_with_the_line_to_mend(home: Path) -> None:
    path = home / "corpus" / "petit" / "practices" / "p1.md"
    path.write_text(path.read_text("utf-8").replace("page: 1\n", "page: un\n"), "utf-8")
    found = by_check(home, OF_A_CORPUS)
    assert found["corpus"].severity == "error"
    assert f"{path}:3: " in found["corpus"].fr
    assert f"{path}:3: " in found["corpus"].en
    assert found["index"].severity == "ok"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("questions/p1.yaml", "practice: petit-p1\n\nfr conseils/3:\n- Qui ?\n"),
        ("statements.jsonl", '\n\n{"id": "s1"}\n'),
    ],
)
def test_questions_and_statements_at_fault_are_told_with_their_line(
    home: Path, name: str, text: str
) -> None:
    path = home / "corpus" / "petit" / name
    path.write_text(text, "utf-8")
    found = by_check(home, OF_A_CORPUS)
    assert found["corpus"].severity == "error"
    assert f"{path}:3: " in found["corpus"].fr
    assert f"{path}:3: " in found["corpus"].en
    assert found["index"].severity == "ok"


def test_new_statements_make_the_index_stale(home: Path) -> None:
    statement = '{"id": "s1", "lang": "fr", "text": "Il pleut", "grades": {}}'
    (home / "corpus" / "petit" / "statements.jsonl").write_text(statement, "utf-8")
    found = by_check(home)
    assert (found["corpus"].severity, found["freshness"].severity) == ("ok", "warning")


def test_a_missing_corpus_is_told_with_the_option_that_points_at_it(home: Path) -> None:
    shutil.rmtree(home / "corpus")
    found = by_check(home, OF_A_CORPUS)
    assert found["corpus"].severity == "error"
    assert found["corpus"].en.endswith("give --corpus")
    assert found["corpus"].fr.endswith("indiquez --corpus")
    assert (found["encoder"].severity, found["index"].severity) == ("ok", "ok")


def damage(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize(
    "break_",
    [
        shutil.rmtree,
        lambda model: damage(model / "config.json"),
        lambda model: (model / "modules.json").unlink(),
    ],
)
def test_a_broken_encoder_is_told_with_its_mend(home: Path, break_: Callable[[Path], None]) -> None:
    model = home / "models" / "mine"
    break_(model)
    found = by_check(home)
    assert found["encoder"].severity == "error"
    for text, mend in (
        (found["encoder"].fr, "Remède : git checkout -- models/recueil-e5, ou un autre avec "),
        (found["encoder"].en, "Mend it with: git checkout -- models/recueil-e5, or another one "),
    ):
        assert str(Path("models") / "mine") in text
        assert mend in text
        assert text.endswith(" --encoder")
    assert found["corpus"].severity == "ok"


def test_an_encoder_other_than_the_indexs_is_told_with_both(home: Path) -> None:
    before = encoder_id(str(home / "models" / "mine"))
    (home / "models" / "mine" / "model.safetensors").write_bytes(b"other")
    found = by_check(home, ["freshness"])
    after = encoder_id(str(home / "models" / "mine"))
    assert (found["encoder"].severity, found["index"].severity) == ("ok", "error")
    assert f"found {before}, expected {after}. Mend it with: recueil-qa build" in found["index"].en
    assert f"{before} trouvé, {after} attendu. Remède : recueil-qa build" in found["index"].fr


def test_a_missing_index_is_told_with_its_mend(home: Path) -> None:
    shutil.rmtree(home / "index")
    found = by_check(home, ["freshness"])
    assert found["index"].severity == "error"
    assert found["index"].en.endswith("Mend it with: recueil-qa build")
    assert found["index"].fr.endswith("Remède : recueil-qa build")
    assert (found["corpus"].severity, found["encoder"].severity) == ("ok", "ok")


@pytest.mark.parametrize(
    "name", [*("vectors.faiss", "unanswered.faiss", "bm25/vocab.index.json", "manifest.json")]
)
@pytest.mark.parametrize("break_", [Path.unlink, damage, lambda path: path.write_bytes(b"{}")])
def test_a_damaged_index_is_told_with_the_file_and_its_mend(
    home: Path, name: str, break_: Callable[[Path], None]
) -> None:
    path = current_build(home / "index") / name
    whole = path.read_bytes()
    break_(path)
    if name == "manifest.json" and break_ is damage:
        # Its last byte is a line's end: take half of it instead.
        path.write_bytes(whole[: len(whole) // 2])
    found = by_check(home, ["freshness"])
    assert found["index"].severity == "error"
    for text in (found["index"].fr, found["index"].en):
        assert str(path) in text
        assert text.endswith("recueil-qa build --force")


def rename_count(contract: dict[str, Any]) -> None:
    contract["counts"]["pasages"] = contract["counts"].pop("passages")


@pytest.mark.parametrize("change", [lambda contract: contract["files"].clear(), rename_count])
def test_a_manifest_that_was_edited_is_told_as_a_damaged_file(
    home: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    path = current_build(home / "index") / "manifest.json"
    contract = json.loads(path.read_text("utf-8"))
    change(contract)
    path.write_text(json.dumps(contract), "utf-8")
    found = by_check(home, ["freshness"])
    assert found["index"].severity == "error"
    assert found["index"].en == (
        f"the index is damaged: {path} is altered. Mend it with: recueil-qa build --force"
    )


@pytest.mark.parametrize(
    ("key", "value", "said"), [("package", "0.0.1", "0.0.1"), ("format", 2, "format")]
)
def test_an_index_of_another_version_is_told_with_its_mend(
    home: Path, key: str, value: object, said: str
) -> None:
    path = current_build(home / "index") / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {key: value}), "utf-8")
    found = by_check(home, ["freshness"])
    assert found["index"].severity == "error"
    for text in (found["index"].fr, found["index"].en):
        assert said in text
        assert text.endswith("recueil-qa build")


def test_a_corpus_that_has_changed_is_a_warning_with_its_mend(home: Path) -> None:
    path = home / "corpus" / "petit" / "questions" / "p1.yaml"
    path.write_text(path.read_text("utf-8") + "- Where is it?\n", "utf-8")
    found = by_check(home)
    assert found["freshness"].severity == "warning"
    assert found["freshness"].en.endswith("Mend it with: recueil-qa build")
    assert found["freshness"].fr.endswith("Remède : recueil-qa build")
    assert {found[name].severity for name in CHECKS[:-1]} == {"ok"}


def test_no_check_stops_the_others(home: Path) -> None:
    for name in ("corpus", "models", "index"):
        shutil.rmtree(home / name)
    found = by_check(home, OF_A_CORPUS)
    assert [finding.severity for finding in found.values()] == ["ok", "error", "error", "error"]


def test_examining_writes_nothing(home: Path) -> None:
    def state() -> dict[Path, int]:
        return {path: path.stat().st_mtime_ns for path in home.rglob("*")}

    before = state()
    examine(settings(home))
    assert state() == before


@pytest.mark.parametrize(
    ("broken", "code"),
    [("", 0), ("corpus/petit/questions/p1.yaml", 0), ("models", 1), ("index", 1)],
)
def test_the_command_fails_on_errors_not_on_warnings(
    home: Path, monkeypatch: pytest.MonkeyPatch, broken: str, code: int
) -> None:
    monkeypatch.setenv("RECUEIL_HOME", str(home))
    monkeypatch.setenv("RECUEIL_ENCODER", "models/mine")
    if (home / broken).is_file():
        (home / broken).unlink()
    elif broken:
        shutil.rmtree(home / broken)
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == code
    lines = result.stdout.splitlines()
    found = severities(home)
    assert [line[8:].partition(":")[0] for line in lines] == list(found)
    assert [line[:8].strip() for line in lines] == list(found.values())
    told = json.loads(CliRunner().invoke(main, ["doctor", "--json"]).stdout)
    assert [row["check"] for row in told] == list(found)
    assert [line.partition(": ")[2] for line in lines] == [row["fr"] for row in told]


def test_a_practice_without_questions_is_a_warning(home: Path) -> None:
    (home / "corpus" / "petit" / "questions" / "p3.yaml").unlink()
    found = by_check(home)["questions"]
    assert found.severity == "warning"
    assert found.en.startswith("1 practice(s) without questions, found less well: petit-p3.")
