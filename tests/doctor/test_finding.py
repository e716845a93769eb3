from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from recueil_qa import Settings
from recueil_qa.doctor.finding import Finding, bytes_under, command, of_error, size, some
from recueil_qa.errors import EncoderError, RecueilError
from recueil_qa.messages import Command, Mend, Text


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RECUEIL_HOME", str(tmp_path))
    return tmp_path


def test_a_sentence_holds_what_was_found_then_the_mend() -> None:
    found = Finding("index", "error", Text("abîmé.", "damaged."), Command("recueil-qa", "build"))
    assert found.sentence("fr") == "abîmé. Remède : recueil-qa build"
    assert found.sentence("en") == "damaged. Mend it with: recueil-qa build"
    good = Finding("index", "ok", Text("entier.", "whole."))
    assert (good.sentence("fr"), good.sentence("en")) == ("entier.", "whole.")


@pytest.mark.parametrize(
    ("mend", "told"),
    [
        (Command("make", "a b"), ("make 'a b'", "make 'a b'")),
        (Text("ajoutez-le", "add it"), ("ajoutez-le", "add it")),
        (None, ("", "")),
    ],
)
def test_for_programs_the_mend_stands_apart(mend: Mend | None, told: tuple[str, str]) -> None:
    assert Finding("index", "error", Text("abîmé", "damaged"), mend).row() == {
        "check": "index",
        "severity": "error",
        "fr": "abîmé",
        "en": "damaged",
        "mend_fr": told[0],
        "mend_en": told[1],
    }


@pytest.mark.parametrize("mend", [Command("make", "x"), Text("ajoutez-le", "add it"), None])
def test_an_error_gives_what_it_found_and_its_mend_as_they_are(
    home: Path, mend: Mend | None
) -> None:
    # Nothing of it is cut: a path may hold any mark.
    what = Text("/a ; b. Remède : c manque", "/a; b. Mend it with: c is missing")
    error: RecueilError = EncoderError(what, mend)
    assert of_error("encoder", error, Settings()) == Finding("encoder", "error", what, mend)


def test_a_command_in_an_error_gets_the_options_that_it_needs(home: Path) -> None:
    error = EncoderError(Text("a", "a"), Command("recueil-qa", "build"))
    found = of_error("index", error, Settings(index=home / "b c"))
    assert str(found.mend) == f"recueil-qa build --index '{home / 'b c'}'"


def test_a_word_of_a_command_stays_whole(home: Path) -> None:
    error = EncoderError(Text("a", "a"), Command("recueil-qa", "prune", "--keep", "1 2"))
    assert of_error("index", error, Settings()).mend == Command(
        "recueil-qa", "prune", "--keep", "1 2"
    )


def test_a_command_where_the_settings_lead_needs_no_option(home: Path) -> None:
    assert str(command(Settings(), "build", "--force")) == "recueil-qa build --force"


def test_each_command_gets_the_options_that_it_takes(home: Path) -> None:
    other = Settings(home=home / "o", corpus=home / "c", encoder="someone/model")
    places = [*("--corpus", f"{home / 'c'}", "--index", f"{home / 'o' / 'index'}")]
    places += ["--encoder", "someone/model"]
    assert str(command(other, "build")) == shlex.join(["recueil-qa", "build", *places])
    assert str(command(other, "prune")) == f"recueil-qa prune --index {home / 'o' / 'index'}"
    data = ["--data", f"{home / 'o' / 'eval'}"]
    assert str(command(other, "evaluate")) == shlex.join(["recueil-qa", "evaluate", *places, *data])


def test_every_place_is_named_when_the_variables_are_refused(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings()
    monkeypatch.setenv("RECUEIL_TOP", "many")
    assert str(command(settings, "prune")) == f"recueil-qa prune --index {home / 'index'}"


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
    assert size(count) == Text(fr, en)


def test_bytes_are_those_of_files_at_any_depth(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c").write_bytes(bytes(7))
    (tmp_path / "d").write_bytes(bytes(5))
    (tmp_path / "e").symlink_to(tmp_path / "missing")
    assert bytes_under(tmp_path) == 12
    assert bytes_under(tmp_path / "d") == 5
    assert bytes_under(tmp_path / "none") == 0
