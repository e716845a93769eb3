from __future__ import annotations

import itertools
import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recueil_qa.analysis.passages import corpus_passages
from recueil_qa.corpus import reading
from recueil_qa.corpus.folders import collection_folders, corpus_hash
from recueil_qa.corpus.questions import LANGUAGES, line_places, parse_questions
from recueil_qa.corpus.reading import MAX_ENTRY_BYTES, read_corpus
from recueil_qa.corpus.text_file import MAX_FILE_BYTES, MAX_ROWS_BYTES
from recueil_qa.errors import CorpusError, Problem
from recueil_qa.types import Question
from tests.support.booklet import booklet
from tests.support.collections import ask_of_line, write_corpus, write_faq, write_guide
from tests.support.statements import STATEMENTS, write_lessons

Mend = Callable[[Path], None]

P1 = "practices/p1.md"
Q1 = "questions/p1.yaml"
S = "statements.jsonl"
MORE = "statements/more.jsonl"
COPY = "practices/p1 (copie).md"
PERSONAL = (
    "personal data (e-mail / phone): put it under 'contacts' or remove it",
    "donnée personnelle (courriel / téléphone) : mettez-la sous « contacts » ou retirez-la",
)


def change(name: str, old: str, new: str) -> Mend:
    def edit(folder: Path) -> None:
        path = folder / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")

    return edit


def mark_excerpt(lines: str) -> Mend:
    return change(P1, "page: 1", f"page: 1\nexcerpts:{lines}")


def put(name: str, content: bytes | str) -> Mend:
    def edit(folder: Path) -> None:
        data = content.encode() if isinstance(content, str) else content
        (folder / name).write_bytes(data)

    return edit


def swell(name: str, size: int) -> Mend:
    """Make a file of so many bytes, which takes no room on the disk."""

    def edit(folder: Path) -> None:
        with (folder / name).open("wb") as file:
            file.truncate(size)

    return edit


def copy(name: str, new: str) -> Mend:
    return lambda folder: put(new, (folder / name).read_bytes())(folder)


def remove(name: str) -> Mend:
    return lambda folder: (folder / name).unlink()


def loop(name: str) -> Mend:
    def edit(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).symlink_to(folder / name)

    return edit


def link(name: str) -> Mend:
    def edit(folder: Path) -> None:
        outside = folder.parent.parent / "outside"
        outside.write_bytes((folder / name).read_bytes())
        (folder / name).unlink()
        (folder / name).symlink_to(outside)

    return edit


def link_of_another(name: str) -> Mend:
    """Put a link in the place of a file that a collection need not have."""

    def edit(folder: Path) -> None:
        (folder / name).write_bytes(b"")
        link(name)(folder)

    return edit


def state(**changes: object) -> Mend:
    """Put a file of one statement, a good one but for what is changed."""
    good = {"id": "s1", "lang": "fr", "text": "Trop d'appels", "grades": {"petit-p1": 2}}
    return put(S, json.dumps(good | changes, ensure_ascii=False))


def problems(root: Path) -> tuple[Problem, ...]:
    with pytest.raises(CorpusError) as caught:
        read_corpus(root)
    return caught.value.problems


