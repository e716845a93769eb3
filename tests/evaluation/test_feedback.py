from __future__ import annotations

import datetime
import hashlib
import json
import re
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import FrozenInstanceError, asdict, fields
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import recueil_qa.evaluation.feedback
from recueil_qa.cli.feedback import TEXTS
from recueil_qa.cli.main import main
from recueil_qa.errors import FeedbackError
from recueil_qa.evaluation.feedback import Feedback, FeedbackStore
from recueil_qa.evaluation.proposals import Candidates, candidates
from recueil_qa.evaluation.rows import QueryRow, read_data, read_rows
from tests.support.command_line import Run, loaded_by, refused
from tests.support.feedback import ANY_FEEDBACK, ANY_TEXT, run, said, store
from tests.support.folders import all_contents
from tests.support.waiting import PATIENCE

__all__ = ["run", "store"]  # fixtures

FILES = ["qrels.tsv", "queries.jsonl", "to_judge.jsonl", "unanswerable.jsonl"]


def test_feedback_comes_back_whole_in_the_order_given(store: FeedbackStore) -> None:
    given = (
        said("up", "recueil-2014-p23", comment="très utile", shown=("recueil-2014-p23", "x")),
        said("down", language="en", build="b2", answered=False, shown=()),
        said("down", language="en", build="b2", answered=False, shown=()),
    )
    for feedback in given:
        store.add(feedback)
    assert store.all() == given
    assert store.count() == 3
    assert [p.name for p in store.path.parent.iterdir()] == ["feedback.sqlite3"]


def test_a_feedback_tells_nothing_of_who_gave_it() -> None:
    assert {field.name for field in fields(Feedback)} == {
        "question", "verdict", "target", "comment", "language", "build", "at", "answered", "shown",
    }  # fmt: skip
    with pytest.raises(FrozenInstanceError):
        said("up").comment = "mine"  # type: ignore[misc]


@settings(deadline=None)  # each writes to the disk
@given(ANY_TEXT, ANY_TEXT, ANY_TEXT, st.lists(ANY_TEXT, max_size=3))
def test_any_text_is_kept_as_it_was_cleaned(
    tmp_path_factory: pytest.TempPathFactory,
    question: str, comment: str, name: str, shown: list[str],
) -> None:  # fmt: skip
    store = FeedbackStore(tmp_path_factory.mktemp("any") / "f")
    feedback = said(
        "up", name, question, comment=comment, language=name, build=name, shown=tuple(shown)
    )
    store.add(feedback)
    assert store.all() == (feedback,)
    json.dumps(asdict(feedback), ensure_ascii=False).encode("utf-8")
    shutil.rmtree(store.path.parent)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  trop \t d'appels\r\n\nau\x00 guichet\x1b[31m ", "trop d'appels au guichet [31m"),
        ("a\ud800b\udfff", "ab"),
        ("\u202egnp.exe \ufeff\u200b", "gnp.exe"),
        ("e\u0301te\u0301", "été"),
        ("l1\u2028l2\u00a0?", "l1 l2 ?"),
        ("👩\u200d👧", "👩\u200d👧"),
        (" \n\x07", ""),
    ],
)
def test_texts_are_one_clean_line(text: str, kept: str) -> None:
    feedback = said("up", text, text, comment=text, language=text, build=text, shown=(text,))
    assert (feedback.question, feedback.comment, feedback.target) == (kept, kept, kept)
    assert (feedback.language, feedback.build, feedback.shown) == (kept, kept, (kept,))


def test_texts_are_cut_at_their_bounds() -> None:
    endless = "é" * 30_000
    feedback = said("up", endless, endless, comment=endless, build=endless, shown=(endless,) * 500)
    assert (feedback.question, feedback.comment) == ("é" * 20_000, "é" * 1_000)
    assert (feedback.target, feedback.build) == ("é" * 200, "é" * 200)
    assert feedback.shown == ("é" * 200,) * 100
    assert said("up", comment="x" * 999 + " y").comment == "x" * 999


@pytest.mark.parametrize(
    ("at", "kept"),
    [
        ("2026-03-04T05:06:07.891+02:00", "2026-03-04T03:06:07+00:00"),
        ("2026-03-04T05:06:07Z", "2026-03-04T05:06:07+00:00"),
        ("2026-03-04T05:06:07", "2026-03-04T05:06:07+00:00"),
    ],
)
def test_a_moment_is_kept_in_utc(at: str, kept: str) -> None:
    assert said("up", at=at).at == kept


