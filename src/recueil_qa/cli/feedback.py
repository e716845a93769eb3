"""The commands of feedback. As in `main`, all but click waits until a command needs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recueil_qa import messages
from recueil_qa.cli.options import language_option, settings_of
from recueil_qa.errors import WriteError
from recueil_qa.messages import Text, table

if TYPE_CHECKING:
    from recueil_qa.evaluation.feedback import Feedback
    from recueil_qa.evaluation.proposals import Candidates, Proposals
    from recueil_qa.settings import Settings

TEXTS = table(
    {
        "none": ("Aucun avis dans", "No feedback in"),
        "up": ("utile", "helpful"),
        "down": ("pas utile", "not helpful"),
        "answer": ("la réponse", "the answer"),
        "abstention": ("l'absence de réponse", "the lack of an answer"),
        "written": ("Écrit dans", "Written to"),
        "queries.jsonl": (
            "questions dont une pratique au moins est utile",
            "queries that a practice helps with",
        ),
        "qrels.tsv": ("jugements de ces questions", "judgments of these queries"),
        "unanswerable.jsonl": ("questions sans réponse ici", "queries that nothing here answers"),
        "to_judge.jsonl": ("questions qu'une personne doit juger", "queries for a person to judge"),
        "proposed": (
            "situations proposées : corrigez leurs notes, puis ôtez « proposed » et « comment »",
            "proposed statements: mend their grades, then remove 'proposed' and 'comment'",
        ),
        "left_out": (
            "questions laissées de côté : donnée personnelle (courriel / téléphone)",
            "questions left out: personal data (e-mail / phone)",
        ),
        "sure": ("avis à effacer pour toujours de", "feedback to erase for ever from"),
        "yes": ("[o/N]", "[y/N]"),
        "kept": ("Rien n'a été effacé.", "Nothing was erased."),
        "cleared": ("avis effacés de", "feedback erased from"),
    }
)


@click.group()
def feedback() -> None:
    """List, export or clear what readers thought of answers."""


@feedback.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array, for programs.")
@language_option
def list_feedback(as_json: bool, language: str | None) -> None:
    """List the feedback, in the order given."""
    from recueil_qa.cli import printing
    from recueil_qa.evaluation.feedback import FeedbackStore

    settings = settings_of({"language": language})
    found = FeedbackStore(settings.feedback_file).all()
    if as_json:
        printing.print_json(found, contacts=False)
    elif found:
        _print_table(found, settings.language)
    else:
        _say_none(settings)


@feedback.command()
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="Folder to write queries.jsonl, qrels.tsv, unanswerable.jsonl and to_judge.jsonl in.",
)
@click.option(
    "--statements",
    type=click.Path(path_type=Path),
    help="JSONL to write proposed statements in, for a person to grade before they are learnt.",
)
@click.option("--force", is_flag=True, help="Replace files that are there.")
@click.option("--json", "as_json", is_flag=True, help="What was written, as one JSON object.")
@language_option
def export(
    output: Path | None, statements: Path | None, force: bool, as_json: bool, language: str | None
) -> None:
    """Write candidate rows for an evaluation folder, or proposed statements."""
    from recueil_qa.access import audit
    from recueil_qa.cli import printing
    from recueil_qa.evaluation.feedback import FeedbackStore
    from recueil_qa.evaluation.proposals import candidates, proposals

    if (output is None) == (statements is None):
        raise click.UsageError("give --output or --statements, one of the two")
    settings = settings_of({"language": language})
    found = FeedbackStore(settings.feedback_file).all()
    audit.record_command("export", settings.audit)
    told: dict[str, Any] = {"written": {}}
    if found and output:
        told["written"] = _write_candidates(output, candidates(found), force)
    if statements:
        proposed = proposals(found)
        told["left_out"] = proposed.left_out
        if found:
            told["written"] = _write_proposals(statements, proposed, force)
    if as_json:
        printing.print_json(told, contacts=False)
    elif not found:
        _say_none(settings)
    else:
        click.echo(f"{TEXTS['written'].to(settings.language)} {output or statements} :")
        for name, count in told["written"].items():
            if output:
                click.echo(f"  {name:18} {count:5}  {TEXTS[name].to(settings.language)}")
            else:
                click.echo(f"  {count:5}  {TEXTS['proposed'].to(settings.language)}")
        if told.get("left_out"):
            click.echo(f"  {told['left_out']:5}  {TEXTS['left_out'].to(settings.language)}")


@feedback.command()
@click.option("--yes", is_flag=True, help="Ask nothing.")
@language_option
@click.pass_context
def clear(ctx: click.Context, yes: bool, language: str | None) -> None:
    """Erase all the feedback; asks first."""
    from recueil_qa.evaluation.feedback import FeedbackStore

    settings = settings_of({"language": language})
    store = FeedbackStore(settings.feedback_file)
    count = store.count()
    if not count:
        _say_none(settings)
    elif yes or _is_sure(f"{count} {TEXTS['sure'].to(settings.language)} {store.path}", settings):
        click.echo(f"{store.clear()} {TEXTS['cleared'].to(settings.language)} {store.path}")
    else:
        click.echo(TEXTS["kept"].to(settings.language), err=True)
        ctx.exit(1)


def _say_none(settings: Settings) -> None:
    click.echo(f"{TEXTS['none'].to(settings.language)} {settings.feedback_file}")


def _print_table(found: tuple[Feedback, ...], language: str) -> None:
    from rich.table import Table
    from rich.text import Text

    from recueil_qa.cli import printing

    table = Table(box=None, pad_edge=False)
    headers = messages.Text(
        "Date|Avis|Sur|Question|Commentaire", "Date|Verdict|On|Question|Comment"
    )
    for header in headers.to(language).split("|"):
        table.add_column(header, overflow="fold")
    for row in found:
        whole = TEXTS["answer" if row.answered else "abstention"].to(language)
        cells = (row.at[:10], TEXTS[row.verdict].to(language), row.target or whole, row.question)
        table.add_row(*map(Text, (*cells, row.comment)))
    printing.out().print(table)


def _write_candidates(folder: Path, rows: Candidates, force: bool) -> dict[str, int]:
    """Write the files of an evaluation folder; return how many rows each holds."""
    from recueil_qa.files import write_whole

    files = _files(rows)
    _make_room(folder, files, force)
    for name, lines in files.items():
        write_whole(folder / name, "".join(f"{line}\n" for line in lines))
    return {name: len(lines) for name, lines in files.items()}


def _write_proposals(path: Path, proposed: Proposals, force: bool) -> dict[str, int]:
    """Write the file of proposed statements; return how many it holds.

    Raises:
        WriteError: the file is there (and not `force`), or it can't be written.
    """
    from recueil_qa.files import write_whole

    try:
        there = path.is_file()
    except OSError as error:
        raise _unwritable(path, error) from error
    if there and not force:
        raise WriteError(
            Text(
                "{} existe déjà ; rien n'a changé. Donnez un autre nom ou, pour le remplacer : {}",
                "{} is there already; nothing has changed. Give another name or, to replace it: {}",
            ).format(path, _again("--statements", path))
        )
    lines = [json.dumps(row, ensure_ascii=False) for row in proposed.rows]
    write_whole(path, "".join(f"{line}\n" for line in lines))
    return {str(path): len(lines)}


def _files(rows: Candidates) -> dict[str, list[str]]:
    """Return the lines of each file, as evaluation folders have them."""
    as_json = {
        name: [json.dumps(row, ensure_ascii=False) for row in written]
        for name, written in (
            ("queries.jsonl", rows.queries),
            ("unanswerable.jsonl", rows.unanswerable),
            ("to_judge.jsonl", rows.to_judge),
        )
    }
    return as_json | {"qrels.tsv": ["\t".join(map(str, row)) for row in rows.qrels]}


def _make_room(folder: Path, names: dict[str, list[str]], force: bool) -> None:
    """Make the folder; refuse, before anything is written, to replace files.

    Raises:
        WriteError: files are there (and not `force`), or the folder can't be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        there = [name for name in names if (folder / name).exists()]
    except OSError as error:
        raise _unwritable(folder, error) from error
    if there and not force:
        listed = ", ".join(sorted(there))
        raise WriteError(
            Text(
                "{0} contient déjà {1} ; rien n'a changé. Pour remplacer : {2}",
                "{0} holds {1} already; nothing has changed. To replace them: {2}",
            ).format(folder, listed, _again("--output", folder))
        )


def _unwritable(path: Path, error: OSError) -> WriteError:
    from recueil_qa.faults import system_reason

    return WriteError(
        Text(
            "{} : impossible à écrire ({}) ; voyez les droits et la place",
            "{}: can't be written ({}); mend the permissions or the space",
        ).format(path, system_reason(error))
    )


def _again(option: str, path: Path) -> messages.Command:
    return messages.Command("recueil-qa", "feedback", "export", option, path, "--force")


def _is_sure(question: str, settings: Settings) -> bool:
    """Ask on the terminal; no answer (a closed input, an interruption) is a no."""
    asked = f"{question} ? {TEXTS['yes'].to(settings.language)}"
    try:
        answer = click.prompt(asked, default="", show_default=False, prompt_suffix=" ")
    except click.Abort:
        click.echo()
        return False
    return str(answer).strip().casefold() in ("o", "oui", "y", "yes")
