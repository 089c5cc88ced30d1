"""Figures of a result, as `result.plot` gives them."""
from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from neocol.figures.draw import FigureFiles, draw_result, measurements_for, result_pages
from neocol.figures.style import FORMATS, style

if TYPE_CHECKING:
    import pandas as pd
    from neocol.results import Result


NOTEBOOK_DPI = 110


class ResultPlots:
    """Figures of one result; each method gives matplotlib figures by name, a notebook shows them."""

    def __init__(self, result: Result) -> None:
        self._result = result

    def _figures(self, kind: str, width: float, **options) -> Figures:
        with style():
            pages = result_pages(self._result, width, (kind,), **options)
        return Figures({name: page.figure for name, page in pages.items()})

    def courses(
        self,
        observables: Sequence[str] | None = None,
        data: str | Path | pd.DataFrame | None = None,
        width: float = 180.0,
    ) -> Figures:
        """Observables over time, in groups; `data`: measurements to lay over them."""
        measurements = measurements_for(data, [self._result])
        return self._figures("courses", width, observables=observables, measurements=measurements)

    def collagen(self, width: float = 180.0) -> Figures:
        """Change of collagen in depth and time; nothing without fields."""
        return self._figures("collagen", width)

    def sections(
        self,
        fields: Sequence[str] | None = None,
        days: Sequence[float] | None = None,
        plan_depth: float | None = None,
        width: float = 180.0,
    ) -> Figures:
        """Fields around a channel, or in plan and section, at chosen days; nothing without them."""
        return self._figures("sections", width, fields=fields, days=days, plan_depth=plan_depth)

    def save(
        self,
        folder: str | Path,
        *,
        formats: Sequence[str] = FORMATS,
        width: float = 180.0,
        **options,
    ) -> list[Path]:
        """Writes all of them into a folder; the paths. Options are those of `neocol.plot`."""
        return draw_result(self._result, FigureFiles(folder, "", width, formats), **options)


class Figures(dict[str, Figure]):
    """Figures by name; a notebook shows all of them."""

    def _repr_html_(self) -> str:
        """All of them as images, for notebooks."""
        images = []
        for figure in self.values():
            drawn = io.BytesIO()
            figure.savefig(drawn, format="png", dpi=NOTEBOOK_DPI)
            data = base64.b64encode(drawn.getvalue()).decode()
            images.append(f'<img src="data:image/png;base64,{data}" />')
        return "<br>".join(images)

    def __repr__(self) -> str:
        return f"<neocol figures: {', '.join(self) or 'none'}>"
