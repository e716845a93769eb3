from __future__ import annotations

import json
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recueil_qa.cli.main import main
from recueil_qa.corpus.importing.run import Imported, import_booklet
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.errors import CorpusError, RecueilError, WriteError
from recueil_qa.types import Practice
from tests.support import ROOT, second_booklet
from tests.support.booklet import booklet

# Slow examples too: a busy machine is no fault.
ALLOWED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]

BOOKLET = ROOT / "corpus/recueil-2014"
SOURCE = BOOKLET / "source.txt"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A new collection: its configuration alone."""
    folder = tmp_path / "recueil-2014"
    folder.mkdir()
    shutil.copy(BOOKLET / "collection.toml", folder)
    return folder


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The committed questions of whole practices, as rows."""
    path = tmp_path_factory.mktemp("rows") / "questions.jsonl"
    rows = [
        {"practice": question.practice, "lang": question.language, "text": question.text}
        for question in booklet().questions
        if not question.line
    ]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    return path


def copied_booklet(folder: Path) -> Path:
    """Copy the booklet, without the 17,000 statements that are learnt from: they take a second."""
    return shutil.copytree(BOOKLET, folder, ignore=shutil.ignore_patterns("statements"))


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else b""
        for path in folder.rglob("*")
    }


def changed(folder: Path, old: str, new: str) -> Path:
    """The source with one text replaced."""
    text = SOURCE.read_text("utf-8")
    assert old in text
    path = folder.parent / "changed.txt"
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path


def test_importing_the_source_gives_the_committed_files(folder: Path, questions: Path) -> None:
    imported = import_booklet(SOURCE, folder, questions)
    committed = contents(BOOKLET)
    # Added since: statements, what they teach, and below each practice's questions those of its
    # lines.
    added = {"statements.jsonl", "statements", "heads.npz", "README.md"}
    committed = {name: row for name, row in committed.items() if name.split("/")[0] not in added}
    written = contents(folder)
    assert written.keys() == committed.keys()
    for name, content in written.items():
        if name.startswith("questions/"):
            rest = committed[name].removeprefix(content)
            assert len(rest) < len(committed[name]), name
            keys = [row for row in rest.decode().split("\n") if row and row[0] not in "-# "]
            assert all("/" in key for key in keys), name
        else:
            assert content == committed[name], name
    assert (imported.folder, imported.questions) == (folder, 1034)
    assert [practice.page for practice in imported.practices][:3] == [6, 7, 8]


def test_importing_twice_changes_nothing(folder: Path) -> None:
    import_booklet(SOURCE, folder)
    before = contents(folder)
    assert import_booklet(SOURCE, folder).questions == 0
    assert contents(folder) == before
    assert len(before) == len({"collection.toml", "source.txt", "practices"}) + 47


def test_a_file_changed_by_hand_is_kept_unless_forced(folder: Path, questions: Path) -> None:
    import_booklet(SOURCE, folder)
    written = contents(folder)
    mine = (folder / "practices/p23.md").read_bytes() + b"\n"
    (folder / "practices/p23.md").write_bytes(mine)
    (folder / "practices/p06.md").unlink()
    with pytest.raises(WriteError) as caught:
        import_booklet(SOURCE, folder, questions)
    assert "1 file(s) changed since the import" in caught.value.en
    assert "(practices/p23.md)" in caught.value.en
    assert "(practices/p23.md)" in caught.value.fr
    again = f"recueil-qa import {SOURCE} --collection {folder} --questions {questions} --force"
    assert caught.value.en.endswith(
        f"To replace them all, keeping none of the corrections: {again}"
    )
    assert caught.value.fr.endswith(
        f"Pour les remplacer tous, sans garder leurs corrections : {again}"
    )
    assert contents(folder) == {
        name: mine if name == "practices/p23.md" else content
        for name, content in written.items()
        if name != "practices/p06.md"
    }
    import_booklet(SOURCE, folder, force=True)
    assert contents(folder) == written