ALIAS = '[aliases.organisation]\n"Caisse des Ormes" = "CDO"'
REFUSALS: list[tuple[Mend, str, int, str, str]] = [
    (change(P1, "page: 1\n", ""), P1, 1, "add 'page: …' to the front", "ajoutez « page: … »"),
    (change(P1, "theme: Accueil", "theme:"), P1, 5, "add 'theme: …'", "ajoutez « theme: … »"),
    (change(P1, "## Conseils", "## Avis"), P1, 16, "« ## Nos conseils »", "écrivez l'un de"),
    (
        change(P1, "title: Le", "title: Le: "),
        P1,
        4,
        "a text that contains ': ' stands in quotes",
        "guillemets",
    ),
    (change(P1, "sector: commune", "sector: ville"), P1, 7, "one of: « commune »", "« caisse »"),
    (change(P1, "Former tous", "Former trop"), P1, 18, "take the source's", "reprenez le texte"),
    (change(P1, "Former", "For\x1bmer"), P1, 18, "type this line again", "retapez cette ligne"),
    (change(P1, "Former", "For\u202emer"), P1, 18, "type this line again", "retapez cette ligne"),
    (change(P1, "Former", "**For** mer"), P1, 18, "take the source's", "reprenez le texte"),
    (change(P1, "Former tous", "tous"), P1, 18, "take the whole sentence", "la phrase entière"),
    (
        change(P1, "page: 1", "page: 1\nexcerpts: conseils/1"),
        P1,
        4,
        "must be a list",
        "chaque ligne",
    ),
    (
        change(P1, "page: 1", "page: 1\nexcerpts:\n- conseils/9"),
        P1,
        4,
        "no line 'conseils/9'",
        "pas de",
    ),
    (
        change(P1, "page: 1", "page: 1\nexcerpts:\n- conseils/1"),
        P1,
        4,
        "is whole in the",
        "est entière",
    ),
    (change(P1, "title: Le", 'title: "\\e[1m"#'), P1, 4, "type this line again", "retapez cette"),
    (change(P1, "- accueil1", r'- "\u202e" # '), P1, 9, "type this line again", "retapez cette"),
    (put(P1, "a\nÉ".encode("latin-1")), P1, 2, "save it as UTF-8", "enregistrez-le en UTF-8"),
    (put(P1, ""), P1, 1, "the file starts with '---'", "commence par « --- »"),
    (put(P1, b"x" * (MAX_ENTRY_BYTES + 1)), P1, 0, "over 400 kB; cut the file", "plus de 400 ko"),
    (link(P1), P1, 0, "copy it here", "copiez-le ici"),
    (loop(P1), P1, 0, "goes round in circles", "lien qui tourne en rond"),
    (copy(P1, "practices/p4.md"), "practices/p4.md", 2, "is already taken by", "ôtez la copie"),
    (copy(P1, COPY), COPY, 2, "is already taken by petit/practices/p1.md", "pris par petit/pr"),
    (change(P1, "page: 1\n", ""), P1, 1, "is not of the booklet, 'source: …'", "« source: … »"),
    (change(P1, "## Conseils", "## Conseils\n\n- Au 06 12 34 56 78"), P1, 18, *PERSONAL),
    (change(P1, "title: Le", "title: a@exemple.invalid, le"), P1, 4, *PERSONAL),
    (change(Q1, "- Comment", "- Où est a@exemple.invalid ?\n- Comment"), Q1, 3 + 1, *PERSONAL),
    (state(text="Rappelez-moi au +33 6 12 34 56 78"), S, 1, *PERSONAL),
    (
        remove("source.txt"),
        "collection.toml",
        5,
        "not be checked",
        "ne seront alors plus vérifiées",
    ),
    (
        change("collection.toml", 'role = "advice"', f'role = "advice"\n{ALIAS}'),
        *("collection.toml", 18, "letter for letter", "aucune pratique n'a « Caisse des Ormes »"),
    ),
    (change(Q1, "petit-p1", "petit-p9"), Q1, 1, "unknown practice 'petit-p9'", "« practice: »"),
    (
        change(Q1, "practice: petit-p1\n", ""),
        Q1,
        1,
        "write 'practice:' and its id",
        "n'est pas nommée",
    ),
    (change(Q1, "en:", "de:"), Q1, 5, "stand under 'fr:' or 'en:'", "« fr: » ou « en: »"),
    (change(Q1, "fr:\n", "fr: x\nes:\n"), Q1, 2, "expected a list of questions", "une liste"),
    (change(Q1, "- Comment", "- ''\n- Comment"), Q1, 4, "empty question", "question vide"),
    (change(Q1, "- Comment", "- Tri: non\n- Comment"), Q1, 4, "must be a text", "une liste"),
    (change(Q1, "- People", r'- "\uD800" # '), Q1, 6, "type this line again", "retapez cette"),
    (change(Q1, "- People", r'- "\x9b31m" # '), Q1, 6, "type this line again", "retapez cette"),
    (put(Q1, "practice: petit-p1\nfr: " + "[" * 600), Q1, 1, "too many brackets", "crochets"),
    (put(Q1, "practice: &p [petit-p1]\n*p : [x]"), Q1, 1, "not start with '&'", "par « & »"),
    (put(Q1, "practice: ["), Q1, 1, "starts with [", "commence par ["),
    (loop(Q1), Q1, 0, "goes round in circles", "lien qui tourne en rond"),
    (change(Q1, "en:", "en conseils/3:"), Q1, 5, "no line 'conseils/3'", "pas de ligne « conseil"),
    (change(Q1, "en:", "de conseils/2:"), Q1, 5, "under 'fr:' or 'en:'", "« fr: » ou"),
    (put(S, "\n{"), S, 2, "expected one JSON object a line", "un objet JSON par ligne"),
    (put(S, "É".encode("latin-1")), S, 1, "save it as UTF-8", "enregistrez-le en UTF-8"),
    (swell(S, MAX_ROWS_BYTES + 1), S, 0, "over 64 MB; cut the file", "découpez le fichier"),
    (swell(Q1, MAX_FILE_BYTES + 1), Q1, 0, "over 400 kB; cut the file", "découpez le fichier"),
    (state(text="For\u202emer"), S, 1, "type this line again", "retapez cette ligne"),
    (
        state(grades={"petit-p9": 2}),
        S,
        1,
        "unknown practices: petit-p9",
        "pratiques inconnues : petit-p9",
    ),
    (state(grades={"petit-p1": 3}), S, 1, "'grades.petit-p1' refused", "« grades.petit-p1 »"),
    (state(grades={"petit-p1": True}), S, 1, "'grades.petit-p1' refused", "« grades.petit-p1 »"),
    (put(S, '{"id": "\\u001b"}'), S, 1, "type this line again", "retapez cette ligne"),
    (state(**{"not": ["petit-p1"]}), S, 1, "in 'not': petit-p1", "dans « not » : petit-p1"),
    (loop("source.txt"), "collection.toml", 5, "take it out of 'sources'", "retirez-la de"),
    (link("collection.toml"), "collection.toml", 0, "copy it here", "hors du corpus"),
    (link(Q1), Q1, 0, "link to a file or a folder outside of the corpus", "hors du corpus"),
    (link("source.txt"), "source.txt", 0, "outside of the corpus", "hors du corpus"),
    (link_of_another("heads.npz"), "heads.npz", 0, "outside of the corpus", "hors du corpus"),
    (remove("source.txt"), "collection.toml", 5, "take it out of 'sources'", "retirez-la de"),
    (
        put("collection.toml", "id = ?\n"),
        "collection.toml",
        1,
        "a text stands in straight quotes",
        "guillemets droits",
    ),
]


