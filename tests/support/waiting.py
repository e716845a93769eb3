"""How long tests wait for what comes soon."""

from __future__ import annotations

PATIENCE = 120.0  # seconds: a busy machine may take its time, a hang fails
