from __future__ import annotations

import json
import math
import re
import shlex
from pathlib import Path
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from recueil_qa.cli.evaluate import print_differences, print_report
from recueil_qa.errors import RowsError
from recueil_qa.evaluation.report import (
    Difference,
    Report,
    compare,
    latest_report,
    markdown,
    read_report,
)
from recueil_qa.evaluation.significance import paired_test
from tests.support.reports import GROUPS, SYSTEMS, make_report, measures, spans


def tables(text: str) -> list[list[list[str]]]:
    """Return the tables of a Markdown text: rows of cells, the ruled line left out."""
    found = []
    for block in text.split("\n\n"):
        lines = block.strip().splitlines()
        if lines[0].startswith("|"):
            assert all(line.startswith("| ") and line.endswith(" |") for line in lines)
            # A bar of a name is escaped; any other one ends a cell.
            cells = [re.split(r"(?<!\\)\|", line[1:-1]) for line in lines]
            rows = [[cell.strip().replace("\\|", "|") for cell in row] for row in cells]
            assert set(rows[1]) == {"---"}
            assert {len(row) for row in rows} == {len(rows[0])}
            found.append([rows[0], *rows[2:]])
    return found


def test_a_report_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(make_report().model_dump_json(indent=2), "utf-8")
    assert read_report(path) == make_report()


OLDER = {name: value for name, value in make_report().model_dump().items() if name != "per_query"}
NO_REPORTS = {
    "empty": b"",
    "half": make_report().model_dump_json().encode()[:-9],
    "text": "pas un rapport, été".encode("latin-1"),
    "list": b"[]",
    "null": b"null",
    "nested": b"[" * 100_000,
    "other": b'{"package": "1"}',
    "older": json.dumps(OLDER).encode(),
    "newer": json.dumps(OLDER | {"per_query": {}, "more": 1}).encode(),
    "not a number": json.dumps(OLDER | {"per_query": {"q1": {"RR": math.nan}}}).encode(),
    "infinite": json.dumps(OLDER | {"per_query": {"q1": {"RR": math.inf}}}).encode(),
    "too large": json.dumps(OLDER | {"per_query": {"q1": {"RR": 1}}}).encode()[:-3] + b"e999}}}",
    "wrong": json.dumps(OLDER | {"per_query": {"q1": {"RR": "high"}}}).encode(),
}