@pytest.mark.parametrize(("damage", "name", "line", "en", "fr"), REFUSALS)
def test_a_refusal_says_where_and_what_to_write(
    corpus_root: Path, damage: Mend, name: str, line: int, en: str, fr: str
) -> None:
    damage(corpus_root / "petit")
    found = problems(corpus_root)
    path = corpus_root / "petit" / name
    # Other files may be refused because of this one.
    problem = next(problem for problem in found if problem.path == path)
    assert problem.line == line
    assert en in problem.what.en
    assert fr in problem.what.fr
    assert problem.located.en.startswith(f"{path}:{line}: " if line else f"{path}: ")


def test_a_theme_that_its_part_doesn_t_have_is_refused(corpus_root: Path) -> None:
    folder = corpus_root / "petit"
    toml = '\n[[parts]]\nname = "A"\nthemes = ["Accueil"]\n[[parts]]\nname = "B"\nthemes = ["Té"]\n'
    change("collection.toml", 'role = "advice"\n', f'role = "advice"\n{toml}')(folder)
    change("practices/p2.md", "theme: Téléphone", "part: A\ntheme: Té")(folder)
    change("practices/p3.md", "theme: Écrit", "part: C\ntheme: Té")(folder)
    wanted = {
        "p2.md": (6, "unknown theme 'Té'; write one of: « Accueil » (see collection.toml)"),
        "p3.md": (5, "unknown part 'C'; write one of: « A », « B » (see collection.toml)"),
    }
    found = {
        problem.path.name: (problem.line, problem.what.en) for problem in problems(corpus_root)
    }
    assert {name: found[name] for name in wanted} == wanted
    assert "p1.md" not in found


def test_every_broken_file_is_listed_at_once_in_order(corpus_root: Path) -> None:
    folder = corpus_root / "petit"
    put("practices/p3.md", "")(folder)
    change("practices/p1.md", "title:", "titre:")(folder)
    change("practices/p2.md", "Compter les", "Conter des")(folder)
    change("practices/p2.md", "Limiter le", "Limiter ce")(folder)
    put("questions/p2.yaml", "practice: [")(folder)
    remove("questions/p1.yaml")(folder)
    remove("questions/p3.yaml")(folder)
    with pytest.raises(CorpusError) as caught:
        read_corpus(corpus_root)
    told = [(problem.path.name, problem.line) for problem in caught.value.problems]
    assert told == [
        ("p1.md", 1),
        ("p1.md", 4),
        ("p2.md", 18),
        ("p2.md", 19),
        ("p3.md", 1),
        ("p2.yaml", 1),
    ]
    lines = str(caught.value).split("\n  ")
    assert lines[0] == "The corpus is refused, 6 problem(s) to mend:"
    assert lines[1:] == [problem.located.en for problem in caught.value.problems]
    assert caught.value.fr.startswith("Le corpus est refusé, 6 problème(s) à corriger :")


