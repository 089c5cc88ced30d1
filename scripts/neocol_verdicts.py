"""Verdicts as text, CSV, JSON and Markdown."""
from __future__ import annotations

import csv
import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neocol_courses import LARGEST_RMS, Course
from neocol_judge import (CheckVerdict, RowVerdict, Score, agreement_of_draws,
                          changed_by_resolution, score, share_held, tally)
from neocol_output import put, text_file
from neocol_rows import RowError

TOPICS = {"1": "device, depth and force", "2": "closure and barrier", "3": "growth factors, genes",
          "4": "collagen, elastin, epidermis", "5": "clinical outcome",
          "6": "wound-healing time course"}


@dataclass(frozen=True)
class Report:
    """All that was judged, and under which conditions."""

    rows: list[RowVerdict]
    ladder: list[RowVerdict]
    courses: list[Course]
    about: dict            # program, model, draws, sample, settings, changed files, moved

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
        lines.append(f"{head} {verdict:<16} {MARKS[one.holds]} {one.check.label:<58.58} "
                     f"{one.check.bracket:>14}  {simulated(one)}")
    if not judged.checks:
        lines.append(f"{judged.row.id:<5} {judged.verdict:<16}   {judged.why}")
    elif judged.why:
        lines.append(f"{'':<24} {judged.why}")
    return lines


def score_lines(report: Report) -> list[str]:
    """The score in words."""
    whole = report.score
    plain = score([one for one in report.rows if not one.row.analogue])
    lines = ["", f"agreement   {whole.agree} of {whole.scored} rows"
             + (f" ({100 * whole.agreement:.0f} %)" if whole.scored else "")
             + f"; {whole.checks_hold} of {whole.checks} checks"]
    if plain.scored and plain.scored != whole.scored:
        lines.append(f"            {plain.agree} of {plain.scored} without analogues "
                     f"({100 * plain.agreement:.0f} %)")
    if whole.null_scored:
        lines.append(f"null model  no effect, or the mean of the topic's other brackets: "
                     f"{whole.null_agree} of {whole.null_scored} rows")
    if whole.skill_of:
        lines.append(f"skill       {whole.skill:.2f} over the null model "
                     f"({whole.skill_of} bracketed readings; 1 perfect, 0 no better)")
    if whole.covered_of:
        lines.append(f"coverage    {100 * whole.coverage:.0f} % of {whole.covered_of} observed "
                     "values lie in the 90 % interval of the draws")
    lines += draw_lines(report)
    lines.append(f"moved       {report.about['moved']} parameters are declared as fitted"
                 + (f"; {report.about['drawn']} are drawn" if report.about.get("drawn") else ""))
    counts = tally(report.rows)
    lines.append("rows        " + ", ".join(f"{n} {verdict}" for verdict, n in counts.items()))
    return lines


def draw_lines(report: Report) -> list[str]:
    """What draws and fine runs add to the score."""
    lines = []
    agree = agreement_of_draws(report.rows)
    if len(agree):
        low, middle, high = np.quantile(agree, [0.05, 0.5, 0.95])
        lines.append(f"draws       {len(agree)}: {middle:.0f} rows agree in the middle one, "
                     f"{low:.0f} to {high:.0f} in nine of ten")
    failed = report.about.get("failed", 0)
    if failed:
        lines.append(f"            {failed} runs of draws failed and count as disagreement")
    usual, drawn, n = changed_by_resolution(report.rows)
    for name, changed in (("resolution", usual), ("of draws", drawn)):
        if n:
            lines.append(f"{name:<11} {len(changed)} of {n} checks would be judged otherwise by "
                         "the fine run" + (f": {'; '.join(changed)}" if changed else ""))
    return lines


def text(report: Report) -> str:
    """The table for people: + holds, x does not, · not testable."""
    lines = []
    for file in report.about["changed"]:
        lines.append(f"note: {file} is not what was frozen")
    topic = None
    for one in report.rows:
        if one.row.topic != topic:
            topic = one.row.topic
            lines += ["", f"{topic} {TOPICS.get(topic, '')}".strip(),
                      f"{'row':<5} {'verdict':<16}   {'reading':<58} {'accepted':>14}  simulated"]
        lines += _row_lines(one)
    if report.courses:
        lines += ["", "time courses of a full-thickness wound (4 mm punch): distance from the "
                  f"curves, accepted < {LARGEST_RMS}"]
        lines += [f"      {'agree' if one.holds else 'disagree':<16} {MARKS[one.holds]} "
                  f"{one.meaning:<58} {'':>14}  {one.rms:.3f}" for one in report.courses]
    if report.ladder:
        lines += ["", "ladder"]
        for one in report.ladder:
            lines += [f"{one.row.id}: {one.row.basis}", *_row_lines(one)]
    if report.rows:
        lines += score_lines(report)
    return "\n".join(lines).lstrip("\n")


