"""What statements teach, as numbers in a file: read back as written, or refused."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recueil_qa.index.heads import LAYERS, MAX_BYTES, Heads, forward, load
from tests.support.encoders import HashEncoder
from tests.support.heads import made_heads

DIMENSION, WIDTH, PRACTICES = 4, 3, 2
Change = Callable[[dict[str, Any]], None]


def drawn(seed: int = 0, dimension: int = DIMENSION) -> Heads:
    """Return heads of two practices, whose layers are drawn."""
    random = np.random.default_rng(seed)
    shapes = {
        "hidden": (dimension, WIDTH),
        "hidden_bias": (WIDTH,),
        "practices": (WIDTH, PRACTICES),
        "practices_bias": (PRACTICES,),
        "answered": (WIDTH, 2),
        "answered_bias": (2,),
    }
    layers = {name: random.standard_normal(shape, np.float32) for name, shape in shapes.items()}
    return replace(made_heads({"petit-p1": 0, "petit-p2": 0}, key="k" * 64), layers=layers)


def members(heads: Heads) -> dict[str, Any]:
    """Return the arrays of the file of heads, by name."""
    with np.load(io.BytesIO(heads.dump())) as file:
        return dict(file)


def put(path: Path, arrays: dict[str, Any]) -> Path:
    with path.open("wb") as file:
        np.savez(file, **arrays)
    return path


def said_of(about: bytes) -> Change:
    return lambda arrays: arrays.update(about=np.frombuffer(about, np.uint8))


def retold(**changes: object) -> Change:
    """Change what the file says of the fit."""

    def change(arrays: dict[str, Any]) -> None:
        about = json.loads(arrays["about"].tobytes()) | changes
        arrays["about"] = np.frombuffer(json.dumps(about).encode(), np.uint8)

    return change


def chances(weights: dict[str, float]) -> dict[str, object]:
    return {"weights": weights, "intercept": 0.0, "threshold": 0.5, "cross_validated": {}}


class Ran:
    """What a pickle does on being read: make a folder."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.mkdir, (self.marker,)


def test_what_heads_say_is_two_layers_written_out() -> None:
    heads = drawn()
    vector = np.array([0.5, -0.5, 0.5, 0.5], np.float32)
    said = heads.scores(vector)
    layers = {name: values.tolist() for name, values in heads.layers.items()}
    # Unit vectors are brought to elements of deviation 1: times the root of their dimension.
    raw = [
        sum(2 * x * weights[i] for x, weights in zip(vector, layers["hidden"], strict=True))
        + layers["hidden_bias"][i]
        for i in range(WIDTH)
    ]
    hidden = [max(value, 0) for value in raw]
    assert min(raw) < 0 < max(raw)
    for name, found in (("practices", said.practices), ("answered", said.answered)):
        expected = [
            sum(h * weights[i] for h, weights in zip(hidden, layers[name], strict=True)) + bias
            for i, bias in enumerate(layers[f"{name}_bias"])
        ]
        assert found.tolist() == pytest.approx(expected, rel=1e-5)
        assert found.dtype == np.float32


def test_many_vectors_at_once_are_as_one_by_one() -> None:
    heads = drawn(dimension=64)
    vectors = HashEncoder().encode_query(["guichet", "appels répétés", "!!!"])
    practices, answered = forward(heads.layers, vectors)
    assert (practices.shape, answered.shape) == ((3, PRACTICES), (3, 2))
    for row, vector in enumerate(vectors):
        said = heads.scores(vector)
        np.testing.assert_allclose(practices[row], said.practices, atol=1e-5)
        np.testing.assert_allclose(answered[row], said.answered, atol=1e-5)


def test_a_file_gives_the_heads_back_in_half_precision(tmp_path: Path) -> None:
    heads = drawn()
    (tmp_path / "heads.npz").write_bytes(heads.dump())
    found = load(tmp_path / "heads.npz")
    assert found.fit == heads.fit
    assert [*found.layers] == [*LAYERS]
    for name, values in found.layers.items():
        assert values.dtype == np.float32
        np.testing.assert_array_equal(values, heads.layers[name].astype(np.float16))
    # Once rounded, nothing more is lost.
    assert found.dump() == heads.dump()