def test_without_a_moment_it_is_now() -> None:
    before = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    at = datetime.datetime.fromisoformat(said("up", at="").at)
    assert before <= at <= datetime.datetime.now(datetime.UTC)
    assert at.utcoffset() == datetime.timedelta(0)


def test_a_verdict_is_up_or_down_and_a_moment_is_a_date() -> None:
    with pytest.raises(ValueError, match="'up' or 'down', not 'maybe'"):
        said("maybe")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="yesterday"):
        said("up", at="yesterday")


@pytest.mark.parametrize("name", ["f", "no/f", "file/f"])
def test_reading_what_does_not_exist_gives_nothing_and_makes_nothing(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / "file").write_text("mine", "utf-8")
    store = FeedbackStore(tmp_path / name)
    assert (store.all(), store.count(), store.clear()) == ((), 0, 0)
    assert all_contents(tmp_path) == {"file": b"mine"}


def test_an_empty_file_is_a_store_to_begin(store: FeedbackStore) -> None:
    store.path.touch()
    assert (store.all(), store.count(), store.clear()) == ((), 0, 0)
    assert store.path.read_bytes() == b""
    store.add(said("up"))
    assert store.all() == (said("up"),)


def test_a_path_with_odd_letters_is_a_path(tmp_path: Path) -> None:
    folder = tmp_path / "à %20 ?mode=ro #1"
    folder.mkdir()
    FeedbackStore(folder / "f").add(said("up"))
    assert FeedbackStore(folder / "f").count() == 1
    assert [*all_contents(tmp_path)] == ["à %20 ?mode=ro #1/f"]


def test_eight_threads_writing_at_once_lose_nothing(store: FeedbackStore) -> None:
    def write(thread: int) -> None:
        for number in range(6):
            store.add(said("up", comment=f"{thread}/{number}"))

    with ThreadPoolExecutor(8) as pool:
        assert [*pool.map(write, range(8))] == [None] * 8
    comments = [feedback.comment for feedback in store.all()]
    assert sorted(comments) == [f"{thread}/{n}" for thread in range(8) for n in range(6)]
    for thread in "01234567":
        mine = [comment for comment in comments if comment[0] == thread]
        assert mine == sorted(mine)


def test_several_programs_writing_at_once_lose_nothing(store: FeedbackStore) -> None:
    code = (
        "import sys; from pathlib import Path; from recueil_qa.evaluation.feedback import *\n"
        "for n in range(5):\n"
        "    FeedbackStore(Path(sys.argv[1])).add(Feedback('q', 'up', comment=sys.argv[2],\n"
        "        language='fr', build='b', answered=True))"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(store.path), name]) for name in "abc"
    ]
    assert [program.wait(PATIENCE) for program in started] == [0, 0, 0]
    assert sorted(feedback.comment for feedback in store.all()) == [*"aaaaabbbbbccccc"]


def test_what_a_crash_left_half_written_is_undone_by_the_next_reader(store: FeedbackStore) -> None:
    store.add(said("up"))
    code = (
        "import os, sqlite3, sys; other = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "other.execute('PRAGMA cache_size = 1')  # pages go to the disk before the commit\n"
        "other.execute('BEGIN')\n"
        "other.execute('UPDATE feedback SET question = ?', ('x' * 50_000,))\n"
        "os._exit(0)"
    )
    before = store.path.stat().st_size
    subprocess.run([sys.executable, "-c", code, str(store.path)], check=True, timeout=PATIENCE)
    journal = store.path.with_name("feedback.sqlite3-journal")
    assert journal.exists()
    assert store.path.stat().st_size > before
    assert store.all() == (said("up"),)
    assert not journal.exists()


def test_clearing_erases_the_words_too_and_what_comes_next_is_kept(store: FeedbackStore) -> None:
    for _ in range(3):
        store.add(said("up", question="mon secret de bureau"))
    assert b"mon secret de bureau" in store.path.read_bytes()
    assert store.clear() == 3
    assert (store.all(), store.count(), store.clear()) == ((), 0, 0)
    assert b"secret" not in store.path.read_bytes()
    store.add(said("down"))
    assert store.all() == (said("down"),)


