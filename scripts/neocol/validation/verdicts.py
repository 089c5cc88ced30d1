"""Verdicts as text, CSV, JSON and Markdown."""
from __future__ import annotations

import csv
import json
import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from neocol.output import put, text_file
from neocol.validation.assays import standard_knobs
from neocol.validation.courses import LARGEST_RMS, Course
from neocol.validation.judge import CheckVerdict, RowVerdict
from neocol.validation.rows import RowError
from neocol.validation.scores import (
    Agreement,
    Count,
    Score,
    agreement,
    agreement_of_draws,
    changed_by_resolution,
    grid_errors,
    score,
    share_held,
    tally,
)

TOPICS = {
    "1": "device, depth and force",
    "2": "closure and barrier",
    "3": "growth factors, genes",
    "4": "collagen, elastin, epidermis",
    "5": "clinical outcome",
    "6": "wound-healing time course",
    "7": "germs and infection",
    "8": "anaesthesia and pain",
    "9": "pigment",
    "10": "relief and conditions",
}


@dataclass(frozen=True)
class Report:
    """All that was judged, and under which conditions."""

    rows: list[RowVerdict]
    ladder: list[RowVerdict]
    courses: list[Course]
    about: dict  # program, model, draws, sample, settings, changed files, moved
    rungs: list[RowVerdict] = field(default_factory=list)

    @property
    def score(self) -> Score:
        return score(self.rows)

    def agreement(self) -> float:
        return self.score.agreement


def put_between(path: Path, begin: str, end: str, text: str) -> None:
    """Replaces what stands between two lines of a page. Raises RowError unless each is there once,
    in this order."""
    page = path.read_text(encoding="utf-8")
    if page.count(begin) != 1 or page.count(end) != 1 or page.index(begin) > page.index(end):
        raise RowError(f"{path}: needs the lines '{begin}' and '{end}' once each")
    before, after = page.split(begin)[0], page.split(end)[1]
    put(path, f"{before}{begin}\n{text}\n{end}{after}", mark=begin.encode())


def number(value: float) -> str:
    return "∞" if value == math.inf else "-" if math.isnan(value) else f"{value:.3g}"


def simulated(one: CheckVerdict) -> str:
    """The reading, with the central nine tenths of the draws."""
    if one.value is None:
        return "-"
    interval = one.value.interval()
    text = number(one.value.central)
    return f"{text} ({number(interval[0])} … {number(interval[1])})" if interval else text


MARKS = {True: "+", False: "x", None: "·"}


def _row_lines(judged: RowVerdict) -> list[str]:
    lines = []
    for k, one in enumerate(judged.checks):
        head = f"{judged.row.id:<5}" if k == 0 else " " * 5
        verdict = judged.verdict if k == 0 else ""
        lines.append(
            f"{head} {verdict:<16} {MARKS[one.holds]} {one.check.label:<58.58} "
            f"{one.check.bracket:>14}  {simulated(one)}"
        )
    if not judged.checks:
        lines.append(f"{judged.row.id:<5} {judged.verdict:<16}   {judged.why}")
    elif judged.why:
        lines.append(f"{'':<24} {judged.why}")
    if judged.second is not None:
        lines += _second_lines(judged)
    return lines


def read_again(judged: RowVerdict) -> list[CheckVerdict]:
    """The second readings of a row: of its checks those that differ from the first."""
    return [
        again
        for first, again in zip(judged.checks, judged.second.checks)
        if again.check != first.check
    ]


def _second_lines(judged: RowVerdict) -> list[str]:
    return [
        f"{'':<5} {judged.second.verdict if k == 0 else '':<16} {MARKS[one.holds]} "
        f"{f'2nd reading: {one.check.label}':<58.58} {one.check.bracket:>14}  {simulated(one)}"
        for k, one in enumerate(read_again(judged))
    ]


