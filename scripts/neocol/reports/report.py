"""One HTML page about a run, a comparison, a sensitivity study or a sweep: `neocol.report`."""
from __future__ import annotations

from pathlib import Path

from neocol.figures.style import style
from neocol.output import check_free, put
from neocol.reports.pages import run_report, study_report
from neocol.results import Result, ResultError, holds_run, load
from neocol.studies import load as load_study


def page_path(path: Path) -> Path:
    """Where the page of a result or study goes, if nobody says."""
    if path.is_dir():
        return path / "report.html"
    name = (
        "report.html"
        if path.name == "collected.h5"
        else path.name.removesuffix(".part").rsplit(".", 1)[0] + ".html"
    )
    return path.with_name(name)


def report(
    what: str | Path | Result,
    output: str | Path | None = None,
    *,
    title: str | None = None,
    overwrite: bool = False,
) -> Path:
    """Writes one self-contained page and returns its path.

    what    a result, or the path of one, of a study folder, or of the JSON of a comparison or a
            sensitivity study
    output  where it goes; by default the input's name with .html beside it
    title   in place of the input's own

    Raises ResultError for what cannot be read, FileExistsError for a page that is there and is not
    to be replaced, OutputError for a file that neocol did not write.
    """
    source = None if isinstance(what, Result) else Path(what)
    if output is None and (source is None or not what):
        raise ResultError("the page of a result in memory needs a name: output")
    page = Path(output) if output is not None else page_path(source)
    inputs = [source] if source is not None else []
    check_free(page, overwrite, inputs)  # before anything is drawn
    with style():
        if isinstance(what, Result):
            document = run_report(what)
        elif holds_run(source):
            with load(source) as result:
                document = run_report(result)
        else:
            document = study_report(load_study(source))
    if title:
        document.title = title
    return put(page, document.html(), inputs)
