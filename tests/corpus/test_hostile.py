"""Files that nobody should write: each is refused in plain words, and soon."""

from __future__ import annotations

import os
import re
import tomllib
import unicodedata
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recueil_qa.corpus.collection import CollectionConfig
from recueil_qa.corpus.config_file import parse_config
from recueil_qa.corpus.folders import corpus_hash
from recueil_qa.corpus.practice import format_practice, parse_practice, read_practice
from recueil_qa.corpus.questions import parse_questions
from recueil_qa.corpus.reading import MAX_PROBLEMS, read_corpus
from recueil_qa.corpus.statements import parse_statements
from recueil_qa.corpus.text_file import CONTROL
from recueil_qa.errors import CorpusError, Problem
from tests.support.collections import BOOKLET_TOML, FAQ_TOML, named, write_corpus

PETIT = CollectionConfig.model_validate(tomllib.loads(BOOKLET_TOML))
FAQ = CollectionConfig.model_validate(tomllib.loads(FAQ_TOML))
P1, Q1, S, C = "practices/p1.md", "questions/p1.yaml", "statements.jsonl", "collection.toml"
FRONT = "---\nid: petit-p1\npage: 1\ntitle: T\ntheme: A\n"
# Of the libraries whose words nobody should have to read.
FOREIGN = re.compile(
    r"Input should|found character|while (scanning|parsing)|mapping values|\(char \d|"
    r"at line|Expecting|Errno|No such file|str\(|Traceback|<block|pydantic|yaml|scalar",
    re.IGNORECASE,
)


def problems(root: Path) -> tuple[Problem, ...]:
    with pytest.raises(CorpusError) as caught:
        read_corpus(root)
    assert all(problem.what.fr != problem.what.en for problem in caught.value.problems)
    for problem in caught.value.problems:
        assert not FOREIGN.search(problem.what.fr.replace(".yaml", "")), problem.what.fr
        assert not FOREIGN.search(problem.what.en.replace(".yaml", "")), problem.what.en
    return caught.value.problems


def aliases(levels: int) -> str:
    """Each name holds the one before nine times."""
    rows = [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, levels)]
    return "\n".join(["a0: &a0 [T]", *rows])


BOMBS: list[tuple[str, str]] = [
    (P1, FRONT + aliases(30) + "\n---\n## Conseils\n\nA\n"),
    (Q1, "practice: petit-p1\n" + aliases(30)),
    (Q1, "practice: petit-p1\nfr: " + "[" * 100_000),
    (Q1, "practice: petit-p1\nfr:\n" + "- " * 100_000),
    (Q1, "practice: petit-p1\nfr:\n- " + "a" * 300_000),
    (Q1, "practice: petit-p1\n" + "? " * 50_000),
    (P1, FRONT + "---\n# a" + " " * 390_000 + "b\n"),
    (P1, FRONT + "---\n## Conseils\n\n-" + " " * 390_000 + "\n"),
    (P1, FRONT + "---\n## Conseils\n\n" + "Rien de tel\n" * 30_000),
    (P1, FRONT + "---\n## Conseils\n\n" + "e" + "\u0301\u0316" * 60_000),
    (P1, "---\n" * 90_000),
    (C, BOOKLET_TOML + ".".join(["a"] * 50_000) + " = 1"),
    (C, BOOKLET_TOML + f"[{'.'.join(['a'] * 50_000)}]"),
    (C, BOOKLET_TOML + "a = " + "[" * 100_000),
    (C, BOOKLET_TOML + "a = " + "{a=" * 40_000),
    (C, BOOKLET_TOML + "a = " + "9" * 100_000),
    (C, BOOKLET_TOML + "[[sections]]\n" * 10_000),
    (C, BOOKLET_TOML.replace("]\nrole", ", " + '"T", ' * 30_000 + "]\nrole")),
    (S, "[" * 3_900_000),
    (S, '{"a":' * 500_000),
    (S, '{"id": ' + "9" * 3_000_000 + "}"),
    (S, "{\n" * 500_000),
    (S, "{" + ", ".join(f'"{i}": 1' for i in range(200_000)) + ', "0": 1}'),
    (S, "\x1b\n" * 500_000),
]