def _agreement_lines(whole: Score, rows: list[RowVerdict]) -> list[str]:
    """Rows that agree, with exact 95 % intervals, by what the model was built with and by kind."""

    def parts(one: Agreement) -> str:
        return (
            f"{one.agree.text()}; two-sided {one.two_sided.text()}, "
            f"signs and bounds {one.one_sided.text()}"
        )

    lines = [
        "",
        f"agreement   {whole.all.agree.text(' rows')}, with the exact 95 % interval; "
        f"{whole.checks.hits} of {whole.checks.of} checks",
    ]
    if whole.unseen.agree.of and whole.built_with.agree.of:
        lines += [
            f"  built with   {parts(whole.built_with)}",
            f"  never seen   {parts(whole.unseen)}",
        ]
    elif whole.all.agree.of:
        lines.append(f"  {parts(whole.all).split('; ', 1)[1]}")
    plain = agreement([one for one in rows if not one.row.analogue])
    if plain.agree.of and plain.agree.of != whole.all.agree.of:
        lines.append(f"  {plain.agree.text()} without analogues")
    if any(one.second is not None for one in rows):
        lines.append(
            f"  {whole.all.both_ways.text()} with second readings: "
            + ", ".join(
                f"{one.row.id} {one.second.verdict}" for one in rows if one.second is not None
            )
        )
    return lines


def _value_lines(whole: Score) -> list[str]:
    """What the intervals of the draws are worth."""
    outer = whole.coverage[0.9]
    if not outer.of:
        return []
    mean, median = whole.interval_score
    return [
        f"coverage    90 % interval {outer.text()}, 50 % {whole.coverage[0.5].text()} of "
        f"observed values; sampling error known of {whole.with_error}",
        f"intervals   median width {whole.width:.2g} brackets; interval score, in brackets, "
        f"mean {mean:.3g}, median {median:.3g}",
    ]


def _span(shares: list[float]) -> str:
    return f"{min(shares):.2f}-{max(shares):.2f}" if shares else "none"


def _biopsy_lines(found: dict[str, list[float]]) -> list[str]:
    """The share of the bed in a biopsy's RNA that suits each row of a series, and all of them."""
    if not found:
        return []
    common = sorted(set.intersection(*(set(shares) for shares in found.values())))
    return [
        "biopsy      share of the bed in its RNA that suits "
        + ", ".join(f"{name} {_span(shares)}" for name, shares in found.items())
        + f"; all {_span(common)}; from geometry {standard_knobs()['bed_share']:.2f}"
    ]


def score_lines(report: Report) -> list[str]:
    """The score in words."""
    whole = report.score
    lines = _agreement_lines(whole, report.rows)
    if whole.null.of:
        lines.append(
            f"null model  no effect, or the mean of the topic's other brackets: "
            f"{whole.null.hits} of {whole.null.of} rows"
        )
    for name, one in (
        ("over the null model", whole.skill),
        ("over a line in area fraction and depth", whole.skill_over_dose),
    ):
        if one.of:
            lines.append(
                f"skill       {one.share:.2f} {name} ({one.of} bracketed readings; "
                "1 perfect, 0 no better)"
            )
    lines += _biopsy_lines(report.about.get("bed_shares", {}))
    lines += _value_lines(whole)
    lines += draw_lines(report)
    lines.append(
        f"moved       {report.about['moved']} parameters are declared as fitted"
        + (f"; {report.about['drawn']} are drawn" if report.about.get("drawn") else "")
    )
    counts = tally(report.rows)
    lines.append("rows        " + ", ".join(f"{n} {verdict}" for verdict, n in counts.items()))
    return lines


