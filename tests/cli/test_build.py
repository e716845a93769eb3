from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import Result

from recueil_qa.builds.build import holding
from recueil_qa.builds.locks import HOLDER, Holder
from recueil_qa.cli.builds import NOT_SERVED
from recueil_qa.cli.watch import JsonWatch
from recueil_qa.index.current import current_build
from recueil_qa.index.manifest import read_manifest
from tests.support.command_line import program
from tests.support.encoders import HashEncoder
from tests.support.homes import home, spoil

__all__ = ["home"]
Run = Callable[..., Result]


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    return program(home, monkeypatch)


def events(result: Result) -> list[dict[str, object]]:
    assert result.exit_code in (0, NOT_SERVED), result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_build_says_what_it_built_and_that_there_is_nothing_more_to_do(
    home: Path, run: Run
) -> None:
    built = run("build")
    assert built.exit_code == 0, built.output
    assert built.stdout.startswith("Index construit et mis en service.\n")
    assert current_build(home / "index").name in built.stdout.replace("\n", "")
    again = run("build", "--lang", "en")
    assert again.stdout.startswith("The index is up to date.\n")
    assert (built.stderr, again.stderr) == ("", "")


def test_progress_for_programs_is_one_object_a_line(home: Path, run: Run) -> None:
    told = events(run("build", "--progress", "json"))
    total = told[0]["total"]
    assert told[0] == {
        "event": "progress",
        "stage": "encode",
        "done": 0,
        "total": total,
        "per_second": 0.0,
        "seconds_left": None,
    }
    assert (told[-2]["done"], told[-2]["seconds_left"]) == (total, 0.0)
    contract = read_manifest(current_build(home / "index"))
    assert told[-1] | {"seconds": 0} == {
        "event": "done",
        "build": current_build(home / "index").name,
        "built": True,
        "served": True,
        "encoded": total,
        "against": "",
        "seconds": 0,
        "counts": contract.counts,
    }
    (done,) = events(run("build", "--progress", "json"))
    assert (done["built"], done["encoded"]) == (False, 0)


def test_the_rate_and_the_time_left_are_told_twice_a_second_at_most(
    capsys: pytest.CaptureFixture[str],
) -> None:
    moments = iter([0.0, 0.0, 0.1, 2.0, 2.1, 4.0])
    watch = JsonWatch(lambda: next(moments))
    for done in (0, 5, 50, 55, 100):
        watch.encoding(done, 100)
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["done"], row["per_second"], row["seconds_left"]) for row in told] == [
        (0, 0.0, None),
        (50, 25.0, 2.0),
        (100, 25.0, 0.0),
    ]


def test_a_gated_build_shows_its_measures(run: Run) -> None:
    first = run("build", "--gate", "--lang", "en")
    assert first.exit_code == 0, first.output
    assert "nDCG@10 fr" in first.stdout
    assert "nothing to compare with" in first.stdout
    assert "Index built and put in service." in first.stdout


def test_a_worse_build_is_kept_out_of_service_and_the_way_to_overrule_is_told(
    home: Path, run: Run
) -> None:
    run("build")
    serving = current_build(home / "index").name
    spoil(home)
    refused = run("build", "--gate")
    assert refused.exit_code == NOT_SERVED == 3
    assert "elle n'est PAS en service" in refused.stdout
    (line,) = [row for row in refused.stdout.splitlines() if row.startswith("P@1 fr")]
    assert line.split() == ["P@1", "fr", "1.000", "0.500", "-0.500", "baisse"]
    assert current_build(home / "index").name == serving
    end = refused.stdout.split("recueil-qa activate ")[1].split()[0]
    older, newer = refused.stdout.split("recueil-qa diff ")[1].split(".")[0].split()
    assert (serving.endswith(older), newer) == (True, end)
    assert f"{serving} > " in run("diff", older, newer).stdout
    assert run("activate", end).exit_code == 0
    assert current_build(home / "index").name != serving
    assert current_build(home / "index").name.endswith(end)


def test_a_worse_build_for_programs(home: Path, run: Run) -> None:
    run("build", "--gate")
    spoil(home)
    refused = run("build", "--gate", "--progress", "json")
    assert refused.exit_code == NOT_SERVED
    measures, done = events(refused)[-2:]
    assert (measures["event"], measures["fell"], measures["tolerance"]) == ("measures", True, 0.025)
    assert (done["built"], done["served"]) == (True, False)
    forced = run("build", "--gate", "--force", "--lang", "en")
    assert forced.exit_code == 0
    assert "It measures worse, and serves because --force says so." in forced.stdout


def test_a_tolerance_is_one_of_the_gate(home: Path, run: Run) -> None:
    run("build", "--gate")
    spoil(home)
    assert run("build", "--gate", "--tolerance", "1").exit_code == 0
    alone = run("build", "--tolerance", "0.1")
    assert alone.exit_code == 2
    assert "--tolerance needs --gate" in alone.stderr
    assert run("build", "--gate", "--tolerance", "2").exit_code == 2


def test_builds_lists_the_measures_of_those_that_were_measured(run: Run) -> None:
    run("build")
    run("build", "--gate", "--force")
    listed = run("builds")
    rows = [row for row in listed.stdout.splitlines() if row.endswith("bonne")]
    assert ["1.000" in row for row in rows] == [True, False]
    built = json.loads(run("builds", "--json").stdout)
    assert [row["manifest"]["measures"].get("P@1 fr") for row in built] == [1.0, None]


def test_every_text_is_encoded_again_on_request(run: Run) -> None:
    first = events(run("build", "--progress", "json"))[-1]
    again = events(run("build", "--force", "--progress", "json"))[-1]
    full = events(run("build", "--full", "--progress", "json"))[-1]
    assert (again["built"], again["encoded"]) == (True, 0)
    assert full["encoded"] == first["encoded"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "une construction de l'index est en cours dans"),
        ("en", "a build of the index is under way in"),
    ],
)
def test_a_build_under_way_is_told(home: Path, run: Run, language: str, text: str) -> None:
    with holding(home / "index"):
        refused = run("build", "--no-wait", "--lang", language)
    assert refused.exit_code == 1
    assert text in refused.stderr
    assert refused.stdout == ""


def test_a_build_that_died_is_told(home: Path, run: Run) -> None:
    (home / "index").mkdir()
    dead = Holder(process=7, machine="m", since="2026-01-02T03:04:05+00:00")
    (home / "index" / HOLDER).write_text(dead.model_dump_json(), "utf-8")
    built = run("build")
    assert "s'est arrêtée sans finir (processus 7 sur m, depuis 2026-01-02 03:04:05 UTC)" in (
        built.stderr.replace("\n", " ")
    )
    (home / "index" / HOLDER).write_text(dead.model_dump_json(), "utf-8")
    resumed = events(run("build", "--force", "--progress", "json"))[0]
    assert resumed == {"event": "resuming", "holder": dead.model_dump()}


def test_an_interrupted_build_is_no_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(HashEncoder, "encode_document", stop)
    stopped = run("build")
    assert stopped.exit_code == 1
    assert isinstance(stopped.exception, (SystemExit, click.Abort))
    monkeypatch.undo()