def test_at_most_five_changed_files_are_named(folder: Path) -> None:
    import_booklet(SOURCE, folder)
    for path in (folder / "practices").iterdir():
        path.write_text("autre", "utf-8")
    with pytest.raises(WriteError) as caught:
        import_booklet(SOURCE, folder)
    names = ", ".join(f"practices/p{page:02d}.md" for page in range(6, 11))
    assert "47 file(s) changed" in caught.value.en
    assert f"({names} …)" in caught.value.en


def refused(source: Path, folder: Path, questions: Path | None = None) -> CorpusError:
    """Import, expecting a refusal that leaves the folder as it was."""
    before = contents(folder)
    with pytest.raises(CorpusError) as caught:
        import_booklet(source, folder, questions)
    assert contents(folder) == before
    return caught.value


def test_a_source_that_is_missing_or_not_utf8_is_refused(folder: Path, tmp_path: Path) -> None:
    (problem,) = refused(tmp_path / "nowhere.txt", folder).problems
    assert problem.located.en == (f"{tmp_path / 'nowhere.txt'}: can't be read (no such file)")
    (problem,) = refused(tmp_path, folder).problems
    assert problem.located.fr == (f"{tmp_path}: illisible (c'est un dossier, pas un fichier)")
    latin = tmp_path / "latin.txt"
    latin.write_bytes("Été".encode("latin-1"))
    (problem,) = refused(latin, folder).problems
    assert problem.located.en == f"{latin}:1: the file is not UTF-8 text; save it as UTF-8"


def test_a_folder_without_a_valid_configuration_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "collection.toml").write_text('id = "C"\n', "utf-8")
    error = refused(SOURCE, folder)
    assert {problem.path for problem in error.problems} == {folder / "collection.toml"}
    (folder / "collection.toml").unlink()
    (problem,) = refused(SOURCE, folder).problems
    assert problem.what.en == "can't be read (no such file); write it first (docs/collections.md)"


def test_a_source_with_one_practice_too_few_is_refused(folder: Path) -> None:
    source = changed(folder, "\nOrigine de la démarche\n", "\nOrigine\n")
    (problem,) = refused(source, folder).problems
    assert problem.path == source
    assert problem.what.en.startswith("47 entries in the table of contents, 46 practices opened by")


def test_an_organisation_without_a_sector_is_refused(folder: Path) -> None:
    source = changed(folder, "Mairie de Vincennes 6", "Mairie de Nulle-Part 6")
    (problem,) = refused(source, folder).problems
    assert problem.what.en == "'Mairie de Nulle-Part' has no sector; add it to [import.sectors]"
    assert "« Mairie de Nulle-Part »" in problem.what.fr


def test_what_would_not_be_read_back_is_not_written(folder: Path) -> None:
    source = changed(folder, "Résultats attendus", "Résultats attendus\n\n\x1b[31mrouge")
    first, second = refused(source, folder).problems
    assert first.what.en == second.what.en == "invisible control character; type this line again"
    # The folder that the user knows, not the one where the files were written aside.
    assert (first.path, second.path) == (folder / "practices/p51.md", folder / "source.txt")


def test_marks_that_open_no_list_and_no_heading_stay_in_the_text(folder: Path) -> None:
    source = changed(
        folder, "Résultats attendus", "Résultats attendus\n\n#1 des villes\n-3 % d'appels"
    )
    import_booklet(source, folder)
    practice = read_corpus(folder).collections[0].practices[-4]
    assert [line.text for line in practice.sections[1].lines[:2]] == [
        "#1 des villes",
        "-3 % d'appels",
    ]


