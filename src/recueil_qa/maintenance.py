"""What keeps an index up to date: for the command line, the page and other programs.

None of it needs an open index, and what it needs is imported when it is called: whoever only asks
waits for none of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recueil_qa.builds.build import Notice
    from recueil_qa.builds.locks import Holder, Patience
    from recueil_qa.builds.rebuild import Rebuilt
    from recueil_qa.doctor.finding import Finding
    from recueil_qa.drafting.drafts import Draft
    from recueil_qa.encoding.encoder import Progress
    from recueil_qa.evaluation.report import Report
    from recueil_qa.settings import Settings

# What its functions take and return.
_HOMES = {"Holder": "builds.locks", "Patience": "builds.locks", "Report": "evaluation.report"}

__all__ = [
    "Holder",
    "Patience",
    "Report",
    "accept_draft",
    "builder",
    "current_build",
    "drafts",
    "examine",
    "last_report",
    "rebuild",
    "refuse_draft",
]


def __getattr__(name: str) -> Any:
    """Import on first use, as the functions do."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"recueil_qa.{_HOMES[name]}"), name)


def current_build(settings: Settings) -> str:
    """Return the name of the build that serves, without opening it.

    Raises:
        IndexMissingError: nothing was built yet.
        IndexDamagedError: CURRENT names no build.
    """
    from recueil_qa.index import current

    return current.current_build(settings.index).name


def builder(settings: Settings) -> Holder | None:
    """Return which process builds this index now, or None."""
    from recueil_qa.builds import locks

    return locks.holder_of(settings.index)


def rebuild(
    settings: Settings,
    progress: Progress | None = None,
    *,
    force: bool = False,
    full: bool = False,
    tolerance: float | None = None,
    wait: bool = True,
    notice: Notice | None = None,
    patience: Patience | None = None,
    measuring: Callable[[int, int], None] | None = None,
) -> Rebuilt:
    """Rebuild the index from the corpus, if needed: see `builds.rebuild.rebuild`.

    Raises:
        CorpusError, EncoderError, RowsError, WriteError, EngineError, BusyError: the index that
            served still does.
    """
    from recueil_qa.builds import rebuild

    return rebuild.rebuild(
        settings,
        progress,
        force=force,
        full=full,
        tolerance=tolerance,
        wait=wait,
        notice=notice,
        patience=patience,
        measuring=measuring,
    )


def examine(settings: Settings) -> list[Finding]:
    """Check all that answering rests on, and say how to mend it."""
    from recueil_qa.doctor import examine

    return examine.examine(settings)


def last_report(settings: Settings) -> Report | None:
    """Return the latest evaluation in the home's `eval/results`, or None.

    Raises:
        RowsError: it can't be read.
    """
    from recueil_qa.evaluation import report

    return report.latest_report(settings.home / "eval" / "results")


def drafts(settings: Settings) -> list[tuple[str, Draft]]:
    """Return the drafts that wait, each with its collection's folder name.

    Raises:
        CorpusError: they can't be read.
    """
    from recueil_qa.corpus.folders import collection_folders
    from recueil_qa.drafting.drafts import read_drafts

    folders = collection_folders(settings.corpus)
    return [(folder.name, draft) for folder in folders for draft in read_drafts(folder).waiting]


def accept_draft(
    settings: Settings, collection: str, identifier: str, text: str, grades: str = ""
) -> None:
    """Write a draft into the files of its collection; `grades` as `recueil-2014-p23=2`.

    Raises:
        CorpusError, NotFoundError, BusyError, WriteError: nothing has changed.
    """
    from recueil_qa.corpus.reading import read_corpus
    from recueil_qa.drafting import accepting

    collections = read_corpus(settings.corpus).collections
    found = next(one for one in collections if one.path.name == collection)
    chosen = accepting.read_grades(grades) if grades else None
    accepting.accept(found, identifier, text=text, grades=chosen)


def refuse_draft(settings: Settings, collection: str, identifier: str) -> None:
    """Keep a draft as one that is not wanted. Raises as `accept_draft`."""
    from recueil_qa.corpus.folders import collection_folders
    from recueil_qa.drafting import accepting

    folders = collection_folders(settings.corpus)
    accepting.refuse(next(one for one in folders if one.name == collection), identifier)