@pytest.mark.parametrize(("name", "text"), BOMBS, ids=range(len(BOMBS)))
def test_a_bomb_is_refused_soon(corpus_root: Path, name: str, text: str) -> None:
    path = corpus_root / "petit" / name
    path.write_text(text, "utf-8")
    begun = process_time()  # of this process alone: what else runs here does not count
    found = problems(corpus_root)
    # Unfolded, or read in the square of its length, it would take hours.
    assert process_time() - begun < 60
    assert path in {problem.path for problem in found}
    assert len([problem for problem in found if problem.path == path]) <= MAX_PROBLEMS + 1
    assert all(len(problem.what.fr) < 1_000 and len(problem.what.en) < 1_000 for problem in found)


def test_many_problems_of_a_file_don_t_bury_the_others(corpus_root: Path) -> None:
    folder = corpus_root / "petit"
    (folder / P1).write_text(FRONT + "---\n## Conseils\n\n" + "Autre\n" * (MAX_PROBLEMS + 7))
    (folder / "practices/p2.md").write_text("x")
    found = problems(corpus_root)
    assert [problem.path.name for problem in found].count("p1.md") == MAX_PROBLEMS + 1
    assert found[-1].what.fr == "… et 7 autres problèmes"
    assert [problem.line for problem in found if problem.path.name == "p2.md"] == [1]


@pytest.mark.parametrize("form", ["NFD", "NFC"])
@pytest.mark.parametrize("name", [P1, Q1, S, C, "source.txt"])
def test_accents_of_another_machine_change_nothing(
    corpus_root: Path, name: str, form: Literal["NFC", "NFD"]
) -> None:
    folder = corpus_root / "petit"
    (folder / S).write_text('{"id": "s", "lang": "fr", "text": "É té", "grades": {}}', "utf-8")
    (folder / P1).write_text(
        (folder / P1).read_text("utf-8").replace("élargi", "élargi à l'été"), "utf-8"
    )
    source = (folder / "source.txt").read_text("utf-8").replace("élargi", "élargi à l'été")
    (folder / "source.txt").write_text(source, "utf-8")
    before = read_corpus(corpus_root).collections
    text = (folder / name).read_text("utf-8")
    (folder / name).write_text(unicodedata.normalize(form, text), "utf-8")
    assert read_corpus(corpus_root).collections == before
    assert "à l'été" in before[0].practices[0].sections[1].lines[1].text


@pytest.mark.parametrize("old", ["\r", "\r\n"])
def test_line_ends_of_other_machines_are_counted_as_an_editor_does(
    corpus_root: Path, old: str
) -> None:
    path = corpus_root / "petit" / P1
    text = path.read_text("utf-8").replace("theme: Accueil", "theme: [A]")
    path.write_bytes(text.replace("\n", old).encode())
    assert [problem.line for problem in problems(corpus_root)] == [5]


@pytest.mark.parametrize("separator", ["\u2028", "\u2029"])
def test_a_separator_that_only_yaml_counts_moves_no_line(corpus_root: Path, separator: str) -> None:
    path = corpus_root / "petit" / P1
    text = path.read_text("utf-8").replace("title: Le guichet", f"title: Le{separator}guichet")
    path.write_text(text.replace("sector: commune", "sector: ville"), "utf-8")
    (problem,) = problems(corpus_root)
    assert problem.line == 7
    path.write_text(text, "utf-8")
    assert read_corpus(corpus_root).collections[0].practices[0].title == "Le guichet unique"


def link(folder: Path, outside: Path) -> None:
    folder.rename(outside)
    folder.symlink_to(outside)


