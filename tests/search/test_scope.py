from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from recueil_qa import Assistant, Filters
from recueil_qa.index.engine import FacetMasks
from recueil_qa.index.opened import Index
from recueil_qa.index.opening import open_index
from recueil_qa.search.scope import Scope
from recueil_qa.types import EVERYTHING

CAISSE = Filters(sector="caisse")  # type: ignore[arg-type]


@pytest.fixture
def opened(index_root: Path) -> Index:
    return open_index(index_root)


def some_filters(index: Index) -> Iterator[Filters]:
    """Yield filters on a theme and a sector, on several, on one, on none, and on what none has."""
    themes = [{}, {"theme": {"Écrit"}}, {"theme": {"Écrit", "Accueil"}}, {"theme": {"aucun"}}]
    sectors = [{}, {"sector": {"caisse"}}, {"sector": {"commune", "caisse"}}]
    for theme, sector in product(themes, sectors):
        yield Filters.of({name: frozenset(values) for name, values in (theme | sector).items()})


def test_a_scope_accepts_what_its_filters_accept(opened: Index) -> None:
    whole = Scope(opened)
    for filters in some_filters(opened):
        kept = [filters.accepts(practice) for practice in opened.practices]
        for scope in (whole.within(filters), Scope(opened, filters)):
            assert scope.accepted.tolist() == kept
            assert scope.accepted_passages.tolist() == [kept[i] for i in opened.owners.tolist()]


def test_filters_take_the_place_of_others_and_what_is_made_once_is_kept(opened: Index) -> None:
    whole = Scope(opened)
    within = whole.within(CAISSE)
    assert whole.within(EVERYTHING) is whole
    assert within.within(CAISSE) is within
    assert within.pools is whole.pools
    assert within.within(EVERYTHING).pools is whole.pools
    assert within.within(EVERYTHING).accepted.all()
    assert within.index is whole.index


def test_pools_of_some_passages_are_of_these_alone(opened: Index) -> None:
    used = np.arange(len(opened.owners)) % 2 == 0
    asked, rest = Scope(opened).pools_of(used)
    ones = np.ones(len(used), np.float32)
    for pool, kind in ((asked, opened.is_question), (rest, ~opened.is_question)):
        has = [bool((kind & used)[opened.own(i)].any()) for i in range(len(opened.practices))]
        assert (~np.isnan(pool.means(ones, 1))).tolist() == has


def test_filters_are_evaluated_once_a_question(
    small: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    small.ask("les lettres")
    evaluated, accepted = list[Filters](), FacetMasks.accepted

    def counted(self: FacetMasks, filters: Filters) -> object:
        evaluated.append(filters)
        return accepted(self, filters)

    def never(*_: object) -> bool:
        raise AssertionError("one practice at a time")

    monkeypatch.setattr(FacetMasks, "accepted", counted)
    monkeypatch.setattr(Filters, "accepts", never)
    for question in ("Nos lettres sont incompréhensibles", "Relire chaque lettre avec un usager"):
        assert small.ask(question, filters=CAISSE).hits
        assert small.search(question, filters=CAISSE)
    assert evaluated == [CAISSE] * 4