BAD_ROWS = [
    "{",
    "[]",
    '"text"',
    "null",
    "{}",
    '{"practice": "recueil-2014-p06", "lang": "fr"}',
    '{"practice": "recueil-2014-p06", "lang": "de", "text": "Warum?"}',
    '{"practice": "recueil-2014-p06", "lang": ["fr"], "text": "Pourquoi ?"}',
    '{"practice": "recueil-2014-p06", "lang": "fr", "text": ""}',
    '{"practice": "recueil-2014-p06", "lang": "fr", "text": 6}',
    '{"practice": "", "lang": "fr", "text": "Pourquoi ?"}',
    '{"practice": 6, "lang": "fr", "text": "Pourquoi ?"}',
    '{"practice": ["recueil-2014-p06"], "lang": "fr", "text": "Pourquoi ?"}',
    # No practice of this booklet has these ids, of which one would leave the folder.
    '{"practice": "../../../../evil", "lang": "fr", "text": "Pourquoi ?"}',
    '{"practice": "recueil-2014-p99", "lang": "fr", "text": "Pourquoi ?"}',
    '{"practice": "p06", "lang": "fr", "text": "Pourquoi ?"}',
    "[" * 100_000,
    "1" * 5_000,
]


def test_bad_question_rows_are_all_listed_with_their_lines(folder: Path) -> None:
    good = '{"practice": "recueil-2014-p06", "lang": "fr", "text": "Pourquoi ?"}'
    rows = folder.parent / "rows.jsonl"
    rows.write_text("\n".join([good, "", *BAD_ROWS, good, "", ""]), "utf-8")
    around = contents(folder.parent)
    error = refused(SOURCE, folder, rows)
    assert contents(folder.parent) == around
    assert [problem.path for problem in error.problems] == [rows] * len(BAD_ROWS)
    assert [problem.line for problem in error.problems] == [*range(3, 3 + len(BAD_ROWS))]
    assert {problem.what.en for problem in error.problems} == {
        "expected an object {practice, lang, text}: the id of one of these practices, fr or en, "
        "and a text"
    }


def test_question_rows_that_are_missing_or_not_utf8_are_refused(folder: Path) -> None:
    rows = folder.parent / "rows.jsonl"
    (problem,) = refused(SOURCE, folder, rows).problems
    assert problem.located.en == f"{rows}: can't be read (no such file)"
    rows.write_bytes(b"\xff")
    (problem,) = refused(SOURCE, folder, rows).problems
    assert problem.located.en == f"{rows}:1: the file is not UTF-8 text; save it as UTF-8"


@pytest.mark.parametrize("text", ["\x1b[31m", "\u202e", "\ud800", "Pourquoi ?"])
def test_questions_that_would_not_be_read_back_name_the_folder(folder: Path, text: str) -> None:
    rows = folder.parent / "rows.jsonl"
    row = {"practice": "recueil-2014-p06", "lang": "fr", "text": text}
    rows.write_text(f"{json.dumps(row)}\n" * 2, "utf-8")
    error = refused(SOURCE, folder, rows)
    assert {problem.path for problem in error.problems} == {folder / "questions/p06.yaml"}


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize(
    ("name", "directory", "why", "why_fr"),
    [
        ("practices", False, "File exists", "ce nom est déjà pris"),
        ("source.txt", True, "Is a directory", "c'est un dossier, pas un fichier"),
        ("practices/p23.md", True, "Is a directory", "c'est un dossier, pas un fichier"),
    ],
)
def test_what_stands_in_the_way_stops_the_import_before_it_starts(
    folder: Path, name: str, directory: bool, why: str, why_fr: str, force: bool
) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    if directory:
        (folder / name).mkdir()
    else:
        (folder / name).write_text("à moi", "utf-8")
    before = contents(folder)
    with pytest.raises(WriteError) as caught:
        import_booklet(SOURCE, folder, force=force)
    assert caught.value.en.startswith(f"{folder / name}: can't be written ({why}); ")
    assert caught.value.fr.startswith(f"{folder / name} : impossible à écrire ({why_fr}) ; ")
    assert contents(folder) == before


def test_a_plain_file_in_the_place_of_the_questions_keeps_the_practices(
    folder: Path, questions: Path
) -> None:
    import_booklet(SOURCE, folder)
    (folder / "questions").write_text("à moi", "utf-8")
    (folder / "practices/p23.md").write_text("à moi", "utf-8")
    before = contents(folder)
    with pytest.raises(WriteError) as caught:
        import_booklet(SOURCE, folder, questions, force=True)
    assert caught.value.en.startswith(f"{folder / 'questions'}: can't be written (File exists); ")
    assert contents(folder) == before