@pytest.mark.parametrize("name", ["practices", "questions"])
def test_a_folder_that_is_a_link_out_of_the_corpus_is_refused_once(
    corpus_root: Path, tmp_path: Path, name: str
) -> None:
    link(corpus_root / "petit" / name, tmp_path / "outside")
    (problem,) = problems(corpus_root)
    assert problem.path == corpus_root / "petit" / name
    assert problem.what.en == ("link to a file or a folder outside of the corpus; copy it here")
    assert problem.what.fr == "lien vers un fichier ou un dossier hors du corpus ; copiez-le ici"


def test_a_collection_that_is_a_link_out_of_the_corpus_is_refused(
    corpus_root: Path, tmp_path: Path
) -> None:
    link(corpus_root / "petit", tmp_path / "outside")
    (problem,) = problems(corpus_root)
    assert problem.path == corpus_root / "petit" / C
    assert "outside of the corpus" in problem.what.en


def test_a_corpus_may_be_a_link_and_a_folder_a_link_within(
    corpus_root: Path, tmp_path: Path
) -> None:
    before = read_corpus(corpus_root).hash
    link(corpus_root, tmp_path / "elsewhere")
    assert read_corpus(corpus_root).hash == before
    link(corpus_root / "petit" / "questions", corpus_root / "petit" / "asked")
    assert len(read_corpus(corpus_root).collections[0].questions) == 7


@pytest.mark.parametrize("name", [P1, Q1, S])
@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir], ids=["pipe", "folder"])
def test_what_is_no_file_is_refused_without_waiting_for_it(
    corpus_root: Path, name: str, make: Callable[[Path], None]
) -> None:
    path = corpus_root / "petit" / name
    path.unlink(missing_ok=True)
    make(path)
    (problem,) = problems(corpus_root)
    assert problem.path == path
    assert problem.what.fr == "illisible (ce n'est pas un fichier) ; ôtez-le"
    corpus_hash(corpus_root)


@pytest.mark.parametrize("name", ["practices", "questions"])
def test_a_folder_that_is_a_file_is_refused(corpus_root: Path, name: str) -> None:
    folder = corpus_root / "petit" / name
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.write_text("x")
    (problem,) = problems(corpus_root)
    assert (problem.path, problem.what.en) == (
        folder,
        "can't be read (it is not a folder); see the file and its permissions",
    )


@pytest.mark.parametrize("name", ["practices/._p1.md", "practices/.#p1.md", "questions/._p1.yaml"])
def test_what_other_machines_hide_beside_a_file_does_no_harm(corpus_root: Path, name: str) -> None:
    before = read_corpus(corpus_root)
    (corpus_root / "petit" / name).write_bytes(b"\x00\x05\x16\x07\xff")
    assert read_corpus(corpus_root) == before


@pytest.mark.parametrize(
    "identifier", ["petit-../p1", "petit-/etc/p1", "petit-..", "petit-p1/conseils", "petit-P1"]
)
def test_an_id_is_no_path(corpus_root: Path, identifier: str) -> None:
    path = corpus_root / "petit" / P1
    path.write_text(path.read_text("utf-8").replace("petit-p1", identifier), "utf-8")
    problem = problems(corpus_root)[0]
    assert (problem.path, problem.line) == (path, 2)
    assert problem.what.en.startswith(f"id '{identifier}' refused; write 'petit-' then")


def test_text_beside_a_control_character_is_checked_too(corpus_root: Path) -> None:
    path = corpus_root / "petit" / P1
    text = path.read_text("utf-8").replace("Former", "For\x1bmer").replace("page: 1", "page: un")
    path.write_text(text, "utf-8")
    assert [problem.line for problem in problems(corpus_root)] == [3, 18]


