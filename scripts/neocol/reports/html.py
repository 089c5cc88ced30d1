"""One self-contained HTML page: text, tables, figures as inline SVG; light, dark and on paper."""
from __future__ import annotations

import io
import math
import re
from dataclasses import dataclass, field
from html import escape

import matplotlib
from neocol.figures.style import Page
from neocol.units import pretty_units

WORDS = {"d": "days", "h": "hours", "mm-3": "per mm³", "cm-2": "per cm²", "mm3 cm-2": "mm³ per cm²"}

CSS = """
:root { color-scheme: light dark; --page: #ffffff; --ink: #1d2329; --soft: #5b6670;
  --line: #d5dade; --shade: #f3f5f7; --accent: #0065a3; }
@media (prefers-color-scheme: dark) { :root { --page: #14181c; --ink: #e4e8ec; --soft: #9aa5b0;
  --line: #343c44; --shade: #1d2329; --accent: #6db9ec; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.5 "Helvetica Neue", Helvetica, Arial, "Liberation Sans", sans-serif; }
main { max-width: 860px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { font-size: 1.7em; line-height: 1.2; margin: 0 0 .3em; }
h2 { font-size: 1.15em; margin: 1.6em 0 .4em; }
h2:first-of-type { margin-top: 1.1em; }
p { margin: .4em 0; } ul { margin: .3em 0; padding-left: 1.3em; }
.lead { color: var(--soft); margin: 0 0 .6em; }
.note { border-left: 4px solid var(--accent); background: var(--shade); padding: .5em .9em;
  margin: 1em 0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9em; margin: .5em 0; }
th, td { text-align: left; vertical-align: top; padding: .28em .7em .28em 0;
  border-bottom: 1px solid var(--line); }
th { font-weight: 600; } td.number, th.number { text-align: right; white-space: nowrap; }
td.number { font-variant-numeric: tabular-nums; }
figure { margin: 1em 0 1.6em; } figcaption { color: var(--soft); font-size: .9em; }
figure svg { width: 100%; height: auto; color: var(--ink); }
details { border-top: 1px solid var(--line); padding: .5em 0; } summary { cursor: pointer; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .8em; background: var(--shade);
  padding: .8em; }
footer { color: var(--soft); font-size: .85em; border-top: 1px solid var(--line);
  margin-top: 2.5em; padding-top: .8em; }
@page { size: A4; margin: 13mm 15mm; }
@media print { :root { --page: #ffffff; --ink: #000000; --soft: #444444; --line: #bbbbbb;
  --shade: #f3f3f3; --accent: #333333; color-scheme: light; }
  body { font-size: 9.3pt; line-height: 1.33; } h2 { margin-top: 1.1em; }
  .note { margin: .6em 0; } main { max-width: none; padding: 0; }
  .first { break-after: page; } figure, tr { break-inside: avoid; } h2 { break-after: avoid; }
  details { display: none; } }
"""


@dataclass
class Document:
    """Parts of a page in order. `first` is what a printed first page holds."""

    title: str
    lead: str
    first: list[str] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)
    footer: str = ""

    def html(self) -> str:
        return (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{escape(self.title)}</title>\n<style>{CSS}</style>\n</head>\n<body>\n"
            f'<main>\n<section class="first">\n<h1>{escape(self.title)}</h1>\n'
            f'<p class="lead">{escape(self.lead)}</p>\n'
            + "\n".join(self.first)
            + "\n</section>\n"
            + "\n".join(self.rest)
            + f"\n<footer>{self.footer}</footer>\n</main>\n</body>\n</html>\n"
        )


def heading(text: str) -> str:
    return f"<h2>{escape(text)}</h2>"


def paragraph(text: str, kind: str = "") -> str:
    attribute = f' class="{kind}"' if kind else ""
    return f"<p{attribute}>{escape(text)}</p>"


def bullets(items: list[str]) -> str:
    return "<ul>\n" + "\n".join(f"<li>{escape(item)}</li>" for item in items) + "\n</ul>"


def folded(title: str, text: str) -> str:
    return (
        f"<details>\n<summary>{escape(title)}</summary>\n<pre>{escape(text)}</pre>\n" "</details>"
    )


