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
    assert load_settings(statements="jugées.jsonl").statements == tmp_path / "jugées.jsonl"
    assert settings.corpus == tmp_path / "autre"


def test_an_encoder_is_a_folder_of_the_home_or_a_name(tmp_path: Path) -> None:
    (tmp_path / "models" / "mine").mkdir(parents=True)
    assert Settings(home=tmp_path, encoder="models/mine").encoder == str(tmp_path / "models/mine")
    assert Settings(home=tmp_path, encoder="owner/model").encoder == "owner/model"


def test_an_encoder_that_no_folder_can_be_called_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(home=tmp_path, encoder="x" * 300)
    assert "this can't be a folder's name" in caught.value.text("en")


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


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:8080/v1",
        "http://localhost:11434/v1/",
        "http://[::1]:8080/v1",
        "https://albert.api.etalab.gouv.fr/v1",
        "https://lecteur.exemple:8443",
    ],
)
def test_a_reader_is_on_this_machine_or_reached_in_secret(address: str) -> None:
    settings = load_settings(reader=address, reader_model="m")
    assert settings.reader == address.rstrip("/")
    assert settings.reader_host == address.split("/")[2]
    assert (settings.reader_seconds, settings.reader_practices) == (20.0, 20)


@pytest.mark.parametrize(
    "address",
    [
        "http://lecteur.exemple/v1",
        "http://10.0.0.1:8080/v1",
        "http://127.0.0.1.exemple/v1",
        "http://localhost@exemple/v1",
        "ftp://127.0.0.1/v1",
        "127.0.0.1:8080",
        "https://",
        "https:///v1",
        "https://moi:tres-secret@exemple/v1",
        "https://exemple/v1?key=tres-secret",
        "https://exemple/v1#tres-secret",
        "https://exemple:99999/v1",
        "https://exemple /v1",
        "https://exemple/v1\nhttps://autre",
        "https://exemple\\@autre/v1",
    ],
)
def test_another_reader_is_refused_without_its_secrets(address: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(reader=address, reader_model="m")
    assert "https://host/v1 is expected" in caught.value.en
    assert "https://machine/v1 est attendu" in caught.value.fr
    assert "tres-secret" not in f"{caught.value.en}{caught.value.fr}"


def test_a_reader_needs_a_model() -> None:
    with pytest.raises(SettingsError, match="needs the name of its model"):
        load_settings(reader="http://127.0.0.1:8080/v1")
    assert load_settings().reader_host == ""


def test_the_key_of_a_reader_comes_from_the_environment_only_and_is_never_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(SettingsError, match="give it in the variable RECUEIL_READER_KEY") as given:
        load_settings(reader_key="tres-secret")
    monkeypatch.setenv("RECUEIL_READER_KEY", "tres-secret\nX-Autre: 1")
    with pytest.raises(SettingsError, match="a key without spaces") as strange:
        load_settings()
    for error in (given.value, strange.value):
        assert "tres-secret" not in f"{error.en}{error.fr}"
    monkeypatch.setenv("RECUEIL_READER_KEY", "tres-secret")
    settings = load_settings()
    assert settings.reader_key.get_secret_value() == "tres-secret"
    assert "tres-secret" not in f"{settings!r}{settings}{settings.model_dump_json()}"


@pytest.mark.parametrize(
    ("name", "value"),
    [("reader_seconds", 0), ("reader_seconds", "nan"), ("reader_seconds", "vite"),
     ("reader_practices", 0), ("reader_practices", 101), ("reader_model", "a\nb")],
)  # fmt: skip
def test_a_setting_of_the_reader_out_of_bounds_is_refused(name: str, value: object) -> None:
    with pytest.raises(SettingsError, match=f"RECUEIL_{name.upper()}"):
        load_settings(**{name: value})
