"""What wheels carry serves from the user's data folder, and never takes his own work away."""

import json
from pathlib import Path

import pytest

from recueil_qa import shipped
from recueil_qa.errors import EncoderError, WriteError
from recueil_qa.settings import find_home, load_settings


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package with a booklet, far from any checkout; returns what it ships."""
    site = tmp_path / "lib" / "recueil_qa"
    carried = site / "shipped"
    for name, text in (
        ("corpus/petit/practices/p01.md", "un"),
        ("index/CURRENT", "build"),
        ("eval/queries.jsonl", "{}"),
        ("app/streamlit_app.py", "pass"),
    ):
        (carried / name).parent.mkdir(parents=True, exist_ok=True)
        (carried / name).write_text(text, "utf-8")
    monkeypatch.setattr(shipped, "SHIPPED", carried)
    monkeypatch.setattr("recueil_qa.settings.__file__", str(site / "settings.py"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return carried


def test_the_first_use_of_a_wheel_puts_its_booklet_into_the_users_folder(
    package: Path, tmp_path: Path
) -> None:
    settings = load_settings()
    assert settings.home == tmp_path / "data" / "recueil-qa"
    assert (settings.corpus / "petit/practices/p01.md").read_text() == "un"
    assert (settings.index / "CURRENT").read_text() == "build"
    assert (settings.home / "eval/queries.jsonl").is_file()
    assert shipped.page_script(settings.home) == package / "app/streamlit_app.py"
    (settings.corpus / "petit/practices/p01.md").write_text("mine")
    assert load_settings() == settings
    assert (settings.corpus / "petit/practices/p01.md").read_text() == "mine"


def test_another_version_replaces_its_own_booklet_and_no_other(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = load_settings().home
    practice = home / "corpus/petit/practices/p01.md"
    monkeypatch.setattr(shipped, "_version", lambda: "9.0")
    (package / "corpus/petit/practices/p01.md").write_text("deux")
    (package / "index/CURRENT").write_text("newer")
    load_settings()
    assert practice.read_text() == "deux"
    assert (home / "index/CURRENT").read_text() == "newer"

    practice.write_text("mine")
    monkeypatch.setattr(shipped, "_version", lambda: "10.0")
    (package / "corpus/petit/practices/p01.md").write_text("trois")
    load_settings()
    assert practice.read_text() == "mine"
    monkeypatch.setattr(shipped, "_version", lambda: "11.0")
    load_settings()
    assert practice.read_text() == "mine"
    assert sorted(path.name for path in home.iterdir()) == [
        *(".shipped.json", ".shipped.json.lock", "corpus", "eval", "index"),
    ]


def test_a_corpus_that_was_there_before_is_its_owners(package: Path, tmp_path: Path) -> None:
    own = tmp_path / "data/recueil-qa/corpus/mine"
    own.mkdir(parents=True)
    load_settings()
    assert [path.name for path in own.parent.iterdir()] == ["mine"]


def test_a_damaged_mark_moves_nothing(package: Path) -> None:
    home = load_settings().home
    practice = home / "corpus/petit/practices/p01.md"
    practice.write_text("mine")
    for content in ("", "[]", '{"version": 3}', "\0"):
        (home / shipped.MARK).write_text(content)
        load_settings()
        assert practice.read_text() == "mine"


def test_a_folder_that_cannot_be_written_is_told(package: Path, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(WriteError) as caught:
        load_settings()
    assert "could not be copied into" in caught.value.en
    assert "RECUEIL_HOME" in caught.value.en


def test_another_home_takes_nothing_of_the_package(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "corpus").mkdir()
    assert find_home(tmp_path) == tmp_path
    load_settings()
    monkeypatch.setenv("RECUEIL_HOME", str(tmp_path / "elsewhere"))
    assert load_settings().home == tmp_path / "elsewhere"
    assert not (tmp_path / "data").exists() and not (tmp_path / "elsewhere").exists()


def test_the_encoder_of_a_wheel_serves_where_the_home_has_none(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_settings().encoder.endswith("data/recueil-qa/models/recueil-e5")
    model = tmp_path / "wheels" / shipped.ENCODER_PACKAGE / "recueil-e5"
    model.mkdir(parents=True)
    (model.parent / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path / "wheels"))
    assert load_settings().encoder == str(model)
    own = load_settings().home / "models/recueil-e5"
    own.mkdir(parents=True)
    assert load_settings().encoder == str(own)


def test_a_light_installation_names_what_brings_other_encoders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from recueil_qa.encoding import torch_encoder

    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    monkeypatch.setitem(__import__("sys").modules, "sentence_transformers", None)
    with pytest.raises(EncoderError) as caught:
        torch_encoder._load(str(tmp_path), local=True)
    assert "a light installation lacks" in caught.value.en
    assert "recueil-qa[sentence-transformers]" in caught.value.en
    assert "make setup" in caught.value.en
