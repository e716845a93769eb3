"""Where a collection stands beside others for a query: on one scale, in deviations.

Chances are no such scale: those that heads learnt say who is helped by a booklet of one kind,
and those without say how far above nothing a collection is, which one on a near subject is for
most of what another one is asked (docs/quality.md has both). What all collections have is text,
and what nothing reaches in it. So the first practice's text and the nearest question count, above
what questions that nothing answers reach here, and how far the first practice stands out.
"""

from __future__ import annotations

import numpy as np

from recueil_qa.search.nearness import evidence, told
from recueil_qa.search.scored import Scored


def standing(scored: Scored, collection: str) -> float:
    """Return where a collection that is alone in its scope stands; minus infinity where none is."""
    index, accepted = scored.scope.index, scored.scope.accepted
    ranked = scored.ranking()
    ranked = ranked[accepted[ranked]]
    if not len(ranked):
        return -np.inf
    first = int(ranked[0])
    text = told(scored.scope.pools[1], scored.similarities)[first]
    asked = scored.similarities[index.asked][accepted[index.owners[index.asked]]]
    above = evidence(float(text), float(asked.max())) - index.levels.beside.get(collection, 0.0)
    return above + float(scored.practices[first])
