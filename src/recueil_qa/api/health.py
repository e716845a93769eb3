"""Whether the process lives, whether it can answer, and what it counts."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime

from fastapi import APIRouter
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from starlette.responses import JSONResponse, Response

from recueil_qa import maintenance
from recueil_qa.errors import RecueilError
from recueil_qa.shared import Shared
from recueil_qa.types import Answer

SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_NOT_KEPT = {"Cache-Control": "no-store"}


class Metrics(Collector):
    """What is counted of one shared assistant, whichever door asked; no question, no address."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self.registry = CollectorRegistry()
        self._questions = Counter(
            "recueil_questions", "Questions that were put.", registry=self.registry
        )
        self._refusals = Counter(
            "recueil_refusals",
            "Questions that nothing answers, by the reason.",
            ["reason"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "recueil_answer_seconds",
            "Seconds that an answer took.",
            buckets=SECONDS,
            registry=self.registry,
        )
        self.registry.register(self)
        shared.listen(self._count)

    def _count(self, answer: Answer, seconds: float) -> None:
        self._questions.inc()
        self._seconds.observe(seconds)
        if answer.reason:
            self._refusals.labels(answer.reason).inc()

    def collect(self) -> Iterable[Metric]:
        """Return what is known of the build, when it is asked for."""
        opened = self._shared.opened
        yield GaugeMetricFamily("recueil_ready", "1 if questions are answered.", bool(opened))
        if opened is None:
            return
        now = opened.latest()
        built = datetime.fromisoformat(now.built)
        built = built if built.tzinfo else built.replace(tzinfo=UTC)
        age = time.time() - built.timestamp()
        yield InfoMetricFamily("recueil_build", "The build that serves.", {"build": now.build})
        yield GaugeMetricFamily("recueil_build_age_seconds", "Seconds since it was made.", age)

    def describe(self) -> Iterable[Metric]:
        """Return nothing: what is collected is asked for when it is wanted."""
        return ()


def router(shared: Shared, metrics: Metrics) -> APIRouter:
    """Return the routes for whoever operates it; they are no part of the API's schema."""
    made = APIRouter(include_in_schema=False)

    @made.get("/livez")
    async def livez() -> Response:
        return JSONResponse({"live": True}, headers=_NOT_KEPT)

    @made.get("/readyz")
    def readyz() -> Response:
        """Say whether questions are answered, and whether by the build that is to serve."""
        opened = shared.opened
        told: dict[str, object] = {"ready": opened is not None}
        if opened is not None:
            now = opened.latest()
            try:
                told["current"] = maintenance.current_build(shared.settings) == now.build
            except RecueilError:
                told["current"] = False
            told["build"] = now.build
        return JSONResponse(told, 200 if opened else 503, _NOT_KEPT)

    @made.get("/metrics")
    def tell_metrics() -> Response:
        return Response(generate_latest(metrics.registry), 200, _NOT_KEPT, CONTENT_TYPE_LATEST)

    return made