def database(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def unusable(store: FeedbackStore, fr: str, en: str) -> None:
    """Check that every method refuses in both languages, and changes nothing beside or in it."""
    folder = store.path.parent
    before = all_contents(folder)
    for method in (lambda: store.add(said("up")), store.all, store.count, store.clear):
        with pytest.raises(FeedbackError) as caught:
            method()
        assert caught.value.fr.startswith(f"{store.path} : ")
        assert caught.value.en.startswith(f"{store.path}: ")
        assert "rien n'a changé" in caught.value.fr
        assert "nothing has changed" in caught.value.en
        assert caught.value.fr.endswith(fr)
        assert caught.value.en.endswith(en)
    assert all_contents(folder) == before


@pytest.mark.parametrize(
    "held", [b"mine", b"x" * 5_000, b"SQLite format 4\0" + b"\0" * 5_000], ids=len
)
def test_a_file_that_is_no_database_is_left_alone(store: FeedbackStore, held: bytes) -> None:
    store.path.write_bytes(held)
    unusable(
        store,
        "ce n'est pas un fichier d'avis. Remède : déplacez-le ou réglez RECUEIL_FEEDBACK_FILE",
        "it is not a file of feedback. Mend it with: move it away or set RECUEIL_FEEDBACK_FILE",
    )


@pytest.mark.parametrize("version", [0, 1])
def test_a_database_of_something_else_is_left_alone(store: FeedbackStore, version: int) -> None:
    database(store.path, "CREATE TABLE other (x)", f"PRAGMA user_version = {version}")
    unusable(store, "ou réglez RECUEIL_FEEDBACK_FILE", "or set RECUEIL_FEEDBACK_FILE")


def test_a_store_of_a_newer_version_is_left_alone(store: FeedbackStore) -> None:
    store.add(said("up"))
    database(store.path, "PRAGMA user_version = 2")
    unusable(
        store,
        "avis d'une version plus récente (2, attendu 1) ; rien n'a changé. Remède : "
        "installez le recueil-qa plus récent ou réglez RECUEIL_FEEDBACK_FILE",
        "feedback of a newer version (2, expected 1); nothing has changed. Mend it with: "
        "install the newer recueil-qa or set RECUEIL_FEEDBACK_FILE",
    )
    database(store.path, "PRAGMA user_version = 1")
    assert store.all() == (said("up"),)


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "f" / "inside").mkdir(parents=True)
    unusable(
        FeedbackStore(tmp_path / "f"),
        "voyez le dossier et les droits, ou réglez RECUEIL_FEEDBACK_FILE",
        "see the folder and the permissions, or set RECUEIL_FEEDBACK_FILE",
    )
    assert (tmp_path / "f" / "inside").is_dir()


@pytest.mark.parametrize("name", ["no/f", "file/f", "x" * 300])
def test_a_place_that_cannot_hold_it_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("mine", "utf-8")
    store = FeedbackStore(tmp_path / name)
    with pytest.raises(FeedbackError) as caught:
        store.add(said("up"))
    assert caught.value.fr == (
        f"{store.path} : avis impossibles à lire ou à garder (détail technique : unable to open "
        "database file) ; rien n'a changé. Remède : voyez le dossier et les droits, ou réglez "
        "RECUEIL_FEEDBACK_FILE"
    )
    assert caught.value.en == (
        f"{store.path}: feedback can't be read or kept (unable to open database file); "
        "nothing has changed. Mend it with: see the folder and the permissions, or set "
        "RECUEIL_FEEDBACK_FILE"
    )
    assert all_contents(tmp_path) == {"file": b"mine"}


def test_a_name_that_the_system_refuses_is_told_when_reading_too(tmp_path: Path) -> None:
    with pytest.raises(FeedbackError, match="File name too long") as caught:
        FeedbackStore(tmp_path / ("x" * 300)).all()
    assert "impossibles à lire ou à garder (nom trop long) ; " in caught.value.fr


