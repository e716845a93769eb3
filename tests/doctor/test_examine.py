from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from recueil_qa import Settings
from recueil_qa.cli.main import main
from recueil_qa.doctor import system
from recueil_qa.doctor.examine import examine
from recueil_qa.encoding.identity import encoder_id
from recueil_qa.index.current import current_build
from recueil_qa.index.manifest import package_version, read_manifest
from tests.support.sound import (
    CHECKS,
    faults,
    findings,
    sound_home,  # noqa: F401
)


def test_a_sound_installation_is_all_right(home: Path) -> None:
    found = findings()
    assert list(found) == CHECKS
    assert {finding.severity for finding in found.values()} == {"ok"}
    assert {finding.row()["mend_fr"] + finding.row()["mend_en"] for finding in found.values()} == {
        ""
    }
    assert found["versions"].what.en.endswith(f", recueil-qa {package_version()}")
    corpus = home / "corpus"
    assert found["corpus"].what.en == f"{corpus}: 3 practices, 16 questions, quotations checked"
    assert found["corpus"].what.fr == f"{corpus} : 3 pratiques, 16 questions, citations exactes"
    assert found["questions"].what.en == "every practice has at least 5 questions"
    assert (
        found["encoder"].what.fr
        == found["encoder"].what.en
        == encoder_id(str(home / "models" / "mine"))
    )
    build = current_build(home / "index")
    files = len(read_manifest(build).files)
    assert found["index"].what.en == f"{build}: 34 passages, {files} files intact"
    assert found["index"].what.fr == f"{build} : 34 passages, {files} fichiers intacts"
    assert found["contents"].what.en == "34 vectors and texts, 3 practices on the map"
    assert read_manifest(build).created[:10] in found["freshness"].what.en


def test_no_check_stops_the_others(home: Path) -> None:
    for name in ("corpus", "models", "index"):
        shutil.rmtree(home / name)
    found = findings()
    assert list(found) == [
        *("versions", "libraries", "settings", "corpus", "orphans", "encoder", "index"),
        *("disk", "index-folder", "feedback"),
    ]
    assert faults() == ["corpus", "encoder", "index"]
    assert found["corpus"].what.en.endswith("give --corpus")
    assert found["corpus"].what.fr.endswith("indiquez --corpus")
    assert found["index"].row()["mend_fr"] == found["index"].row()["mend_en"] == "recueil-qa build"


def test_a_check_that_fails_is_told_and_the_next_ones_are_made(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Settings) -> None:
        raise ZeroDivisionError("by nought")

    monkeypatch.setattr(system, "index_folder", fail)
    found = findings()
    assert list(found) == CHECKS
    assert faults() == ["index-folder"]
    assert found["index-folder"].severity == "error"
    assert found["index-folder"].what.en == "this check failed (ZeroDivisionError: by nought)"
    assert (
        found["index-folder"].row()["mend_en"].endswith("recueil-qa doctor; else report this line")
    )


def test_examining_writes_nothing(home: Path) -> None:
    (home / "eval" / "results").mkdir(parents=True)

    def state() -> dict[Path, int]:
        return {path: path.stat().st_mtime_ns for path in home.rglob("*")}

    before = state()
    findings()
    assert state() == before


def test_neither_torch_nor_faiss_is_loaded(home: Path) -> None:
    code = (
        "import sys; from recueil_qa.doctor.examine import examine; "
        "from recueil_qa.settings import load_settings; found = examine(load_settings()); "
        "assert {f.severity for f in found} == {'ok'}, found; "
        "print({'torch', 'faiss', 'transformers', 'streamlit'} & set(sys.modules))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "set()\n"


def invoke(*words: str) -> Result:
    return CliRunner().invoke(main, ["doctor", *words], catch_exceptions=False)


@pytest.mark.parametrize(
    ("broken", "code", "strict"),
    [("", 0, 0), ("corpus/petit/questions/p1.yaml", 0, 1), ("models", 1, 1), ("index", 1, 1)],
)
def test_the_command_fails_on_errors_and_if_asked_on_warnings(
    home: Path, broken: str, code: int, strict: int
) -> None:
    if (home / broken).is_file():
        (home / broken).unlink()
    elif broken:
        shutil.rmtree(home / broken)
    assert [invoke().exit_code, invoke("--strict").exit_code] == [code, strict]
    assert [invoke("--json").exit_code, invoke("--json", "--strict").exit_code] == [code, strict]


@pytest.mark.parametrize(("language", "remedy"), [("fr", "Remède : "), ("en", "Mend it with: ")])
def test_each_finding_is_a_line_and_its_mend_the_next_one(
    home: Path, language: str, remedy: str
) -> None:
    (home / "corpus" / "petit" / "questions" / "p3.yaml").unlink()
    expected = []
    for row in json.loads(invoke("--json").stdout):
        expected.append(f"{row['severity']:8}{row['check']}: {row[language]}")
        if row[f"mend_{language}"]:
            expected.append(" " * 8 + remedy + row[f"mend_{language}"])
    lines = invoke("--lang", language).stdout.splitlines()
    assert lines == expected
    assert [line for line in lines if remedy in line][-1] == f"        {remedy}recueil-qa build"


def test_the_json_holds_what_is_found_and_the_mend_apart(home: Path) -> None:
    shutil.rmtree(home / "index")
    rows = {row["check"]: row for row in json.loads(invoke("--json").stdout)}
    assert rows["index"] == {
        "check": "index",
        "severity": "error",
        "fr": f"pas encore d'index dans {home / 'index'}",
        "en": f"no index yet in {home / 'index'}",
        "mend_fr": "recueil-qa build",
        "mend_en": "recueil-qa build",
    }


def test_a_mend_names_the_places_that_the_settings_would_not_lead_to(
    home: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "an index"
    found = {f.check: f for f in examine(Settings(index=elsewhere))}
    assert found["index"].row()["mend_en"] == f"recueil-qa build --index '{elsewhere}'"
    assert findings()["index"].severity == "ok"


def test_from_another_home_all_places_are_named(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(home / "index")
    given = Settings(home=home, encoder="models/mine")
    monkeypatch.delenv("RECUEIL_HOME")
    monkeypatch.delenv("RECUEIL_ENCODER")
    found = {f.check: f for f in examine(given)}
    assert found["index"].row()["mend_fr"] == (
        f"recueil-qa build --corpus {home / 'corpus'} --index {home / 'index'} "
        f"--encoder {home / 'models' / 'mine'}"
    )


def test_the_doctor_tells_of_a_library_that_it_lacks_itself(home: Path) -> None:
    code = (
        "import sys; sys.modules['yaml'] = None; from recueil_qa.cli.main import main; "
        "main(['doctor', '--lang', 'en'])"
    )
    command = [sys.executable, "-c", code]
    told = subprocess.run(command, capture_output=True, text=True, check=False, cwd=home)
    assert told.returncode == 1
    assert told.stdout == ""
    assert told.stderr.startswith("recueil-qa: the library yaml can't be loaded (")
    assert told.stderr.endswith(
        f"Mend it with: {sys.executable} -m pip install --force-reinstall PyYAML\n"
    )