@pytest.mark.parametrize(
    "text", ["Comment réunir nos accueils ?", "comment  RÉUNIR nos accueils ?"]
)
def test_a_question_belongs_to_one_practice(corpus_root: Path, text: str) -> None:
    change("questions/p2.yaml", "fr:\n", f"fr:\n- {text}\n")(corpus_root / "petit")
    (problem,) = problems(corpus_root)
    assert (problem.path, problem.line) == (corpus_root / "petit" / "questions/p2.yaml", 3)
    assert problem.what.en == (
        f"the question '{' '.join(text.split())}' is already given by petit-p1/questions/fr/2; "
        "keep one"
    )


def test_a_question_belongs_to_one_language_and_is_asked_once(corpus_root: Path) -> None:
    folder = corpus_root / "petit"
    change(Q1, "en:\n", "en:\n- Les gens vont de bureau en bureau\n")(folder)
    change("questions/p3.yaml", "en:\n", "- Nos lettres sont incompréhensibles\nen:\n")(folder)
    assert [(problem.path.name, problem.what.en) for problem in problems(corpus_root)] == [
        (
            f"{name}.yaml",
            f"the question '{text}' is already given by petit-{name}/questions/fr/1; keep one",
        )
        for name, text in (
            ("p1", "Les gens vont de bureau en bureau"),
            ("p3", "Nos lettres sont incompréhensibles"),
        )
    ]


def test_the_questions_of_a_practice_that_is_refused_are_not_at_fault(corpus_root: Path) -> None:
    change(P1, "theme: Accueil", "theme:")(corpus_root / "petit")
    (problem,) = problems(corpus_root)
    assert (problem.path, problem.line) == (corpus_root / "petit" / P1, 5)


def test_line_questions_and_statements_of_a_practice_that_is_refused_are_not_at_fault(
    corpus_root: Path,
) -> None:
    folder = corpus_root / "petit"
    ask_of_line(folder, 1, "fr conseils/1", "Qui former ?")
    state()(folder)
    change(P1, "theme: Accueil", "theme:")(folder)
    (problem,) = problems(corpus_root)
    assert (problem.path, problem.line) == (folder / P1, 5)


@pytest.mark.parametrize("page", [1, 2])
def test_a_question_belongs_to_one_line(corpus_root: Path, page: int) -> None:
    folder = corpus_root / "petit"
    ask_of_line(folder, 1, "fr conseils/1", "Qui former ?")
    path = ask_of_line(folder, page, "fr conseils/2", "Autre ?", "qui  former ?")
    (problem,) = problems(corpus_root)
    assert (problem.path, problem.line) == (path, len(path.read_text("utf-8").splitlines()))
    assert problem.what.en == (
        "the question 'qui former ?' is already given by "
        "petit-p1/questions/fr/conseils/1/1; keep one"
    )


@pytest.mark.parametrize("key", ["fr", "en", "fr conseils/1"])
@pytest.mark.parametrize("text", ["Les gens vont de bureau en bureau", "Où aller ?"])
def test_a_second_file_of_questions_for_one_practice_is_refused(
    corpus_root: Path, key: str, text: str
) -> None:
    """Its ids could be those of the first, and a twin of another id goes unseen."""
    folder = corpus_root / "petit"
    put("questions/p2-bis.yaml", f"practice: petit-p1\n{key}:\n- {text}\n")(folder)
    problem = problems(corpus_root)[0]
    assert (problem.path, problem.line) == (folder / "questions/p2-bis.yaml", 0)
    assert problem.what.en == (
        "the questions of petit-p1 are already in p1.yaml; put them into one file"
    )
    assert problem.what.fr == (
        "les questions de petit-p1 sont déjà dans p1.yaml ; réunissez-les dans un fichier"
    )


def test_statements_stand_under_each_practice_that_helps_or_nowhere(corpus_root: Path) -> None:
    (corpus_root / "petit" / S).write_text("\n".join(map(json.dumps, STATEMENTS)), "utf-8")
    (collection,) = read_corpus(corpus_root).collections
    assert [statement.id for statement in collection.statements] == ["s001", "s002", "s003", "s004"]
    assert [statement.text for statement in collection.statements] == [
        row["text"] for row in STATEMENTS
    ]
    assert {
        practice: [(statement.id, statement.grades[practice]) for statement in statements]
        for practice, statements in collection.statements_by_practice.items()
    } == {
        "petit-p1": [("s001", 2)],
        "petit-p2": [("s002", 2)],
        "petit-p3": [("s001", 1)],
    }
    assert collection.unanswered == ("Le parking déborde", "The **roof** leaks")
    assert collection.questions_by_practice.keys() == {"petit-p1", "petit-p2", "petit-p3"}


def test_a_collection_needs_no_statements(corpus_root: Path) -> None:
    put(S, "\n\n")(corpus_root / "petit")
    write_faq(corpus_root)
    for collection in read_corpus(corpus_root).collections:
        assert (collection.statements, collection.unanswered) == ((), ())
        assert collection.statements_by_practice == {}


