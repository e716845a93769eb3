"""What the command line does with a language model that reads, where one is set."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recueil_qa.cli.options import places, settings_of
from recueil_qa.messages import Text, table

if TYPE_CHECKING:
    from recueil_qa.errors import ReaderError
    from recueil_qa.evaluation.rows import JudgedRow
    from recueil_qa.search.searcher import Searcher
    from recueil_qa.types import Answer, Filters

WORDS = table(
    {
        "reading": ("{} lit les pratiques ({}) …", "{} reads the practices ({}) …"),
        "late": ("Non lu : {}", "Not read: {}"),
        "unread": ("{} question(s) sur {} non lue(s) : {}", "{} of {} question(s) not read: {}"),
        "none": ("aucun lecteur n'est réglé", "no reader is set"),
        "set": ("lecteur : {} sur {}", "reader: {} on {}"),
        "kept": ("{} réponse(s) gardée(s)", "{} reply(ies) kept"),
        "emptied": ("{} réponse(s) effacée(s)", "{} reply(ies) removed"),
    }
)


def read(
    searcher: Searcher, answer: Answer, question: str, filters: Filters, *, as_typed: bool
) -> Answer:
    """Have an answer read, saying so on the error stream; where that fails, the answer stands."""
    from recueil_qa.errors import ReaderError
    from recueil_qa.reader.reading import Reader, is_to_read
    from recueil_qa.types import Reading

    if not is_to_read(answer):
        return answer
    settings = searcher.settings
    said = WORDS["reading"].format(settings.reader_model, settings.reader_host)
    print(said.to(settings.language), file=sys.stderr, flush=True)
    try:
        reader = Reader(settings)
        found = reader.read(searcher, answer, question, filters=filters, as_typed=as_typed)
    except ReaderError as error:
        found = replace(answer, reader=Reading(settings.reader_model, notice=error.message))
    if found.reader and found.reader.notice:
        late = WORDS["late"].format(found.reader.notice)
        print(late.to(settings.language), file=sys.stderr)
    return found


def read_all(
    searcher: Searcher,
    texts: Sequence[str],
    top: int | None,
    jobs: int,
    progress: Callable[[int, int], None] | None = None,
    keep: Callable[[int, Answer], None] | None = None,
    filters: Filters | None = None,
) -> tuple[list[Answer], Counter[Text]]:
    """Answer texts and have them read, several at once; return why some were not read.

    `keep` takes each answer as it comes, with its place, one at a time. What the next question
    would meet too is met once: the others are then unread for the same reason, unless they were
    read before.

    Raises:
        ReaderError: no reader is set, or what it needs is missing.
    """
    from recueil_qa.reader.reading import Reader, is_to_read
    from recueil_qa.types import Reading

    reader = Reader(searcher.settings)
    lasting: ReaderError | None = None
    faults = Counter[Text]()
    lock = threading.Lock()
    done = 0

    def note(error: ReaderError) -> None:
        nonlocal lasting
        with lock:
            if error.lasting:
                lasting = error
            faults[error.message] += 1

    def answered(place: int, text: str) -> Answer:
        nonlocal done
        found = searcher.ask_leads(text, top=top, filters=filters)
        met = lasting
        found = reader.read(searcher, found, text, filters=filters, send=met is None, told=note)
        if met and found.reader is None and is_to_read(found):
            note(met)
            found = replace(
                found, reader=Reading(searcher.settings.reader_model, notice=met.message)
            )
        with lock:
            done += 1
            if keep:
                keep(place, found)
            if progress:
                progress(done, len(texts))
        return found

    searcher.load_encoder()
    with ThreadPoolExecutor(jobs) as pool:
        try:
            answers = [*pool.map(answered, range(len(texts)), texts)]
        except BaseException:
            # Those under way end, no other begins.
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return answers, faults


def run_read(
    searcher: Searcher,
    queries: Path,
    output: Path,
    top: int | None,
    jobs: int,
    progress: Callable[[int, int], None] | None = None,
    filters: Filters | None = None,
) -> tuple[int, Counter[Text]]:
    """Answer every row of `queries`, read; return the row count, and why some were not read.

    Rows of `output` that were read before, by the same model from the same question and build, stay
    as they are; what is read is written as it comes, so that a run that was stopped goes on.

    Raises:
        RowsError, WriteError: as `batch.run_batch`.
        ReaderError: see `read_all`.
    """
    from recueil_qa.cli.resumed import Resumed
    from recueil_qa.evaluation.rows import QueryRow, read_rows

    rows = read_rows(queries, QueryRow)
    resumed = Resumed(searcher, output, rows, top or searcher.settings.top, filters)
    texts = [row.text for row in resumed.left]
    try:
        _, faults = read_all(searcher, texts, top, jobs, progress, resumed.keep, filters)
    except BaseException:
        resumed.save()
        raise
    resumed.finish()
    return len(rows), faults


def compared(
    searcher: Searcher, sets: Mapping[str, Sequence[JudgedRow]], jobs: int
) -> dict[str, dict[str, float]]:
    """Measure sets of judged queries, by the search alone and as the model reads them.

    Says why some were not read. Raises as `read_all`.
    """
    from recueil_qa.cli import printing
    from recueil_qa.evaluation import judged

    language = searcher.settings.language
    searched, read = {}, {}
    for name, rows in sets.items():
        texts = [row.text for row in rows]
        searched[name] = [*zip(rows, map(searcher.ask_leads, texts), strict=True)]
        with printing.progress(language, "reading") as progress:
            answers, faults = read_all(searcher, texts, None, jobs, progress)
        read[name] = [*zip(rows, answers, strict=True)]
        print_faults(faults, len(rows), language)
    return judged.compared(searched, read)


def print_faults(faults: Counter[Text], count: int, language: str) -> None:
    """Say how many answers were not read, and why, on the error stream."""
    for why, times in faults.most_common():
        print(WORDS["unread"].format(times, count, why).to(language), file=sys.stderr)


@click.command("reader")
@click.option("--empty", is_flag=True, help="Remove the replies that are kept.")
@places
def reader_command(empty: bool, **options: Any) -> None:
    """Show the model that is set to read, and its kept replies."""
    from recueil_qa.reader.cache import replies_in

    settings = settings_of(options)
    kept = replies_in(settings.index)
    count = kept.count()
    if empty:
        kept.empty()
    which = WORDS["set"].format(settings.reader_model, settings.reader_host)
    told = which if settings.reader else WORDS["none"]
    click.echo(told.to(settings.language))
    click.echo(WORDS["emptied" if empty else "kept"].format(count).to(settings.language))
