from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from recueil_qa.doctor.encoder import weights
from recueil_qa.encoding.identity import encoder_id, write_sums
from recueil_qa.encoding.onnx_encoder import layout
from recueil_qa.errors import EncoderError
from tests.support.sound import (
    INDEX,
    WEIGHTS,
    faults,
    findings,
    run,
    sound_home,  # noqa: F401
    write_model,
    write_tensors,
)

MEND_FR = "git checkout -- models/recueil-e5, ou un autre avec --encoder"
MEND_EN = "git checkout -- models/recueil-e5, or another one with --encoder"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_model(tmp_path / "encoder")


def change(path: Path, edit: Callable[[dict[str, object]], object]) -> None:
    """Edit the header of a file of weights, and keep its bytes."""
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    edit(header)
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data[8 + length :])


def refused(model: Path) -> tuple[str, str]:
    with pytest.raises(EncoderError) as error:
        weights(str(model))
    return error.value.fr, error.value.en


def test_whole_weights_are_counted(model: Path) -> None:
    found = weights(str(model))
    assert found.severity == "ok"
    assert found.what.fr == "3 tenseurs entiers dans 2 fichier(s)"
    assert found.what.en == "3 whole tensors in 2 file(s)"


def test_a_model_of_a_hub_is_with_its_publisher() -> None:
    found = weights("someone/model")
    assert (found.severity, found.what.en) == ("ok", "someone/model: with its publisher")


def test_a_tensor_that_a_whole_file_lacks_is_named(home: Path) -> None:
    model = home / "models" / "mine"
    write_tensors(model / "model-1.safetensors", {"first": ("F16", [2, 3])})
    found = findings()["weights"]
    assert found.severity == "error"
    assert found.what.fr == f"{model} : second n'est pas dans model-1.safetensors"
    assert found.what.en == f"{model}: second is not in model-1.safetensors"
    assert (found.row()["mend_fr"], found.row()["mend_en"]) == (MEND_FR, MEND_EN)
    # Other weights are another encoder than the index's, too.
    assert faults() == ["weights", "index"]
    write_tensors(model / "model-1.safetensors", WEIGHTS["model-1.safetensors"])
    assert faults() == []


def test_a_missing_file_of_weights_is_named_once(model: Path) -> None:
    (model / "model-1.safetensors").unlink()
    fr, en = refused(model)
    assert fr == f"{model} : model-1.safetensors manque. Remède : {MEND_FR}"
    assert en == f"{model}: model-1.safetensors is missing. Mend it with: {MEND_EN}"


def test_a_file_that_was_cut_is_told_with_the_tensor_that_suffers(model: Path) -> None:
    path = model / "model-1.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    fr, en = refused(model)
    assert "model-1.safetensors : second : octets 12 à 28 sur 27, 16 attendus depuis 12" in fr
    assert "model-1.safetensors: second: bytes 12 to 28 of 27, expected 16 from 12" in en


@pytest.mark.parametrize(
    ("edit", "en"),
    [
        (
            lambda header: header["second"].update(shape=[5]),
            "second: bytes 12 to 28 of 28, expected 20 from 12",
        ),
        (
            lambda header: header["second"].update(data_offsets=[11, 27]),
            "second: bytes 11 to 27 of 28, expected 16 from 12",
        ),
        (lambda header: header.pop("second"), "16 bytes after the last tensor"),
        (lambda header: header["second"].pop("dtype"), "the header is not one of safetensors"),
        (lambda header: header.update(second=3), "the header is not one of safetensors"),
        (
            lambda header: header["second"].update(data_offsets=["a", None]),
            "the header is not one of safetensors",
        ),
    ],
)
def test_a_header_that_its_bytes_belie_is_told(
    model: Path, edit: Callable[[dict[str, object]], object], en: str
) -> None:
    path = model / "model-1.safetensors"
    change(path, edit)
    assert f"model-1.safetensors: {en}" in refused(model)[1]


def test_a_type_of_tensor_made_since_is_checked_by_its_place(model: Path) -> None:
    change(model / "model-1.safetensors", lambda h: h["second"].update(dtype="F6"))  # type: ignore[attr-defined]
    assert weights(str(model)).severity == "ok"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"short",
        bytes(64),
        (2**62).to_bytes(8, "little") + b"{}",
        (2).to_bytes(8, "little") + b"[]",
        (2).to_bytes(8, "little") + b"{x",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n",
    ],
)
def test_what_is_no_file_of_weights_is_told(model: Path, data: bytes) -> None:
    (model / "model-2.safetensors").write_bytes(data)
    fr, en = refused(model)
    assert fr.startswith(f"{model} : model-2.safetensors : ")
    assert en.startswith(f"{model}: model-2.safetensors: ")


