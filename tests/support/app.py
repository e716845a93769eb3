"""The app through Streamlit's AppTest: to open it, go through it, and read what it shows."""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import parse_qs

import pytest
import streamlit as st
from lxml import html as lxml_html
from streamlit.components.v2 import manifest_scanner
from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.testing.v1 import AppTest, local_script_runner

from recueil_app import session
from recueil_app.render import label
from recueil_qa.builds.build import build_index
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.dossier.dossier import Dossier, Kept
from tests.support import ROOT
from tests.support.encoders import HashEncoder
from tests.support.waiting import PATIENCE

HOSTILE = "<script>alert(1)</script> **gras** [x](javascript:alert(1)) $x^2$ :smile: :red[y] `c`"
REPEATED = "le standard est saturé par des appels répétés"
COUNTED = (
    "le standard est saturé par des appels pour un même motif"  # LINE is set off in its answer
)
OFF_TOPIC = "recette tarte pommes"
LINE, OTHER, WHOLE = "petit-p2/conseils/1", "petit-p3/conseils/2", "petit-p1"

# Each AppTest reads the metadata of all packages that are installed, looking for components, and
# each run compiles the script anew: done once here, as by a server, they take little time.
for owner, name in (
    (manifest_scanner, "scan_component_manifests"),
    (local_script_runner, "ScriptCache"),
):
    mock.patch.object(owner, name, cache(getattr(owner, name))).start()