def draw_lines(report: Report) -> list[str]:
    """What draws and fine runs add to the score."""
    lines = []
    agree = agreement_of_draws(report.rows)
    if len(agree):
        low, middle, high = np.quantile(agree, [0.05, 0.5, 0.95])
        lines.append(
            f"draws       {len(agree)}: {middle:.0f} rows agree in the middle one, "
            f"{low:.0f} to {high:.0f} in nine of ten"
        )
    failed = report.about.get("failed", 0)
    if failed:
        lines.append(f"            {failed} runs of draws failed and count as disagreement")
    errors = grid_errors(report.rows)
    if errors:
        large = [
            f"{one.row} {one.check.label} ({one.drawn_share:.2g})"
            for one in errors
            if not one.small
        ]
        usual = max(errors, key=lambda one: one.usual_share)
        lines.append(
            f"grid, time  {len(errors) - len(large)} of {len(errors)} readings are within "
            "a fifth of their bracket of the fine run at the resolution of draws"
            + (f"; not: {'; '.join(large)}, which enters their intervals" if large else "")
            + f". Usual resolution: at most {usual.usual_share:.2g} ({usual.row})"
        )
    changed_usual, changed_drawn, n = changed_by_resolution(report.rows)
    for name, changed in (("resolution", changed_usual), ("of draws", changed_drawn)):
        if n:
            lines.append(
                f"{name:<11} {len(changed)} of {n} checks would be judged otherwise by "
                "the fine run" + (f": {'; '.join(changed)}" if changed else "")
            )
    return lines


def lost_rungs(rungs: list[RowVerdict]) -> list[str]:
    """Checks that held once and do not hold any more."""
    return [
        f"{row.row.id} {one.check.label}"
        for row in rungs
        for one in row.checks
        if one.check.pinned and not one.holds
    ]


def new_rungs(rungs: list[RowVerdict]) -> list[str]:
    """Checks that hold without being pinned."""
    return [
        f"{row.row.id} {one.check.label}"
        for row in rungs
        for one in row.checks
        if one.holds and not one.check.pinned
    ]


def rung_lines(rungs: list[RowVerdict]) -> list[str]:
    """Rungs with their readings; of those missed, why."""
    lines = ["rungs of the ladder"]
    for row in rungs:
        lines.append(f"{row.row.id}: {row.row.basis}")
        for one in row.checks:
            lines.append(
                f"{'':<5} {MARKS[one.holds]} {one.check.label:<75.75} "
                f"{one.check.bracket:>14}  {simulated(one)}"
            )
            if not one.holds:
                lines.append(
                    f"{'':<7} "
                    + (
                        "LOST: it held before"
                        if one.check.pinned
                        else f"missed: {one.check.missed}"
                    )
                    + (f" ({one.why})" if one.why else "")
                )
    checks = [one for row in rungs for one in row.checks]
    lines += [
        "",
        f"rungs       {sum(all(one.holds for one in row.checks) for row in rungs)} of "
        f"{len(rungs)}; {sum(bool(one.holds) for one in checks)} of {len(checks)} checks",
    ]
    for name, found in (("lost", lost_rungs(rungs)), ("new", new_rungs(rungs))):
        if found:
            lines.append(f"{name:<11} {'; '.join(found)}")
    return lines


def rung_table(rungs: list[RowVerdict]) -> str:
    """The rungs as a Markdown table."""
    lines = ["| rung | check | accepted | simulated | |", "|---|---|---|---|---|"]
    for row in rungs:
        for k, one in enumerate(row.checks):
            state = "held" if one.holds else f"missed: {one.check.missed or 'it held before'}"
            lines.append(
                f"| {f'{row.row.id}: {row.row.basis}' if k == 0 else ''} | "
                f"{one.check.label} | {one.check.bracket} | "
                f"{simulated(one) if one.value else one.why} | {state} |"
            )
    return "\n".join(lines)


def text(report: Report) -> str:
    """The table for people: + holds, x does not, · not testable."""
    lines = []
    for file in report.about["changed"]:
        lines.append(f"note: {file} is not what was frozen")
    topic = None
    for one in report.rows:
        if one.row.topic != topic:
            topic = one.row.topic
            lines += [
                "",
                f"{topic} {TOPICS.get(topic, '')}".strip(),
                f"{'row':<5} {'verdict':<16}   {'reading':<58} {'accepted':>14}  simulated",
            ]
        lines += _row_lines(one)
    if report.courses:
        lines += [
            "",
            "time courses of a full-thickness wound (4 mm punch): distance from the "
            f"curves, accepted < {LARGEST_RMS}",
        ]
        lines += [
            f"      {'agree' if one.holds else 'disagree':<16} {MARKS[one.holds]} "
            f"{one.meaning:<58} {'':>14}  {one.rms:.3f}"
            for one in report.courses
        ]
    if report.ladder:
        lines += ["", "ladder"]
        for one in report.ladder:
            lines += [f"{one.row.id}: {one.row.basis}", *_row_lines(one)]
    if report.rungs:
        lines += ["", *rung_lines(report.rungs)]
    if report.rows:
        lines += score_lines(report)
    return "\n".join(lines).lstrip("\n")