def test_a_statement_is_judged_against_the_practices_of_its_collection(corpus_root: Path) -> None:
    path = write_faq(corpus_root) / S
    state()(path.parent)
    (problem,) = problems(corpus_root)
    assert (problem.path, problem.line) == (path, 1)
    state(grades={"faq-carte": 1})(path.parent)
    state()(corpus_root / "petit")
    # Under practices of two collections, the same id and text are no trouble.
    faq, petit = read_corpus(corpus_root).collections
    assert [row.id for row in faq.statements] == [row.id for row in petit.statements] == ["s1"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / S).symlink_to(folder / S),
        lambda folder: (folder / S).symlink_to(folder / "nowhere"),
        lambda folder: (folder / S).mkdir(),
    ],
    ids=["loop", "dangling", "folder"],
)
def test_statements_that_can_t_be_read_are_refused(corpus_root: Path, damage: Mend) -> None:
    damage(corpus_root / "petit")
    (problem,) = problems(corpus_root)
    assert (problem.path, problem.line) == (corpus_root / "petit" / S, 0)
    assert problem.what.en.startswith("can't be read (")
    assert problem.what.fr.startswith("illisible (")


def test_statements_outside_of_the_corpus_are_refused(corpus_root: Path) -> None:
    state()(corpus_root / "petit")
    link(S)(corpus_root / "petit")
    (problem,) = problems(corpus_root)
    assert problem.path == corpus_root / "petit" / S
    assert problem.what.en == "link to a file or a folder outside of the corpus; copy it here"


def teach(folder: Path, *rows: dict[str, object], name: str = "more") -> Path:
    """Write statements that are learnt from only, good ones but for what is given."""
    good: dict[str, object] = {"id": "m1", "lang": "fr", "text": "Le toit fuit", "grades": {}}
    return write_lessons(folder, [good | row for row in rows or ({},)], name)


def test_statements_of_the_folder_are_learnt_from_and_not_searched(corpus_root: Path) -> None:
    folder = corpus_root / "petit"
    (folder / S).write_text("\n".join(map(json.dumps, STATEMENTS)), "utf-8")
    before = read_corpus(corpus_root)
    teach(folder, {"id": "z1", "text": "Dernier"}, name="z")
    teach(folder, {"id": "a1"}, {"id": "a2", "text": "Trop d'appels", "grades": {"petit-p2": 2}},
          name="a")  # fmt: skip
    after = read_corpus(corpus_root)
    (was,), (collection,) = before.collections, after.collections
    assert was.learnt == ()
    assert was.lessons == was.statements
    # File by file in the order of their names, after those that are searched.
    assert [row.id for row in collection.learnt] == ["a1", "a2", "z1"]
    assert collection.lessons == collection.statements + collection.learnt
    assert collection.statements == was.statements
    assert collection.statements_by_practice == was.statements_by_practice
    assert collection.unanswered == was.unanswered
    assert corpus_passages(after) == corpus_passages(before)
    assert after.hash != before.hash


def test_a_collection_may_have_statements_to_learn_from_alone(corpus_root: Path) -> None:
    teach(
        corpus_root / "petit", {}, {"id": "m2", "text": "Trop d'appels", "grades": {"petit-p2": 2}}
    )
    (collection,) = read_corpus(corpus_root).collections
    assert (collection.statements, collection.unanswered) == ((), ())
    assert [row.id for row in collection.learnt] == ["m1", "m2"]


def test_each_file_of_statements_counts_in_the_hash(corpus_root: Path) -> None:
    folder = corpus_root / "petit"
    hashes = [corpus_hash(corpus_root)]
    path = teach(folder)
    hashes.append(corpus_hash(corpus_root))
    path.write_text(path.read_text("utf-8").replace("fuit", "coule"), "utf-8")
    hashes.append(corpus_hash(corpus_root))
    path.rename(folder / "statements" / "other.jsonl")
    hashes.append(corpus_hash(corpus_root))
    assert len({*hashes}) == 4
    # What a desktop leaves there isn't read.
    (folder / "statements" / ".more.jsonl").write_text("{", "utf-8")
    (folder / "statements" / ".DS_Store").write_bytes(b"\0")
    assert corpus_hash(corpus_root) == hashes[-1] == read_corpus(corpus_root).hash


