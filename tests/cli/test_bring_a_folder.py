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