def test_a_read_only_store_is_read_and_what_cannot_be_added_is_told(
    store: FeedbackStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add(said("up"))
    before, connect = store.path.read_bytes(), sqlite3.connect

    def read_only(address: str, **options: Any) -> sqlite3.Connection:
        # Not chmod: it stops no administrator.
        opened: sqlite3.Connection = connect(f"{address.partition('?')[0]}?mode=ro", **options)
        return opened

    monkeypatch.setattr(sqlite3, "connect", read_only)
    for write in (lambda: store.add(said("down")), store.clear):
        with pytest.raises(FeedbackError, match=r"attempt to write a readonly database\); nothing"):
            write()
    assert store.all() == (said("up"),)
    assert store.path.read_bytes() == before


@contextmanager
def small_files(limit: int) -> Iterator[None]:
    """No file may grow over a limit in bytes, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_told_and_nothing_is_lost(store: FeedbackStore) -> None:
    first = said("up", comment="x" * 1_000)
    store.add(first)
    before = all_contents(store.path.parent)
    long = said("down", question="é" * 2_000, comment="é" * 1_000)
    for limit in (0, 100, store.path.stat().st_size):
        with small_files(limit), pytest.raises(FeedbackError, match="nothing has changed"):
            store.add(long)
        assert store.all() == (first,)
    assert all_contents(store.path.parent) == before
    store.add(long)
    assert store.all() == (first, long)


def filled_up(store: FeedbackStore, most: int = 200) -> tuple[int, FeedbackError]:
    """Give feedback until it is refused; return how much was kept, and why no more is."""
    for count in range(most):
        try:
            store.add(said("up", question=f"{count} {'x' * 1_000}"))
        except FeedbackError as error:
            return count, error
    raise AssertionError("all was kept")


def test_a_store_that_holds_its_limit_takes_no_more_and_loses_nothing(
    store: FeedbackStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert recueil_qa.evaluation.feedback.MAX_BYTES == 100_000_000
    monkeypatch.setattr(recueil_qa.evaluation.feedback, "MAX_BYTES", 40_000)
    count, error = filled_up(store)
    assert 10 < count < 40
    assert store.path.stat().st_size <= 50_000
    assert "les avis gardés ont atteint leur limite" in error.fr
    assert error.en.startswith(f"{store.path}: the feedback kept has reached its limit")
    assert "feedback export" in error.en
    assert [f.question.partition(" ")[0] for f in store.all()] == [*map(str, range(count))]
    assert store.count() == count
    assert store.clear() == count
    assert filled_up(store)[0] == count


def test_many_who_write_at_once_stay_within_the_limit(
    store: FeedbackStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recueil_qa.evaluation.feedback, "MAX_BYTES", 40_000)

    def give(count: int) -> bool:
        try:
            store.add(said("up", question=f"{count} {'x' * 1_000}"))
        except FeedbackError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        kept = [count for count, done in enumerate(pool.map(give, range(60))) if done]
    assert {int(f.question.partition(" ")[0]) for f in store.all()} == {*kept}
    assert store.path.stat().st_size <= 50_000


def test_a_store_that_may_not_grow_says_to_make_room(
    store: FeedbackStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add(said("up"))
    connect = sqlite3.connect

    def full(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **options)
        connection.execute("PRAGMA max_page_count = 1")
        return connection

    with monkeypatch.context() as patch, pytest.raises(FeedbackError) as caught:
        patch.setattr(sqlite3, "connect", full)
        store.add(said("up", question="é" * 2_000))
    assert caught.value.fr.endswith(
        "(détail technique : database or disk is full) ; rien n'a changé ; le disque est plein. "
        "Remède : libérez de la place"
    )
    assert caught.value.en.endswith("; the disk is full. Mend it with: make room on the disk")
    assert store.all() == (said("up"),)


def test_a_store_that_stays_held_is_told(
    store: FeedbackStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add(said("up"))
    monkeypatch.setattr(recueil_qa.evaluation.feedback, "BUSY_SECONDS", 0.0)
    with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        unusable(
            store,
            "(détail technique : database is locked) ; rien n'a changé ; un autre programme "
            "l'occupe. Remède : réessayez dans un instant",
            "(database is locked); nothing has changed; another program holds it. "
            "Mend it with: try again in a moment",
        )
        other.execute("ROLLBACK")
    assert store.all() == (said("up"),)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("verdict", "maybe"),
        ("shown", "nope"),
        ("shown", "[1]"),
        ("shown", "1"),
        ("at", "x"),
        ("comment", b"x"),
    ],
)
def test_rows_that_something_else_altered_are_told(
    store: FeedbackStore, column: str, value: str | bytes
) -> None:
    store.add(said("up"))
    with closing(sqlite3.connect(store.path)) as connection:
        connection.execute(f"UPDATE feedback SET {column} = ?", (value,))  # noqa: S608
        connection.commit()
    with pytest.raises(FeedbackError) as caught:
        store.all()
    assert caught.value.en.endswith("it is damaged. Mend it with: put a copy back or move it away")


def named(question: str) -> str:
    return "fb-" + hashlib.sha256(question.encode()).hexdigest()[:12]


ID = named("les appels")
QUERY = {"id": ID, "lang": "fr", "text": "les appels", "style": "feedback"}
NOTHING = {"id": ID, "lang": "fr", "text": "les appels", "kind": "feedback"}


def judge(**known: Any) -> dict[str, Any]:
    row = {"id": ID, "lang": "fr", "text": "les appels", "verdict": "", "answered": True}
    return row | {"down": (), "shown": ("p1", "p2"), "build": "b1", "comments": []} | known


@pytest.mark.parametrize(
    ("feedbacks", "found"),
    [
        ([], Candidates()),
        ([said("up", "p1")], Candidates((QUERY,), ((ID, "p1", 2),))),
        ([said("down", "p2"), said("up", "p1"), said("down")],
         Candidates((QUERY,), ((ID, "p1", 2), (ID, "p2", 0)))),
        ([said("down", "p2")], Candidates(to_judge=(judge(down=("p2",)),))),
        ([said("down", comment="hors sujet")],
         Candidates(to_judge=(judge(verdict="down", comments=["hors sujet"]),))),
        ([said("up")], Candidates(to_judge=(judge(verdict="up"),))),
        ([said("up", answered=False)], Candidates(unanswerable=(NOTHING,))),
        ([said("up", answered=False), said("down", "p1", answered=False)],
         Candidates(unanswerable=(NOTHING,))),
        ([said("down", answered=False)],
         Candidates(to_judge=(judge(verdict="down", answered=False),))),
        ([said("up", answered=False), said("up", "p1", answered=False)],
         Candidates((QUERY,), ((ID, "p1", 2),))),
    ],
    ids=["none", "up", "up and down", "practice down", "answer down", "answer up", "nothing",
         "nothing, surely", "abstention down", "lead up"],
)  # fmt: skip
def test_feedback_becomes_rows(feedbacks: list[Feedback], found: Candidates) -> None:
    assert candidates(feedbacks) == found


def test_the_last_verdict_on_a_target_counts_and_all_comments_stay() -> None:
    changed = [said("up", "p1", comment="oui"), said("down", "p1", comment="non", build="b2")]
    assert candidates(changed) == Candidates(
        to_judge=(judge(down=("p1",), build="b2", comments=["oui", "non"]),)
    )
    assert candidates(changed[::-1]) == Candidates((QUERY,), ((ID, "p1", 2),))
    # An index that was built anew answers what an earlier one did not.
    later = [said("up", answered=False), said("down", build="b2", shown=("p3",))]
    assert candidates(later) == Candidates(
        to_judge=(judge(verdict="down", shown=("p3",), build="b2"),)
    )


def test_questions_alike_but_for_case_and_spaces_are_one() -> None:
    found = candidates(
        [
            said("up", "p1", "Les  Appels"),
            said("down", "p2", "les appels "),
            said("up", "p2", "les courriers", language="en"),
            said("up", "p2", " "),
        ]
    )
    other = named("les courriers")
    assert [(row["id"], row["lang"], row["text"]) for row in found.queries] == [
        (ID, "fr", "Les Appels"),
        (other, "en", "les courriers"),
    ]
    assert found.qrels == ((ID, "p1", 2), (ID, "p2", 0), (other, "p2", 2))


@given(st.lists(ANY_FEEDBACK, max_size=8))
def test_a_question_goes_to_one_file_and_queries_have_a_relevant_practice(
    feedbacks: list[Feedback],
) -> None:
    found = candidates(feedbacks)
    ids = [row["id"] for row in (*found.queries, *found.unanswerable, *found.to_judge)]
    assert len(ids) == len({*ids})
    asked = {" ".join(f.question.casefold().split()) for f in feedbacks} - {""}
    assert {*ids} == {named(key) for key in asked}
    assert {row["id"] for row in found.queries} == {q for q, _, grade in found.qrels if grade == 2}
    assert {q for q, _, _ in found.qrels} <= {row["id"] for row in found.queries}


@pytest.fixture
def filled(store: FeedbackStore) -> FeedbackStore:
    """A store with something for every file."""
    for feedback in (
        said("up", "p1", "les «\tappels »"),
        said("down", "p2", "les « appels »"),
        said("up", question="tarte", answered=False),
        said("down", question="le guichet", comment="hors\nsujet : [b]é[/b]"),
    ):
        store.add(feedback)
    return store


def test_what_is_exported_is_what_an_evaluation_reads(
    run: Run, filled: FeedbackStore, tmp_path: Path
) -> None:
    folder = tmp_path / "new" / "eval"
    result = run("feedback", "export", "--output", folder)
    assert (result.exit_code, result.stderr) == (0, "")
    assert sorted(all_contents(folder)) == FILES
    advice = '{"id": "a", "text": "x", "practice": "p1", "gold": ["x"]}'
    (folder / "advice.jsonl").write_text(advice, "utf-8")
    data = read_data(folder, {"p1", "p2"})
    query = named("les « appels »")
    assert data.queries == [QueryRow(id=query, text="les « appels »", lang="fr", style="feedback")]
    assert data.qrels == {query: {"p1": 2, "p2": 0}}
    assert data.unanswerable == [
        QueryRow(id=named("tarte"), text="tarte", lang="fr", kind="feedback")
    ]
    # A person can ask them anew with `recueil-qa run`.
    assert [row.text for row in read_rows(folder / "to_judge.jsonl", QueryRow)] == ["le guichet"]
    assert json.loads((folder / "to_judge.jsonl").read_text("utf-8")) == {
        "id": named("le guichet"),
        "lang": "fr",
        "text": "le guichet",
        "verdict": "down",
        "answered": True,
        "down": [],
        "shown": ["p1", "p2"],
        "build": "b1",
        "comments": ["hors sujet : [b]é[/b]"],
    }


def test_an_export_tells_what_it_wrote(run: Run, filled: FeedbackStore, tmp_path: Path) -> None:
    out = tmp_path / "[b]"
    assert run("feedback", "export", "--output", out).stdout == (
        f"Écrit dans {out} :\n"
        "  queries.jsonl          1  questions dont une pratique au moins est utile\n"
        "  unanswerable.jsonl     1  questions sans réponse ici\n"
        "  to_judge.jsonl         1  questions qu'une personne doit juger\n"
        "  qrels.tsv              2  jugements de ces questions\n"
    )
    told = run("feedback", "export", "--output", out, "--force", "--lang", "en").stdout
    assert told.startswith(f"Written to {out} :\n  queries.jsonl          1  queries that a pract")


def test_an_export_replaces_files_only_when_told(
    run: Run, filled: FeedbackStore, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "qrels.tsv").write_text("mine", "utf-8")
    refused(run("feedback", "export", "--output", out), f"{out} contient déjà qrels.tsv ; rien",
            f"recueil-qa feedback export --output {out} --force")  # fmt: skip
    refused(run("feedback", "export", "--output", out, "--lang", "en"), "holds qrels.tsv already")
    assert all_contents(out) == {"qrels.tsv": b"mine"}
    assert run("feedback", "export", "--output", out, "--force").exit_code == 0
    assert sorted(all_contents(out)) == FILES
    filled.clear()
    filled.add(said("up", "p1"))
    assert run("feedback", "export", "--output", out, "--force").exit_code == 0
    assert all_contents(out)["qrels.tsv"] == f"{ID}\tp1\t2\n".encode()
    assert all_contents(out)["to_judge.jsonl"] == b""


def test_an_export_that_cannot_be_written_is_told(
    run: Run, filled: FeedbackStore, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("mine", "utf-8")
    for name, reason in (("file", "ce nom est déjà pris"), ("file/out", "ce n'est pas un dossier")):
        path = tmp_path / name
        told = run("feedback", "export", "--output", path)
        refused(told, f"{path} : impossible à écrire ({reason}) ; ")
    (tmp_path / "out" / "to_judge.jsonl").mkdir(parents=True)
    told = run("feedback", "export", "--output", tmp_path / "out", "--force", "--lang", "en")
    refused(told, f"{tmp_path / 'out' / 'to_judge.jsonl'}: can't be written (Is a directory)")


@pytest.mark.parametrize("command", [["list"], ["export", "--output", "out"], ["clear"]], ids=str)
def test_without_feedback_each_command_says_so_and_makes_nothing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for language, told in (("fr", "Aucun avis dans"), ("en", "No feedback in")):
        result = run("feedback", *command, "--lang", language)
        assert (result.exit_code, result.stderr) == (0, "")
        assert result.stdout == f"{told} {tmp_path / 'feedback.sqlite3'}\n"
    assert [*tmp_path.iterdir()] == []


def test_feedback_is_listed_as_typed(run: Run, filled: FeedbackStore) -> None:
    filled.add(said("down", answered=False, comment="x" * 200))
    lines = run("feedback", "list").stdout.splitlines()
    assert [re.split(" {2,}", line.strip()) for line in lines] == [
        ["Date", "Avis", "Sur", "Question", "Commentaire"],
        ["2026-03-04", "utile", "p1", "les « appels »"],
        ["2026-03-04", "pas utile", "p2", "les « appels »"],
        ["2026-03-04", "utile", "l'absence de réponse", "tarte"],
        ["2026-03-04", "pas utile", "la réponse", "le guichet", "hors sujet : [b]é[/b]"],
        ["2026-03-04", "pas utile", "l'absence de réponse", "les appels", "x" * 200],
    ]
    told = run("feedback", "list", "--lang", "en").stdout
    assert told.splitlines()[2].split()[:4] == ["2026-03-04", "not", "helpful", "p2"]
    assert "the lack of an answer" in told


def test_feedback_is_listed_for_programs(run: Run, filled: FeedbackStore) -> None:
    rows = json.loads(run("feedback", "list", "--json").stdout)
    assert rows == [asdict(f) | {"shown": ["p1", "p2"]} for f in filled.all()]
    filled.clear()
    assert run("feedback", "list", "--json").stdout == "[]\n"


@pytest.mark.parametrize(
    ("typed", "erased"),
    [("o\n", True), ("OUI\n", True), ("y\n", True), ("n\n", False), ("\n", False), ("", False)],
    ids=repr,
)
def test_clearing_asks_first(run: Run, filled: FeedbackStore, typed: str, erased: bool) -> None:
    result = CliRunner().invoke(main, ["feedback", "clear"], input=typed)
    asked, _, told = result.stdout.partition("[o/N]")
    assert asked == f"4 avis à effacer pour toujours de {filled.path} ? "
    assert (result.exit_code, filled.count()) == ((0, 0) if erased else (1, 4))
    assert told.endswith(f"4 avis effacés de {filled.path}\n") is erased
    assert result.stderr == ("" if erased else "Rien n'a été effacé.\n")


def test_clearing_asks_nothing_when_told_so(run: Run, filled: FeedbackStore) -> None:
    result = run("feedback", "clear", "--yes", "--lang", "en")
    assert (result.exit_code, result.stdout) == (0, f"4 feedback erased from {filled.path}\n")
    assert filled.count() == 0


def test_a_store_elsewhere_is_used_and_one_that_is_refused_is_told(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    FeedbackStore(other).add(said("up"))
    monkeypatch.setenv("RECUEIL_FEEDBACK_FILE", str(other))
    assert "les appels" in run("feedback", "list").stdout
    other.write_bytes(b"mine")
    for command in (["list"], ["export", "--output", tmp_path / "out"], ["clear", "--yes"]):
        refused(run("feedback", *command), f"{other} : avis impossibles à lire")
        refused(run("feedback", *command, "--lang", "en"), "it is not a file of feedback")
    assert all_contents(tmp_path) == {"other": b"mine"}


def test_every_command_of_feedback_and_option_has_its_line_of_help() -> None:
    group = main.commands["feedback"]
    assert isinstance(group, click.Group)
    assert sorted(group.commands) == ["clear", "export", "list"]
    for command in group.commands.values():
        assert command.help
        for parameter in command.params:
            assert parameter.to_info_dict()["help"]
    assert all(text.fr and text.en and text.fr != text.en for text in TEXTS.values())


def test_feedback_loads_nothing_heavy(filled: FeedbackStore, tmp_path: Path) -> None:
    for command in (["list"], ["export", "--output", tmp_path / "out"]):
        assert loaded_by(tmp_path, "feedback", *command) == "loaded"