def rounded(value: float | None, digits: int = 3) -> str:
    """A number as people read it; a dash where there is none."""
    if value is None or not math.isfinite(value):
        return "–"
    if value != 0 and (abs(value) >= 1e6 or abs(value) < 1e-4):
        mantissa, power = f"{value:.{digits - 1}e}".split("e")
        return f"{mantissa} × 10^{int(power)}".replace("-", "−")
    text = f"{value:.{digits}g}"
    text = f"{float(text):.0f}" if "e" in text else text
    return text.replace("-", "−")


@dataclass(frozen=True)
class Number:
    """A cell with a number: what is read is rounded, `data-value` holds it in full."""

    value: float | None
    units: str = "1"
    key: str = ""
    digits: int = 3

    def text(self) -> str:
        shown = rounded(self.value, self.digits)
        return (
            shown
            if shown == "–" or self.units in ("", "1")
            else f"{shown} {WORDS.get(self.units) or pretty_units(self.units)}"
        )

    def html(self) -> str:
        known = self.value is not None and math.isfinite(self.value)
        data = f' data-value="{self.value!r}" data-key="{escape(self.key)}"' if known else ""
        return f'<td class="number"{data}>{escape(self.text())}</td>'


@dataclass(frozen=True)
class Range:
    """A cell with a low and a high end."""

    low: float | None
    high: float | None
    digits: int = 2

    def html(self) -> str:
        text = f"{rounded(self.low, self.digits)} to {rounded(self.high, self.digits)}"
        return f'<td class="number">{escape(text)}</td>'


def table(head: list[str], rows: list[list]) -> str:
    """Cells are text, Number or Range; columns of numbers are set to the right."""
    first = rows[0] if rows else [""] * len(head)
    titles = ""
    for title, cell in zip(head, first):
        attribute = "" if isinstance(cell, str) else ' class="number"'
        titles += f"<th{attribute}>{escape(title)}</th>"
    body = "\n".join(
        "<tr>"
        + "".join(
            f"<td>{escape(cell)}</td>" if isinstance(cell, str) else cell.html() for cell in row
        )
        + "</tr>"
        for row in rows
    )
    top = f"<thead><tr>{titles}</tr></thead>\n" if any(head) else ""
    return f'<div class="wide">\n<table>\n{top}' f"<tbody>\n{body}\n</tbody>\n</table>\n</div>"


def figure(page: Page, key: str, caption: str) -> str:
    """A figure as inline SVG that takes the page's colours; ids are its own by `key`."""
    buffer = io.StringIO()
    page.figure.patch.set_alpha(0.0)
    for axes in page.figure.axes:
        axes.patch.set_alpha(0.0)
    with matplotlib.rc_context({"svg.hashsalt": key, "svg.fonttype": "path"}):
        page.figure.savefig(buffer, format="svg", metadata={"Date": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r' xmlns:xlink="[^"]*"', "", svg)
    svg = re.sub(r' xmlns="[^"]*"', "", svg)
    svg = svg.replace("xlink:href=", "href=")
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{key}-\1"', svg)
    svg = re.sub(r'href="#([^"]+)"', rf'href="#{key}-\1"', svg)
    svg = re.sub(r"url\(#([^)]+)\)", rf"url(#{key}-\1)", svg)
    # Black is the page's ink and white its paper, in both themes.
    svg = svg.replace("#000000", "currentColor").replace("#ffffff", "var(--page)")
    # Dark greys are as soft as the page's small print, light ones as its lines.
    svg = re.sub(
        r"#([0-9a-f]{2})\1\1\b",
        lambda grey: "var(--soft)" if grey[1] < "90" else "var(--line)",
        svg,
    )
    svg = re.sub(
        r"<path d=\"([^\"]*)\" (clip-path=\"[^\"]*\" )?/>",
        r'<path d="\1" \2style="fill: currentColor"/>',
        svg,
    )
    # Glyphs have no fill of their own.
    svg = svg.replace(
        "<svg ",
        f'<svg role="img" aria-label="{escape(caption, quote=True)}" ' 'fill="currentColor" ',
        1,
    )
    return f"<figure>\n{svg.strip()}\n<figcaption>{escape(caption)}</figcaption>\n</figure>"