@pytest.mark.parametrize(
    ("changes", "listed"),
    [
        (
            {"grades": {"petit-p9": 2}},
            ["unknown practices: petit-p9; mend their id, or remove them"],
        ),
        ({"grades": {"petit-p1": 3}}, ["'grades.petit-p1' refused (expected 1 or 2, without quot"]),
        ({"group": "g 1"}, ["'group' refused (expected at most 60 unaccented letters, digits or"]),
        ({"id": "s001"}, [f"'id' is already that of line 1 of {S}: 's001'; keep one"]),
        ({"id": "a1"}, ["'id' is already that of line 1 of a.jsonl: 'a1'; keep one"]),
        (
            {"text": "Le PARKING  déborde"},
            [f"'text' is already that of line 3 of {S}: 'le parking"],
        ),
        ({"text": "Rappelez-moi au +33 6 12 34 56 78"}, [PERSONAL[0]]),
    ],
)
def test_statements_of_the_folder_are_judged_as_the_others(
    corpus_root: Path, changes: dict[str, object], listed: list[str]
) -> None:
    folder = corpus_root / "petit"
    (folder / S).write_text("\n".join(map(json.dumps, STATEMENTS)), "utf-8")
    teach(folder, {"id": "a1", "text": "Premier"}, name="a")
    path = teach(folder, {}, {"id": "m2", "text": "Deuxième"} | changes)
    found = problems(corpus_root)
    assert [(problem.path, problem.line) for problem in found] == [(path, 2)] * len(listed)
    for problem, start in zip(found, listed, strict=True):
        assert problem.what.en.startswith(start)


def test_statements_of_two_collections_may_be_the_same(corpus_root: Path) -> None:
    for folder in (corpus_root / "petit", write_guide(corpus_root)):
        teach(folder)
    assert [len(each.learnt) for each in read_corpus(corpus_root).collections] == [1, 1]


def test_statements_to_learn_from_of_a_practice_that_is_refused_are_not_at_fault(
    corpus_root: Path,
) -> None:
    folder = corpus_root / "petit"
    teach(folder, {"grades": {"petit-p1": 2}})
    change(P1, "theme: Accueil", "theme:")(folder)
    (problem,) = problems(corpus_root)
    assert (problem.path, problem.line) == (folder / P1, 5)


FOLDERS: list[tuple[Mend, str, str]] = [
    (put("statements/more.json", "{}"), "more.json", "rename it to .jsonl or move it"),
    (put("statements/README.md", "x"), "README.md", "rename it to .jsonl or move it"),
    (loop(MORE), "more.jsonl", "can't be read ("),
    (link(MORE), "more.jsonl", "outside of the corpus; copy it here"),
    (lambda folder: (folder / "statements/x.jsonl").mkdir(), "x.jsonl", "it is not a file"),
    (put(MORE, "É".encode("latin-1")), "more.jsonl", "save it as UTF-8"),
    (put(MORE, "{"), "more.jsonl", "expected one JSON object a line"),
    (swell(MORE, MAX_ROWS_BYTES + 1), "more.jsonl", "over 64 MB; cut the file"),
]


@pytest.mark.parametrize(("damage", "name", "en"), FOLDERS)
def test_files_of_statements_that_can_t_be_read_are_refused(
    corpus_root: Path, damage: Mend, name: str, en: str
) -> None:
    folder = corpus_root / "petit"
    teach(folder)
    damage(folder)
    (problem,) = problems(corpus_root)
    assert problem.path == folder / "statements" / name
    assert en in problem.what.en


def test_a_folder_of_statements_outside_of_the_corpus_is_refused(
    corpus_root: Path, tmp_path: Path
) -> None:
    folder = corpus_root / "petit"
    teach(folder)
    (folder / "statements").rename(tmp_path / "outside")
    (folder / "statements").symlink_to(tmp_path / "outside")
    (problem,) = problems(corpus_root)
    assert problem.path == folder / "statements"
    assert problem.what.en == "link to a file or a folder outside of the corpus; copy it here"


def test_a_file_in_the_place_of_the_folder_is_refused(corpus_root: Path) -> None:
    put("statements", "x")(corpus_root / "petit")
    (problem,) = problems(corpus_root)
    assert problem.path == corpus_root / "petit" / "statements"
    assert problem.what.en.startswith("can't be read (")


def test_a_table_of_rows_may_be_larger_than_a_text(corpus_root: Path) -> None:
    folder = corpus_root / "petit"
    path = teach(folder)
    path.write_bytes(path.read_bytes() + b"\n" * MAX_FILE_BYTES)
    assert [row.id for row in read_corpus(corpus_root).collections[0].learnt] == ["m1"]


def test_no_collection_and_no_practice_are_refused(corpus_root: Path, tmp_path: Path) -> None:
    for root in (tmp_path / "nowhere", tmp_path, corpus_root / "petit" / "practices"):
        (problem,) = problems(root)
        assert problem.path == root
        assert problem.what.en.endswith("give --corpus")
    shutil.rmtree(corpus_root / "petit" / "practices")
    shutil.rmtree(corpus_root / "petit" / "questions")
    (problem,) = problems(corpus_root)
    assert problem.path == corpus_root / "petit" / "practices"
    assert problem.what.en == "no practice; add at least one .md file (recueil-qa new practice)"


