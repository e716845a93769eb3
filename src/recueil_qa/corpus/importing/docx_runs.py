"""The text of one paragraph of Word as its reader sees it, and what of it nobody sees."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from recueil_qa.corpus.importing.blocks import Reason
from recueil_qa.corpus.importing.docx_package import Part, R, W
from recueil_qa.corpus.importing.docx_styles import SMALLEST, Styles, is_on, number
from recueil_qa.corpus.importing.raised import raised, told
from recueil_qa.corpus.importing.symbols import respell, symbol

FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_OMITTED = "[…]"  # stands where something can't be read
_SIMPLE = {"r", "t", "rPr", "sty", "ctrlPr", "oMath"}
_LOOK = (
    "vanish", "strike", "dstrike", "vertAlign", "color", "shd", "highlight", "sz", "rFonts", "b",
)  # fmt: skip
_WRITTEN = {
    **{f"{W}tab": "\t", f"{W}ptab": "\t", f"{W}br": "\n", f"{W}cr": "\n"},
    **{f"{W}noBreakHyphen": "-", f"{W}softHyphen": "\u00ad"},
}
_UNREAD = {f"{W}rPr", f"{W}instrText", f"{W}delText", f"{W}rt", FALLBACK}


@dataclass
class Paragraph:
    """`called` are its notes, `boxes` what floats on it; `goes_on` in the next one."""

    text: str = ""
    lost: list[tuple[Reason, str]] = field(default_factory=list)
    called: list[tuple[str, str]] = field(default_factory=list)
    boxes: list[Any] = field(default_factory=list)
    goes_on: bool = False


class ParagraphReader:
    """Reads paragraphs one after the other: a field may go on over several."""

    def __init__(self, styles: Styles, main: Part) -> None:
        self._styles = styles
        self._main = main
        self._fields: list[bool] = []  # whether each open field shows its result by now
        self._moved = "".join(
            text.text or "" for to in main.root.iter(f"{W}moveTo") for text in to.iter(f"{W}t")
        )
        background = main.root.find(f"{W}background")
        self._coloured = background is not None and _fills(background.get(f"{W}color"))

    def read(self, paragraph: Any) -> Paragraph:
        """Return the text of a paragraph, and what was left out of it."""
        found = Paragraph()
        self._walk(paragraph, paragraph, found)
        # A code ends with its paragraph: one that nothing ends must not swallow the rest.
        self._fields = [True] * len(self._fields)
        mark = paragraph.find(f"{W}pPr/{W}rPr")
        gone = mark is not None and any(
            mark.find(f"{W}{t}") is not None for t in ("del", "moveFrom")
        )
        found.goes_on = gone
        return found

    def is_strong(self, cell: Any) -> bool:
        """Return whether a table's cell is in bold, or shaded."""
        shade = cell.find(f"{W}tcPr/{W}shd")
        if shade is not None and _shades(shade):
            return True
        runs = [(p, run) for p in cell.iter(f"{W}p") for run in p.iter(f"{W}r")]
        filled = [(p, run) for p, run in runs if run.find(f"{W}t") is not None]
        bold = (self._styles.run(run, p, "b").get("b") for p, run in filled)
        return bool(filled) and all(is_on(each) for each in bold)

    def target(self, element: Any, name: str) -> str:
        """Return what an element points at, for the list of what can't be read."""
        _, part = self._main.related.get(element.get(f"{R}id") or "", ("", ""))
        return f"{name}: {part}" if part else name

    def _walk(self, element: Any, paragraph: Any, found: Paragraph) -> None:
        for child in element:
            tag = child.tag
            if tag == f"{W}r":
                self._run(child, paragraph, found)
            elif tag in {f"{W}del", f"{W}moveFrom"}:
                self._deleted(child, found)
            elif tag == f"{W}sdt":
                self._control(child, paragraph, found)
            elif tag in {f"{_MATH}oMath", f"{_MATH}oMathPara"}:
                self._formula(child, found)
            elif tag == f"{W}subDoc":
                found.lost.append(("unread", self.target(child, "subDoc")))
            elif tag not in {f"{W}p", f"{W}pPr", f"{W}rPr", f"{W}sdtPr", FALLBACK}:
                self._walk(child, paragraph, found)

    def _deleted(self, element: Any, found: Paragraph) -> None:
        text = _texts(element)
        # A move is read at its new place; without one, it was taken away.
        if text and not (element.tag == f"{W}moveFrom" and text in self._moved):
            found.lost.append(("deleted", text))
        for mark in element.iter(f"{W}fldChar"):
            self._field(mark)

    def _control(self, control: Any, paragraph: Any, found: Paragraph) -> None:
        content = control.find(f"{W}sdtContent")
        if content is None:
            return
        if control.find(f"{W}sdtPr/{W}showingPlcHdr") is not None:
            found.lost.append(("hidden", _texts(content)))
            return
        self._walk(content, paragraph, found)

    def _formula(self, formula: Any, found: Paragraph) -> None:
        text = "".join(each.text or "" for each in formula.iter(f"{_MATH}t", f"{W}t"))
        simple = all(
            each.tag.startswith(W) or each.tag.removeprefix(_MATH) in _SIMPLE
            for each in formula.iter()
        )
        if simple:
            found.text += text
        else:
            found.text += _OMITTED
            found.lost.append(("unread", text or "oMath"))

    def _run(self, run: Any, paragraph: Any, found: Paragraph) -> None:
        look = self._styles.run(run, paragraph, *_LOOK)
        own = Paragraph()
        self._pieces(run, paragraph, look, own)
        found.lost += own.lost
        found.called += own.called
        found.boxes += own.boxes
        text = own.text
        if not text:
            return
        unseen = self._unseen(look, paragraph)
        if unseen:
            if text.strip():
                found.lost.append((unseen, text))
            return
        align = look.get("vertAlign")
        if align is not None and align.get(f"{W}val") == "superscript":
            written = raised(found.text, text)
            if written is None:
                found.lost.append(("raised", told(found.text, text)))
            text = written or ("" if text.strip() else text)
        found.text += text

    def _pieces(self, element: Any, paragraph: Any, look: dict[str, Any], own: Paragraph) -> None:
        for child in element:
            tag = child.tag
            if tag == f"{W}fldChar":
                self._field(child)
            elif tag.startswith(W) and tag.endswith("Reference"):
                own.called.append((tag[len(W) : -len("Reference")], child.get(f"{W}id") or ""))
            elif tag == f"{W}txbxContent":
                own.boxes.append(child)
            elif tag in {f"{W}drawing", f"{W}pict", f"{W}object"}:
                self._drawing(child, own)
            elif tag in _UNREAD or not all(self._fields):
                continue
            elif tag == f"{W}t":
                fonts = look.get("rFonts")
                font = (
                    (fonts.get(f"{W}ascii") or fonts.get(f"{W}hAnsi") or "")
                    if fonts is not None
                    else ""
                )
                own.text += respell(font, (child.text or "").replace("\n", " "))
            elif tag in _WRITTEN:
                own.text += _WRITTEN[tag]
            elif tag == f"{W}sym":
                self._symbol(child, own)
            elif tag == f"{W}r":
                self._run(child, paragraph, own)
            else:
                self._pieces(child, paragraph, look, own)

    def _symbol(self, element: Any, own: Paragraph) -> None:
        font, code = element.get(f"{W}font") or "", element.get(f"{W}char") or ""
        try:
            read = symbol(font, int(code, 16))
        except (ValueError, OverflowError):
            read = ""
        own.text += read or _OMITTED
        if not read:
            own.lost.append(("unread", f"{font} {code}".strip() or "sym"))

    def _field(self, mark: Any) -> None:
        kind = mark.get(f"{W}fldCharType")
        if kind == "begin":
            self._fields.append(False)
        elif kind == "separate" and self._fields:
            self._fields[-1] = True
        elif kind == "end" and self._fields:
            self._fields.pop()

    def _drawing(self, drawing: Any, own: Paragraph) -> None:
        for each in drawing.iter():
            tag = str(each.tag)
            within = _ancestors(each, drawing)
            if FALLBACK in within or f"{W}txbxContent" in within:
                continue  # drawn a second time; or read with the box that it stands in
            if tag == f"{W}txbxContent":
                own.boxes.append(each)
            elif tag.endswith("}docPr") and (each.get("descr") or each.get("title")):
                own.lost.append(("picture", each.get("descr") or each.get("title") or ""))
            elif tag.endswith("}chart") and each.get(f"{R}id"):
                own.lost.append(("unread", self.target(each, "chart")))
            elif tag.endswith("}relIds"):
                own.lost.append(("unread", "SmartArt"))
            elif tag.endswith("}OLEObject"):
                own.lost.append(("unread", self.target(each, each.get("ProgID") or "OLE")))
            elif tag.endswith("}textpath") and each.get("string"):
                own.lost.append(("unread", each.get("string") or ""))

    def _unseen(self, look: dict[str, Any], paragraph: Any) -> Reason | None:
        """Return why nobody reads a run as a part of the text, or None."""
        if is_on(look.get("vanish")):
            return "hidden"
        if is_on(look.get("strike")) or is_on(look.get("dstrike")):
            return "deleted"
        size = look.get("sz")
        if size is not None and 0 < number(size) <= SMALLEST:
            return "hidden"
        colour = look.get("color")
        if colour is None or _fills(colour.get(f"{W}val")) or self._coloured:
            return None
        if (colour.get(f"{W}val") or "auto") == "auto":
            return None
        shades = (look.get("shd"), paragraph.find(f"{W}pPr/{W}shd"))
        shaded = look.get("highlight") is not None or any(
            s is not None and _shades(s) for s in shades
        )
        return None if shaded or self._in_colour(paragraph) else "hidden"

    def _in_colour(self, paragraph: Any) -> bool:
        """Return whether a paragraph stands in a box, or in a table that may be coloured."""
        for parent in paragraph.iterancestors():
            if parent.tag == f"{W}txbxContent":
                return True
            if parent.tag == f"{W}tc":
                shade = parent.find(f"{W}tcPr/{W}shd")
                if shade is not None and _shades(shade):
                    return True
            if parent.tag == f"{W}tbl":
                style = parent.find(f"{W}tblPr/{W}tblStyle")
                if style is not None and style.get(f"{W}val") not in {"TableGrid", "TableNormal"}:
                    return True
        return False


def _ancestors(element: Any, top: Any) -> set[str]:
    """Return the tags of what an element stands in, below `top`."""
    found = set()
    for parent in element.iterancestors():
        if parent is top:
            break
        found.add(parent.tag)
    return found


def _texts(element: Any) -> str:
    return "".join(each.text or "" for each in element.iter(f"{W}t", f"{W}delText"))


def _fills(colour: str | None) -> bool:
    """Return whether a colour is another than the white of paper."""
    try:
        value = int(colour or "", 16)
    except ValueError:
        return False
    return min(value >> 16, value >> 8 & 255, value & 255) < 0xF8


def _shades(shade: Any) -> bool:
    pattern = (shade.get(f"{W}val") or "clear") not in {"clear", "nil"}
    return pattern or _fills(shade.get(f"{W}fill"))