# What any text may make of the four readers: problems, never another error.
bits = st.sampled_from(
    [
        *("---\n", "\n", "\r", "\u2028", "\ufeff", "id: petit-p1\n", "page: 1\n", "title: T\n"),
        *(
            "theme: A\n",
            "source: S\n",
            "contacts:\n- ",
            "## Conseils\n",
            "##Conseils\n",
            "# ",
            "- ",
        ),
        *("&a ", "*a", "? ", ": ", "[", "]", "{", "}", '"', "'", "| \n", "!!int ", "!x ", "..."),
        *(
            "practice: petit-p1\n",
            "fr:\n",
            "en conseils/1:\n",
            "<à remplir, x>",
            " # ",
            "\t",
            "<<: ",
        ),
        *(
            'id = "petit"\n',
            "[[sections]]\n",
            "[import]\n",
            "name",
            " = ",
            '"""',
            "2014-06-19",
            "1e9",
        ),
        *('{"id": "s", "lang": "fr", "text": "ab", "grades": {', '"petit-p1": 2', "}}", "\\ud800"),
        *("e\u0301", "\ud800", "\x00", "\x1b[31m", "\u202e", "٣", "%YAML 1.1\n", "@", "`"),
    ]
)
texts = st.lists(bits | st.text(max_size=6), max_size=30).map("".join)
many = settings(max_examples=300, deadline=None, derandomize=True)


def sound(found: list[Problem], text: str) -> None:
    last = len(re.split("\r\n|\r|\n", text)) + 1
    for problem in found:
        assert problem.what.fr and problem.what.en
        assert not CONTROL.search(problem.what.fr + problem.what.en)
        assert 0 <= problem.line <= last
        assert not FOREIGN.search(re.sub("«.*?»", "", problem.what.fr)), problem.what.fr


@given(texts | texts.map(lambda text: f"{FRONT}{text}\n---\n## Conseils\n\nAgir\n"))
@many
def test_any_text_is_a_practice_or_problems(text: str) -> None:
    found, listed = read_practice(text, Path("p1.md"), PETIT)
    assert (found is None) == bool(listed)
    sound(listed, text)
    if found:
        again, listed = read_practice(format_practice(found.practice), Path("p1.md"), PETIT)
        assert listed == []
        assert again is not None
        assert again.practice == found.practice


@given(texts | texts.map(lambda text: f"practice: petit-p1\nfr:\n- {text}\n"))
@many
def test_any_text_is_questions_or_problems(text: str) -> None:
    questions, listed = parse_questions(text, Path("p1.yaml"), None, {})
    sound(listed, text)
    assert all(question.text and not CONTROL.search(question.text) for question in questions)


@given(texts)
@many
def test_any_text_is_statements_or_problems(text: str) -> None:
    rows, listed = parse_statements(text, Path("statements.jsonl"), named("petit-p1"))
    sound(listed, text)
    assert len(rows) <= text.count("\n") + 1


@given(texts | texts.map(lambda text: f"{FAQ_TOML}\n{text}") | texts.map(lambda t: t + FAQ_TOML))
@many
def test_any_text_is_a_configuration_or_problems(text: str) -> None:
    config, listed = parse_config(text, Path("collection.toml"))
    assert (config is None) == bool(listed)
    sound(listed, text)


@given(st.binary(max_size=60), st.sampled_from([P1, Q1, S, C, "source.txt"]), st.booleans())
@settings(max_examples=80, deadline=None, derandomize=True)
def test_any_bytes_in_any_file_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str, after: bool
) -> None:
    root = tmp_path_factory.mktemp("corpus")
    path = write_corpus(root) / name
    kept = path.read_bytes() if after and path.exists() else b""
    path.write_bytes(kept + data)
    try:
        read_corpus(root)
    except CorpusError as error:
        listed = [problem for problem in error.problems if problem.path == path]
        sound(listed, (kept + data).decode("latin-1"))


def test_a_practice_of_the_smallest_collection_is_written_and_read_back() -> None:
    text = "---\nid: faq-a\ntitle: T\n---\n\n## Réponse\n\nUn\n\n- deux\n"
    practice, _ = parse_practice(text, Path("a.md"), FAQ)
    assert practice is not None
    assert format_practice(practice) == text
