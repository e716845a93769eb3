"""A piece of Markdown as its reader sees it: no marks but **bold**, as practices' files write it.

Links give their text and address, pictures their description, notes and tags nothing. Lines stay
apart by line feeds, so that each keeps its place. All patterns are bounded: a hostile line takes no
more than its length.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from recueil_qa.corpus.importing.blocks import Reason, squash
from recueil_qa.corpus.importing.raised import raised, told
from recueil_qa.corpus.text_file import CONTROL

_LABEL = r"(?:[^\[\]\\]|\\.|\[[^\[\]]{0,200}\]){0,500}"
_ADDRESS = (
    r"\(\s{0,9}(?:<(?P<angled>[^<>\n]{0,2000})>|"
    r"(?P<address>(?:[^()\s\\<]|\\.|\((?:[^()\s]|\([^()\s]{0,200}\)){0,500}\)){0,2000}))"
    r"(?:\s{1,9}(?:\"[^\"]{0,500}\"|'[^']{0,500}'|\([^()]{0,500}\)))?\s{0,9}\)"
)
_CODE = re.compile(r"(?<!`)(`{1,8})(?!`)([^`]{1,2000})(?<!`)\1(?!`)")
_IMAGE = re.compile(rf"!\[(?P<text>{_LABEL})\](?:{_ADDRESS}|\[(?P<label>[^\[\]]{{0,200}})\])", re.S)
_LINK = re.compile(rf"(?<!!)\[(?P<text>{_LABEL})\]{_ADDRESS}", re.S)
_REFERENCE = re.compile(rf"\[(?P<text>{_LABEL})\](?:\s?\[(?P<label>[^\[\]]{{0,200}})\])?", re.S)
_CALL = re.compile(r"\[\^([^\[\]\s]{1,100})\](?!:)")
_AUTO = re.compile(r"<((?:https?|ftp|mailto):[^<>\s]{1,2000}|[\w.+-]{1,100}@[\w.-]{1,200})>")
_SHORTCODE = re.compile(r"\{\{[<%](.{0,500}?)[%>]\}\}|\{%(.{0,500}?)%\}|\{:[^{}\n]{0,300}\}")
_STRUCK = re.compile(r"(?<![~\\])~~(?=[^\s~])(.{1,1000}?)(?<=[^\s~\\])~~(?!~)", re.S)
_DELETED = re.compile(r"<(del|s|strike)(?:\s[^<>]{0,300})?>(.{0,1000}?)</\1\s{0,9}>", re.S | re.I)
_RAISED = re.compile(r"<sup(?:\s[^<>]{0,300})?>(.{0,100}?)</sup\s{0,9}>", re.S | re.I)
_TAG = re.compile(r"</?(?P<name>[A-Za-z][A-Za-z0-9-]{0,30})(?:\s[^<>]{0,2000})?/?>")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|>~<&\"'$%,/:;=?@^])")
_EMPHASIS = re.compile(
    r"(?<![\w*])(?P<mark>[*_])(?![\s*_])(?P<text>[^*_]+)(?<![\s*_])(?P=mark)(?![\w*])"
)
_STRONG = re.compile(r"__(?=\S)([^_]+)(?<=\S)__")
_SPECIAL = re.compile(r"[\\`*_~<&\[{\ue000\ue001]")
_HELD = re.compile("\ue000(\\d+)\ue001")
_APART = {
    "br", "p", "div", "td", "th", "tr", "li", "ul", "ol", "dt", "dd", "section", "article", "table",
    "h1", "h2", "h3", "h4", "h5", "h6", "summary", "details", "blockquote", "figure", "figcaption",
}  # fmt: skip
_KNOWN = _APART | {
    "a", "abbr", "b", "bdi", "big", "center", "cite", "code", "del", "em", "font", "i", "img",
    "ins", "kbd", "mark", "q", "s", "small", "span", "strike", "strong", "sub", "sup", "tbody",
    "thead", "tt", "u", "var", "hr", "nav", "header", "footer", "main", "aside", "picture", "time",
    "col", "colgroup", "caption", "dl", "button", "video", "audio", "source", "iframe", "input",
    "wbr",
}  # fmt: skip
_ALT = re.compile(r"\balt\s{0,9}=\s{0,9}(?:\"([^\"]{0,500})\"|'([^']{0,500})')", re.I)


@dataclass
class Inline:
    """Reads pieces of one document: it knows its links' addresses and its notes by their labels."""

    addresses: Mapping[str, str] = field(default_factory=dict)
    notes: frozenset[str] = frozenset()

    def read(self, text: str) -> tuple[str, list[tuple[Reason, str]]]:
        """Return a text as it reads, with as many line feeds, and what was left out of it."""
        return _Piece(self).read(text)


def label(text: str) -> str:
    """Return the label of a link or a note as it is looked up."""
    return squash(text).casefold()


