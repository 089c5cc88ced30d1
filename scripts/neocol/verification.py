"""What neocol claims about its numbers, measured: `neocol.verify`.

    found = neocol.verify()            # the quick programs; slow=True: all
    found.table, found.missed, found.save("verification.md")

The verification programs are those built with the tests, or installed beside neocol. Each appends
one line of JSON per claim to a record file. The page lists every claim with its figure, its limit
and the command that shows it; claims that miss come first.
"""
from __future__ import annotations

import concurrent.futures
import datetime
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neocol.errors import FileError
from neocol.output import put

if TYPE_CHECKING:
    import pandas as pd

TOPICS = {
    "exact solutions": "Closed forms: errors against them and orders in space.",
    "manufactured solutions": "Sources written in the model language make a chosen field the "
    "solution. Orders between two grids (cells halved) or steps.",
    "invariants": "What must hold at any tolerance.",
    "delivered error": "The largest 2-norm of the difference to a run at a far smaller tolerance on "
    "the same grid, over species and times, over the species' peak norm, divided "
    "by the tolerance.",
    "closure": "What a single channel with lateral mixing says against patches with every puncture in "
    "its place, and what coarser grids say against finer ones, in outcomes.",
    "stiff problems": "End values against those of the Bari test set (Mazzia & Magherini 2008).",
    "published models": "Values against `tests/verification/references.py`, where SciPy integrates "
    "the same equations, written out again, at tolerance 1e-11 (fields: 1e-8).",
    "defects of published models": "Found by the check of rest or by a run's own bounds.",
}

# Why claims that miss do so, by a part of their text. Edited by hand, printed with the claim.
REASONS = {
    "burnt at 2000": "Diffusion and reaction are factors of one product; where both are very stiff for "
    "the same species, what the product leaves escapes the error estimate. Such a "
    "species should be a quasi-steady field: with `quasi_steady = true` the same "
    'problem keeps its three tolerances ("punctures with a quasi-steady fast '
    'diffuser deliver at most three tolerances")',
    "Fisher-KPP": "A front that invades an unstable state is pulled by its tail, which is far below the "
    "tolerance: its speed converges with the tolerance (1.925 at 1e-4, 1.988 at 1e-5, of "
    "2), not within it",
}


Claim = dict[str, Any]  # topic, claim, test, measured, limit, relation, kept, program


def find_folder() -> tuple[pathlib.Path | None, list[pathlib.Path]]:
    """Folder of the verification programs: of the build neocol runs in, or installed beside it; and
    where it was looked for."""
    program = pathlib.Path(_program() or "neocol").resolve()
    candidates = [
        program.parent / "tests" / "verification",
        program.parent.parent / "libexec" / "neocol" / "verification",
    ]
    return next((f for f in candidates if list(f.glob("verify_*"))), None), candidates


def programs_of(folder: pathlib.Path) -> list[pathlib.Path]:
    """Verification programs in a folder, in order of name."""
    return [p for p in sorted(folder.glob("verify_*")) if p.is_file() and os.access(p, os.X_OK)]


def data_folder(folder: pathlib.Path) -> str | None:
    """Folder that has models/ and tests/verification/models, for installed programs."""
    installed = folder.parents[2] / "share" / "neocol"
    return str(installed) if (installed / "tests" / "verification").is_dir() else None


def run_verification(
    program: pathlib.Path, scratch: str, environment: dict[str, str], quiet: bool
) -> tuple[list[Claim], bool]:
    """Claims of one program, with its name, and whether it ended well."""
    record = pathlib.Path(scratch) / f"{program.name}.jsonl"
    if not quiet:
        print(f"running {program.name}", file=sys.stderr)
    done = subprocess.run(
        [program],
        env=environment | {"NEOCOL_VERIFICATION_RECORD": str(record)},
        capture_output=True,
        text=True,
    )
    lines = record.read_text().splitlines() if record.exists() else []
    return [dict(json.loads(line), program=program.name) for line in lines], done.returncode == 0


def run_programs(
    folder: pathlib.Path, quick: bool, jobs: int, quiet: bool
) -> tuple[list[Claim], list[str]]:
    """Claims of every program, with its name; and the names of programs that failed."""
    programs = [p for p in programs_of(folder) if not (quick and is_slow(folder, p.name))]
    environment = dict(os.environ)
    with tempfile.TemporaryDirectory() as scratch:
        if data := data_folder(folder):
            # Compiled models are kept for the programs that follow, then deleted.
            environment |= {
                "NEOCOL_VERIFICATION_DATA": data,
                "NEOCOL_VERIFICATION_CACHE": str(pathlib.Path(scratch) / "cache"),
            }
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            results = list(
                pool.map(lambda p: run_verification(p, scratch, environment, quiet), programs)
            )
    claims = [claim for of_program, _ in results for claim in of_program]
    return claims, [p.name for p, (_, well) in zip(programs, results) if not well]


def is_slow(folder: pathlib.Path, name: str) -> bool:
    """True for a program that takes more than ten seconds, as programs.txt says."""
    listed = (folder / "programs.txt").read_text().splitlines()
    return f"{name} slow" in listed


def command(claim: Claim) -> str:
    return f'`{claim["program"]} "{claim["test"]}"`'


def claims_table(claims: list[Claim]) -> list[str]:
    rows = ["| claim | measured | required | |", "|---|---|---|---|"]
    for c in claims:
        relation = {"at most": "≤ ", "at least": "≥ ", "equals": ""}[c["relation"]]
        rows.append(
            f'| {c["claim"]} | {c["measured"]} | {relation}{c["limit"]} | '
            f'{"kept" if c["kept"] else "**missed**"} |'
        )
    return rows