def test_the_same_heads_are_the_same_bytes_whenever_they_are_written() -> None:
    heads = drawn()
    turned = replace(heads, layers=dict(reversed(heads.layers.items())))
    assert heads.dump() == turned.dump() == drawn().dump()
    assert heads.dump() != drawn(seed=1).dump()
    again = heads.fit.model_copy(update={"key": "other"})
    assert heads.dump() != replace(heads, fit=again).dump()
    with zipfile.ZipFile(io.BytesIO(heads.dump())) as archive:
        assert {info.date_time[0] for info in archive.infolist()} == {1980}


def test_heads_of_many_practices_and_one_neuron_are_read_back(tmp_path: Path) -> None:
    heads = made_heads({f"p{i}": i for i in range(300)}, addresses=1, helps=2)
    (tmp_path / "heads.npz").write_bytes(heads.dump())
    said = load(tmp_path / "heads.npz").scores(np.zeros(64, np.float32))
    assert said.practices.tolist() == [*range(300)]
    assert said.answered.tolist() == [1, 2]


def drop(name: str) -> Change:
    return lambda arrays: arrays.pop(name)


def set_to(name: str, value: Any) -> Change:
    return lambda arrays: arrays.update({name: np.asarray(value)})


def spoil(name: str, value: float) -> Change:
    return lambda arrays: arrays[name].reshape(-1).__setitem__(-1, value)


def widen(name: str, axis: int) -> Change:
    return lambda arrays: arrays.update(
        {name: np.concatenate([arrays[name], arrays[name]], axis=axis)}
    )


@pytest.mark.parametrize(
    "change",
    [
        *[drop(name) for name in ("about", *LAYERS)],
        *[spoil(name, float("nan")) for name in LAYERS],
        spoil("hidden", float("inf")),
        spoil("answered_bias", -float("inf")),
        widen("hidden", 1),
        widen("hidden_bias", 0),
        widen("practices", 0),
        widen("practices", 1),
        widen("practices_bias", 0),
        widen("answered", 1),
        widen("answered_bias", 0),
        set_to("hidden", 1.0),
        set_to("hidden", np.zeros(WIDTH)),
        set_to("hidden", np.zeros((1, DIMENSION, WIDTH))),
        set_to("practices_bias", 0.0),
        set_to("practices", np.zeros((PRACTICES, WIDTH))),
        set_to("hidden_bias", ["a", "b", "c"]),
        retold(practices=["petit-p1"]),
        retold(practices=["petit-p1", "petit-p2", "petit-p3"]),
        retold(practices="petit"),
        retold(practices=None),
        retold(key=None),
        retold(encoder=None),
        retold(addresses={"weights": {}}),
        retold(helps=None),
        retold(addresses=chances({"addresses": 1.0, "foreign": 1.0})),
        retold(helps=chances({"helps": float("nan")})),
        retold(helps=chances({}) | {"intercept": float("inf")}),
        retold(statements="many"),
        retold(colour="blue"),
        said_of(b""),
        said_of(b"{"),
        said_of(b"[]"),
        said_of(b"null"),
        said_of(b"\xff\xfe\x00"),
        said_of(b"1" * 5_000),
    ],
)
def test_what_is_no_heads_is_refused(tmp_path: Path, change: Change) -> None:
    arrays = members(drawn())
    assert load(put(tmp_path / "good.npz", arrays)).fit == drawn().fit
    change(arrays)
    with pytest.raises(ValueError, match=r"."):
        load(put(tmp_path / "heads.npz", arrays))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK",
        b"PK\x05\x06" + bytes(18),
        b"PK\x03\x04" + bytes(100),
        b"\x93NUMPY",
        b"not at all a file of heads",
        b'{"key": ""}',
        bytes(1_000),
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "heads.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"."):
        load(tmp_path / "heads.npz")


