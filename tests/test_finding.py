from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from recueil_qa import Settings
from recueil_qa.errors import EncoderError, RecueilError
from recueil_qa.finding import Finding, bytes_under, command, of_error, size, some


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RECUEIL_HOME", str(tmp_path))
    return tmp_path


def test_a_sentence_holds_what_was_found_then_the_mend() -> None:
    found = Finding("index", "error", "abîmé.", "damaged.", "recueil-qa build", "recueil-qa build")
    assert found.sentence("fr") == "abîmé. Remède : recueil-qa build"
    assert found.sentence("en") == "damaged. Mend it with: recueil-qa build"
    good = Finding("index", "ok", "entier.", "whole.")
    assert (good.sentence("fr"), good.sentence("en")) == ("entier.", "whole.")


@pytest.mark.parametrize(
    ("fr", "en", "parts"),
    [
        (
            "a manque. Remède : recueil-qa build",
            "a is missing. Mend it with: recueil-qa build",
            ("a manque", "a is missing", "recueil-qa build", "recueil-qa build"),
        ),
        (
            "a manque ; rien n'a changé ; ajoutez-le",
            "a is missing; nothing has changed; add it",
            (
                "a manque ; rien n'a changé",
                "a is missing; nothing has changed",
                "ajoutez-le",
                "add it",
            ),
        ),
        ("a manque", "a is missing", ("a manque", "a is missing", "", "")),
    ],
)
def test_an_error_is_cut_where_its_mend_begins(
    home: Path, fr: str, en: str, parts: tuple[str, str, str, str]
) -> None:
    error: RecueilError = EncoderError(fr=fr, en=en)
    assert of_error("encoder", error, Settings()) == Finding("encoder", "error", *parts)


def test_a_command_in_an_error_gets_the_options_that_it_needs(home: Path) -> None:
    error = EncoderError(fr="a. Remède : recueil-qa build", en="a. Mend it with: git checkout")
    found = of_error("index", error, Settings(index=home / "b c"))
    assert found.mend_fr == f"recueil-qa build --index '{home / 'b c'}'"
    assert found.mend_en == "git checkout"


def test_a_command_where_the_settings_lead_needs_no_option(home: Path) -> None:
    assert command(Settings(), "build", "--force") == "recueil-qa build --force"


def test_each_command_gets_the_options_that_it_takes(home: Path) -> None:
    other = Settings(home=home / "o", corpus=home / "c", encoder="someone/model")
    places = [*("--corpus", f"{home / 'c'}", "--index", f"{home / 'o' / 'index'}")]
    places += ["--encoder", "someone/model"]
    assert command(other, "build") == shlex.join(["recueil-qa", "build", *places])
    assert command(other, "prune") == f"recueil-qa prune --index {home / 'o' / 'index'}"
    data = ["--data", f"{home / 'o' / 'eval'}"]
    assert command(other, "evaluate") == shlex.join(["recueil-qa", "evaluate", *places, *data])


def test_every_place_is_named_when_the_variables_are_refused(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings()
    monkeypatch.setenv("RECUEIL_TOP", "many")
    assert command(settings, "prune") == f"recueil-qa prune --index {home / 'index'}"


def test_a_long_list_is_cut() -> None:
    assert some(["a", "b"]) == "a, b"
    assert some([str(i) for i in range(11)]) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 …"


@pytest.mark.parametrize(
    ("count", "fr", "en"),
    [
        (0, "0 Mo", "0 MB"),
        (1_499_999, "1 Mo", "1 MB"),
        (999_000_000, "999 Mo", "999 MB"),
        (1_250_000_000, "1,2 Go", "1.2 GB"),
    ],
)
def test_sizes_are_told_in_words(count: int, fr: str, en: str) -> None:
    assert size(count) == (fr, en)


def test_bytes_are_those_of_files_at_any_depth(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c").write_bytes(bytes(7))
    (tmp_path / "d").write_bytes(bytes(5))
    (tmp_path / "e").symlink_to(tmp_path / "missing")
    assert bytes_under(tmp_path) == 12
    assert bytes_under(tmp_path / "d") == 5
    assert bytes_under(tmp_path / "none") == 0
