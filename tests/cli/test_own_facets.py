"""Facets of a collection's own, on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.collections import write_corpus
from tests.support.command_line import Run, program, refused
from tests.support.methods import write_methods


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line over `methods` and `petit`, built."""
    write_methods(tmp_path / "corpus")
    write_corpus(tmp_path / "corpus")
    found = program(tmp_path, monkeypatch)
    assert found("build").exit_code == 0
    return found


def test_facets_filter_what_is_listed_asked_and_run(run: Run, tmp_path: Path) -> None:
    listed = run("list", "--facet", "tag=ecrit", "--facet", "Étape=make", "--json")
    (row,) = json.loads(listed.stdout)
    assert row["title"] == "Read letters aloud, to make"
    assert row["facets"] == {"phase": ["Make"], "tag": ["Écrit", "Observation"]}
    table = run("list", "--facet", "phase=check", "--lang", "en").stdout
    assert table.splitlines()[0].split() == ["Id", "Title", "Phase", "Tag", "Collection"]
    shown = run("show", "methods-card-03", "--lang", "en").stdout
    assert "Tag : Écrit, Observation\n" in shown
    assert "Address : https://ashby.invalid/cards/3\n" in shown
    answer = json.loads(run("search", "the queue", "--facet", "tag=telephone", "--json").stdout)
    assert {row["practice"]["facets"]["tag"][0] for row in answer} == {"Telephone"}
    queries, output = tmp_path / "queries.jsonl", tmp_path / "out.jsonl"
    queries.write_text('{"id": "q", "text": "les appels répétés"}\n{"id": "r", "text": "?"}\n')
    asked = ("run", "--queries", queries, "--output", output, "--collection", "petit")
    assert run(*asked).exit_code == 0
    rows = [json.loads(line) for line in output.read_text("utf-8").splitlines()]
    found = {hit["practice"].partition("-")[0] for row in rows for hit in row["hits"]}
    assert found == {"petit"}


def test_what_is_not_there_is_refused(run: Run, tmp_path: Path) -> None:
    refused(run("list", "--facet", "colour=red", "--lang", "en"), "no facet 'colour'", "phase")
    refused(run("list", "--facet", "tag=Countr", "--lang", "en"), "the nearest: Counter")
    wrong = run("list", "--facet", "tag")
    assert (wrong.exit_code, "NAME=VALUE" in wrong.stderr) == (2, True)
    queries = tmp_path / "queries.jsonl"
    queries.write_text('{"id": "q", "text": "a"}\n')
    asked = ("run", "--queries", queries, "--output", tmp_path / "o", "--collection", "zz")
    refused(run(*asked), "zz")
