"""What stands in the guides, to be followed."""

from __future__ import annotations

import re

from tests.support import ROOT

GUIDE = (ROOT / "docs" / "guide-mainteneur.fr.md").read_text("utf-8")
# A comment that says what the reader's machine has been through, or how the next commands end;
# or a block, of commands, of what they print, or of a file.
STEP = re.compile(
    r"^<!-- (?P<note>run|exit): (?P<value>[^\n]+) -->$|^```(?P<kind>\w+)\n(?P<body>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
COMMANDS = [
    line
    for step in STEP.finditer(GUIDE)
    if step["kind"] == "sh"
    for line in step["body"].splitlines()
]
