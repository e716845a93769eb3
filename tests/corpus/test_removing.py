from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from recueil_qa.cli.main import main
from recueil_qa.corpus.reading import read_corpus
from tests.support.folders import all_contents
from tests.support.layouts import import_into, jekyll, write


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    import_into(corpus, write(tmp_path / "site", jekyll(3)))
    import_into(corpus, write(tmp_path / "other", jekyll(2)), collection="autres")
    rows = [
        {"id": "s1", "lang": "fr", "text": "On attend.", "grades": {"guichets-carte-1": 2}},
        {"id": "s2", "lang": "fr", "text": "Former ?",
         "grades": {"guichets-carte-1": 1, "guichets-carte-2": 2},
         "lines": {"guichets-carte-1": ["conseils/1"]}},
        {"id": "s3", "lang": "fr", "text": "Ouvrir ?", "grades": {"guichets-carte-2": 2},
         "not": ["guichets-carte-1"]},
    ]  # fmt: skip
    write(
        corpus / "guichets",
        {
            "questions/carte-1.yaml": "practice: guichets-carte-1\nfr:\n- Trop de monde\n",
            "statements.jsonl": "".join(f"{json.dumps(row)}\n" for row in rows),
        },
    )
    read_corpus(corpus)
    return corpus


def remove(corpus: Path, *arguments: str, said: str | None = None) -> Result:
    given = ["remove", *arguments, "--corpus", str(corpus), "--lang", "en"]
    return CliRunner().invoke(main, given, input=said)


def test_a_practice_goes_with_all_that_is_said_of_it(corpus: Path) -> None:
    result = remove(corpus, "guichets-carte-1", "--yes")
    assert result.exit_code == 0, result.output
    assert "guichets-carte-1  Le guichet numéro 1" in result.output
    assert "1 questions, 2 grades of statements, 1 statements with no other answer" in result.output
    found = {one.config.id: one for one in read_corpus(corpus).collections}["guichets"]
    assert [practice.id for practice in found.practices] == ["guichets-carte-2", "guichets-carte-3"]
    assert found.questions == ()
    assert [(row.id, row.grades, row.wrong, row.lines) for row in found.statements] == [
        ("s2", {"guichets-carte-2": 2}, (), {}),
        ("s3", {"guichets-carte-2": 2}, (), {}),
    ]


def test_judged_questions_that_name_what_goes_are_told(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECUEIL_HOME", str(corpus.parent))
    grades: tuple[dict[str, int], ...] = ({"guichets-carte-1": 2}, {"guichets-carte-2": 1}, {})
    rows = ({"id": f"q{at}", "grades": each} for at, each in enumerate(grades))
    judged = "".join(f"{json.dumps(row)}\n" for row in rows)
    write(
        corpus.parent,
        {
            "eval/guichets/judged.jsonl": judged + "[]\n{\n",
            "eval/qrels.tsv": "q1\tguichets-carte-1\t2\nq1\tguichets-carte-2\t1\n\n",
            "eval/queries.jsonl": "",
            "eval/autres/judged.jsonl": '{"id": "q1", "grades": {"autres-carte-1": 2}}\n',
        },
    )
    said = " ".join(remove(corpus, "guichets-carte-1", "--dry-run").output.split())
    assert "judged.jsonl: 1 judged questions name them and stay" in said
    assert "qrels.tsv: 1 judged questions name them and stay" in said
    assert "autres/judged.jsonl" not in said
    said = " ".join(remove(corpus, "guichets-carte-3", "--dry-run").output.split())
    assert "judged questions" not in said


def test_nothing_goes_without_a_yes(corpus: Path) -> None:
    before = all_contents(corpus)
    assert remove(corpus, "guichets-carte-1", "--dry-run").exit_code == 0
    assert "Remove all this?" in remove(corpus, "guichets-carte-1", said="n\n").output
    assert remove(corpus, "guichets-carte-1", said="").exit_code == 1
    assert all_contents(corpus) == before
    assert remove(corpus, "guichets-carte-1", said="y\n").exit_code == 0
    assert all_contents(corpus) != before


def test_a_practice_removed_does_not_come_back_with_an_update(corpus: Path, tmp_path: Path) -> None:
    remove(corpus, "guichets-carte-3", "--yes")
    result = import_into(corpus, tmp_path / "site", "--update")
    assert result.exit_code == 0, result.output
    assert "removed here before" in result.output
    assert not (corpus / "guichets/practices/carte-3.md").exists()


def test_a_collection_goes_whole(corpus: Path) -> None:
    result = remove(corpus, "--collection", "autres", "--yes")
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in corpus.iterdir()) == ["guichets"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give the id of a practice"),
        (("a", "--collection", "b"), "give the id of a practice"),
        (("nobody",), "no practice 'nobody'"),
        (("--collection", "nobody"), "there are: autres, guichets"),
        (("guichets-carte-1", "autres-carte-1"), "several collections"),
        (("autres-carte-1", "autres-carte-2"), "no practice would be left"),
    ],
)
def test_what_can_not_be_removed_is_told(
    corpus: Path, arguments: tuple[str, ...], said: str
) -> None:
    before = all_contents(corpus)
    result = remove(corpus, *arguments, "--yes")
    assert result.exit_code == 1
    assert said in result.output
    assert all_contents(corpus) == before


def test_of_a_collection_that_is_a_link_only_the_link_goes(corpus: Path, tmp_path: Path) -> None:
    elsewhere = (corpus / "autres").rename(tmp_path / "ailleurs")
    (corpus / "autres").symlink_to(elsewhere)
    before = all_contents(elsewhere)
    result = remove(corpus, "--collection", "autres", "--yes")
    assert result.exit_code == 0, result.output
    assert not (corpus / "autres").is_symlink()
    assert all_contents(elsewhere) == before