def shown(folder: pathlib.Path) -> str:
    """Name of the folder without what is particular to a machine."""
    return (
        "/".join(folder.parts[-3:])
        if "libexec" in folder.parts
        else "build/release/tests/verification"
    )


def compiler_text() -> str:
    try:
        return subprocess.run(["c++", "--version"], capture_output=True, text=True).stdout
    except OSError:
        return ""


def version_text() -> str:
    """Version and commit of the neocol that runs, or the commit of the sources."""
    program = _program()
    words = [program, "--version"] if program else ["git", "rev-parse", "--short", "HEAD"]
    said = subprocess.run(words, capture_output=True, text=True).stdout.strip()
    return said if program else f"commit {said}"


def page(claims: list[Claim], failed: list[str], folder: pathlib.Path) -> str:
    """The page in Markdown."""
    missed = [c for c in claims if not c["kept"]]
    compiler = compiler_text()
    lines = [
        "# Verification",
        "",
        "Generated by `neocol verify`; do not edit. Every claim below was measured "
        f"in one run on {datetime.date.today()}, with {version_text()}, "
        f"{platform.machine()}, {compiler.splitlines()[0] if compiler else 'unknown compiler'}.",
        "",
        f"{len(claims)} claims, {len(claims) - len(missed)} kept, {len(missed)} missed. To repeat "
        "all: `neocol verify --all` (without `--all` the quick ones); one test: the command above "
        f"each table, from the folder of the programs (`{shown(folder)}`). In the sources: "
        "`tests/verification/report.py build/release` writes this page, `ctest -L verification` "
        "runs the tests alone (`-LE slow` leaves out those that take more than ten seconds).",
        "",
    ]
    if missed:
        lines += ["## Missed", ""]
        for c in missed:
            reason = next(
                (r for part, r in REASONS.items() if part in c["claim"]), "no reason found yet"
            )
            lines.append(
                f'- {c["claim"]}: measured {c["measured"]}, required '
                f'{c["relation"].replace("equals", "")} {c["limit"]}. {reason}.'
            )
        lines.append("")
    seen = {c["topic"] for c in claims}
    for topic in [*TOPICS, *sorted(seen - set(TOPICS))]:
        of_topic = [c for c in claims if c["topic"] == topic]
        if not of_topic:
            continue
        lines += [f"## {topic.capitalize()}", "", TOPICS.get(topic, ""), ""]
        for test in dict.fromkeys(c["test"] for c in of_topic):
            of_test = [c for c in of_topic if c["test"] == test]
            lines += [command(of_test[0]), "", *claims_table(of_test), ""]
    crashed = [
        name for name in failed if not any(c["program"] == name and not c["kept"] for c in claims)
    ]
    if crashed:
        lines += [
            "## Programs that failed beside their claims",
            "",
            *[f"- `{name}`" for name in crashed],
            "",
        ]
    return "\n".join(lines)


def _program() -> str | None:
    """The program that runs, or that the package was built with; None if there is none."""
    if given := os.environ.get("NEOCOL_PROGRAM"):
        return given
    from neocol.core import compiled

    try:
        found = compiled().program()
    except ImportError:
        return None
    return None if found.endswith(".so") else found


@dataclass(frozen=True)
class Verification:
    """Claims that were measured.

    claims  each with topic, claim, test, measured, limit, relation, kept, program
    failed  programs that failed
    folder  of the programs
    """

    claims: list[Claim]
    failed: list[str]
    folder: pathlib.Path

    @property
    def missed(self) -> list[Claim]:
        return [claim for claim in self.claims if not claim["kept"]]

    @property
    def kept(self) -> bool:
        """Whether every claim was kept and every program ended well."""
        return not self.missed and not self.failed

    @property
    def table(self) -> pd.DataFrame:
        """A row a claim."""
        import pandas as pd

        return pd.DataFrame(self.claims)

    def page(self) -> str:
        """All claims in Markdown, those that miss first."""
        return page(self.claims, self.failed, self.folder) + "\n"

    def save(self, path: str | pathlib.Path) -> None:
        """Writes the page."""
        put(pathlib.Path(path), self.page())

    def __repr__(self) -> str:
        lines = [f"{len(self.claims)} claims, {len(self.missed)} missed"]
        for c in self.missed:
            relation = c["relation"].replace("equals", "")
            lines.append(
                f'missed: {c["claim"]}: measured {c["measured"]}, required {relation} {c["limit"]}'
            )
        return "\n".join(lines + [f"failed: {name}" for name in self.failed])


def verify(
    programs: str | pathlib.Path | None = None,
    *,
    slow: bool = False,
    jobs: int = 1,
    quiet: bool = True,
) -> Verification:
    """Runs the verification programs and gathers what they measured.

    programs  their folder (default: of the build neocol runs in, or installed beside it)
    slow      also those that take more than ten seconds: many minutes
    jobs      programs at a time

    Raises FileError if there are none.
    """
    folder, searched = (pathlib.Path(programs), []) if programs is not None else find_folder()
    if folder is None or not programs_of(folder):
        places = ", ".join(str(f) for f in searched or [folder])
        raise FileError(
            f"no verification programs in {places}\n       they come with the tests: "
            "'ninja -C build/release verification', then run build/release/neocol or "
            "'cmake --install build/release'",
            places,
        )
    folder = folder.resolve()
    claims, failed = run_programs(folder, not slow, max(jobs, 1), quiet)
    return Verification(claims, failed, folder)
