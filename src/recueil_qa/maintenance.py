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
    from recueil_qa.encoding.encoder import Progress
    from recueil_qa.evaluation.report import Report
    from recueil_qa.settings import Settings

# What its functions take and return.
_HOMES = {"Holder": "builds.locks", "Patience": "builds.locks", "Report": "evaluation.report"}

__all__ = [
    "Holder",
    "Patience",
    "Report",
    "current_build",
    "examine",
    "last_report",
    "rebuild",
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