@pytest.fixture(name="place")
def served_place(
    corpus_root: Path, index_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The home of an app that serves `petit`, with the deterministic encoder."""
    monkeypatch.setenv("RECUEIL_HOME", str(tmp_path))
    monkeypatch.setenv("RECUEIL_CORPUS", str(corpus_root))
    monkeypatch.setenv("RECUEIL_INDEX", str(index_root))
    for module in ("search.searcher", "builds.rebuild"):
        monkeypatch.setattr(f"recueil_qa.{module}.open_encoder", lambda *_: HashEncoder())
        monkeypatch.setattr(f"recueil_qa.{module}.encoder_id", lambda *_: "hash@test")
    # Each test is a new server to the app, which would look for garbage among all that is loaded.
    for name in ("collect", "freeze", "unfreeze"):
        monkeypatch.setattr(gc, name, lambda *_: 0)
    st.cache_resource.clear()
    st.cache_data.clear()
    return tmp_path


def opened(**address: str | list[str]) -> AppTest:
    """Open the app at an address, in a new visit."""
    # Each AppTest stands for a new server, which knows no component yet.
    session._component.cache_clear()
    app = AppTest.from_file(str(ROOT / "app" / "streamlit_app.py"), default_timeout=PATIENCE)
    return visit(app, **address)


def visit(app: AppTest, **address: str | list[str]) -> AppTest:
    """Go to another address within the visit."""
    app.query_params.clear()
    app.query_params.update(address)
    app.run()
    assert not app.exception
    return app


def follow(app: AppTest, href: str) -> AppTest:
    """Click a link, as `page.js` does it."""
    return send(app, "go", href)


def send(app: AppTest, event: str, value: str) -> AppTest:
    """Have `page.js` tell the app something."""
    states = app._tree.get_widget_states()
    state = states.widgets.add()
    state.id = _make_trigger_id(app.get("bidi_component")[0].proto.id, "events")
    state.json_trigger_value = json.dumps([{"event": event, "value": value}])
    app._run(states)
    assert not app.exception
    return app


def script(app: AppTest) -> dict[str, Any]:
    """Return what `page.js` is told."""
    told: dict[str, Any] = json.loads(app.get("bidi_component")[0].proto.json)
    return told


def ask(app: AppTest, question: str) -> str:
    """Type a question, send it, and return what the page shows."""
    app.text_area(key="typed").set_value(question)
    app.button[0].click()
    app.run()
    return shown(app)


def click(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app


def press(app: AppTest, text: str) -> AppTest:
    """Click the first button of this label."""
    next(button for button in app.button if button.label == label(text)).click().run()
    assert not app.exception
    return app


def keys(app: AppTest, start: str = "") -> list[str]:
    """Return the keys of the buttons, in order, those that start so."""
    return [button.key for button in app.button if button.key and button.key.startswith(start)]


def dossier(app: AppTest) -> Dossier:
    """Return the dossier of the visit."""
    kept: Dossier = app.session_state["keeping"].dossier
    return kept


def kept(app: AppTest) -> list[str]:
    """Return the references of the visit's dossier, in order."""
    return [entry.reference for entry in dossier(app).kept]


def stored(*references: str, title: str = "", note: str = "") -> str:
    """Return what a browser stored of a dossier."""
    return Dossier(title, tuple(Kept(reference, note) for reference in references)).to_json()


def with_dossier(*references: str) -> AppTest:
    """Open the dossier of a reader who comes back with what she kept."""
    return send(opened(vue="dossier"), "stored", stored(*references))


def annotate(app: AppTest, reference: str, note: str) -> AppTest:
    """Write the note of what is kept, on the dossier's page."""
    app.text_area(key=f"note-{reference}").set_value(note).run()
    assert not app.exception
    return app


def notes(app: AppTest) -> list[str]:
    return [entry.note for entry in dossier(app).kept]


def body(app: AppTest) -> str:
    """Return the page's HTML, without its style sheet."""
    assert not app.exception
    bodies = [element.proto.body for element in app.get("html")]
    return "\n".join(body for body in bodies if not body.startswith(("<style", ".rq")))


def page(app: AppTest) -> Any:
    """Return the page's HTML as a tree, to be searched by XPath."""
    return lxml_html.fromstring(f"<div>{body(app)}</div>")


def shown(app: AppTest) -> str:
    """Return the text that the page shows, without its tags."""
    return plain(page(app))


def texts(app: AppTest, path: str) -> list[str]:
    """Return the text of each element that an XPath finds."""
    return [plain(element) for element in page(app).xpath(path)]


def plain(element: Any) -> str:
    """Return an element's text on one line; tags are spaces, but for those within words."""
    return " ".join("".join(_pieces(element)).split())


def _pieces(element: Any) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        space = "" if child.tag == "mark" else " "
        yield space
        yield from _pieces(child)
        yield space + (child.tail or "")


def notices(app: AppTest) -> list[str]:
    return texts(app, "//*[contains(@class, 'notice')]")


def quoted(app: AppTest) -> list[str]:
    """Return the lines of an answer that are set off or a direct answer, without their marks."""
    found = page(app).xpath("//blockquote/p/a | //li[@class='off']//a[contains(@class, 'quiet')]")
    return [bare(plain(line)) for line in found]


def bare(text: str) -> str:
    """Return a quotation without its marks."""
    return re.sub(r"^« (.*) »$|^“(.*)”$", r"\1\2", text)


def hits(app: AppTest) -> list[str]:
    """Return the titles of the practices that an answer shows, best first."""
    return texts(app, "//article/h3/a | //*[@data-rq-question]//li/a")


def keep(app: AppTest, reference: str) -> AppTest:
    """Click the button of an answer's line, which keeps it, or takes it out."""
    (button,) = page(app).xpath(f"//button[@data-rq-reference='{reference}']")
    return send(app, button.get("data-rq-do"), reference)


def keepable(app: AppTest) -> dict[str, str]:
    """Return the lines of an answer that can be kept, each with the name of its button."""
    buttons = page(app).xpath("//button[@data-rq-reference]")
    return {button.get("data-rq-reference"): plain(button) for button in buttons}


def listed(app: AppTest) -> list[str]:
    """Return the titles of the practices of the list, in order."""
    return texts(app, "//ul[@class='cards']/li/a")


def link(app: AppTest, text: str) -> str:
    """Return where the first link of this text leads."""
    found = [a for a in page(app).xpath("//a") if plain(a) == text]
    assert found, f"no link '{text}' among {[plain(a) for a in page(app).xpath('//a')]}"
    return str(found[0].get("href"))


def address(href: str) -> dict[str, list[str]]:
    """Return what a link's address holds."""
    assert href.startswith("?")
    return parse_qs(href[1:])


def build(place: Path, corpus: Path | None = None) -> Path:
    """Build the index of a place anew; return the build's folder."""
    return build_index(place / "index", read_corpus(corpus or place / "corpus"), HashEncoder())


def rewrite(place: Path, page_number: int, old: str, new: str) -> None:
    """Change a practice of `petit`, and the source that it is checked against."""
    folder = place / "corpus" / "petit"
    for path in (folder / "practices" / f"p{page_number}.md", folder / "source.txt"):
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")


def add_practices(place: Path, count: int) -> list[str]:
    """Add practices to `petit`, from page 4 on; return their ids."""
    folder = place / "corpus" / "petit"
    model = (folder / "practices" / "p1.md").read_text("utf-8")
    added = []
    for number in range(4, 4 + count):
        title = f"Accueil {'des usagers ' * (number % 4)}n° {number}"
        text = model.replace("petit-p1", f"petit-p{number}").replace("page: 1", f"page: {number}")
        text = text.replace("Le guichet unique", title)
        (folder / "practices" / f"p{number}.md").write_text(text, "utf-8")
        with (folder / "source.txt").open("a", encoding="utf-8") as file:
            file.write(f"\n{title}\n")
        added.append(f"petit-p{number}")
    return added
