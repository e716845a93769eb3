from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from benchmarks import tables
from benchmarks.peers import command, environments, gather, verbs
from benchmarks.peers.environments import PEERS, RECUEIL, SYSTEMS, System
from benchmarks.peers.inputs import EVAL, Inputs, write_inputs
from benchmarks.peers.verbs import Found
from recueil_qa.analysis.passages import corpus_passages
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.evaluation.rows import QueryRow
from tests.support import ROOT
from tests.support.booklet import shipped


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    """What all systems are given, of the real corpus."""
    return write_inputs(tmp_path_factory.mktemp("peers") / "work")


def test_the_booklet_is_235_texts_titles_and_sections(inputs: Inputs) -> None:
    rows = json.loads(inputs.documents["documents"].read_text("utf-8"))
    assert len(rows) == inputs.counts["documents"] == 235
    assert Counter(row["id"].count("/") for row in rows) == {1: 235}
    assert sum(row["id"].endswith("/title") for row in rows) == 47
    assert len({row["practice"] for row in rows}) == 47
    first = rows[0]
    assert (first["id"], first["practice"]) == ("recueil-2014-p06/title", "recueil-2014-p06")
    assert first["text"].startswith("L'accueil unique et multicanal.")


def test_all_is_every_passage_that_is_indexed_here(inputs: Inputs) -> None:
    rows = json.loads(inputs.documents["all"].read_text("utf-8"))
    passages = corpus_passages(shipped())
    assert rows == [
        {"id": row.id, "practice": row.practice, "text": row.embedded} for row in passages
    ]
    assert len({row["id"] for row in rows}) == len(rows) == inputs.counts["all"]


def test_every_query_is_asked_and_judged(inputs: Inputs) -> None:
    rows = json.loads(inputs.queries.read_text("utf-8"))
    lines = (EVAL / "queries.jsonl").read_text("utf-8").splitlines()
    assert [row["text"] for row in rows] == [json.loads(line)["text"] for line in lines]
    assert {row["id"] for row in rows} == set(inputs.qrels) == {row.id for row in inputs.rows}


def test_the_booklet_alone_has_no_question_and_no_statement(inputs: Inputs) -> None:
    alone = read_corpus(inputs.corpora["documents"]).collections[0]
    whole = read_corpus(inputs.corpora["all"]).collections[0]
    assert alone.practices == whole.practices
    assert (alone.questions, alone.statements) == ((), ())


@pytest.mark.parametrize("system", PEERS, ids=lambda system: system.name)
def test_a_peer_has_all_its_packages_pinned_and_what_is_shared_alike(system: System) -> None:
    pins = environments.read_pins(system.pins)
    ours = environments.read_pins(ROOT / "constraints.txt")
    assert set(system.needs) <= set(pins)
    assert set(system.told) <= set(pins)
    assert pins["torch"] == ours["torch"]
    shared = set(environments.SHARED) & set(pins)
    assert {name: pins[name] for name in shared} == {name: ours[name] for name in shared}


def test_pins_that_pin_nothing_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "requirements-x.txt"
    path.write_text("# how\nPy_Yaml==6.0\n", "utf-8")
    assert environments.read_pins(path) == {"py-yaml": "6.0"}
    for line in ("torch>=2", "torch", "torch=="):
        path.write_text(f"numpy==2.0\n{line}\n", "utf-8")
        with pytest.raises(ValueError, match=f"requirements-x.txt: '{line}' pins nothing"):
            environments.read_pins(path)