def _cells(one: CheckVerdict, why: str) -> dict:
    """What a line of the table says of a check."""
    interval = (one.value.interval() if one.value else None) or (math.nan, math.nan)
    reading, observed = one.check.reading, one.check.observed
    return {
        "reading": one.check.label,
        "scenario": reading.scenario,
        "assay": reading.assay,
        "measure": reading.measure,
        "at": reading.at,
        "accepted": one.check.bracket,
        "observed": observed.value if observed else math.nan,
        "observed_error": math.nan
        if observed is None or observed.error is None
        else observed.error,
        "simulated": one.value.central if one.value else math.nan,
        "low": interval[0],
        "high": interval[1],
        "held": share_held(one),
        "error": one.value.central_error if one.value else math.nan,
        "error_of_draws": one.value.error if one.value else math.nan,
        "holds": "" if one.holds is None else int(one.holds),
        "why": one.why or why,
    }


def table(report: Report) -> list[dict]:
    """One line a check (or a row without checks)."""
    lines = []
    for part, rows in (("row", report.rows), ("ladder", report.ladder), ("rung", report.rungs)):
        for row in rows:
            base = {
                "part": part,
                "id": row.row.id,
                "topic": row.row.topic,
                "verdict": row.verdict,
                "analogue": int(row.row.analogue),
                "why": row.why,
                "built_with": int(row.row.built_with),
                "citation": row.row.observed.get("citation", ""),
            }
            if not row.checks:
                lines.append(base)
            lines += [base | _cells(one, row.why) for one in row.checks]
            if row.second is not None:
                again = base | {"part": f"second {part}", "verdict": row.second.verdict}
                lines += [again | _cells(one, row.second.why) for one in read_again(row)]
    for one in report.courses:
        lines.append(
            {
                "part": "course",
                "id": one.name,
                "reading": one.meaning,
                "verdict": "agree" if one.holds else "disagree",
                "accepted": f"< {LARGEST_RMS}",
                "simulated": one.rms,
                "holds": int(one.holds),
            }
        )
    return lines


COLUMNS = (
    "part",
    "id",
    "topic",
    "verdict",
    "analogue",
    "built_with",
    "reading",
    "scenario",
    "assay",
    "measure",
    "at",
    "accepted",
    "observed",
    "observed_error",
    "simulated",
    "low",
    "high",
    "held",
    "error",
    "error_of_draws",
    "holds",
    "why",
    "citation",
)


def write_csv(report: Report, path: str | Path) -> None:
    with text_file(path, ",".join(COLUMNS).encode()) as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(table(report))