@contextmanager
def small_files() -> Iterator[None]:
    """No file may grow over 20 kB, as on a disk that fills up; the source has 88."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_fills_up_leaves_the_folder_as_it_was(folder: Path) -> None:
    before = contents(folder)
    with small_files(), pytest.raises(WriteError) as caught:
        import_booklet(SOURCE, folder)
    assert caught.value.en == (
        f"{folder}: can't be written (File too large); mend the permissions or the space"
    )
    assert caught.value.fr == (
        f"{folder} : impossible à écrire (fichier trop grand) ; voyez les droits et la place"
    )
    assert contents(folder) == before


def test_a_plain_file_in_the_way_leaves_no_new_folder_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "recueil-2014"
    folder.mkdir()
    shutil.copy(ROOT / "corpus" / "recueil-2014" / "collection.toml", folder)
    (folder / "questions").write_text("x", "utf-8")
    rows = tmp_path / "rows.jsonl"
    row = {"practice": "recueil-2014-p06", "lang": "fr", "text": "Un seul guichet ?"}
    rows.write_text(json.dumps(row), "utf-8")
    with pytest.raises(WriteError):
        import_booklet(ROOT / "corpus" / "recueil-2014" / "source.txt", folder, rows)
    assert sorted(path.name for path in folder.iterdir()) == ["collection.toml", "questions"]


def test_line_questions_and_statements_added_by_hand_are_kept(tmp_path: Path) -> None:
    folder = tmp_path / "recueil-2014"
    shutil.copytree(BOOKLET, folder)
    before = contents(folder)
    import_booklet(SOURCE, folder, force=True)
    assert contents(folder) == before


def test_line_questions_and_statements_are_checked_against_what_is_imported(folder: Path) -> None:
    (folder / "questions").mkdir()
    asked = folder / "questions" / "p06.yaml"
    asked.write_text("practice: recueil-2014-p06\nfr conseils/99:\n- Qui ?\n", "utf-8")
    judged = folder / "statements.jsonl"
    row = {"id": "s1", "lang": "fr", "text": "Trop d'appels", "grades": {"recueil-2014-p99": 2}}
    judged.write_text(json.dumps(row), "utf-8")
    found = [(problem.path, problem.line) for problem in refused(SOURCE, folder).problems]
    assert found == [(asked, 2), (judged, 1)]


def test_question_rows_do_not_overwrite_line_questions_unless_forced(
    tmp_path: Path, questions: Path
) -> None:
    folder = copied_booklet(tmp_path / "recueil-2014")
    before = contents(folder)
    with pytest.raises(WriteError) as caught:
        import_booklet(SOURCE, folder, questions)
    assert "47 file(s) changed since the import" in caught.value.en
    assert contents(folder) == before
    import_booklet(SOURCE, folder, questions, force=True)
    (collection,) = read_corpus(folder).collections
    assert {question.line for question in collection.questions} == {""}
    assert contents(folder)["statements.jsonl"] == before["statements.jsonl"]


def test_a_collection_grown_by_hand_is_imported_again(tmp_path: Path) -> None:
    folder = copied_booklet(tmp_path / "recueil-2014")
    (folder / "ajouts.txt").write_text("Rappeler chaque rendez-vous", "utf-8")
    config = folder / "collection.toml"
    text = config.read_text("utf-8").replace('["source.txt"]', '["source.txt", "ajouts.txt"]')
    config.write_text(text, "utf-8")
    mine = (folder / "practices" / "p06.md").read_text("utf-8").partition("## ")[0]
    mine = mine.replace("p06", "p55").replace("page: 6", "page: 55")
    added = folder / "practices" / "p55.md"
    added.write_text(
        f"{mine}## Conseils de mise en oeuvre\n\nRappeler chaque rendez-vous\n", "utf-8"
    )
    import_booklet(folder / "source.txt", folder)
    assert [len(c.practices) for c in read_corpus(folder).collections] == [48]


@pytest.fixture
def second(tmp_path: Path) -> Path:
    """The configuration of the second booklet, in a collection of its own."""
    return new_second(tmp_path)


def new_second(tmp_path: Path, name: str = "carnet-accueil") -> Path:
    folder = tmp_path / name
    folder.mkdir(parents=True)
    shutil.copy(second_booklet.FOLDER / "collection.toml", folder)
    return folder


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The second booklet in its four formats."""
    folder = tmp_path_factory.mktemp("sources")
    return {
        "md": second_booklet.MARKDOWN,
        "txt": second_booklet.TEXT,
        "docx": second_booklet.write_docx(folder / "carnet.docx"),
        "pdf": second_booklet.write_pdf(folder / "carnet.pdf"),
    }


