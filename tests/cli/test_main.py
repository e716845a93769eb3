from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from recueil_qa.builds.build import build_index
from recueil_qa.cli.main import main
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.evaluation.report import markdown, read_report
from recueil_qa.index.current import current_build
from tests.support import ROOT
from tests.support.collections import come_from, write_faq
from tests.support.command_line import Run, loaded_by, program, refused
from tests.support.encoders import HashEncoder
from tests.support.waiting import PATIENCE

REPEATED = "Le standard est saturé : compter les appels répétés pour un même motif ?"
CONTACT = "accueil1@exemple.invalid"


@pytest.fixture
def run(index_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line over `petit`."""
    assert index_root == tmp_path / "index"
    return program(tmp_path, monkeypatch)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An evaluation folder over `petit`."""
    folder = tmp_path / "eval"
    folder.mkdir()
    rows = {
        "queries.jsonl": '{"id": "q1", "lang": "fr", "text": "les appels répétés"}',
        "qrels.tsv": "q1\tpetit-p2\t2",
        "advice.jsonl": '{"id": "a", "text": "lettre", "practice": "petit-p3", "gold": ["x"]}',
        "unanswerable.jsonl": '{"id": "u", "text": "zyxw"}',
    }
    for name, text in rows.items():
        (folder / name).write_text(text + "\n", "utf-8")
    return folder


@pytest.mark.parametrize(
    ("arguments", "fr", "en"),
    [
        (["ask", "How to cut repeat calls?"],
         "1 pratique répond  (probabilité que le recueil réponde : 99 %)\n",
         "1 practice answers  (probability that the collection answers: 99 %)\n"),
        (["ask", "les apels répétés"],
         "Recherché : les appels répétés\nDes pistes, sans certitude  (",
         "Searched : les appels répétés\nLeads, without certainty  ("),
        (["ask", "zyxw"],
         "Rien dans le recueil n'y répond  (probabilité que le recueil réponde : 16 %)\n"
         "Décrivez le problème plutôt que la solution, ou retirez les filtres.\n\n"
         "Les moins éloignées\n  ",
         "Nothing in the collection answers this  (probability that the collection answers: 16 %)\n"
         "Describe the problem rather than the solution, or remove the filters.\n\n"
         "The nearest ones\n  "),
        (["ask", "Les pratiques de la Caisse des Tilleuls sur les lettres"],
         "Filtré : Caisse des Tilleuls (sinon : --as-typed)\n1 pratique répond  (",
         "Filtered: Caisse des Tilleuls (else: --as-typed)\n1 practice answers  ("),
        (["ask", "appels", "--theme", "Accueil", "--sector", "caisse"],
         "Aucune pratique ne correspond à ces filtres.\n", "No practice matches these filters.\n"),
        (["ask", "Wie können wir die Anrufe nicht mehr wiederholen?"],
         "La question ne semble ni en français", "The question seems to be neither French"),
        (["search", "appel"], "mots en commun : appel", "words in common : appel"),
        (["show", "p2"], "La mesure des rappels\n", "La mesure des rappels\n"),
        (["show", "petit-p1", "--contacts"], "Coordonnées\n", "Contacts\n"),
        (["similar", "p2"], "Pratiques proches de « La mesure des rappels »\n",
         "Practices like « La mesure des rappels »\n"),
        (["list"], "Id        Titre ", "Id        Title "),
        (["build"], "L'index est à jour.\n", "The index is up to date.\n"),
        (["build", "--force"], "Index construit et mis en", "Index built and put in"),
        (["doctor"], "3 pratiques, 7 questions", "3 practices, 7 questions"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_every_command_speaks_french_and_english(
    run: Run, arguments: list[str], fr: str, en: str
) -> None:
    for options, expected in (([], fr), (["--lang", "fr"], fr), (["--lang", "en"], en)):
        result = run(*arguments, *options)
        assert (result.exit_code, result.stderr) == (0, "")
        assert expected in result.stdout


def test_an_answer_is_a_card_a_practice_with_what_answers_set_off(run: Run) -> None:
    lines = run("ask", REPEATED).stdout.splitlines()
    assert lines[:8] == [
        "1 pratique répond  (probabilité que le recueil réponde : 92 %)",
        "",
        "1. La mesure des rappels  Caisse des Tilleuls · Téléphone · p. 2  [petit-p2]",
        "   Conseils",
        "     → « Compter les appels pour un même motif »  l. 1",
        "     → « Limiter le nombre d'indicateurs »  l. 2",
        "   À savoir (Contexte)",
        "     → « Le standard était saturé d'appels répétés »  l. 1",
    ]
    heads = [line[:2] for line in lines if line[:1].isdigit()]
    assert heads == ["1 ", "1.", "2.", "3."]


def test_a_card_shows_its_result_its_best_advice_and_why_it_is_there(
    corpus_root: Path, run: Run, index_root: Path
) -> None:
    folder = corpus_root / "petit"
    with (folder / "collection.toml").open("a", encoding="utf-8") as file:
        file.write('\n[[sections]]\nname = "effets"\nheadings = ["Effets"]\nrole = "result"\n')
    toml = folder / "collection.toml"
    toml.write_text(
        toml.read_text("utf-8").replace(
            'headings = ["Contexte"]\n', 'headings = ["Contexte"]\nrole = "context"\n'
        ),
        "utf-8",
    )
    more = "À éviter :\n- Laisser sonner\n- Répondre sans écouter\n- Compter les appels répétés\n"
    for path in (folder / "practices" / "p2.md", folder / "source.txt"):
        text = path.read_text("utf-8").rstrip()
        path.write_text(f"{text}\n\n{more}\n## Effets\n\n15 % d'appels en moins\n", "utf-8")
    build_index(index_root, read_corpus(corpus_root), HashEncoder())
    lines = run("ask", REPEATED).stdout.split("\n\n")[1].splitlines()
    # What governs lines stands above them, once; a result before what answers only if it is nearer.
    assert lines == [
        "1. La mesure des rappels  Caisse des Tilleuls · Téléphone · p. 2  [petit-p2]",
        "   Conseils",
        "     → « Compter les appels pour un même motif »  l. 1",
        "     • « Limiter le nombre d'indicateurs »  l. 2",
        "     « À éviter : »",
        "       • « Laisser sonner »  l. 4",
        "       • « Répondre sans écouter »  l. 5",
        "       → « Compter les appels répétés »  l. 6",
        "   À savoir (Contexte)",
        "     → « Le standard était saturé d'appels répétés »  l. 1",
        "   Ce que cela a donné (Effets)",
        "     • « 15 % d'appels en moins »  l. 1",
    ]
    # With one line more, the best four are shown, and how many there are in all is told.
    for path in (folder / "practices" / "p2.md", folder / "source.txt"):
        text = path.read_text("utf-8")
        path.write_text(text.replace("- Laisser", "- Se taire longtemps\n- Laisser"), "utf-8")
    build_index(index_root, read_corpus(corpus_root), HashEncoder())
    motive = "des appels répétés pour un motif"
    shown = json.loads(run("ask", motive, "--json").stdout)["cards"][0]
    assert (len(shown["advice"]), shown["left_out"]) == (4, 2)
    numbers = [line["line"] for line in shown["advice"]]
    assert numbers == sorted(numbers)
    for language, told in (
        ("fr", "6 conseils en tout : recueil-qa show petit-p2"),
        ("en", "6 in all: recueil-qa show petit-p2"),
    ):
        lines = run("ask", motive, "--lang", language).stdout.splitlines()
        assert f"     {told}" in lines
    # A line that doesn't answer and is nearest tells why the practice is there.
    alone = run("ask", "compter des appels répétés pour un même motif ?").stdout
    assert "   Pourquoi\n     • « Le standard était saturé d'appels répétés »  l. 1\n" in alone
    assert "     mots en commun : appels, répétés\n" in alone


def test_the_line_that_is_asked_for_comes_first_with_its_place(run: Run) -> None:
    lines = run("ask", "compter les appels pour un meme motif").stdout.splitlines()
    assert lines[1:4] == [
        "     → « Compter les appels pour un même motif »  l. 1",
        "       — La mesure des rappels, Caisse des Tilleuls, Conseils, l. 1, p. 2 [petit-p2]",
        "",
    ]
    assert lines[4].startswith("1. La mesure des rappels  ")


def test_a_question_is_searched_as_typed_where_that_is_asked(run: Run) -> None:
    typed = "Les lettres de la Caisse des Tillleuls, apels"
    told = json.loads(run("ask", typed, "--json").stdout)
    assert told["understood"] != ""
    kept = json.loads(run("ask", typed, "--as-typed", "--json").stdout)
    assert (kept["understood"], kept["filtered"], kept["question"]) == ("", [], typed)
    named = "Les pratiques de la Caisse des Tilleuls sur les lettres"
    found = json.loads(run("ask", named, "--json").stdout)
    assert [hit["practice"]["id"] for hit in found["hits"]] == ["petit-p3", "petit-p2"]
    assert found["filtered"] == ["Caisse des Tilleuls"]
    whole = json.loads(run("ask", named, "--as-typed", "--json").stdout)
    assert (len(whole["hits"]), whole["filtered"]) == (3, [])


def test_an_added_text_is_told_wherever_it_is_quoted_or_named(
    corpus_root: Path, run: Run, index_root: Path
) -> None:
    come_from(corpus_root / "petit", 2, "Note du 3 mars 2025")
    build_index(index_root, read_corpus(corpus_root), HashEncoder())
    for language, told in (("fr", "texte ajouté : Note"), ("en", "added text: Note")):
        for command in (
            ["ask", REPEATED],
            ["search", REPEATED],
            ["show", "p2"],
            ["similar", "p1"],
        ):
            assert told in run(*command, "--lang", language).stdout
    lines = run("ask", REPEATED).stdout.splitlines()
    told = "texte ajouté : Note du 3 mars 2025"
    head = f"1. La mesure des rappels  Caisse des Tilleuls · Téléphone · {told}  [petit-p2]"
    assert head in lines
    # Of the line that is asked for, too, in the place of a page.
    direct = run("ask", "Compter les appels pour un même motif").stdout.splitlines()[2]
    place = "La mesure des rappels, Caisse des Tilleuls, Conseils, l. 1"
    assert direct == f"       — {place}, {told} [petit-p2]"
    quoted = json.loads(run("ask", REPEATED, "--json").stdout)["advice"]
    assert {row["practice"]: row["source"] for row in quoted} == {
        "petit-p1": "", "petit-p2": "Note du 3 mars 2025", "petit-p3": "",
    }  # fmt: skip


def test_a_batch_is_written_and_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "q").write_text('{"id": "a", "text": "lettres"}\n{"id": "b", "text": "?"}\n')
    for language, said in (("fr", "2 lignes écrites dans"), ("en", "2 rows written to")):
        output = tmp_path / f"out-{language}"
        result = run("run", "--queries", tmp_path / "q", "--output", output, "--lang", language)
        assert result.stdout == f"{said} {output}\n"
        rows = [json.loads(line) for line in output.read_text("utf-8").splitlines()]
        assert [(row["id"], len(row["hits"])) for row in rows] == [("a", 3), ("b", 3)]
    refused(run("run", "--queries", tmp_path / "no", "--output", tmp_path / "o"), "illisible")
    refused(run("run", "--queries", tmp_path / "q", "--output", tmp_path / "no" / "o"),
            f"{tmp_path / 'no' / 'o'} : impossible à écrire")  # fmt: skip


def test_an_evaluation_is_shown_and_written(run: Run, data: Path, tmp_path: Path) -> None:
    output = tmp_path / "report.json"
    result = run("evaluate", "--data", data, "--output", output)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("hash@test  recueil-qa ")
    assert "only text, words" in result.stdout
    assert "abstention: answerable 1, unanswerable 1, AUROC 1," in result.stdout
    report = json.loads(output.read_text("utf-8"))
    assert report["measures"]["fr"]["P@1"] == 1.0
    assert "difference" not in result.stdout
    shutil.rmtree(data)
    refused(run("evaluate", "--data", data), str(data / "queries.jsonl"))


def test_an_evaluation_is_written_as_markdown_too(run: Run, data: Path, tmp_path: Path) -> None:
    output, page = tmp_path / "report.json", tmp_path / "report.md"
    result = run("evaluate", "--data", data, "--output", output, "--markdown", page)
    assert (result.exit_code, result.stderr) == (0, "")
    assert page.read_text("utf-8") == markdown(read_report(output))
    for group in ("all", "fr"):
        assert f"\n| {group} | 1 | 1.000 (1.00–1.00) |" in page.read_text("utf-8")
    for path in (output, page):
        path.unlink()
    assert run("evaluate", "--data", data, "--markdown", page).exit_code == 0
    assert page.read_text("utf-8").startswith("# Evaluation of recueil-qa ")
    assert not output.exists()


def test_an_evaluation_is_compared_with_the_one_before(
    run: Run, data: Path, tmp_path: Path
) -> None:
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    assert run("evaluate", "--data", data, "--output", before).exit_code == 0
    kept = json.loads(before.read_text("utf-8"))
    kept["per_query"]["q1"]["P@1"] = 0.25
    before.write_text(json.dumps(kept), "utf-8")
    result = run("evaluate", "--data", data, "--output", after, "--compare", before)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("hash@test  recueil-qa ")
    rows = [line.split() for line in result.stdout.splitlines()]
    assert ["measure", "queries", "before", "after", "difference", "p"] in rows
    assert ["P@1", "1", "0.2500", "1.0000", "+0.7500", "1.0000"] in rows
    assert ["nDCG@10", "1", "1.0000", "1.0000", "+0.0000", "1.0000"] in rows
    assert json.loads(after.read_text("utf-8"))["per_query"]["q1"]["P@1"] == 1.0


def test_data_and_a_collection_are_not_both_evaluated(run: Run, data: Path) -> None:
    result = run("evaluate", "--data", data, "--collection", "petit")
    assert result.exit_code == 2
    assert "give --data or --collection, not both" in result.stderr


def test_two_reports_are_compared_without_an_index(
    run: Run, data: Path, tmp_path: Path, index_root: Path
) -> None:
    paths = [tmp_path / "one.json", tmp_path / "two.json"]
    for path in paths:
        assert run("evaluate", "--data", data, "--output", path).exit_code == 0
    for folder in (index_root, tmp_path / "corpus", data):
        shutil.rmtree(folder)
    left = sorted(tmp_path.rglob("*"))
    result = run("evaluate", "--compare", paths[0], "--compare", paths[1])
    assert (result.exit_code, result.stderr) == (0, "")
    head, *rows = [line.split() for line in result.stdout.splitlines()]
    assert head == ["measure", "queries", "before", "after", "difference", "p"]
    report = read_report(paths[0])
    named = re.findall(r"(?m)^(.+?)  +1  ", result.stdout)
    assert named == [*report.per_query["q1"], *report.per_query["a"]]
    assert all(row[-2:] == ["+0.0000", "1.0000"] for row in rows)
    assert sorted(tmp_path.rglob("*")) == left


def test_comparing_two_reports_loads_neither_torch_nor_faiss(
    run: Run, data: Path, tmp_path: Path
) -> None:
    path = tmp_path / "report.json"
    assert run("evaluate", "--data", data, "--output", path).exit_code == 0
    loaded = loaded_by(tmp_path, "evaluate", "--compare", path, "--compare", path)
    assert loaded == "loaded"


def test_a_comparison_is_of_one_report_or_two(run: Run, data: Path, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    result = run("evaluate", "--data", data, *["--compare", path] * 3)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--compare takes one report, or two" in result.stderr


@pytest.mark.parametrize(
    "options",
    [["--output"], ["--markdown"], ["--data"], ["--data", "--output", "--markdown"]],
    ids=" ".join,
)
@pytest.mark.parametrize("written", [True, False], ids=["reports", "no reports"])
def test_two_reports_are_compared_without_anything_to_measure_or_write(
    run: Run, data: Path, tmp_path: Path, options: list[str], written: bool
) -> None:
    path = tmp_path / "report.json"
    if written:
        assert run("evaluate", "--data", data, "--output", path).exit_code == 0
    places = {"--data": data, "--output": tmp_path / "o.json", "--markdown": tmp_path / "o.md"}
    given = [part for option in options for part in (option, places[option])]
    left = sorted(tmp_path.rglob("*"))
    result = run("evaluate", "--compare", path, "--compare", path, *given)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "two reports are compared as they are: nothing is written" in result.stderr
    assert sorted(tmp_path.rglob("*")) == left


@pytest.mark.parametrize("others", [[], ["good.json"]], ids=["alone", "second"])
@pytest.mark.parametrize("name", ["missing.json", "queries.jsonl", "."])
def test_what_is_no_report_is_one_line_before_anything_is_asked(
    run: Run, data: Path, tmp_path: Path, others: list[str], name: str
) -> None:
    assert run("evaluate", "--data", data, "--output", data / "good.json").exit_code == 0
    output = tmp_path / "report.json"
    compared = [part for other in [*others, name] for part in ("--compare", data / other)]
    # Of two reports, nothing could be written.
    asked = [] if others else ["--data", data, "--output", output]
    for language, said in (("fr", "pas un rapport d'évaluation"), ("en", "not an evaluation")):
        result = run("evaluate", *asked, *compared, "--lang", language)
        refused(result, said, str(data / name))
        assert result.stderr.count("\n") == 1
    assert not output.exists()


def test_two_reports_without_a_query_in_common_are_refused(
    run: Run, data: Path, tmp_path: Path
) -> None:
    paths = [tmp_path / "one.json", tmp_path / "two.json"]
    assert run("evaluate", "--data", data, "--output", paths[0]).exit_code == 0
    report = read_report(paths[0]).model_copy(update={"per_query": {"z": {"RR": 1.0}}})
    paths[1].write_text(report.model_dump_json(), "utf-8")
    for language, said in (("fr", "aucune requête en commun"), ("en", "no query in common")):
        result = run("evaluate", "--compare", paths[0], "--compare", paths[1], "--lang", language)
        refused(result, said)
        assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "row", "fr", "en"),
    [
        ("qrels.tsv", "q9\tpetit-p9\t1", "inconnues : q9, petit-p9", "practices: q9, petit-p9"),
        ("qrels.tsv", "q1\tpetit-p2\t1", "qrels.tsv:2: q1 petit-p2 x 2", "qrels.tsv:2: q1"),
        ("queries.jsonl", '{"id": "q2", "text": "x"}', "sans pratique jugée utile : q2",
         "without a relevant practice: q2"),
        ("advice.jsonl", '{"id": "b", "text": "x", "practice": "p9", "gold": ["x"]}',
         "pratiques inconnues : b (p9)", "unknown practices: b (p9)"),
        ("advice.jsonl", '{"id": "q1", "text": "x", "practice": "petit-p2", "gold": ["x"]}',
         "advice.jsonl : ids de queries.jsonl : q1", "advice.jsonl: ids of queries.jsonl: q1"),
        ("unanswerable.jsonl", '{"id": "u", "text": "x"}', "unanswerable.jsonl:2: id 'u'",
         "unanswerable.jsonl:2: id 'u'"),
        ("twins.jsonl", '{"id": "t", "of": "q9", "clean": "x", "noisy": "x"}',
         "requêtes inconnues : t (q9)", "unknown queries: t (q9)"),
    ],
    ids=["unknown", "judged twice", "no practice", "advice", "named alike", "duplicate", "twin"],
)  # fmt: skip
def test_refused_data_is_told_and_nothing_is_written(
    run: Run, data: Path, tmp_path: Path, name: str, row: str, fr: str, en: str
) -> None:
    with (data / name).open("a", encoding="utf-8") as file:
        file.write(f"{row}\n")
    output, page = tmp_path / "report.json", tmp_path / "report.md"
    output.write_text("mine", "utf-8")
    before = sorted(tmp_path.rglob("*"))
    for language, said in (("fr", fr), ("en", en)):
        refused(run("evaluate", "--data", data, "--output", output, "--markdown", page,
                    "--lang", language), said, str(data))  # fmt: skip
    assert output.read_text("utf-8") == "mine"
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("option", ["--output", "--markdown"])
def test_a_report_that_cannot_be_written_is_told(
    run: Run, data: Path, tmp_path: Path, option: str
) -> None:
    path = tmp_path / "no" / "report"
    refused(run("evaluate", "--data", data, option, path), f"{path} : impossible à écrire")


def test_without_a_folder_the_evaluation_of_the_home_is_read(
    run: Run, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert data == tmp_path / "eval"
    output = elsewhere / "report.json"
    assert run("evaluate", "--output", output).exit_code == 0
    assert json.loads(output.read_text("utf-8"))["queries"] == {"all": 1, "fr": 1}
    shutil.rmtree(data)
    refused(run("evaluate"), "aucune question jugée dans", "recueil-qa new judgments")


@pytest.mark.parametrize(
    ("language", "said"), [("fr", "47 pratiques écrites dans"), ("en", "47 practices written to")]
)
def test_a_booklet_is_imported(run: Run, tmp_path: Path, language: str, said: str) -> None:
    folder = tmp_path / "recueil-2014"
    folder.mkdir()
    booklet = ROOT / "corpus" / "recueil-2014"
    shutil.copy(booklet / "collection.toml", folder)
    arguments = ("import", booklet / "source.txt", "--collection", folder, "--lang", language)
    result = run(*arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(f"{said} {folder}\n")
    (folder / "practices" / "p23.md").write_text("mine", "utf-8")
    again = f"recueil-qa import {booklet / 'source.txt'} --collection {folder} --force"
    refused(run(*arguments), again, "p23.md")
    assert run(*arguments, "--force").exit_code == 0


def test_a_booklet_goes_into_the_only_collection_unless_one_is_named(
    run: Run, tmp_path: Path, corpus_root: Path
) -> None:
    booklet = ROOT / "corpus" / "recueil-2014"
    alone = tmp_path / "alone" / "mine"
    alone.mkdir(parents=True)
    shutil.copy(booklet / "collection.toml", alone)
    result = run("import", booklet / "source.txt", "--corpus", alone.parent)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(f"47 pratiques écrites dans {alone}\n")
    write_faq(corpus_root)
    before = sorted(corpus_root.rglob("*"))
    refused(run("import", booklet / "source.txt"),
            f"2 collections dans {corpus_root} (faq, petit) ; indiquez --collection")  # fmt: skip
    refused(run("import", booklet / "source.txt", "--lang", "en", "--corpus", tmp_path / "no"),
            f"0 collections in {tmp_path / 'no'}; give --collection")  # fmt: skip
    assert sorted(corpus_root.rglob("*")) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask", "les appels répétés"],
        ["ask", "accueil", "--top", "1"],
        ["search", "guichet"],
        ["show", "p1"],
        ["similar", "p2"],
        ["list"],
        ["doctor"],
    ],
    ids=" ".join,
)
def test_json_parses_and_holds_contacts_only_where_allowed(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    closed = run(*arguments, "--json")
    assert (closed.exit_code, closed.stderr) == (0, "")
    json.loads(closed.stdout)
    assert "contacts" not in closed.stdout
    assert "exemple.invalid" not in closed.stdout
    monkeypatch.setenv("RECUEIL_CONTACTS", "true")
    opened: Any = json.loads(run(*arguments, "--json").stdout)
    assert ("@exemple.invalid" in json.dumps(opened)) is (arguments != ["doctor"])


def test_contacts_are_hidden_unless_asked_for(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "@" not in run("show", "p1").stdout
    assert CONTACT in run("show", "p1", "--contacts").stdout
    assert CONTACT in run("show", "p1", "--contacts", "--json").stdout
    monkeypatch.setenv("RECUEIL_CONTACTS", "true")
    assert CONTACT in run("show", "p1").stdout
    for arguments in (["ask", "accueil"], ["search", "accueil"], ["list"], ["similar", "p1"]):
        assert "@" not in run(*arguments).stdout


def test_filters_keep_and_repeat(run: Run) -> None:
    def listed(*options: str) -> list[str]:
        return [row["id"] for row in json.loads(run("list", "--json", *options).stdout)]

    assert listed() == ["petit-p1", "petit-p2", "petit-p3"]
    assert listed("--organisation", "Caisse des Tilleuls") == ["petit-p2", "petit-p3"]
    assert listed("--theme", "Accueil", "--theme", "Écrit") == ["petit-p1", "petit-p3"]
    hits = json.loads(run("search", "guichet", "--sector", "caisse", "--json").stdout)
    assert sorted(hit["practice"]["id"] for hit in hits) == ["petit-p2", "petit-p3"]


def test_a_changed_corpus_is_told_beside_the_answer_and_built_anew(
    run: Run, corpus_root: Path, index_root: Path
) -> None:
    path = corpus_root / "petit" / "questions" / "p1.yaml"
    path.write_text(path.read_text("utf-8") + "- Where is it?\n", "utf-8")
    fr, en = (run("ask", "guichet", "--lang", language) for language in ("fr", "en"))
    assert en.stderr == "The corpus has changed since the index was built: recueil-qa build\n"
    assert fr.stderr == (
        "Le corpus a changé depuis la construction de l'index : recueil-qa build\n"
    )
    assert "corpus has changed" not in en.stdout
    before = current_build(index_root)
    assert run("build").stdout.startswith("Index construit et mis en service.\n")
    assert current_build(index_root) != before
    assert run("ask", "guichet").stderr == ""


def test_every_command_and_option_has_its_line_of_help() -> None:
    listed = CliRunner().invoke(main, ["--help"]).stdout
    assert "..." not in listed.partition("Commands:")[2]
    for name, command in main.commands.items():
        assert command.help
        # Whole, on one line, even in the narrowest terminal that is usual.
        assert re.search(
            rf"(?m)^  {name} +{re.escape(command.help.partition(chr(10))[0])}$", listed
        )
        told = CliRunner().invoke(main, [name, "--help"])
        assert command.help.splitlines()[0] in told.stdout.replace("\n  ", " ")
        for parameter in command.params:
            assert isinstance(parameter, click.Argument) or parameter.to_info_dict()["help"]


def test_help_loads_nothing_but_click() -> None:
    code = (
        "import sys; from recueil_qa.cli.main import main; "
        "main(['--help'], standalone_mode=False)\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENCE
    )
    assert done.stdout.startswith("Usage:")
    loaded = {name for name in done.stdout.splitlines()[-1].split() if name[0] != "_"}
    started = subprocess.run(
        [sys.executable, "-c", "import sys; print(*sys.modules)"],
        capture_output=True, text=True, check=True, timeout=PATIENCE,
    )  # fmt: skip
    found = loaded - {name.partition(".")[0] for name in started.stdout.split()}
    assert found - sys.stdlib_module_names == {"click", "recueil_qa"}


@pytest.mark.parametrize(
    "arguments", [["--help"], ["show", "p1"], ["list"], ["doctor"]], ids=" ".join
)
def test_browsing_loads_neither_torch_nor_faiss(
    index_root: Path, tmp_path: Path, arguments: list[str]
) -> None:
    assert loaded_by(tmp_path, *arguments) == "loaded"