@pytest.mark.parametrize("name", ["about", *LAYERS])
def test_a_pickle_is_refused_and_runs_nothing(tmp_path: Path, name: str) -> None:
    marker = tmp_path / "ran"
    content = pickle.dumps(Ran(marker))
    (tmp_path / "heads.npz").write_bytes(content)
    with pytest.raises(ValueError, match="not a zip file"):
        load(tmp_path / "heads.npz")
    # In the place of one array too.
    hidden = np.array([Ran(marker)], object)
    put(tmp_path / "heads.npz", members(drawn()) | {name: hidden})
    with pytest.raises(ValueError, match="allow_pickle"):
        load(tmp_path / "heads.npz")
    assert not marker.exists()
    pickle.loads(content)  # noqa: S301
    assert marker.exists()


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    content, path = drawn().dump(), tmp_path / "heads.npz"
    for size in range(0, len(content), 61):
        path.write_bytes(content[:size])
        with pytest.raises(ValueError, match=r"."):
            load(path)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(0, len(drawn().dump()) - 1), st.integers(0, 7))
def test_an_altered_byte_is_refused_or_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, place: int, bit: int
) -> None:
    content = bytearray(drawn().dump())
    content[place] ^= 1 << bit
    path = tmp_path_factory.mktemp("altered") / "heads.npz"
    path.write_bytes(content)
    try:
        found = load(path)
    except ValueError:
        return
    # Dates and such, which nothing is read from.
    assert found.dump() == drawn().dump()


def test_a_file_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content, path = drawn().dump(), tmp_path / "heads.npz"
    path.write_bytes(content)
    monkeypatch.setattr("recueil_qa.index.heads.MAX_BYTES", len(content))
    load(path)
    monkeypatch.setattr("recueil_qa.index.heads.MAX_BYTES", len(content) - 1)
    monkeypatch.setattr(Path, "read_bytes", None)
    with pytest.raises(ValueError, match=f"heads.npz: {len(content)} bytes"):
        load(path)


def test_a_file_that_unpacks_to_more_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "heads.npz"
    with path.open("wb") as file:
        np.savez_compressed(file, **members(drawn()), more=np.zeros(100_000, np.uint8))
    assert load(path).fit == drawn().fit
    monkeypatch.setattr("recueil_qa.index.heads.MAX_BYTES", 50_000)
    assert path.stat().st_size < MAX_BYTES
    monkeypatch.setattr(np, "load", None)
    with pytest.raises(ValueError, match=r"heads.npz: 10\d{4} bytes unpacked"):
        load(path)


def test_a_file_that_cannot_be_read_is_the_systems_error(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.npz", tmp_path):
        with pytest.raises(OSError, match=r"nowhere|directory"):
            load(path)


def one_array() -> bytes:
    file = io.BytesIO()
    np.save(file, np.zeros(3))
    return file.getvalue()


def with_member(name: str, header: str, body: bytes = b"") -> bytes:
    """Return the file of heads with an array that is written by hand."""
    with zipfile.ZipFile(io.BytesIO(drawn().dump())) as archive:
        content = {each: archive.read(each) for each in archive.namelist()}
    text = header.encode()
    content[f"{name}.npy"] = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + body
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for each, data in content.items():
            archive.writestr(each, data)
    return file.getvalue()


def of_texts() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in ("about", *LAYERS):
            archive.writestr(f"{name}.npy", "a text")
    return file.getvalue()


def deep() -> bytes:
    file = io.BytesIO()
    np.savez(file, **(members(drawn()) | {"about": np.frombuffer(b"[" * 200_000, np.uint8)}))
    return file.getvalue()


def fields() -> bytes:
    file = io.BytesIO()
    bias = np.zeros(WIDTH, [("a", "f4"), ("b", "f4")])
    np.savez(file, **(members(drawn()) | {"hidden_bias": bias}))
    return file.getvalue()


HEADER = "{'descr': '<f2', 'fortran_order': False, 'shape': "


@pytest.mark.parametrize(
    "content",
    [
        one_array(),
        of_texts(),
        deep(),
        fields(),
        with_member("hidden", HEADER + "(1152921504606846976, 1)}"),
        with_member("hidden", HEADER + "(4, 3)"),
        with_member("hidden", HEADER + "(True, 3)}", bytes(6)),
    ],
    ids=["an-array", "texts", "deep", "fields", "huge", "no-end", "a-boolean"],
)
def test_a_file_made_to_fail_is_refused_as_any_other(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "heads.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"."):
        load(tmp_path / "heads.npz")
