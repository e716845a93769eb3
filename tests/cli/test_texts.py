from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from recueil_qa.builds.build import build_index
from recueil_qa.corpus.reading import read_corpus
from tests.support import ROOT
from tests.support.command_line import PROGRAM, Run, program, refused
from tests.support.encoders import HashEncoder
from tests.support.waiting import PATIENCE

LONG = "Répondre à chaque usager " * 40
MARKUP = Path("[bold]", "x[", "a]", ":smile:", "[", "b]")  # closes [/a] and [/b], never opened


@pytest.fixture
def run(index_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line over `petit`."""
    assert index_root == tmp_path / "index"
    return program(tmp_path, monkeypatch)


def rewritten(corpus_root: Path, index_root: Path, advice: str) -> None:
    """Add an advice line to the first practice and build again."""
    for name in ("practices/p1.md", "source.txt"):
        path = corpus_root / "petit" / name
        path.write_text(f"{path.read_text('utf-8').rstrip()}\n- {advice}\n", "utf-8")
    build_index(index_root, read_corpus(corpus_root), HashEncoder())


@pytest.mark.parametrize(
    ("arguments", "fr", "en"),
    [
        (["show", "p9"], "aucune pratique « p9 »", "no practice 'p9'; the list: recueil-qa list"),
        (["similar", "p9"], "aucune pratique « p9 »", "no practice 'p9'"),
        (["ask", "  "], "La question est vide", "The question is empty"),
        (["search", "?!"], "aucun mot", "The question contains no word"),
        (["ask", "x" * 2001], "2001 caractères, 2000 au plus", "2001 characters, 2000 at most"),
        (["ask", "lettres", "--theme", "Ecran"], "theme : aucune pratique n'a « Ecran »",
         "theme: no practice has 'Ecran'; there are: Accueil ; Téléphone ; Écrit"),
        (["list", "--sector", "mairie"], "il y a : caisse ; commune", "are: caisse ; commune"),
        (["list", "--index", "/nowhere/index"], "pas encore d'index dans /nowhere/index",
         "no index yet in /nowhere/index. Mend it with: recueil-qa build"),
        (["ask", "x1", "--index", "/nowhere"], "Remède : recueil-qa build", "no index yet"),
        (["build", "--corpus", "/nowhere"], "aucune collection ici", "no collection here"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)  # fmt: skip
def test_an_error_is_one_message_in_either_language(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str], fr: str, en: str
) -> None:
    refused(run(*arguments), fr)
    refused(run(*arguments, "--lang", "en"), en)
    monkeypatch.setenv("RECUEIL_LANGUAGE", "en")
    refused(run(*arguments), en)


@pytest.mark.parametrize(("name", "value"), [("TOP", "0"), ("LANGUAGE", "de"), ("CONTACTS", "?")])
def test_a_bad_variable_is_named(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"RECUEIL_{name}", value)
    refused(run("list"), f"réglage refusé : RECUEIL_{name} = '{value}' : ")


def test_markup_and_long_lines_of_a_corpus_are_printed_as_typed(
    run: Run, corpus_root: Path, index_root: Path
) -> None:
    for advice in ("Ouvrir [bold]le[/bold] guichet [/] :smile: [link=x]", LONG.strip()):
        rewritten(corpus_root, index_root, advice)
        number = 3 if "[bold]" in advice else 4
        shown = run("ask", advice).stdout
        # As the line that is asked for, and again in the card of its practice.
        assert shown.count(f"→ « {advice} »  l. {number}\n") == 2
        assert f"• {advice}\n" in run("show", "p1").stdout
        assert advice in run("search", advice).stdout


def test_markup_and_escapes_of_a_question_are_not_interpreted(run: Run) -> None:
    question = "[red]appels[/red] [/x] \x1b[31mlettres\x1b[0m\a :smile:"
    for command in ("ask", "search"):
        result = run(command, question)
        assert (result.exit_code, result.stderr) == (0, "")
        assert "\x1b" not in result.stdout
    assert "mots en commun : appels\n" in run("search", question).stdout
    asked = json.loads(run("ask", question, "--json").stdout)["question"]
    assert asked == "[red]appels[/red] [/x] [31mlettres [0m :smile:"
    refused(run("show", "[bold]x[/bold]"), "« [bold]x[/bold] »")


def test_markup_of_a_question_that_was_mended_is_printed_as_typed(run: Run) -> None:
    shown = run("ask", "[red]apels[/red] :smile:").stdout.splitlines()
    assert shown[0] == "Recherché : [red]appels[/red] :smile:"


def test_paths_that_look_like_markup_are_printed_as_they_are(run: Run, tmp_path: Path) -> None:
    odd = tmp_path / MARKUP
    odd.mkdir(parents=True)
    built = run("build", "--index", odd)
    assert (built.exit_code, built.stderr) == (0, "")
    assert f"{odd}{os.sep}" in built.stdout
    (tmp_path / "q").write_text('{"id": "a", "text": "lettres"}')
    written = run("run", "--queries", tmp_path / "q", "--output", odd / "out")
    assert (written.exit_code, written.stdout) == (0, f"1 lignes écrites dans {odd / 'out'}\n")
    booklet = ROOT / "corpus" / "recueil-2014"
    (odd / "collection.toml").write_bytes((booklet / "collection.toml").read_bytes())
    imported = run("import", booklet / "source.txt", "--collection", odd)
    assert imported.exit_code == 0
    assert imported.stdout.startswith(f"47 pratiques écrites dans {odd}\n")
    refused(run("list", "--index", odd / "no"), f"pas encore d'index dans {odd / 'no'}.")
    refused(run("evaluate", "--compare", odd / "no"), f"{odd / 'no'} : pas un rapport")
    refused(run("evaluate", "--data", odd), f"{odd / 'queries.jsonl'} : illisible")


@pytest.mark.parametrize("arguments", [["list"], ["show", "p2"]], ids=" ".join)
def test_a_terminal_without_accents_gets_stand_ins(run: Run, arguments: list[str]) -> None:
    whole = run(*arguments).stdout
    assert "é" in whole
    done = subprocess.run(
        [PROGRAM, *arguments],
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=True,
        timeout=PATIENCE,
    )
    assert (done.stdout, done.stderr) == (whole.encode("ascii", "replace"), b"")


def test_json_for_a_terminal_without_accents_is_whole(run: Run) -> None:
    done = subprocess.run(
        [PROGRAM, "show", "p1", "--json"],
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=True,
        timeout=PATIENCE,
    )
    assert done.stdout.isascii()
    shown = json.loads(done.stdout)
    assert shown["organisation"] == "Mairie de Chêne"
    assert shown == json.loads(run("show", "p1", "--json").stdout)


@pytest.mark.model
def test_a_pipe_gets_every_line_whole() -> None:
    done = subprocess.run(
        [PROGRAM, "show", "recueil-2014-p23"],
        env=os.environ | {"RECUEIL_HOME": str(ROOT), "COLUMNS": "30"},
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    source = (ROOT / "corpus" / "recueil-2014" / "practices" / "p23.md").read_text("utf-8")
    for line in source.partition("## ")[2].splitlines():
        text = line.strip().removeprefix("- ").removeprefix("## ")
        assert not text or text in done.stdout