def package(folder: Path, name: str, files: dict[str, int], requires: tuple[str, ...] = ()) -> None:
    """Install a package that holds files of so many bytes."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    needs = "".join(f"Requires-Dist: {line}\n" for line in requires)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{needs}")
    for file, length in files.items():
        (folder / file).write_bytes(b"x" * length)
    (info / "RECORD").write_text("".join(f"{file},,\n" for file in files))


def test_a_system_weighs_what_it_needs_and_no_more(tmp_path: Path) -> None:
    mib = 2**20
    package(tmp_path, "wanted", {"a.py": mib}, ("part[more]>=1", "win; sys_platform == 'win32'"))
    package(tmp_path, "part", {"b.py": 2 * mib}, ("Round_Trip", "extra-one; extra == 'more'"))
    package(tmp_path, "round-trip", {"c.py": 4 * mib}, ("wanted", "extra-two; extra == 'more'"))
    package(tmp_path, "extra-one", {"d.py": 8 * mib})
    package(tmp_path, "extra-two", {"e.py": 16 * mib})
    package(tmp_path, "other", {"f.py": 32 * mib})
    found = environments.closure(tmp_path, ["Wanted"])
    assert [*found] == ["extra-one", "part", "round-trip", "wanted"]
    assert environments.size(found.values()) == 8 + 2 + 4 + 1


def test_too_little_space_is_told_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environments, "ROOT", tmp_path)
    monkeypatch.setattr(environments, "FOLDER", tmp_path / "peers")
    monkeypatch.setattr(environments, "ENVIRONMENT_MB", 10**12)
    with pytest.raises(SystemExit, match=r"MB free under peers; 1 environments need about"):
        environments.make_environments([RECUEIL, PEERS[0]])
    assert [*(tmp_path / "peers").iterdir()] == []


def test_an_environment_is_made_anew_only_when_its_pins_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def make(system: System, constraints: Path) -> None:
        assert "torch==" in constraints.read_text("utf-8")
        made.append(system.name)
        system.environment.mkdir(exist_ok=True)
        (system.environment / environments.MARK).write_text(environments._hash(system.pins))

    monkeypatch.setattr(environments, "FOLDER", tmp_path)
    monkeypatch.setattr(environments, "ENVIRONMENT_MB", 0)
    monkeypatch.setattr(environments, "_make", make)
    environments.make_environments(SYSTEMS)
    environments.make_environments(SYSTEMS)
    assert made == [system.name for system in PEERS]
    (PEERS[2].environment / environments.MARK).write_text("of other pins")
    environments.make_environments(SYSTEMS)
    assert made[4:] == [PEERS[2].name]


def test_a_practice_stands_at_the_place_of_its_best_passage() -> None:
    found = [Found("b", "1"), Found("a", "2"), Found("b", "3"), Found("c", "4")]
    assert verbs.practices(found) == ["b", "a", "c"]


def test_a_watch_counts_the_encoder_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(range(1000))
    monkeypatch.setattr("benchmarks.peers.verbs.time.perf_counter", lambda: float(next(now)))

    class Encoder:
        def encode(self, text: str) -> str:
            return text.upper()

    watch = verbs.Watch(Encoder, "encode")

    def search(text: str) -> list[str]:
        return [Encoder().encode(text), Encoder().encode(text)]

    queries = [{"id": "q", "text": "x"}, {"id": "r", "text": "y"}]
    found = verbs.measure(search, watch, queries, 2)
    # A question reads the clock at its ends, and each of its two encodings at theirs.
    assert found["queries"] == [
        {"id": "q", "seconds": [5.0, 5.0], "encoder": [2.0, 2.0], "ranking": ["X", "X"]},
        {"id": "r", "seconds": [5.0, 5.0], "encoder": [2.0, 2.0], "ranking": ["Y", "Y"]},
    ]
    assert 1 < found["memory"] < 100_000


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([3.0, 1.0, 2.0], 0.95, 3.0), ([*map(float, range(1, 101))], 0.95, 95.0), ([7.0], 0.5, 7.0)],
)
def test_percentiles_are_of_the_nearest_rank(
    values: list[float], share: float, expected: float
) -> None:
    assert gather.percentile(values, share) == expected


QRELS = {"f1": {"a": 2, "b": 1}, "e1": {"b": 2}, "unjudged": {"a": 0}}
ROWS = [
    QueryRow(id="f1", text="un", lang="fr"),
    QueryRow(id="e1", text="one", lang="en"),
    QueryRow(id="unjudged", text="?", lang="en"),
]
RAW: dict[str, Any] = {
    "build": {"seconds": 12.34, "MiB": 3.21},
    "cold": [6.0, 4.0, 5.504],
    "warm": {
        "memory": 512.4,
        "queries": [
            {"id": "f1", "seconds": [0.03, 0.04], "encoder": [0.02, 0.021], "ranking": ["a", "b"]},
            {"id": "e1", "seconds": [0.05, 0.09], "encoder": [0.03, 0.05], "ranking": ["a", "b"]},
        ],
    },
}


def test_raw_rows_become_medians_and_measures() -> None:
    assert gather.figures(RAW, ROWS, QRELS) == {
        "cold, s": 5.5,
        "cold, each run, s": [6.0, 4.0, 5.5],
        "warm p50, ms": 45.0,  # (40 + 50) / 2
        "warm p95, ms": 90.0,
        "encoder p50, ms": 25.5,  # (21 + 30) / 2
        "beyond the encoder p50, ms": 19.5,  # of 10, 19, 20, 40
        "build, s": 12.3,
        "index, MiB": 3.2,
        "memory, MiB": 512,
        # The second practice of two, alone relevant: 1 / log2(3).
        "nDCG@10": {"all": 0.8155, "fr": 1.0, "en": 0.6309},
    }


TURNS = {
    "forward": {"ask": [0.011, 0.012, 0.013], "encode": [0.01, 0.01, 0.02]},
    "transformers": {"ask": [0.01, 0.012, 0.02], "encode": [0.03, 0.02, 0.015]},
}


def test_works_taken_in_turns_become_ratios() -> None:
    assert gather.turns(TURNS) == {
        "forward pass p50, ms": 10.0,
        "question p50 beside it, ms": 12.0,
        "question / forward pass": 1.2,
        "sentence-transformers p50, ms": 20.0,
        "question p50 beside that, ms": 12.0,
        "sentence-transformers / question": 1.667,
    }


def test_each_bound_is_told_met_or_missed() -> None:
    systems = {
        "recueil": {"all": {"cold, s": 1.2}},
        "slow": {"all": {"cold, s": 9.0}},
        "quick": {"all": {"cold, s": 5.4}},
    }
    assert gather.asked_for(systems, gather.turns(TURNS)) == {
        "cold question, s": {"asked": "at most 1.2", "measured": 1.2, "met": True},
        "fastest peer cold / cold question": {
            "asked": "at least 5", "measured": 4.5, "met": False,
        },
        "question / forward pass, warm": {"asked": "at most 1.25", "measured": 1.2, "met": True},
        "sentence-transformers / question, warm": {
            "asked": "at least 1.5", "measured": 1.667, "met": True,
        },
    }  # fmt: skip


def test_the_table_is_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = gather.figures(RAW, ROWS, QRELS)
    slower = figures | {"cold, s": 7.0, "memory, MiB": 1512}
    own = {"label": "recueil-qa", "installed, MiB": 900, "all": figures, "documents": figures}
    peer = own | {"label": "Peer", "installed, MiB": 1300, "all": slower}
    systems = {"recueil": own, "peer": peer}
    result = {
        "date": "2026-11-23 19:00 UTC",
        "machine": {"cores": 2, "processor": "Some CPU", "load at the start": 0.13},
        "runs": {"cold": 3, "queries": 2},
        "texts": {"documents": 235, "all": 9406},
        "systems": systems,
        "asked for": gather.asked_for(systems, gather.turns(TURNS)),
    }
    monkeypatch.setattr(tables, "read", lambda _: result)
    summary = tables.BLOCKS["peers-summary"]().splitlines()
    assert summary[2:] == [
        "| recueil-qa | 5.5 s | 45 ms | 19.5 ms | 512 MiB | 1.00 / 0.63 |",
        "| Peer | 7.0 s | 45 ms | 19.5 ms | 1,512 MiB | 1.00 / 0.63 |",
    ]
    lines = tables.BLOCKS["peers"]().splitlines()
    assert lines[2:4] == [
        "| recueil-qa | 5.5 s | 45 / 90 ms | 19.5 ms | 12 s | 512 MiB | 900 MiB | 1.00 / 0.63 "
        "| 1.00 / 0.63 |",
        "| Peer | 7.0 s | 45 / 90 ms | 19.5 ms | 12 s | 1,512 MiB | 1,300 MiB | 1.00 / 0.63 "
        "| 1.00 / 0.63 |",
    ]
    assert lines[0].count("|") == lines[1].count("|") == lines[2].count("|")
    assert "One run of 2026-11-23 on 2 cores (Some CPU, load 0.1 at the start)" in lines[-1]
    assert "the same 9,406 texts, 2 queries" in lines[-1]
    assert "cold question, s, at most 1.2: 5.5 (missed)" in lines[-1]
    assert "question / forward pass, warm, at most 1.25: 1.2 (met)" in lines[-1]


def test_where_it_was_measured_is_told(inputs: Inputs) -> None:
    told = command.circumstances(inputs, 5, 3)
    assert told["texts"] == {"documents": 235, "all": inputs.counts["all"]}
    assert told["runs"] == {"cold": 5, "warm rounds": 3, "queries": 110, "build": 1}
    assert told["machine"]["cores"] >= 1
    assert told["machine"]["processor"]