def test_two_collections_can_t_share_an_id(corpus_root: Path) -> None:
    shutil.copytree(corpus_root / "petit", corpus_root / "second")
    found = problems(corpus_root)
    taken = {
        problem.what.en.split("'")[1]: problem.path
        for problem in found
        if "is already taken by" in problem.what.en
    }
    assert taken["petit"] == corpus_root / "second" / "collection.toml"
    assert taken["petit-p1"] == corpus_root / "second" / P1


@pytest.mark.parametrize("name", [P1, Q1, "source.txt", "collection.toml"])
def test_a_byte_order_mark_and_windows_line_ends_are_accepted(corpus_root: Path, name: str) -> None:
    before = read_corpus(corpus_root)
    path = corpus_root / "petit" / name
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    after = read_corpus(corpus_root)
    assert after.collections == before.collections
    assert after.hash != before.hash


def test_statements_with_windows_line_ends_are_accepted(corpus_root: Path) -> None:
    state()(corpus_root / "petit")
    before = read_corpus(corpus_root)
    path = corpus_root / "petit" / S
    path.write_bytes(path.read_bytes() + b"\r\n\r\n")
    after = read_corpus(corpus_root)
    assert after.collections == before.collections
    assert after.hash != before.hash


def test_statements_with_a_byte_order_mark_are_accepted(corpus_root: Path) -> None:
    state()(corpus_root / "petit")
    before = read_corpus(corpus_root)
    path = corpus_root / "petit" / S
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_corpus(corpus_root).collections == before.collections


def test_a_link_inside_the_corpus_is_followed(corpus_root: Path) -> None:
    folder = corpus_root / "petit"
    (folder / P1).rename(folder / "p1.text")
    (folder / P1).symlink_to(folder / "p1.text")
    assert len(read_corpus(corpus_root).collections[0].practices) == 3


def test_practices_and_questions_stand_in_the_order_of_ids(corpus_root: Path) -> None:
    folder = corpus_root / "petit"
    (folder / "practices/p3.md").rename(folder / "practices/a.md")
    (folder / "questions/p3.yaml").rename(folder / "questions/a.yaml")
    (collection,) = read_corpus(corpus_root).collections
    assert [practice.id for practice in collection.practices] == [
        "petit-p1",
        "petit-p2",
        "petit-p3",
    ]
    assert [question.id.removeprefix("petit-") for question in collection.questions] == [
        "p1/questions/fr/1",
        "p1/questions/fr/2",
        "p1/questions/en/1",
        "p2/questions/fr/1",
        "p2/questions/en/1",
        "p3/questions/fr/1",
        "p3/questions/en/1",
    ]
    assert collection.questions[2] == Question(
        "petit-p1/questions/en/1", "petit-p1", "en", "People go from desk to desk"
    )


def test_collections_stand_in_the_order_of_their_folders(corpus_root: Path) -> None:
    write_faq(corpus_root)
    corpus = read_corpus(corpus_root)
    assert [collection.config.id for collection in corpus.collections] == ["faq", "petit"]
    assert corpus.collections[0].questions == ()
    assert collection_folders(corpus_root / "faq") == [corpus_root / "faq"]
    assert read_corpus(corpus_root / "faq").collections == corpus.collections[:1]


def test_the_hash_follows_every_byte_and_every_name(corpus_root: Path) -> None:
    folder = corpus_root / "petit"
    state()(folder)
    seen = [corpus_hash(corpus_root)]
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        kept = path.read_bytes()
        path.write_bytes(kept + b"\n")
        seen.append(corpus_hash(corpus_root))
        path.write_bytes(kept)
        if path.parent != folder:
            moved = path.rename(path.with_stem("autre"))
            seen.append(corpus_hash(corpus_root))
            moved.rename(path)
    practice = (folder / P1).read_bytes()
    for place in range(0, len(practice), 10):
        changed = bytes([practice[place] ^ 1])
        (folder / P1).write_bytes(practice[:place] + changed + practice[place + 1 :])
        seen.append(corpus_hash(corpus_root))
    assert len(set(seen)) == len(seen) > 1 + 9 + 6