def without_page(imported: Imported) -> list[Practice]:
    return [replace(practice, page=None) for practice in imported.practices]


def test_the_second_booklet_is_the_same_from_its_four_formats(
    tmp_path: Path, sources: dict[str, Path]
) -> None:
    found = {
        name: import_booklet(source, new_second(tmp_path, name)) for name, source in sources.items()
    }
    for name, imported in found.items():
        assert without_page(imported) == without_page(found["md"]), name
        assert imported.missing == {}, name
    first, *_, third, _, _, _ = found["md"].practices
    assert (first.id, first.part, first.theme) == ("carnet-accueil-01", "Accueillir", "Attente")
    assert (first.title, first.organisation) == (
        "La file unique à l'entrée", "accueil de la maison commune",
    )  # fmt: skip
    assert first.subtitle == "Moins de va-et-vient entre les guichets"
    assert [(len(section.lines), section.heading) for section in first.sections] == [
        (2, "Problème"), (4, "Ce qui a été fait"), (1, "Effets"), (2, "À retenir"),
    ]  # fmt: skip
    assert [line.depth for line in first.sections[1].lines] == [1, 1, 2, 2]
    assert first.sections[3].lines[0].text == (
        "Placer à l'entrée un agent expérimenté plutôt que le dernier arrivé"
    )
    assert third.contacts == ("accueil@carnet.invalid",)
    assert [practice.page for practice in found["pdf"].practices] == [2, 5, 7, 9, 11, 13]
    assert found["txt"].rejoined == ("dix-|neuf → dix-neuf", "dis-|paru → disparu")


def test_two_booklets_are_read_beside_each_other(tmp_path: Path, sources: dict[str, Path]) -> None:
    root = tmp_path / "corpus"
    import_booklet(sources["pdf"], new_second(root))
    copied_booklet(root / "recueil-2014")
    second, first = read_corpus(root).collections
    assert [len(first.practices), len(second.practices)] == [47, 6]
    assert not {p.id for p in first.practices} & {p.id for p in second.practices}


def test_what_is_placed_nowhere_is_told_with_its_place(second: Path) -> None:
    imported = import_booklet(second_booklet.TEXT, second)
    assert [(p.place.text.en, p.reason, p.text) for p in imported.unplaced] == [
        ("line 1", "before", "Carnet d'accueil"),
        ("line 3", "before",
         "Six façons de mieux recevoir, racontées par celles et ceux qui les ont essayées."),
        ("line 8", "part", "Accueillir"),
        ("line 110", "part", "Répondre"),
    ]  # fmt: skip


def test_a_dry_run_writes_nothing_and_says_what_would_change(second: Path) -> None:
    before = contents(second)
    trial = import_booklet(second_booklet.TEXT, second, dry_run=True)
    assert contents(second) == before
    assert (trial.written, len(trial.practices), trial.replaced) == (False, 6, ())
    import_booklet(second_booklet.TEXT, second)
    (second / "practices" / "02.md").write_text("à moi", "utf-8")
    after = contents(second)
    assert import_booklet(second_booklet.TEXT, second, dry_run=True).replaced == (
        "practices/02.md",
    )
    assert contents(second) == after


