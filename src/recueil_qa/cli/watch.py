"""A rebuild on a terminal, or as one JSON object a line for programs."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal, Protocol

from rich.table import Table
from rich.text import Text

from recueil_qa.builds.listing import current_name
from recueil_qa.cli import printing
from recueil_qa.messages import alike, table

if TYPE_CHECKING:
    from recueil_qa.builds.locks import Holder
    from recueil_qa.builds.rebuild import Rebuilt
    from recueil_qa.evaluation.gate import Comparison
    from recueil_qa.index.manifest import Manifest

SECONDS = 0.5  # between two lines of progress

WORDS = table(
    {
        "waiting": (
            "Une autre construction est en cours ({}) : celle-ci attend qu'elle finisse (Ctrl+C "
            "pour renoncer).",
            "Another build is under way ({}): this one waits until it ends (Ctrl+C to give up).",
        ),
        "resuming": (
            "La construction précédente s'est arrêtée sans finir ({}) ; celle-ci la reprend.",
            "The build before stopped half-way ({}); this one goes on from there.",
        ),
        "somebody": ("un autre processus", "another process"),
        "up_to_date": ("L'index est à jour.", "The index is up to date."),
        "built": ("Index construit et mis en service.", "Index built and put in service."),
        "kept_out": (
            "La nouvelle version mesure moins bien : elle n'est PAS en service.",
            "The new build measures worse: it is NOT in service.",
        ),
        "mend": (
            "Comparez-la : recueil-qa diff {0} {1}. Mettez-la en service malgré tout : "
            "recueil-qa activate {1}",
            "Compare it: recueil-qa diff {0} {1}. Put it in service all the same: "
            "recueil-qa activate {1}",
        ),
        "against": (
            "Attention : de ce même corpus, --gate avait écarté la version {}. Pour revenir : "
            "recueil-qa rollback",
            "Mind: of this very corpus, --gate had kept build {} out of service. To go back: "
            "recueil-qa rollback",
        ),
        "forced": (
            "Elle mesure moins bien, et sert parce que --force le demande.",
            "It measures worse, and serves because --force says so.",
        ),
        "first": (
            "Aucune mesure de l'index en service : rien à comparer.",
            "No measure of the index in service: nothing to compare with.",
        ),
        "gone": (
            "Pratiques jugées dans eval/ et absentes du corpus : {}",
            "Practices judged in eval/ and absent from the corpus: {}",
        ),
        "tolerance": ("tolérance", "tolerance"),
        "encoder": ("encodeur", "encoder"),
        "encoded": ("textes encodés", "texts encoded"),
        "columns": ("mesure|avant|après|écart|", "measure|before|after|difference|"),
        "fell": ("baisse", "fell"),
        "seconds": ("secondes", "seconds"),
    }
)
# What a manifest counts; and the measures, whose names are alike in French where none is given.
COUNTS = table(
    {
        "line": ("lignes", "lines"),
        "practices": ("pratiques", "practices"),
        "question": ("questions et situations", "questions and statements"),
        "section": ("sections", "sections"),
        "title": ("titres", "titles"),
        "unanswered": ("situations sans réponse", "statements that nothing answers"),
    }
)
MEASURES = table(
    {
        "advice top-1": ("conseil exact en premier", "advice top-1"),
        "advice top-3": ("conseil exact parmi trois", "advice top-3"),
        "answerable kept": ("questions à réponse gardées", "answerable kept"),
        "unanswerable refused": ("questions sans réponse refusées", "unanswerable refused"),
        "nDCG@10, left out": ("nDCG@10, situations mises de côté", "nDCG@10, left out"),
        "AUROC, left out": ("AUROC, situations mises de côté", "AUROC, left out"),
    }
)


def _counted(language: str, key: str) -> str:
    return COUNTS.get(key, alike(key)).to(language)


class Watch(Protocol):
    """What is told while a rebuild goes on, and at its end."""

    def encoding(self, done: int, total: int) -> None: ...

    def measuring(self, done: int, total: int) -> None: ...

    def notice(self, what: Literal["waiting", "resuming"], who: Holder | None) -> None: ...

    def done(self, rebuilt: Rebuilt, contract: Manifest) -> None: ...


class JsonWatch:
    """One JSON object a line on standard output, and nothing else."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started = clock()
        self._stages: dict[str, tuple[float, float]] = {}

    def encoding(self, done: int, total: int) -> None:
        self._progress("encode", done, total)

    def measuring(self, done: int, total: int) -> None:
        self._progress("measure", done, total)

    def _progress(self, stage: str, done: int, total: int) -> None:
        now = self._clock()
        started, told = self._stages.get(stage, (now, -SECONDS))
        if done < total and now - told < SECONDS and stage in self._stages:
            return
        self._stages[stage] = (started, now)
        rate = done / (now - started) if now > started else 0.0
        left = round((total - done) / rate, 1) if rate else None
        _line(
            event="progress",
            stage=stage,
            done=done,
            total=total,
            per_second=round(rate, 1),
            seconds_left=left,
        )

    def notice(self, what: Literal["waiting", "resuming"], who: Holder | None) -> None:
        _line(event=what, holder=who.model_dump() if who else None)

    def done(self, rebuilt: Rebuilt, contract: Manifest) -> None:
        if rebuilt.comparison:
            _line(event="measures", **asdict(rebuilt.comparison), fell=rebuilt.comparison.fell)
        _line(
            event="done",
            build=rebuilt.folder.name,
            built=rebuilt.built,
            served=rebuilt.served,
            encoded=rebuilt.encoded,
            against=rebuilt.against,
            seconds=round(self._clock() - self._started, 2),
            counts=contract.counts,
        )