@pytest.mark.parametrize("name", NO_REPORTS)
def test_a_file_that_is_no_report_is_told_in_one_line(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(NO_REPORTS[name])
    with pytest.raises(RowsError) as caught:
        read_report(path)
    assert caught.value.en == (
        f"{path}: not an evaluation report (JSON). Mend it with: "
        f"recueil-qa evaluate --output {shlex.quote(str(path))}"
    )
    assert caught.value.fr == (
        f"{path} : pas un rapport d'évaluation (JSON). Remède : "
        f"recueil-qa evaluate --output {shlex.quote(str(path))}"
    )


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(
    "place",
    [
        ("measures", "all", "RR"), ("ablation", "all signals", "all", "RR"),
        ("advice", "all", "advice top-1"), ("abstention", "AUROC"), ("noise", "twins"),
        ("latency_ms", "ask, median"), ("per_query", "q1", "RR"),
    ],
    ids=lambda place: place[0],
)  # fmt: skip
def test_a_value_that_is_no_finite_number_makes_no_report(
    place: tuple[str, ...], value: float
) -> None:
    rows = make_report().model_dump()
    row = rows
    for key in place[:-1]:
        row = row[key]
    row[place[-1]] = value
    with pytest.raises(ValidationError) as caught:
        Report.model_validate(rows)
    assert [error["loc"] for error in caught.value.errors()] == [place]
    assert [error["type"] for error in caught.value.errors()] == ["finite_number"]


def test_an_interval_without_a_finite_end_makes_no_report() -> None:
    for span in ((math.nan, 1.0), (0.0, math.inf)):
        with pytest.raises(ValidationError):
            make_report(intervals={"all": {"RR": span}})


@pytest.mark.parametrize(
    ("name", "fr", "en"),
    [
        ("no", "fichier absent", "No such file or directory"),
        (".", "c'est un dossier, pas un fichier", "Is a directory"),
    ],
)
def test_a_report_that_cannot_be_opened_is_told_with_the_reason(
    tmp_path: Path, name: str, fr: str, en: str
) -> None:
    with pytest.raises(RowsError) as caught:
        read_report(tmp_path / name)
    for text, reason in ((caught.value.fr, fr), (caught.value.en, en)):
        assert f"({reason})" in text
        assert "\n" not in text


@settings(max_examples=100, deadline=None)
@given(
    st.binary(max_size=60)
    | st.dictionaries(
        st.sampled_from([*Report.model_fields]), st.none() | st.integers() | st.just({})
    ).map(lambda row: json.dumps(row).encode())
)
def test_any_other_file_is_refused_and_never_breaks(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_bytes(content)
    with pytest.raises(RowsError):
        read_report(path)


@pytest.mark.parametrize(
    ("names", "latest"),
    [
        (["0.9.0.json", "0.10.0.json", "0.2.0.json"], "0.10.0.json"),
        (["1.0.json", "0.99.99.json"], "1.0.json"),
        (["0.2.json", "0.2.0.json"], "0.2.0.json"),
        # What isn't a version isn't a release's report.
        (["0.1.0.json", "compare.json", "9.9.9-draft.json", "9.9.9.md", "²".join("11") + ".json"],
         "0.1.0.json"),
    ],
)  # fmt: skip
def test_the_latest_report_is_that_of_the_highest_version(
    tmp_path: Path, names: list[str], latest: str
) -> None:
    for name in names:
        (tmp_path / name).write_text(make_report(package=name).model_dump_json(), "utf-8")
    found = latest_report(tmp_path)
    assert found is not None
    assert found.package == latest


def test_a_folder_without_reports_has_no_latest_one(tmp_path: Path) -> None:
    assert latest_report(tmp_path) is None
    assert latest_report(tmp_path / "missing") is None
    (tmp_path / "notes.json").write_text("{", "utf-8")
    assert latest_report(tmp_path) is None


def test_a_latest_report_that_is_broken_is_told_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "0.1.0.json").write_text(make_report().model_dump_json(), "utf-8")
    (tmp_path / "0.2.0.json").write_text("{", "utf-8")
    with pytest.raises(RowsError, match=re.escape(f"{tmp_path / '0.2.0.json'}: not an evaluation")):
        latest_report(tmp_path)


def test_reports_are_compared_on_the_queries_of_both_only() -> None:
    before = make_report(
        per_query={"gone": {"RR": 0.0}, "q1": {"RR": 0.25}, "q2": {"RR": 0.5}, "q3": {"RR": 1.0}}
    )
    after = make_report(
        per_query={"q3": {"RR": 1.0}, "q2": {"RR": 1.0}, "q1": {"RR": 0.75}, "new": {"RR": 0.0}}
    )
    old, new = [0.25, 0.5, 1.0], [0.75, 1.0, 1.0]
    assert compare(before, after) == [
        Difference(
            measure="RR", queries=3, before=fmean(old), after=fmean(new), p=paired_test(old, new)
        )
    ]


def test_a_measure_is_compared_on_the_queries_that_have_it_in_both() -> None:
    before = make_report(
        per_query={
            "q1": {"RR": 0.5, "old": 1.0}, "q2": {"RR": 0.5, "P@1": 0.0}, "a": {"advice top-1": 0.0}
        }
    )  # fmt: skip
    after = make_report(
        per_query={
            "q1": {"RR": 1.0, "P@1": 1.0}, "q2": {"RR": 1.0, "P@1": 1.0}, "a": {"advice top-1": 1.0}
        }
    )  # fmt: skip
    found = {row.measure: (row.queries, row.before, row.after) for row in compare(before, after)}
    assert found == {"RR": (2, 0.5, 1.0), "P@1": (1, 0.0, 1.0), "advice top-1": (1, 0.0, 1.0)}


def test_a_report_does_not_differ_from_itself() -> None:
    found = compare(make_report(), make_report())
    assert [row.measure for row in found] == [*measures(1.0), "advice top-1"]
    assert all(row.before == row.after and row.p == 1.0 for row in found)


def test_a_difference_is_surer_with_more_queries_and_the_same_both_ways() -> None:
    few, many = (
        [
            make_report(per_query={f"q{i}": {"RR": i / 40 + gain} for i in range(count)})
            for gain in (0.0, 0.1)
        ]
        for count in (3, 20)
    )
    assert compare(*few)[0].p > 0.1
    assert compare(*many)[0].p < 0.001
    there, back = compare(*many)[0], compare(*reversed(many))[0]
    assert (there.p, there.before, there.after) == (back.p, back.after, back.before)


@pytest.mark.parametrize("others", [{}, {"z1": {"RR": 1.0}}])
def test_reports_without_a_query_in_common_are_refused(others: dict[str, dict[str, float]]) -> None:
    for pair in (
        (make_report(), make_report(per_query=others)),
        (make_report(per_query=others), make_report()),
    ):
        with pytest.raises(RowsError) as caught:
            compare(*pair)
        assert caught.value.en == "the two reports have no query in common"
        assert caught.value.fr == "les deux rapports n'ont aucune requête en commun"


def test_markdown_shows_every_group_with_its_intervals() -> None:
    report = make_report()
    head, *rows = tables(markdown(report))[0]
    assert head == ["group", "queries", *measures(1.0)]
    assert [row[:2] for row in rows] == [[group, str(report.queries[group])] for group in GROUPS]
    for group, _, *cells in rows:
        for name, cell in zip(head[2:], cells, strict=True):
            value = report.measures[group].get(name)
            if value is None:
                assert (group, name, cell) == ("short", "R(rel=2)@5", "")
            else:
                low, high = report.intervals[group][name]
                assert cell == f"{value:.3f} ({low:.2f}–{high:.2f})"


def test_markdown_shows_advice_ablation_and_the_rest() -> None:
    report = make_report()
    text = markdown(report)
    _, advice, ablation, rest = tables(text)
    assert advice == [
        ["group", "advice top-1", "advice top-3", "advice top-5"],
        ["all", "0.500 (0.48–0.53)", "0.750 (0.73–0.78)", "0.875 (0.85–0.91)"],
        ["fr", "0.600 (0.58–0.63)", "0.750 (0.73–0.78)", "0.875 (0.85–0.91)"],
    ]
    assert ablation[0] == ["system", *GROUPS]
    assert [row[0] for row in ablation[1:]] == [*SYSTEMS]
    for system, *cells in ablation[1:]:
        by_group = report.ablation[system]
        assert cells == [f"{by_group[group]['nDCG@10']:.3f}" for group in GROUPS]
    assert rest == [
        ["what", "value"],
        ["answerable", "7"],
        ["AUROC", "0.9625"],
        ["twins", "2"],
        ["nDCG@10, clean", "0.875"],
        ["nDCG@10, noisy", "0.8125"],
        ["ask, median", "12.5"],
        ["ask, 95 %", "20.25"],
    ]
    assert text.startswith("# Evaluation of recueil-qa 9.8.7\n\nEncoder `hash@test`, corpus `")
    assert text.endswith(" |\n")
    assert re.findall(r"(?m)^## (.*)$", text) == [
        "Advice to the line", "Ablation, nDCG@10", "Abstention, slips of the keyboard, latency",
    ]  # fmt: skip


def test_markdown_of_a_report_without_twins_and_intervals_is_whole() -> None:
    first, _, _, rest = tables(markdown(make_report(noise={}, intervals={})))
    assert first[1] == ["all", "7", "0.800", "0.400", "0.200", "0.100", "0.050"]
    assert "twins" not in [row[0] for row in rest]


def test_a_bar_in_a_name_breaks_no_table() -> None:
    row = measures(0.5)
    report = make_report(
        queries={"fr|short": 1, "|": 2},
        measures={"fr|short": row | {"a|b": 0.25}, "|": row | {"a|b": 0.75}},
        intervals={},
        ablation={"only text | words": {"fr|short": row, "|": row}},
        advice={"|": {"top|1": 1.0}},
        abstention={"x|y": 1.0},
        noise={},
        latency_ms={},
    )
    first, advice, ablation, rest = tables(markdown(report))
    assert [cells[0] for cells in first] == ["group", "fr|short", "|"]
    assert [cells[-1] for cells in first] == ["a|b", "0.250", "0.750"]
    assert advice == [["group", "top|1"], ["|", "1.000"]]
    assert ablation == [["system", "fr|short", "|"], ["only text | words", "0.500", "0.500"]]
    assert rest == [["what", "value"], ["x|y", "1"]]
    assert "\n| fr\\|short | 1 |" in markdown(report)


def test_a_terminal_gets_every_group_system_and_value(capsys: pytest.CaptureFixture[str]) -> None:
    report = make_report()
    print_report(report)
    shown = capsys.readouterr().out
    lines = [re.split(r"  +", line.strip()) for line in shown.splitlines()]
    assert lines[0] == ["hash@test", "recueil-qa 9.8.7"]
    assert lines[1] == ["group", "queries", *measures(1.0)]
    for row, group in zip(lines[2:6], GROUPS, strict=True):
        cells = [
            f"{value:.3f} ({low:.2f}-{high:.2f})"
            for value, (low, high) in zip(
                report.measures[group].values(), report.intervals[group].values(), strict=True
            )
        ]
        assert row == [group, str(report.queries[group]), *cells]
    shown_measures = ("nDCG@10", "P@1", "Recall@5")
    assert lines[6] == [
        "system",
        *(f"{m} {g}" for m in shown_measures for g in ("fr", "en", "all")),
    ]
    for row, system in zip(lines[7:10], SYSTEMS, strict=True):
        by_group = report.ablation[system]
        assert row == [
            system, *(f"{by_group[g][m]:.3f}" for m in shown_measures for g in ("fr", "en", "all"))
        ]  # fmt: skip
    assert shown.splitlines()[10:] == [
        "advice, all: advice top-1 0.5, advice top-3 0.75, advice top-5 0.875",
        "advice, fr: advice top-1 0.6, advice top-3 0.75, advice top-5 0.875",
        "abstention: answerable 7, AUROC 0.9625",
        "noise: twins 2, nDCG@10, clean 0.875, nDCG@10, noisy 0.8125",
        "ms: ask, median 12.5, ask, 95 % 20.25",
    ]


def test_a_terminal_gets_the_differences_with_their_signs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_differences([
        Difference(measure="nDCG@10", queries=9, before=0.5, after=0.75, p=0.01),
        Difference(measure="RR", queries=8, before=0.5, after=0.4375, p=1.0),
    ])  # fmt: skip
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        ["measure", "queries", "before", "after", "difference", "p"],
        ["nDCG@10", "9", "0.5000", "0.7500", "+0.2500", "0.0100"],
        ["RR", "8", "0.5000", "0.4375", "-0.0625", "1.0000"],
    ]


def test_names_that_look_like_markup_are_printed_as_they_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("[bold]x", "[/x]", ":smile:"):
        row = {"nDCG@10": 0.5, "P@1": 0.5, "Recall@5": 0.5, name: 0.5}
        print_report(
            make_report(queries={name: 1}, measures={name: row}, intervals={name: spans(row)},
                        ablation={name: {"all": row}}, advice={name: {name: 0.5}},
                        abstention={name: 1.0}, encoder=name, package=name)
        )  # fmt: skip
        shown = [line.count(name) for line in capsys.readouterr().out.splitlines()]
        assert shown == [2, 1, 1, 0, 1, 2, 1, 0, 0]
        print_differences([Difference(measure=name, queries=9, before=0.5, after=0.75, p=0.01)])
        assert capsys.readouterr().out.count(name) == 1