def test_the_extracted_text_goes_to_a_text_file_of_the_sources(second: Path) -> None:
    config = second / "collection.toml"
    text = config.read_text("utf-8")
    config.write_text(text.replace('["source.txt"]', '["carnet.pdf", "carnet.txt"]'), "utf-8")
    (second / "carnet.pdf").write_text("Autre source", "utf-8")
    assert import_booklet(second_booklet.MARKDOWN, second).source == "carnet.txt"
    assert (second / "carnet.pdf").read_text("utf-8") == "Autre source"
    config.write_text(text.replace('["source.txt"]', '["carnet.pdf"]'), "utf-8")
    (problem,) = refused(second_booklet.MARKDOWN, second).problems
    assert (problem.path, problem.what.en) == (
        config,
        "'sources' names no text file; add 'source.txt' to it, where the import writes the "
        "extracted text",
    )


@pytest.mark.parametrize("force", [False, True])
def test_a_source_is_never_replaced_by_its_extracted_text(second: Path, force: bool) -> None:
    source = second / "source.txt"
    shutil.copy(second_booklet.TEXT, source)
    before = contents(second)
    with pytest.raises(CorpusError) as caught:
        import_booklet(source, second, force=force)
    assert caught.value.problems[0].what.en == (
        "the import would write the extracted text over its source; rename source.txt"
    )
    assert contents(second) == before


@settings(max_examples=60, deadline=None, suppress_health_check=ALLOWED)
@given(st.sampled_from([b"", b"%PDF-1.7\n", b"PK\x03\x04"]), st.binary(max_size=200) | st.text())
def test_any_source_is_imported_or_refused_whole(
    second: Path, start: bytes, rest: bytes | str
) -> None:
    source = second.parent / "n'importe quoi"
    body = rest.encode("utf-8", "surrogatepass") if isinstance(rest, str) else rest
    source.write_bytes(start + body)
    before = contents(second)
    with pytest.raises(RecueilError):
        import_booklet(source, second)
    assert contents(second) == before


def printed(*arguments: str | Path) -> str:
    result = CliRunner().invoke(main, ["import", *map(str, arguments)])
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def test_the_report_is_in_plain_words(second: Path, sources: dict[str, Path]) -> None:
    gone = second_booklet.TEXT.read_text("utf-8").replace("EFFETS :\n", "Bilan\n", 1)
    source = second.parent / "carnet.txt"
    source.write_text(gone, "utf-8")
    said = printed(source, "--collection", second, "--lang", "fr", "--dry-run")
    assert said.startswith(
        f"6 pratiques trouvées ; essai seulement, rien n'est écrit dans {second}\n"
        "  carnet-accueil-01  La file unique à l'entrée\n"
    )
    assert "changeraient" not in said
    assert "Sections qui manquent :\n  carnet-accueil-01 : « Effets »\n" in said
    assert "recollés ; vérifiez-les :\n  dix-|neuf → dix-neuf\n  dis-|paru → disparu\n" in said
    assert said.endswith(
        "  annonces d'une partie ou d'un thème (reprises dans les pratiques) (2)\n"
        "    ligne 8: Accueillir\n"
        "    ligne 110: Répondre\n"
    )
    said = printed(sources["pdf"], "--collection", second, "--lang", "en")
    assert said.startswith(f"6 practices written to {second}\n")
    assert "  running headers and footers (" in said
    assert "\n    page 1, line 1 (+ " in said


def test_a_text_wholly_placed_is_said_to_be(second: Path) -> None:
    source = second.parent / "carnet.txt"
    text = "Fiche n° 1 : Un\n\nService : A\n\nThème : attente\n\nProblème\n\nLong.\n"
    source.write_text(text, "utf-8")
    said = printed(source, "--collection", second, "--lang", "en")
    assert said.endswith("'Effets', 'À retenir'\nAll of the text is placed.\n")


def test_a_trial_names_the_files_that_would_change(second: Path) -> None:
    source = second_booklet.TEXT
    import_booklet(source, second)
    (second / "practices" / "02.md").write_text("à moi", "utf-8")
    said = printed(source, "--collection", second, "--lang", "en", "--dry-run")
    assert "Files that would change, with --force only:\n  practices/02.md\n" in said
