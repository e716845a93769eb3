"""The commands of those who keep a corpus: start a practice, check it all, learn."""

from __future__ import annotations

import shlex
import sys
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recueil_qa.cli.options import (
    collection_option,
    corpus_option,
    language_option,
    near,
    places,
    settings_of,
)
from recueil_qa.messages import Text, table

if TYPE_CHECKING:
    from recueil_qa.corpus.template import NewPractice
    from recueil_qa.errors import Problem

TEXTS = table(
    {
        "to_fill": ("Deux fichiers à remplir :", "Two files to fill in:"),
        "then": ("Ensuite :", "Then:"),
        "replace": (
            "remplacez chaque « <à remplir, …> », dans un éditeur de texte",
            "replace each '<to fill in, …>', in a text editor",
        ),
        "judge": (
            "ajoutez-la, dans {}, aux situations qu'elle aide à régler (docs/collections.md)",
            "add it, in {}, to the statements that it helps with (docs/collections.md)",
        ),
        "check": ("dit ce qui reste à corriger", "says what is left to mend"),
        "serve": ("met la pratique en service", "puts the practice in service"),
        "to_judge": (
            "{} à remplir, une question jugée par ligne (docs/collections.md) ; ensuite :\n"
            "  recueil-qa evaluate --collection {}   mesure\n"
            "  recueil-qa build --gate   mesure avant de mettre en service",
            "{} to fill in, one judged question a line (docs/collections.md); then:\n"
            "  recueil-qa evaluate --collection {}   measures\n"
            "  recueil-qa build --gate   measures before putting in service",
        ),
        "line": ("ligne {} : ", "line {}: "),
        "to_mend": ("à corriger", "to mend"),
        "learnt": (
            "appris de {} situations de la collection et de {} autres : {} ; "
            "mettez-le en service : recueil-qa build",
            "learnt from {} statements of the collection and {} others: {}; "
            "put it in service: recueil-qa build",
        ),
        "outdated": (
            "{} : appris d'autres pratiques ou situations, et sert tel quel ; "
            "pour réapprendre, en quelques minutes : recueil-qa learn",
            "{}: learnt from other practices or statements, and serves as it is; "
            "to learn anew, in some minutes: recueil-qa learn",
        ),
        "drafts": (
            "{} : {} brouillon(s) à relire, qui ne servent pas : recueil-qa draft review",
            "{}: {} draft(s) to read, which do not serve: recueil-qa draft review",
        ),
        "nothing": ("rien à corriger", "nothing to mend"),
    }
)
# One, several.
COUNTED: dict[str, tuple[Text, Text]] = {
    "practices": (Text("pratique", "practice"), Text("pratiques", "practices")),
    "questions": (Text("question", "question"), Text("questions", "questions")),
    "problems": (Text("problème", "problem"), Text("problèmes", "problems")),
    "files": (Text("fichier", "file"), Text("fichiers", "files")),
}


@click.group()
def new() -> None:
    """Start a new file of a collection from a template."""


@new.command("practice")
@collection_option
@click.option("--id", "identifier", help="Id of the practice (p55); else the next free one.")
@click.option("--title", default="", help="Title of the practice.")
@corpus_option
@language_option
def new_practice(
    collection: Path | None,
    identifier: str | None,
    title: str,
    corpus: Path | None,
    language: str | None,
) -> None:
    """Write the files of a practice and its questions, to fill in."""
    from recueil_qa.corpus import template
    from recueil_qa.corpus.folders import find_collection

    settings = settings_of({"corpus": corpus, "language": language})
    folder = find_collection(settings.corpus, collection)
    made = template.new_practice(folder, settings.language, identifier, title)
    here = folder.absolute()
    inside = corpus is None and settings.corpus in (here, here.parent)
    place = "" if inside else f" --corpus {shlex.quote(str(near(corpus or folder)))}"
    _print_new(made, settings.language, place)


@new.command("judgments")
@collection_option
@corpus_option
@language_option
def new_judgments(collection: Path | None, corpus: Path | None, language: str | None) -> None:
    """Write a set of judged questions of a collection, to fill in."""
    from recueil_qa.corpus.folders import find_collection
    from recueil_qa.evaluation import judgments

    settings = settings_of({"corpus": corpus, "language": language})
    folder = find_collection(settings.corpus, collection)
    made = judgments.new_judgments(settings.home, folder, settings.language)
    said = TEXTS["to_judge"].format(near(made), made.parent.name)
    click.echo(said.to(settings.language))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