class _Piece:
    def __init__(self, document: Inline) -> None:
        self._document = document
        self._held: list[str] = []
        self._lost: list[tuple[Reason, str]] = []

    def read(self, text: str) -> tuple[str, list[tuple[Reason, str]]]:
        if not _SPECIAL.search(text):
            return text, []
        feeds = text.count("\n")
        text = re.sub("[\ue000\ue001]", "", text)
        text = _CODE.sub(lambda found: self._hold(found[2]), text)
        text = _ESCAPE.sub(lambda found: self._hold(found[1]), text)
        text = self._marked(text)
        text = _EMPHASIS.sub(lambda found: found["text"], text)
        text = _STRONG.sub(r"**\1**", text)
        text = _ENTITY.sub(lambda found: CONTROL.sub("", html.unescape(found[0])), text)
        text = self._release(text)
        missing = feeds - text.count("\n")
        return text + "\n" * missing, [
            (why, squash(self._release(what))) for why, what in self._lost
        ]

    def _marked(self, text: str) -> str:
        text = self._without_comments(text)
        text = _SHORTCODE.sub(lambda found: self._lose("markup", found[0]), text)
        text = _AUTO.sub(lambda found: self._hold(found[1]), text)
        text = _IMAGE.sub(lambda found: self._plain(found["text"]), text)
        text = _LINK.sub(self._link, text)
        text = _CALL.sub(self._call, text)
        text = _REFERENCE.sub(self._reference, text) if self._document.addresses else text
        text = _STRUCK.sub(lambda found: self._lose("deleted", found[1]), text)
        text = _DELETED.sub(lambda found: self._lose("deleted", found[2]), text)
        text = _RAISED.sub(lambda found: self._raised(text[: found.start()], found[1]), text)
        return _TAG.sub(self._tag, text)

    def _without_comments(self, text: str) -> str:
        out, at = [], 0
        while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
            out += [text[at:start], self._lose("comment", text[start + 4 : end])]
            at = end + 3
        return "".join([*out, text[at:]])

    def _hold(self, text: str) -> str:
        """Keep a text from being read any further."""
        self._held.append(text)
        return f"\ue000{len(self._held) - 1}\ue001"

    def _release(self, text: str) -> str:
        for _ in range(4):  # a code within a link within …
            if not _HELD.search(text):
                break
            text = _HELD.sub(lambda found: self._held[int(found[1])], text)
        return text

    def _lose(self, reason: Reason, text: str) -> str:
        if text.strip():
            self._lost.append((reason, text))
        return ""

    def _plain(self, text: str) -> str:
        return _IMAGE.sub(lambda found: found["text"], text)

    def _link(self, found: re.Match[str]) -> str:
        address = found["angled"] if found["angled"] is not None else found["address"] or ""
        return self._shown(found["text"], address, found[0])

    def _shown(self, text: str, address: str, whole: str) -> str:
        if not text.strip():
            return self._hold(address) if address else self._hold(whole)
        if not address or address.startswith("#") or address == text:
            return text
        return f"{text} ({self._hold(address)})"

    def _call(self, found: re.Match[str]) -> str:
        return "" if label(found[1]) in self._document.notes else self._hold(found[0])

    def _reference(self, found: re.Match[str]) -> str:
        named = found["label"] or found["text"]
        address = self._document.addresses.get(label(named))
        return found[0] if address is None else self._shown(found["text"], address, found[0])

    def _raised(self, before: str, mark: str) -> str:
        written = raised(before, mark)
        if written is None:
            self._lost.append(("raised", told(before, mark)))
        return written or ""

    def _tag(self, found: re.Match[str]) -> str:
        name = found["name"].lower()
        if name == "img":
            alternative = _ALT.search(found[0])
            return (alternative[1] or alternative[2] or "") if alternative else ""
        if name not in _KNOWN:
            self._lost.append(("markup", found[0]))
        return " " if name in _APART else ""


def labels(lines: Iterable[str]) -> tuple[dict[str, str], frozenset[str]]:
    """Return the addresses and the notes that lines define, by their labels."""
    addresses: dict[str, str] = {}
    notes: set[str] = set()
    for line in lines:
        note, address = NOTE.match(line), DEFINITION.match(line)
        if note:
            notes.add(label(note["label"]))
        elif address:
            addresses.setdefault(label(address["label"]), address["address"])
    return addresses, frozenset(notes)


NOTE = re.compile(r"^ {0,3}\[\^(?P<label>[^\[\]\s]{1,100})\]:\s*")
DEFINITION = re.compile(
    r"^ {0,3}\[(?P<label>[^\[\]^][^\[\]]{0,200})\]:\s{1,9}<?(?P<address>[^\s<>]{1,2000})>?"
    r"(?:\s{1,9}(?:\"[^\"]{0,500}\"|'[^']{0,500}'|\([^()]{0,500}\)))?\s*$"
)