def table(report: Report) -> list[dict]:
    """One line a check (or a row without checks)."""
    lines = []
    for part, rows in (("row", report.rows), ("ladder", report.ladder)):
        for row in rows:
            base = {"part": part, "id": row.row.id, "topic": row.row.topic,
                    "verdict": row.verdict, "analogue": int(row.row.analogue), "why": row.why,
                    "citation": row.row.observed.get("citation", "")}
            if not row.checks:
                lines.append(base)
            for one in row.checks:
                interval = (one.value.interval() if one.value else None) or (math.nan, math.nan)
                reading = one.check.reading
                lines.append(base | {
                    "reading": one.check.label, "scenario": reading.scenario,
                    "assay": reading.assay, "measure": reading.measure, "at": reading.at,
                    "accepted": one.check.bracket,
                    "simulated": one.value.central if one.value else math.nan,
                    "low": interval[0], "high": interval[1], "held": share_held(one),
                    "error": one.value.central_error if one.value else math.nan,
                    "error_of_draws": one.value.error if one.value else math.nan,
                    "holds": "" if one.holds is None else int(one.holds),
                    "why": one.why or row.why})
    for one in report.courses:
        lines.append({"part": "course", "id": one.name, "reading": one.meaning,
                      "verdict": "agree" if one.holds else "disagree",
                      "accepted": f"< {LARGEST_RMS}", "simulated": one.rms,
                      "holds": int(one.holds)})
    return lines


COLUMNS = ("part", "id", "topic", "verdict", "analogue", "reading", "scenario", "assay", "measure",
           "at", "accepted", "simulated", "low", "high", "held", "error", "error_of_draws", "holds",
           "why", "citation")


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


def as_json(report: Report) -> str:
    whole = report.score
    content = {"about": report.about,
               "score": {name: _plain(getattr(whole, name)) for name in (
                   "agree", "scored", "agreement", "checks_hold", "checks", "coverage", "skill",
                   "null_agree", "null_scored")},
               "lines": [{key: _plain(value) for key, value in line.items()}
                         for line in table(report)]}
    return json.dumps(content, indent=1, ensure_ascii=False)


def summary(report: Report) -> str:
    """The score, the time courses and the ladder as one Markdown block."""
    lines = ["```", *score_lines(report)[1:]]
    if report.courses:
        good = [one.name for one in report.courses if one.holds]
        lines.append(f"courses     {len(good)} of {len(report.courses)} curves of a wound: "
                     + ", ".join(f"{one.name} {one.rms:.2f}" for one in report.courses))
    if report.ladder:
        lines.append("ladder      " + ", ".join(f"{one.row.id} {one.verdict}"
                                                for one in report.ladder))
    return "\n".join([*lines, "```"])


def _held(one: CheckVerdict) -> str:
    share = share_held(one)
    return "" if math.isnan(share) else f"{100 * share:.0f} %"


def _errors(one: CheckVerdict) -> str:
    """Usual resolution and that of the draws, less the fine run."""
    if one.value is None or math.isnan(one.value.central_error):
        return ""
    return " / ".join("-" if math.isnan(x) else f"{x:+.2g}"
                      for x in (one.value.central_error, one.value.error))


def markdown(report: Report) -> str:
    """The table of docs/agreement.md: scored rows, what they say, what the model says."""
    drawn = bool(report.about.get("draws"))
    more = ["holds in draws", "grid error: usual / draws"] if drawn else []
    head = ["row", "verdict", "reading", "accepted",
            "simulated (90 % of draws)" if drawn else "simulated", *more]

    def line(*cells: str) -> str:
        return f"| {' | '.join((*cells, *[''] * (len(head) - len(cells))))} |"

    lines = [line(*head), "|" + "---|" * len(head)]
    for row in report.rows:
        if row.verdict in ("input", "unchecked"):
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
            lines.append(line(name, verdict, one.check.label + mark, one.check.bracket, shown,
                              *([_held(one), _errors(one)] if drawn else [])))
            if one.holds is None:
                break
    return "\n".join(lines)
