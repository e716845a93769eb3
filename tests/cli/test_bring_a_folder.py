"""What the document of collections says of bringing a folder is done as it says it.

The maintainers' guide is followed in test_guide_maintainer.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from recueil_qa.cli.main import main
from tests.support import ROOT
from tests.support.layouts import jekyll, write


def test_the_section_is_followed_from_top_to_bottom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (ROOT / "docs" / "collections.md").read_text("utf-8")
    section = re.split(r"\n###? ", text.split("## Bring a folder", 1)[1])[0]
    commands = re.findall(r"^(?: {4})?recueil-qa ((?:import|remove) .*)$", section, re.MULTILINE)
    assert len(commands) == 5
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECUEIL_CORPUS", str(tmp_path / "corpus"))
    name = commands[0].split()[-1]
    cards = {f"{at}.md": text for at, text in enumerate(jekyll().values())}
    write(tmp_path / name, {**cards, "rappel.md": "## Conseils\n\nRappeler la veille.\n"})
    for command in commands:
        result = CliRunner().invoke(main, command.split(), input="y\n")
        assert result.exit_code == 0, result.output
        if command == commands[0]:
            assert (tmp_path / "corpus" / name / "practices/rappel.md").is_file()
        if command == commands[3]:
            assert not (tmp_path / "corpus" / name / "practices/rappel.md").exists()
    assert not (tmp_path / "corpus" / name).exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--collection", "cartes", "--questions", "q.tsv"], "--questions goes with one document"),
        (["--collection", "plein"], "no collection 'plein'"),
        (["--collection", "cartes", "--remove-gone"], "--remove-gone goes with --update"),
    ],
)
def test_what_does_not_go_with_a_folder_is_told_and_nothing_written(
    tmp_path: Path, words: list[str], said: str
) -> None:
    source = write(tmp_path / "site", jekyll(1))
    corpus = write(tmp_path / "corpus", {"plein": "", "q.tsv": ""})
    given = ["import", str(source), *words, "--corpus", str(corpus), "--lang", "en"]
    if "--questions" in words:
        given[given.index("q.tsv")] = str(corpus / "q.tsv")
    result = CliRunner().invoke(main, given)
    assert result.exit_code == 1
    assert said in result.stderr
    assert sorted(path.name for path in corpus.iterdir()) == ["plein", "q.tsv"]