def test_the_hash_covers_a_source_of_any_name_and_no_hidden_file(corpus_root: Path) -> None:
    folder = corpus_root / "petit"
    (folder / "source.txt").rename(folder / "livret.ocr")
    change("collection.toml", "source.txt", "livret.ocr")(folder)
    before = read_corpus(corpus_root).hash
    for name in (".livret.ocr.swp", "practices/.p1.md.swp"):
        put(name, "x")(folder)
    assert corpus_hash(corpus_root) == before
    change("livret.ocr", "Le guichet", "Un guichet")(folder)
    assert read_corpus(corpus_root).hash != before


def test_what_is_no_file_beside_a_source_does_no_harm(corpus_root: Path) -> None:
    folder = corpus_root / "petit"
    before = read_corpus(corpus_root)
    (folder / "dossier.txt").mkdir()
    (folder / "perdu.txt").symlink_to(folder / "nowhere")
    (folder / "boucle.txt").symlink_to(folder / "boucle.txt")
    assert read_corpus(corpus_root) == before


def test_the_hash_doesn_t_depend_on_where_the_corpus_is(corpus_root: Path, tmp_path: Path) -> None:
    write_corpus(tmp_path / "ailleurs" / "corpus")
    assert corpus_hash(tmp_path / "ailleurs" / "corpus") == corpus_hash(corpus_root)
    assert read_corpus(corpus_root).hash == corpus_hash(corpus_root)


def test_the_committed_corpus_is_valid_and_whole() -> None:
    collection = booklet()
    assert collection.config.id == "recueil-2014"
    ids = [practice.id for practice in collection.practices]
    assert len(ids) == len(set(ids)) == 47
    general = [question for question in collection.questions if not question.line]
    assert len(general) == 1034
    assert Counter(question.practice for question in general) == dict.fromkeys(ids, 22)
    assert Counter(question.language for question in general) == {"fr": 658, "en": 376}
    of_lines = [question for question in collection.questions if question.line]
    assert len({question.id for question in collection.questions}) == len(general) + len(of_lines)
    assert {question.practice for question in of_lines} == {*ids}
    lines = {
        f"{practice.id}/{place}"
        for practice in collection.practices
        for place in line_places(practice)
    }
    asked = {
        language: {f"{q.practice}/{q.line}" for q in of_lines if q.language == language}
        for language in LANGUAGES
    }
    # The same lines in both languages, and most of the lines there are.
    assert asked["fr"] == asked["en"] <= lines
    assert len(asked["fr"]) > len(lines) / 2


def test_the_committed_statements_are_judged_whole() -> None:
    collection = booklet()
    text = (collection.path / S).read_text("utf-8")
    assert len(collection.statements) == len(text.splitlines())
    practices = {practice.id for practice in collection.practices}
    assert collection.statements_by_practice.keys() == practices
    for language in LANGUAGES:
        rows = [row for row in collection.statements if row.language == language]
        assert {grade for row in rows for grade in row.grades.values()} == {1, 2}
        assert any(not row.grades for row in rows)


@pytest.mark.parametrize(
    ("name", "suffix"), [("practices/p4.markdown", ".md"), ("questions/p3.yml", ".yaml")]
)
def test_a_file_that_would_be_passed_over_is_refused(
    corpus_root: Path, name: str, suffix: str
) -> None:
    path = corpus_root / "petit" / name
    path.write_text("x", "utf-8")
    with pytest.raises(CorpusError) as refused:
        read_corpus(corpus_root)
    assert [(problem.path, problem.what.en) for problem in refused.value.problems] == [
        (path, f"this file would be ignored; rename it to {suffix} or move it")
    ]


def test_a_file_saved_while_it_is_read_is_read_again(
    corpus_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = corpus_root / "petit" / "questions" / "p1.yaml"
    edits = iter(["Où aller ?", "Par où entrer ?"])

    def meanwhile(*arguments: Any) -> Any:
        found = parse_questions(*arguments)
        if text := next(edits, ""):
            path.write_text(f"practice: petit-p1\nfr:\n- {text}\n", "utf-8")
        return found

    monkeypatch.setattr(reading, "parse_questions", meanwhile)
    found = read_corpus(corpus_root)
    assert found.hash == corpus_hash(corpus_root)
    assert found.collections[0].questions[0].text == "Par où entrer ?"


def test_files_that_never_stand_still_are_told(
    corpus_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashes = map(str, itertools.count())
    monkeypatch.setattr(reading, "corpus_hash", lambda _: next(hashes))
    with pytest.raises(CorpusError, match="files change all the time"):
        read_corpus(corpus_root)


def test_a_link_out_of_the_corpus_is_in_no_hash(corpus_root: Path, tmp_path: Path) -> None:
    before = corpus_hash(corpus_root)
    (tmp_path / "secret.txt").write_text("secret", "utf-8")
    (corpus_root / "petit" / "notes.txt").symlink_to(tmp_path / "secret.txt")
    assert corpus_hash(corpus_root) == before