def _line(**values: Any) -> None:
    sys.stdout.write(json.dumps(values, ensure_ascii=False) + "\n")
    sys.stdout.flush()


class TerminalWatch:
    """Bars on a terminal, nothing of them in a pipe; then what was built."""

    def __init__(self, language: str, stack: ExitStack) -> None:
        self._language = language
        self._stack = stack
        self._bars: dict[str, Callable[[int, int], None]] = {}
        self._started = time.monotonic()

    def encoding(self, done: int, total: int) -> None:
        self._bar("build", done, total)

    def measuring(self, done: int, total: int) -> None:
        self._bar("evaluate", done, total)

    def _bar(self, key: str, done: int, total: int) -> None:
        if key not in self._bars:
            self._stack.close()
            self._bars[key] = self._stack.enter_context(printing.progress(self._language, key))
        self._bars[key](done, total)

    def notice(self, what: Literal["waiting", "resuming"], who: Holder | None) -> None:
        text = WORDS[what].format(who.text if who else WORDS["somebody"])
        printing.err().print(Text(text.to(self._language), "yellow"))

    def done(self, rebuilt: Rebuilt, contract: Manifest) -> None:
        self._stack.close()
        out, language = printing.out(), self._language
        if rebuilt.comparison:
            print_comparison(rebuilt.comparison, language)
        if not rebuilt.built:
            out.print(Text(WORDS["up_to_date"].to(language), "bold green"))
        elif not rebuilt.served:
            out.print(Text(WORDS["kept_out"].to(language), "bold red"))
            names = (current_name(rebuilt.folder.parent), rebuilt.folder.name)
            ends = [name.rpartition("-")[2] for name in names]
            out.print(Text(WORDS["mend"].to(language).format(*ends)))
        else:
            out.print(Text(WORDS["built"].to(language), "bold green"))
            if rebuilt.against:
                end = rebuilt.against.rpartition("-")[2]
                out.print(Text(WORDS["against"].to(language).format(end), "yellow"))
            if rebuilt.comparison and rebuilt.comparison.fell:
                out.print(Text(WORDS["forced"].to(language), "yellow"))
        table = Table(box=None, show_header=False, pad_edge=False)
        rows = {
            "index": rebuilt.folder,
            WORDS["encoder"].to(language): contract.encoder,
            "corpus": contract.corpus[:16],
        }
        rows |= {_counted(language, key): count for key, count in contract.counts.items()}
        if rebuilt.built:
            rows[WORDS["encoded"].to(language)] = rebuilt.encoded
            rows[WORDS["seconds"].to(language)] = round(time.monotonic() - self._started, 1)
        for key, value in rows.items():
            table.add_row(key, Text(str(value)))
        out.print(table)


@contextmanager
def watching(language: str, form: str) -> Iterator[Watch]:
    """Watch a rebuild as `form` says: "json", or "auto" for whatever the terminal is."""
    if form == "json":
        yield JsonWatch()
        return
    with ExitStack() as stack:
        yield TerminalWatch(language, stack)


def print_comparison(found: Comparison, language: str) -> None:
    """Print the measures of a new build beside those of the one in service."""
    out = printing.out()
    table = Table(box=None, pad_edge=False)
    for place, header in enumerate(WORDS["columns"].to(language).split("|")):
        table.add_column(header, justify="right" if 1 <= place <= 3 else "left")
    for row in found.changes:
        before = "" if row.before is None else f"{row.before:.3f}"
        change = "" if row.before is None else f"{row.after - row.before:+.3f}"
        mark = Text(WORDS["fell"].to(language), "bold red") if row.fell else Text()
        name = MEASURES.get(row.measure, alike(row.measure)).to(language)
        table.add_row(Text(name), before, f"{row.after:.3f}", change, mark)
    out.print(table)
    out.print(Text(f"{WORDS['tolerance'].to(language)} {found.tolerance:g}", "dim"))
    if all(row.before is None for row in found.changes):
        out.print(Text(WORDS["first"].to(language), "yellow"))
    if found.gone:
        out.print(Text(WORDS["gone"].to(language).format(", ".join(found.gone)), "yellow"))
