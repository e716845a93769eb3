from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from recueil_qa.builds.build import build_index, holding
from recueil_qa.builds.listing import list_builds
from recueil_qa.builds.locks import HOLDER, Holder
from recueil_qa.builds.rebuild import Rebuilt, rebuild
from recueil_qa.builds.versions import activate, rollback
from recueil_qa.corpus.folders import corpus_hash
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.encoding.encoder import Progress, Vectors
from recueil_qa.errors import BusyError, RowsError
from recueil_qa.evaluation import gate
from recueil_qa.evaluation.judgments import judgments_hash, read_gated, read_judgments
from recueil_qa.evaluation.rows import AdviceRow, Data, QueryRow, data_hash
from recueil_qa.index.current import current_build
from recueil_qa.index.manifest import read_manifest
from recueil_qa.index.opening import open_index
from recueil_qa.settings import Settings
from tests.support import ROOT
from tests.support.collections import write_faq, write_guide
from tests.support.encoders import HashEncoder
from tests.support.folders import contents, names, without_creation
from tests.support.homes import ADVICE, QUERIES, edit, home, spoil

__all__ = ["home"]  # fixtures


class Counting(HashEncoder):
    """Counts the texts that it encodes."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.asked: list[str] = []

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return super().encode_query(texts)

    def encode_document(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        self.texts += texts
        return super().encode_document(texts, progress)


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(home=home)


@pytest.fixture
def encoder(monkeypatch: pytest.MonkeyPatch) -> Counting:
    found = Counting()
    monkeypatch.setattr("recueil_qa.builds.rebuild.open_encoder", lambda *_: found)
    monkeypatch.setattr("recueil_qa.builds.rebuild.encoder_id", lambda *_: found.id)
    return found


def test_one_changed_line_encodes_only_what_holds_it(
    home: Path, settings: Settings, encoder: Counting
) -> None:
    first = rebuild(settings)
    assert (first.built, first.served, first.encoded) == (True, True, len(encoder.texts))
    encoder.texts.clear()
    edit(home, "practices/p1.md", "Choisir un horaire élargi", "Choisir un horaire réduit")
    second = rebuild(settings)
    line = "Choisir un horaire réduit"
    assert sorted(encoder.texts) == [
        f"Le guichet unique. Conseils : {line}",
        f"Le guichet unique. Conseils : Former tous les agents à la polyvalence {line}",
    ]
    assert second == Rebuilt(current_build(settings.index), True, True, encoded=2)


def test_an_incremental_build_has_the_bytes_of_a_full_one(
    home: Path, settings: Settings, encoder: Counting
) -> None:
    rebuild(settings)
    edit(home, "practices/p1.md", "Choisir un horaire élargi", "Choisir un horaire réduit")
    (home / "corpus" / "petit" / "practices" / "p3.md").unlink()
    (home / "corpus" / "petit" / "questions" / "p3.yaml").unlink()
    (home / "corpus" / "petit" / "statements.jsonl").unlink()
    incremental = contents(rebuild(settings).folder)
    full = contents(build_index(home / "other", read_corpus(settings.corpus), HashEncoder()))
    again = contents(rebuild(settings, full=True).folder)
    assert without_creation(incremental) == without_creation(full) == without_creation(again)


def test_what_only_goes_away_loads_no_encoder(
    home: Path, settings: Settings, encoder: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    rebuild(settings)
    monkeypatch.setattr("recueil_qa.builds.rebuild.open_encoder", lambda *_: pytest.fail("loaded"))
    path = home / "corpus" / "petit" / "questions" / "p1.yaml"
    path.write_text(path.read_text("utf-8").replace("- People go from desk to desk", "- guichet"))
    path.write_text(path.read_text("utf-8").replace("en:\n- guichet\n", ""))
    rebuilt = rebuild(settings)
    assert (rebuilt.built, rebuilt.encoded) == (True, 0)
    assert rebuild(settings) == Rebuilt(rebuilt.folder, built=False, served=True)


def test_an_encoder_whose_content_is_unknown_is_loaded_to_know_it(
    settings: Settings, encoder: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recueil_qa.builds.rebuild.encoder_id", lambda *_: "hash@hub")
    assert read_manifest(rebuild(settings).folder).encoder == "hash@test"
    assert rebuild(settings).built is False


def test_a_killed_build_leaves_what_it_encoded_to_the_next(
    home: Path, settings: Settings, encoder: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recueil_qa.encoding.encoded_once.CHUNK", 4)

    class Killed(BaseException):
        """Nothing handles it, as nothing handles a kill."""

    def killed(texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        if len(encoder.texts) >= 12:
            raise Killed
        return Counting.encode_document(encoder, texts, progress)

    monkeypatch.setattr(encoder, "encode_document", killed)
    with pytest.raises(Killed):
        rebuild(settings)
    monkeypatch.undo()
    monkeypatch.setattr("recueil_qa.builds.rebuild.open_encoder", lambda *_: HashEncoder())
    monkeypatch.setattr("recueil_qa.builds.rebuild.encoder_id", lambda *_: encoder.id)
    told: list[tuple[int, int]] = []
    rebuilt = rebuild(settings, lambda *at: told.append(at))
    total = len({row.embedded for row in open_index(settings.index).passages}) + 2
    assert rebuilt.encoded == total - 12
    assert told[0] == (0, total - 12)


def test_leftovers_of_killed_builds_are_removed_and_told(
    settings: Settings, encoder: Counting
) -> None:
    (settings.index / ".build-abc" / "build").mkdir(parents=True)
    dead = Holder(process=7, machine="m", since="2026-01-02T03:04:05+00:00")
    (settings.index / HOLDER).write_text(dead.model_dump_json(), "utf-8")
    told: list[tuple[str, Holder | None]] = []
    rebuild(settings, notice=lambda *what: told.append(what))
    assert told == [("resuming", dead)]
    assert names(settings.index) == [current_build(settings.index).name, "CURRENT"]


def test_leftovers_are_removed_where_there_is_nothing_to_build_too(
    settings: Settings, encoder: Counting
) -> None:
    rebuilt = rebuild(settings)
    (settings.index / ".build-abc").mkdir()
    assert not rebuild(settings).built
    assert names(settings.index) == [rebuilt.folder.name, "CURRENT"]


def test_a_build_under_way_is_not_waited_for_on_request(
    settings: Settings, encoder: Counting
) -> None:
    with holding(settings.index), pytest.raises(BusyError, match="a build of the index is under"):
        rebuild(settings, wait=False)
    assert rebuild(settings, wait=False).built


def test_what_another_process_built_meanwhile_is_not_built_again(
    settings: Settings, encoder: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, held = read_corpus(settings.corpus), holding

    def after(root: Path, **how: object) -> object:
        build_index(root, corpus, HashEncoder())
        return held(root)

    monkeypatch.setattr("recueil_qa.builds.rebuild.holding", after)
    rebuilt = rebuild(settings)
    assert (rebuilt.built, rebuilt.encoded) == (False, 0)
    assert rebuilt.folder == current_build(settings.index)


def test_a_gated_first_build_serves_with_its_measures(
    home: Path, settings: Settings, encoder: Counting
) -> None:
    rebuilt = rebuild(settings, tolerance=0.02)
    contract = read_manifest(rebuilt.folder)
    assert rebuilt.served
    assert rebuilt.comparison is not None
    assert [row.before for row in rebuilt.comparison.changes] == [None] * 10
    assert contract.measures["nDCG@10 fr"] == contract.measures["P@1 en"] == 1.0
    assert contract.measures["advice top-1"] == 1.0
    assert contract.measured_on == data_hash(home / "eval")
    assert open_index(settings.index).manifest == contract


@pytest.mark.parametrize("measured", [True, False])
def test_a_build_that_measures_worse_is_kept_out_of_service(
    home: Path, settings: Settings, encoder: Counting, measured: bool
) -> None:
    # What serves is measured for the comparison where it was not when it was built.
    first = rebuild(settings, tolerance=0.02 if measured else None)
    spoil(home)
    encoder.asked.clear()
    second = rebuild(settings, tolerance=0.02)
    assert len(encoder.asked) == len({*encoder.asked}) >= len(QUERIES)  # for both builds
    assert (second.built, second.served) == (True, False)
    assert second.comparison is not None
    assert second.comparison.fell
    fell = {row.measure: row for row in second.comparison.changes if row.fell}
    assert fell["P@1 fr"] == gate.Change("P@1 fr", 1.0, 0.5, True)
    assert current_build(settings.index) == first.folder
    assert names(settings.index) == sorted([first.folder.name, second.folder.name, "CURRENT"])


def test_force_serves_what_the_gate_refuses_and_going_back_undoes_it(
    home: Path, settings: Settings, encoder: Counting
) -> None:
    first = rebuild(settings, tolerance=0.02)
    spoil(home)
    second = rebuild(settings, tolerance=0.02, force=True)
    assert second.served
    assert second.comparison is not None
    assert second.comparison.fell
    assert current_build(settings.index) == second.folder
    assert rollback(settings.index).name == first.folder.name


def test_what_the_gate_kept_out_is_not_gone_back_to_and_told_when_built_without_it(
    home: Path, settings: Settings, encoder: Counting
) -> None:
    first = rebuild(settings, tolerance=0.02)
    spoil(home)
    refused = rebuild(settings, tolerance=0.02)
    found = {build.name: build.kept_out for build in list_builds(settings.index)}
    assert found == {first.folder.name: False, refused.folder.name: True}
    plain = rebuild(settings)
    assert (plain.served, plain.against) == (True, refused.folder.name)
    assert rollback(settings.index).name == first.folder.name
    activate(settings.index, refused.folder.name)
    assert list_builds(settings.index)[1].kept_out is False
    assert rebuild(settings, force=True).against == ""


def test_collections_that_nobody_judged_are_not_measured(
    home: Path, settings: Settings, encoder: Counting
) -> None:
    before = rebuild(settings, tolerance=0.0)
    other = write_faq(home / "corpus")
    # It answers a query that was judged for the first collection only, better than that one.
    (other / "practices" / "double.md").write_text(
        f"---\nid: faq-double\ntitle: {QUERIES[0]['text']}\n---\n\n## Réponse\n\n"
        f"{QUERIES[0]['text']}\n",
        "utf-8",
    )
    after = rebuild(settings, tolerance=0.0)
    assert after.served
    former, found = (read_manifest(each.folder).measures for each in (before, after))
    among = {name: value for name, value in found.items() if name.endswith(gate.AMONG)}
    assert found == former | among
    # Among all, what nobody judged stands before what was judged, and that is seen.
    assert among["nDCG@10 fr, among all"] < former["nDCG@10 fr"]


def test_a_fall_within_the_tolerance_serves(
    home: Path, settings: Settings, encoder: Counting
) -> None:
    rebuild(settings, tolerance=0.02)
    spoil(home)
    assert rebuild(settings, tolerance=1.0).served


def test_practices_that_were_judged_and_are_gone_count_as_not_found(
    home: Path, settings: Settings, encoder: Counting
) -> None:
    rebuild(settings, tolerance=0.02)
    for name in ("practices/p3.md", "questions/p3.yaml", "statements.jsonl"):
        (home / "corpus" / "petit" / name).unlink()
    refused = rebuild(settings, tolerance=0.02)
    assert not refused.served
    assert refused.comparison is not None
    assert refused.comparison.gone == ("petit-p3",)
    assert {row.measure: row.after for row in refused.comparison.changes}["P@1 fr"] == 0.5


def test_a_gate_without_queries_is_told_before_anything_is_encoded(
    home: Path, settings: Settings, encoder: Counting
) -> None:
    (home / "eval" / "qrels.tsv").unlink()
    with pytest.raises(RowsError, match=r"qrels\.tsv"):
        rebuild(settings, tolerance=0.02)
    assert encoder.texts == []
    assert not settings.index.exists()


def test_measures_are_those_of_the_rankings(index_root: Path) -> None:
    data = Data(
        queries=[QueryRow.model_validate(row) for row in QUERIES],
        # The best practice of q1 is judged only partly useful, and another one not at all found.
        qrels={"q1": {"petit-p2": 1, "petit-p9": 2}, "q2": {"petit-p3": 2}, "q3": {"petit-p2": 2}},
        advice=[AdviceRow.model_validate(ADVICE | {"gold": ["nothing like it"]})],
        unanswerable=[QueryRow(id="u1", text="zzz")],
    )
    found = gate.measure(open_index(index_root), HashEncoder(), data, 2_000)
    assert found["P@1 fr"] == 1.0
    assert found["Recall@5 fr"] == 0.75
    assert found["P@1 en"] == 0.0
    assert found["advice top-1"] == found["advice top-3"] == 0.0
    assert found["unanswerable refused"] == 1.0


def test_each_collection_is_measured_alone_and_among_all(corpus_root: Path, tmp_path: Path) -> None:
    write_guide(corpus_root)
    folder = tmp_path / "eval" / "guide"
    folder.mkdir(parents=True)
    judged = [
        {"id": "g1", "lang": "en", "text": "People ring our desk again", "grades": {"guide-p1": 2}},
        {"id": "g2", "lang": "en", "text": "zzz", "grades": {}},
    ]
    lines = "\n".join(map(json.dumps, judged))
    (folder / "judged.jsonl").write_text(lines, "utf-8")
    corpus = read_corpus(corpus_root)
    found = read_judgments(tmp_path, corpus)
    assert [row.id for row in found["guide"]] == ["g1", "g2"]
    data = Data(
        queries=[QueryRow.model_validate(row) for row in QUERIES],
        qrels={"q1": {"petit-p1": 2}, "q2": {"petit-p3": 2}, "q3": {"petit-p2": 2}},
        advice=[AdviceRow.model_validate(ADVICE)],
        unanswerable=[QueryRow(id="u1", text="zzz")],
    )
    build_index(tmp_path / "index", corpus, HashEncoder())
    measured = gate.measure(
        open_index(tmp_path / "index"), HashEncoder(), data, 2_000, judgments=found
    )
    assert measured["guide: P@1 en"] == 1.0
    assert measured["guide: unanswerable refused"] == 1.0
    assert {"nDCG@10 fr, among all", "guide: nDCG@10 en, among all"} <= measured.keys()
    assert measured["nDCG@10 fr, among all"] <= measured["nDCG@10 fr"]
    assert judgments_hash(tmp_path, corpus) != data_hash(tmp_path / "eval")
    # Without any of the first booklet, these alone are measured.
    alone = gate.measure(
        open_index(tmp_path / "index"), HashEncoder(), read_gated(tmp_path), 2_000, judgments=found
    )
    assert alone["guide: P@1 en"] == 1.0 and "P@1 fr" not in alone


def test_a_measure_falls_only_beyond_the_tolerance() -> None:
    before, after = {"a": 0.9, "b": 0.5}, {"a": 0.88, "b": 0.479, "new": 0.1}
    found = gate.compare(before, after, 0.02)
    assert [(row.measure, row.fell) for row in found.changes] == [
        ("a", False),
        ("b", True),
        ("new", False),
    ]
    assert found.fell
    assert not gate.compare({}, after, 0.0).fell


def test_what_a_switch_that_died_left_is_removed(settings: Settings, encoder: Counting) -> None:
    settings.index.mkdir()
    (settings.index / ".CURRENT.7.8").write_text("half a na", "utf-8")
    rebuilt = rebuild(settings)
    assert names(settings.index) == [rebuilt.folder.name, "CURRENT"]


@pytest.mark.model
def test_the_real_encoder_too_gives_a_part_the_bytes_of_the_whole(home: Path) -> None:
    model = str(ROOT / "models" / "recueil-e5")
    rebuild(Settings(home=home, encoder=model))
    edit(home, "practices/p1.md", "Choisir un horaire élargi", "Choisir un horaire réduit")
    part = rebuild(Settings(home=home, encoder=model))
    whole = rebuild(Settings(home=home, encoder=model, index=Path("other")))
    again = rebuild(Settings(home=home, encoder=model), full=True)
    assert (part.encoded, whole.encoded) == (2, again.encoded)
    assert without_creation(contents(part.folder)) == without_creation(contents(whole.folder))
    assert without_creation(contents(again.folder)) == without_creation(contents(whole.folder))


def test_what_was_changed_while_waiting_is_built(
    home: Path, settings: Settings, encoder: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = holding

    def after(root: Path, **how: object) -> object:
        edit(home, "practices/p1.md", "Choisir un horaire élargi", "Choisir un horaire réduit")
        return held(root)

    monkeypatch.setattr("recueil_qa.builds.rebuild.holding", after)
    rebuild(settings)
    texts = {row.text for row in open_index(settings.index).passages}
    assert "Choisir un horaire réduit" in texts
    assert open_index(settings.index).manifest.corpus == corpus_hash(settings.corpus)
