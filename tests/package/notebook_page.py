#!/usr/bin/python3
"""Runs the notebooks of docs/notebooks and writes docs/notebooks.md from what they show.

    PYTHONPATH=build/release/python tests/package/notebook_page.py
"""

import base64
import re
from pathlib import Path

import nbformat
from nbclient import NotebookClient

DOCS = Path(__file__).resolve().parents[2] / "docs"
ORDER = ("two_regimens", "own_model")
IMAGE = re.compile(r'<img src="data:image/png;base64,([^"]+)"')
HEAD = """\
# Two notebooks

Written from the notebooks of [docs/notebooks](notebooks) by `tests/package/notebook_page.py`, which
runs them; `ctest -R python_package_notebooks` runs them too.
"""


def load(name):
    """A notebook as it is kept: without outputs."""
    return nbformat.read(DOCS / "notebooks" / f"{name}.ipynb", as_version=4)


def execute(name):
    """The same with outputs."""
    notebook = load(name)
    NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
    return notebook


def shown(output, name, place):
    """An output as Markdown; images go to docs/figures."""
    html = output.get("data", {}).get("text/html", "")
    images = IMAGE.findall(html)
    if not images:
        text = output.get("text", "") or output.get("data", {}).get("text/plain", "")
        return f"```\n{text.rstrip()}\n```\n"
    links = []
    for k, data in enumerate(images):
        path = DOCS / "figures" / f"notebook_{name}_{place}{'abc'[k]}.png"
        path.write_bytes(base64.b64decode(data))
        links.append(f"![What this cell shows](figures/{path.name})\n")
    return "\n".join(links)


def page(notebook, name):
    """A notebook as Markdown, one heading deeper."""
    parts = []
    for place, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            parts.append(cell.source.replace("# ", "## ", 1) + "\n")
            continue
        parts.append(f"```python\n{cell.source}\n```\n")
        parts += [shown(output, name, place) for output in cell.outputs]
    return "\n".join(parts)


def main():
    pages = [page(execute(name), name) for name in ORDER]
    (DOCS / "notebooks.md").write_text("\n".join([HEAD, *pages]), encoding="utf-8")


if __name__ == "__main__":
    main()
