"""The commands of drafts: have a model write them, list them, accept or refuse them one by one."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recueil_qa.cli.options import collection_option, corpus_option, language_option, settings_of
from recueil_qa.errors import RecueilError
from recueil_qa.messages import table

if TYPE_CHECKING:
    from recueil_qa.corpus.corpus import Collection
    from recueil_qa.drafting.asking import Drafted
    from recueil_qa.drafting.drafts import Draft
    from recueil_qa.settings import Settings

TEXTS = table(
    {
        "sending": (
            "{} rédige d'après {} pratique(s), envoyées à {} (titres, organisations, lignes ; pas "
            "les coordonnées) …",
            "{} drafts from {} practice(s), sent to {} (titles, organisations, lines; no "
            "contacts) …",
        ),
        "nothing": (
            "chaque pratique a déjà été soumise au modèle ; nommez celles à lui soumettre encore",
            "the model was asked about every practice already; name those to ask about again",
        ),
        "kept": ("{} brouillon(s) gardé(s), {} en attente : {}", "{} draft(s) kept, {} wait: {}"),
        "dropped": ("écartés : {}", "dropped: {}"),
        "failed": ("{} pratique(s) sans réponse : {}", "{} practice(s) without a reply: {}"),
        "next": ("Pour les relire : {}", "To read them: {}"),
        "none": ("aucun brouillon n'attend", "no draft waits"),
        "question": ("question", "question"),
        "statement": ("situation", "statement"),
        "choose": (
            "[a]ccepter, [m]odifier, [r]efuser, [p]asser, [q]uitter",
            "[a]ccept, [e]dit, [r]efuse, [s]kip, [q]uit",
        ),
        "text": ("Texte (Entrée le laisse)", "Text (Enter keeps it)"),
        "grades": (
            "Notes, comme « {} » (Entrée les laisse)",
            "Grades, as '{}' (Enter keeps them)",
        ),
        "written": ("écrit dans {}", "written to {}"),
        "done": (
            "{} accepté(s), {} refusé(s), {} en attente",
            "{} accepted, {} refused, {} wait",
        ),
        "long": ("trop long", "too long"),
        "short": ("trop court", "too short"),
        "markup": ("mise en forme, lien ou id", "markup, link or id"),
        "personal": ("donnée personnelle", "personal data"),
        "language": ("autre langue", "another language"),
        "quoted": ("recopie la pratique", "repeats the practice"),
        "twice": ("déjà là, ou presque", "there already, or nearly"),
        "many": ("au-delà de ce qui est gardé", "beyond what is kept"),
    }
)
_ANSWERS = {"a": "accept", "m": "edit", "e": "edit", "r": "refuse", "p": "skip", "s": "skip"}


@click.group()
def draft() -> None:
    """Draft questions and statements with the model set; review them."""


@draft.command("questions")
@click.argument("practices", nargs=-1)
@collection_option
@click.option("--limit", type=click.IntRange(1), help="Practices to ask about, at most.")
@click.option(
    "--accept",
    type=click.Choice(["ask", "none"]),
    help="Review them at once (ask), or leave them to wait; on a terminal: ask.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
@corpus_option
@language_option
def questions(
    practices: tuple[str, ...],
    collection: Path | None,
    limit: int | None,
    accept: str | None,
    as_json: bool,
    corpus: Path | None,
    language: str | None,
) -> None:
    """Draft questions and statements of practices; nothing is indexed unread.

    Without PRACTICES, of all that the model was not asked about yet: a run that was stopped goes
    on.
    """
    from recueil_qa.cli import printing
    from recueil_qa.drafting import asking
    from recueil_qa.drafting.drafts import read_drafts
    from recueil_qa.reader.reading import client_of

    settings, found = _opened(collection, corpus, language)
    model = client_of(settings)
    chosen = asking.chosen(found, practices, limit)
    said = TEXTS["sending"].format(settings.reader_model, len(chosen), settings.reader_host)
    told = said if chosen else TEXTS["nothing"]
    print(told.to(settings.language), file=sys.stderr, flush=True)
    with printing.progress(settings.language, "drafting") as progress:
        done = asking.draft(found, chosen, model, settings.reader_model, progress)
    drafts = read_drafts(found.path)
    if as_json:
        faults = {why.to(settings.language): times for why, times in done.faults.items()}
        counts = {"asked": done.asked, "kept": done.kept, "dropped": dict(done.dropped)}
        more = {"faults": faults, "waiting": len(drafts.waiting), "file": str(drafts.path)}
        printing.print_json(counts | more, contacts=False)
    else:
        _print_drafted(done, len(drafts.waiting), drafts.path, settings.language)
    is_asked = accept == "ask" or (accept is None and sys.stdin.isatty() and not as_json)
    if is_asked and drafts.waiting:
        _review(found, settings.language)
    if done.faults and not done.asked:
        sys.exit(1)


@draft.command("list")
@collection_option
@click.option("--json", "as_json", is_flag=True, help="One JSON array, for programs.")
@corpus_option
@language_option
def list_drafts(
    collection: Path | None, as_json: bool, corpus: Path | None, language: str | None
) -> None:
    """List the drafts that wait."""
    from recueil_qa.cli import printing
    from recueil_qa.corpus.folders import find_collection
    from recueil_qa.drafting.drafts import read_drafts

    settings = settings_of({"corpus": corpus, "language": language})
    waiting = read_drafts(find_collection(settings.corpus, collection)).waiting
    if as_json:
        printing.print_json([each.row() for each in waiting], contacts=False)
        return
    for each in waiting:
        click.echo(f"{each.id}  {_head(each, settings.language)}\n  {each.text}")
    if not waiting:
        click.echo(TEXTS["none"].to(settings.language))


@draft.command("review")
@collection_option
@corpus_option
@language_option
def review(collection: Path | None, corpus: Path | None, language: str | None) -> None:
    """Accept, edit or refuse the drafts that wait, one by one."""
    settings, found = _opened(collection, corpus, language)
    _review(found, settings.language)


def _opened(
    given: Path | None, corpus: Path | None, language: str | None
) -> tuple[Settings, Collection]:
    from recueil_qa.corpus.folders import find_collection
    from recueil_qa.corpus.reading import read_corpus

    settings = settings_of({"corpus": corpus, "language": language})
    folder = find_collection(settings.corpus, given).resolve()
    root = settings.corpus if folder.is_relative_to(settings.corpus.resolve()) else folder
    collections = read_corpus(root).collections
    return settings, next(one for one in collections if one.path.resolve() == folder)


def _print_drafted(done: Drafted, waiting: int, path: Path, language: str) -> None:
    click.echo(TEXTS["kept"].format(done.kept, waiting, path).to(language))
    if done.dropped:
        listed = [f"{TEXTS[why].to(language)} {n}" for why, n in done.dropped.most_common()]
        click.echo(TEXTS["dropped"].format(", ".join(listed)).to(language))
    for why, times in done.faults.most_common():
        click.echo(TEXTS["failed"].format(times, why).to(language), err=True)
    if waiting:
        click.echo(TEXTS["next"].format("recueil-qa draft review").to(language))


def _head(each: Draft, language: str) -> str:
    place = f"{each.practice}/{each.line}" if each.line else each.practice
    grades = " ".join(f"{name}={grade}" for name, grade in each.grades.items())
    told = (TEXTS[each.kind].to(language), each.language, place, each.register_, grades)
    return " · ".join(filter(None, told))


def _review(collection: Collection, language: str) -> None:
    """Show each draft that waits and do what is answered; a closed input ends it."""
    from recueil_qa.drafting import accepting
    from recueil_qa.drafting.drafts import read_drafts

    waiting = read_drafts(collection.path).waiting
    counts: Counter[str] = Counter()
    for place, each in enumerate(waiting, 1):
        click.echo(f"\n{place}/{len(waiting)}  {_head(each, language)}\n  {each.text}")
        answer = _asked(language)
        if answer == "quit":
            break
        try:
            if answer == "refuse":
                accepting.refuse(collection.path, each.id)
            elif answer in ("accept", "edit"):
                changes = _edited(each, language) if answer == "edit" else {}
                path = accepting.accept(collection, each.id, **changes)
                click.echo(TEXTS["written"].format(path).to(language))
            counts[answer] += 1
        except RecueilError as error:  # it waits still
            click.echo(error.text("en" if language == "en" else "fr"), err=True)
    left = len(read_drafts(collection.path).waiting)
    accepted = counts["accept"] + counts["edit"]
    if waiting:
        click.echo(TEXTS["done"].format(accepted, counts["refuse"], left).to(language))
    else:
        click.echo(TEXTS["none"].to(language))


def _asked(language: str) -> str:
    while True:
        try:
            typed = click.prompt(TEXTS["choose"].to(language), prompt_suffix=" : ")
        except click.Abort:
            click.echo()
            return "quit"
        key = str(typed).strip().casefold()[:1]
        if key == "q":
            return "quit"
        if key in _ANSWERS:
            return _ANSWERS[key]


def _edited(each: Draft, language: str) -> dict[str, Any]:
    from recueil_qa.drafting.accepting import read_grades

    asked = TEXTS["text"].to(language)
    text = click.prompt(asked, default=each.text, show_default=False, prompt_suffix=" : ")
    if each.kind == "question":
        return {"text": text}
    written = " ".join(f"{name}={grade}" for name, grade in each.grades.items())
    asked = TEXTS["grades"].format(written).to(language)
    typed = click.prompt(asked, default=written, show_default=False, prompt_suffix=" : ")
    return {"text": text, "grades": read_grades(typed)}
