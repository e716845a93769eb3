"""The Python that runs commands of their own."""

from __future__ import annotations

import sys
from pathlib import Path

PYTHON = Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}")
