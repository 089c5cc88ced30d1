"""Put the claims made for microneedling to the model.

Each claim is run in the skin that it is made of, treated and not, over draws of the parameters, and
judged in words: large, moderate, small, none, worse; with its harms, what is left of it without the
mechanism that is said to be the cause, and the trials beside it.

Examples:
  neocol claims                                all, as the model stands: a minute or two
  neocol claims fine_lines scars               one claim, and all of a group
  neocol claims --draws 16 --into docs/claims.md --html claims.html

Claims stand in models/indications/claims/; --claims takes a folder of your own.
Exit codes: 0 done, 2 usage, 3 a claim that cannot be read, 5 a file.
"""
from __future__ import annotations

import argparse
from pathlib import Path

from neocol.indications.judged import claims
from neocol.output import check, put
from neocol.validation.options import settings_of
from neocol.validation.verdicts import put_between
from neocol.verbs.common import FAILURES, add_run_arguments, new_parser, report_failure

HTML = b"written by neocol claims"  # what tells our page from others
BEGIN, END = "<!-- claims: begin -->", "<!-- claims: end -->"


def parser() -> argparse.ArgumentParser:
    words = new_parser("claims", __doc__)
    words.add_argument("names", nargs="*", metavar="CLAIM", help="claims or groups (default: all)")
    words.add_argument("--claims", metavar="FOLDER", help="of claims, in place of the shipped ones")
    words.add_argument(
        "--draws", type=int, default=0, metavar="N", help="of the parameters (default: none)"
    )
    words.add_argument(
        "--into",
        metavar="FILE",
        help=f"replace what stands between the lines '{BEGIN}' and '{END}' of a page",
    )
    words.add_argument("--html", metavar="FILE", help="one page for a screen and for paper")
    words.add_argument("--json", action="store_true", help="the table as JSON")
    add_run_arguments(words, model=False)
    return words


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    try:
        if options.html:
            check(options.html, mark=HTML)  # before the minutes of running
        found = claims(
            options.names or None,
            folder=options.claims,
            draws=options.draws,
            settings=settings_of(options.set),
            jobs=options.jobs,
            cache=options.cache,
            quiet=options.quiet,
        )
        if options.into:
            put_between(Path(options.into), BEGIN, END, found.markdown())
        if options.html:
            put(options.html, found.html(), mark=HTML)
    except FAILURES as error:
        return report_failure(error)
    if options.json:
        print(found.table.reset_index().to_json(orient="records", indent=1))
    elif not (options.into or options.html):
        print(found.markdown(), end="")
    return 0