@corpus_option
@language_option
def validate(as_json: bool, corpus: Path | None, language: str | None) -> None:
    """List all that is to mend in the corpus, with file and line."""
    from recueil_qa.cli import printing
    from recueil_qa.corpus.folders import collection_folders
    from recueil_qa.corpus.reading import read_corpus
    from recueil_qa.drafting.drafts import look
    from recueil_qa.errors import CorpusError
    from recueil_qa.index.heads import SHIPPED
    from recueil_qa.learning import schooling

    settings = settings_of({"corpus": corpus, "language": language})
    problems: tuple[Problem, ...] = ()
    drafts = [look(folder, settings.corpus) for folder in collection_folders(settings.corpus)]
    counts = {"practices": 0, "questions": 0}
    try:
        found = read_corpus(settings.corpus).collections
        counts["practices"] = sum(len(one.practices) for one in found)
        counts["questions"] = sum(len(one.questions) for one in found)
    except CorpusError as error:
        problems = error.problems
    problems += tuple(problem for _, faults in drafts for problem in faults)
    if as_json:
        rows = [{"file": str(p.path), "line": p.line, **asdict(p.what)} for p in problems]
        # What is refused is not counted.
        known = {key: None if problems else count for key, count in counts.items()}
        known["drafts"] = sum(len(one.waiting) for one, _ in drafts)
        printing.print_json({**known, "problems": rows}, contacts=False)
    elif problems:
        _print_problems(problems, settings.language)
    else:
        listed = [_count(key, number, settings.language) for key, number in counts.items()]
        click.echo(", ".join([*listed, TEXTS["nothing"].to(settings.language)]))
        for one in found:
            if schooling.is_outdated(one):
                path = near(one.path / SHIPPED)
                click.echo(TEXTS["outdated"].to(settings.language).format(path))
        for waiting in (one for one, _ in drafts if one.waiting):
            told = TEXTS["drafts"].format(near(waiting.path), len(waiting.waiting))
            click.echo(told.to(settings.language))
    sys.exit(1 if problems else 0)


@click.command()
@click.option(
    "--statements",
    type=click.Path(path_type=Path),
    help="JSONL of judged statements to learn from too, whose wording is kept nowhere.",
)
@collection_option
@places
def learn(statements: Path | None, collection: Path | None, **options: Any) -> None:
    """Learn from the judged statements of a collection, and others."""
    from recueil_qa.cli import printing
    from recueil_qa.corpus.folders import find_collection
    from recueil_qa.corpus.reading import read_corpus
    from recueil_qa.encoding.runtimes import open_encoder
    from recueil_qa.evaluation.rows import read_judged
    from recueil_qa.files import write_whole
    from recueil_qa.index.heads import SHIPPED
    from recueil_qa.learning import schooling

    settings = settings_of(options)
    folder = find_collection(settings.corpus, collection)
    corpus = read_corpus(settings.corpus)
    (found,) = (one for one in corpus.collections if one.path.resolve() == folder.resolve())
    source = statements or settings.statements
    known = {practice.id for practice in found.practices}
    outside = read_judged(source, known) if source else []
    encoder = open_encoder(settings.encoder, settings.runtime)
    with printing.progress(settings.language, "learn") as step:
        heads = schooling.learn(corpus, found, encoder, outside, step)
    write_whole(found.path / SHIPPED, heads.dump())
    counts = (len(found.lessons), len(outside))
    click.echo(TEXTS["learnt"].to(settings.language).format(*counts, near(found.path / SHIPPED)))
    figures = heads.fit.addresses.cross_validated
    click.echo("  " + ", ".join(f"{name} {value:g}" for name, value in figures.items()))


COMMANDS: tuple[click.Command, ...] = (new, validate, learn)


def _count(key: str, number: int, language: str) -> str:
    # None is singular in French, plural in English.
    one = number < 2 if language == "fr" else number == 1
    return f"{number} {COUNTED[key][not one].to(language)}"


def _print_new(made: NewPractice, language: str, place: str) -> None:
    from recueil_qa.corpus.statements import NAME

    click.echo(TEXTS["to_fill"].to(language))
    for path in (made.practice, made.questions):
        click.echo(f"  {near(path)}")
    click.echo(TEXTS["then"].to(language))
    click.echo(f"  1. {TEXTS['replace'].to(language)}")
    statements = near(made.practice.parents[1] / NAME)
    click.echo(f"  2. {TEXTS['judge'].to(language).format(statements)}")
    click.echo(f"  3. recueil-qa validate{place}   {TEXTS['check'].to(language)}")
    click.echo(f"  4. recueil-qa build{place}   {TEXTS['serve'].to(language)}")


def _print_problems(problems: tuple[Problem, ...], language: str) -> None:
    files = 0
    for path, group in groupby(problems, key=lambda problem: problem.path):
        files += 1
        click.echo(str(near(path)))
        for problem in group:
            place = TEXTS["line"].format(problem.line) if problem.line else ""
            click.echo(f"  {(place + problem.what).to(language)}")
    where = f"{_count('problems', len(problems), language)} {TEXTS['to_mend'].to(language)}"
    click.echo(f"{where} ({_count('files', files, language)})")