@pytest.mark.parametrize("text", ["{", "{}", '{"weight_map": 3}', "[]"])
def test_a_list_of_tensors_that_is_none_is_told(model: Path, text: str) -> None:
    (model / INDEX).write_text(text, "utf-8")
    assert f"{INDEX} has no weight_map" in refused(model)[1]


@pytest.mark.parametrize(
    ("break_", "en"),
    [
        (lambda model: shutil.rmtree(model / "1_Pooling"), "the folder 1_Pooling is missing"),
        (
            lambda model: (model / "1_Pooling" / "config.json").write_text("{", "utf-8"),
            "1_Pooling/config.json is not readable JSON",
        ),
    ],
)
def test_the_other_files_of_a_model_are_looked_at_too(
    model: Path, break_: Callable[[Path], None], en: str
) -> None:
    break_(model)
    assert en in refused(model)[1]


def test_an_onnx_form_of_other_weights_is_told_with_the_command_that_makes_it_anew(
    model: Path,
) -> None:
    hashes = layout(model)
    (model / "model.onnx").write_bytes(b"\x08\x0a" + json.dumps(hashes).encode() + b"\xff")
    assert weights(str(model)).severity == "ok"
    write_tensors(model / "model-2.safetensors", {"third": ("F16", [4, 2])})
    fr, en = refused(model)
    export = f"python -m training.export_onnx {model}"
    assert fr == f"{model} : model.onnx a été fait d'autres poids. Remède : {export}"
    assert en == f"{model}: model.onnx was made from other weights. Mend it with: {export}"


@pytest.mark.parametrize(
    "break_",
    [
        shutil.rmtree,
        lambda model: (model / "config.json").write_text("{", "utf-8"),
        lambda model: (model / "modules.json").unlink(),
    ],
)
def test_a_broken_encoder_is_told_with_its_mend(home: Path, break_: Callable[[Path], None]) -> None:
    break_(home / "models" / "mine")
    found = findings()
    assert found["encoder"].severity == "error"
    assert str(Path("models") / "mine") in found["encoder"].what.fr
    assert (found["encoder"].row()["mend_fr"], found["encoder"].row()["mend_en"]) == (
        MEND_FR,
        MEND_EN,
    )
    assert faults() == ["encoder"]
    assert "weights" not in found


def test_a_file_that_is_not_as_listed_is_told_before_any_build(home: Path) -> None:
    model = home / "models" / "mine"
    write_sums(model)
    assert faults() == []
    (model / "config.json").write_text('{"more": 1}', "utf-8")
    found = findings()["encoder"]
    assert found.what.fr.endswith("a un fichier abîmé ou absent : config.json")
    assert found.what.en.endswith("has a damaged or missing file: config.json")
    assert (found.row()["mend_fr"], found.row()["mend_en"]) == (
        "reprenez les fichiers de mine",
        "take the files of mine again",
    )
    assert faults() == ["encoder"]


def test_an_encoder_other_than_the_indexs_is_told_with_both_ids(home: Path) -> None:
    model = home / "models" / "mine"
    before = encoder_id(str(model))
    (model / "config.json").write_text('{"more": 1}', "utf-8")
    after = encoder_id(str(model))
    found = findings()["index"]
    assert found.severity == "error"
    assert (
        found.what.fr
        == f"l'index a été construit avec l'encodeur {before}, celui d'ici est {after}"
    )
    assert (
        found.what.en == f"the index was built with the encoder {before}, the one here is {after}"
    )
    # Of the same name, it may be the same one with a spoilt file.
    assert found.row()["mend_fr"] == (
        "si vous n'avez pas changé d'encodeur, ses fichiers sont abîmés : reprenez les fichiers "
        "de mine ; sinon : recueil-qa build"
    )
    assert found.row()["mend_en"] == (
        "if you have not changed the encoder, its files are damaged: take the files of mine "
        "again; else: recueil-qa build"
    )
    assert faults() == ["index"]
    run(found.row()["mend_fr"].partition(" ; sinon : ")[2])
    assert faults() == []
