from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

import recueil_qa.settings
from recueil_qa.errors import SettingsError
from recueil_qa.settings import DEFAULT_ENCODER, Settings, find_home, load_settings


def test_the_defaults_are_those_of_the_documentation(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert settings.corpus == tmp_path / "corpus"
    assert settings.index == tmp_path / "index"
    assert settings.encoder == str(tmp_path / DEFAULT_ENCODER)
    assert (settings.language, settings.contacts, settings.top) == ("fr", False, 10)
    assert settings.question_characters == 2_000


def test_arguments_come_before_variables_and_variables_before_defaults(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RECUEIL_TOP", "7")
    monkeypatch.setenv("RECUEIL_LANGUAGE", "en")
    monkeypatch.setenv("RECUEIL_CONTACTS", "true")
    settings = load_settings(home=tmp_path, top=3)
    assert (settings.top, settings.language, settings.contacts) == (3, "en", True)
    assert load_settings(home=tmp_path, top=None).top == 7


def test_relative_paths_start_at_the_home_and_absolute_ones_stay(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RECUEIL_HOME", str(tmp_path))
    monkeypatch.setenv("RECUEIL_INDEX", "ailleurs/index")
    settings = load_settings(corpus=tmp_path / "autre")
    assert settings.home == tmp_path
    assert settings.index == tmp_path / "ailleurs" / "index"
    assert settings.corpus == tmp_path / "autre"


def test_an_encoder_is_a_folder_of_the_home_or_a_name(tmp_path: Path) -> None:
    (tmp_path / "models" / "mine").mkdir(parents=True)
    assert Settings(home=tmp_path, encoder="models/mine").encoder == str(tmp_path / "models/mine")
    assert Settings(home=tmp_path, encoder="owner/model").encoder == "owner/model"


def test_settings_are_frozen(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with pytest.raises(ValidationError, match="frozen"):
        settings.top = 3


@pytest.mark.parametrize(
    ("name", "value", "en", "fr"),
    [
        ("top", 0, "expected 1 at least", "1 au moins est attendu"),
        ("top", 101, "expected 100 at most", "100 au plus est attendu"),
        ("top", "dix", "expected a whole number", "un nombre entier est attendu"),
        (
            "runtime",
            "tortch",
            "'tortch' refused; write one of: 'auto', 'onnx', 'torch'",
            "« tortch » refusé ; écrivez l'un de : « auto », « onnx », « torch »",
        ),
        ("question_characters", 9, "expected 10 at least", "10 au moins est attendu"),
        ("question_characters", 20_001, "expected 20000 at most", "20000 au plus est attendu"),
        ("language", "de", "write one of: 'fr', 'en'", "l'un de : « fr », « en »"),
        (
            "contacts",
            "peut-être",
            "expected 'true' or 'false'",
            "« true » ou « false » est attendu",
        ),
        ("encoder", "", "this text is empty; write it", "ce texte est vide ; écrivez-le"),
    ],
)
def test_a_value_out_of_bounds_is_refused_with_its_variable_and_its_bound(
    name: str, value: object, en: str, fr: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(**{name: value})
    variable = f"RECUEIL_{name.upper()} = {value!r}"
    assert caught.value.en.startswith(f"setting refused: {variable}: ")
    assert caught.value.fr.startswith(f"réglage refusé : {variable} : ")
    assert caught.value.en.endswith(en)
    assert caught.value.fr.endswith(fr)


@pytest.mark.parametrize(("name", "value"), [("top", 1), ("top", 100), ("question_characters", 10)])
def test_the_bounds_themselves_are_accepted(name: str, value: int) -> None:
    assert getattr(load_settings(**{name: value}), name) == value


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"RECUEIL_TOPP = 3: there is no such field"):
        load_settings(topp=3)


def test_all_refused_values_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECUEIL_TOP", "0")
    monkeypatch.setenv("RECUEIL_LANGUAGE", "de")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "RECUEIL_TOP = '0'" in caught.value.en
    assert "RECUEIL_LANGUAGE = 'de'" in caught.value.en


def test_the_home_is_the_nearest_folder_upwards_that_holds_a_corpus(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    assert find_home(deep) == tmp_path
    (tmp_path / "a" / "corpus").mkdir()
    assert find_home(deep) == tmp_path / "a"
    assert find_home(tmp_path) == tmp_path


def test_without_a_corpus_upwards_the_home_is_the_checkout_else_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    checkout = Path(recueil_qa.settings.__file__).resolve().parents[2]
    assert find_home(tmp_path) == checkout
    installed = tmp_path / "lib" / "python3.11" / "recueil_qa" / "settings.py"
    monkeypatch.setattr(recueil_qa.settings, "__file__", str(installed))
    assert find_home(tmp_path) == tmp_path