def _plain(value):
    """NaN and infinities are not JSON."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _count(one: Count) -> dict:
    low, high = one.interval()
    return {"agree": one.hits, "of": one.of, "low": _plain(low), "high": _plain(high)}


def as_json(report: Report) -> str:
    whole = report.score
    groups = {"all": whole.all, "built_with": whole.built_with, "never_seen": whole.unseen}
    content = {
        "about": report.about,
        "score": {
            "agree": whole.all.agree.hits,
            "scored": whole.all.agree.of,
            "agreement": _plain(whole.agreement),
            "checks_hold": whole.checks.hits,
            "checks": whole.checks.of,
            "null_agree": whole.null.hits,
            "null_scored": whole.null.of,
            "skill": _plain(whole.skill.share),
            "skill_over_dose": _plain(whole.skill_over_dose.share),
            "coverage": {
                f"{100 * level:.0f}": _count(one) for level, one in whole.coverage.items()
            },
            "interval_score": _plain(whole.interval_score[0]),
            "interval_width": _plain(whole.width),
            "groups": {
                name: {
                    part: _count(getattr(one, part))
                    for part in ("agree", "two_sided", "one_sided", "both_ways")
                }
                for name, one in groups.items()
            },
        },
        "lines": [{key: _plain(value) for key, value in line.items()} for line in table(report)],
    }
    return json.dumps(content, indent=1, ensure_ascii=False)


def summary(report: Report) -> str:
    """The score, the time courses and the ladder as one Markdown block."""
    lines = ["```", *score_lines(report)[1:]]
    if report.courses:
        good = [one.name for one in report.courses if one.holds]
        lines.append(
            f"courses     {len(good)} of {len(report.courses)} curves of a wound: "
            + ", ".join(f"{one.name} {one.rms:.2f}" for one in report.courses)
        )
    if report.ladder:
        lines.append(
            "ladder      " + ", ".join(f"{one.row.id} {one.verdict}" for one in report.ladder)
        )
    return "\n".join([*lines, "```"])


def _held(one: CheckVerdict) -> str:
    share = share_held(one)
    return "" if math.isnan(share) else f"{100 * share:.0f} %"


def grid_table(report: Report) -> str:
    """Errors of grid and time of all scored readings as a Markdown table, the largest first."""
    lines = [
        "| row | reading | usual | of draws | usual / bracket | draws / bracket |",
        "|---|---|---|---|---|---|",
    ]
    for one in sorted(grid_errors(report.rows), key=lambda one: -one.drawn_share):
        lines.append(
            f"| {one.row} | {one.check.label} | {one.usual:+.2g} | {one.drawn:+.2g} | "
            f"{one.usual_share:.2g} | {one.drawn_share:.2g}{'' if one.small else ' ✗'} |"
        )
    return "\n".join(lines)


def _errors(one: CheckVerdict) -> str:
    """Usual resolution and that of the draws, less the fine run."""
    if one.value is None or math.isnan(one.value.central_error):
        return ""
    return " / ".join(
        "-" if math.isnan(x) else f"{x:+.2g}" for x in (one.value.central_error, one.value.error)
    )


def markdown(report: Report) -> str:
    """The table of docs/agreement.md: scored rows, what they say, what the model says."""
    drawn = bool(report.about.get("draws"))
    more = ["holds in draws", "grid error: usual / draws"] if drawn else []
    head = [
        "row",
        "verdict",
        "reading",
        "accepted",
        "simulated (90 % of draws)" if drawn else "simulated",
        *more,
    ]

    def line(*cells: str) -> str:
        return f"| {' | '.join((*cells, *[''] * (len(head) - len(cells))))} |"

    lines = [line(*head), "|" + "---|" * len(head)]
    for row in report.rows:
        if row.verdict in ("input", "unchecked", "waiting"):
            continue
        if not row.checks:
            lines.append(line(row.row.id, row.verdict, row.why))
        for k, one in enumerate(row.checks):
            if one.holds is None and row.scored:
                continue
            name = f"{row.row.id}{' (analogue)' if row.row.analogue else ''}" if k == 0 else ""
            verdict = row.verdict if k == 0 else ""
            mark = {True: "", False: " ✗", None: ""}[one.holds]
            shown = simulated(one) if one.holds is not None else one.why
            lines.append(
                line(
                    name,
                    verdict,
                    one.check.label + mark,
                    one.check.bracket,
                    shown,
                    *([_held(one), _errors(one)] if drawn else []),
                )
            )
            if one.holds is None:
                break
        for k, one in enumerate(read_again(row) if row.second is not None else ()):
            lines.append(
                line(
                    f"{row.row.id}, second reading" if k == 0 else "",
                    row.second.verdict if k == 0 else "",
                    one.check.label + {True: "", False: " ✗", None: ""}[one.holds],
                    one.check.bracket,
                    simulated(one),
                    *([_held(one), _errors(one)] if drawn else []),
                )
            )
    return "\n".join(lines)
