"""Judges a model by rows: readings of runs and verdicts. What they add up to: neocol.validation.scores.

    judged = [judge_row(bench, row) for row in rows]   # neocol.validation.readings.Bench, after its run
"""
from __future__ import annotations

import math
from dataclasses import dataclass, replace

from neocol.validation.assays import NoQuantity
from neocol.validation.readings import Bench, Value
from neocol.validation.rows import SMALLEST, Check, Row
from neocol.validation.runs import CaseError

LARGEST_ERROR = 0.2  # of grid and time, in what scale_of gives; above it enters the interval


@dataclass(frozen=True)
class CheckVerdict:
    """holds: True, False, or None with the reason in `why`; dose: what needles or beams did."""

    check: Check
    holds: bool | None
    value: Value | None = None
    why: str = ""
    dose: tuple[float, float] | None = None  # area fraction of all sessions, depth [mm]


@dataclass(frozen=True)
class RowVerdict:
    """verdict: agree, disagree, not testable, by construction, input, unchecked or waiting."""

    row: Row
    verdict: str
    checks: tuple[CheckVerdict, ...] = ()
    why: str = ""
    second: "RowVerdict | None" = None  # by the row's second readings, beside the first

    @property
    def both_ways(self) -> "RowVerdict":
        """The second verdict of a row that has one, else the only one."""
        return self.second or self

    @property
    def scored(self) -> bool:
        return self.verdict in ("agree", "disagree")


def holds(check: Check, reading: float) -> bool:
    """Whether a reading meets its check."""
    if not math.isfinite(reading) and not (check.larger_than and reading == math.inf):
        return False
    if check.sign:
        return check.sign * reading > SMALLEST
    if check.larger_than is not None:
        return reading > check.by
    if check.strict:
        return check.low < reading < check.high
    return check.low <= reading <= check.high


def scale_of(check: Check, value: Value) -> float:
    """What an error of grid and time is measured by: the width of a closed bracket; of an open one,
    a sign or an order the distance of the fine reading from where the verdict turns."""
    if not check.sign and check.larger_than is None and check.half_width is not None:
        return 2.0 * check.half_width
    turn = (
        check.sign * SMALLEST
        if check.sign
        else check.by
        if check.larger_than is not None
        else check.low
        if math.isfinite(check.low)
        else check.high
    )
    return abs(value.central - value.central_error - turn)


def judge_check(bench: Bench, check: Check, must_be_computed: bool = False) -> CheckVerdict:
    """Verdict on one check."""
    try:
        value = bench.value(check, must_be_computed)
    except NoQuantity as missing:
        return CheckVerdict(check, None, None, str(missing))
    except CaseError as error:
        return CheckVerdict(check, False, None, f"the run failed: {error}")
    if abs(value.error) > LARGEST_ERROR * scale_of(check, value):
        value = replace(value, widened=abs(value.error))
    return CheckVerdict(check, holds(check, value.central), value, "", bench.dose(check.reading))


def judge_row(bench: Bench, row: Row) -> RowVerdict:
    """Verdict on one row, by the rules of docs/validation.md; of a row with second readings also
    the verdict by those."""
    first = _judge_once(bench, row)
    return replace(first, second=_judge_once(bench, row.read_again())) if row.second else first


def _judge_once(bench: Bench, row: Row) -> RowVerdict:
    shown = {
        "waiting": ("waiting", f"for {row.needs}"),
        "input": ("input", "a parameter of the set-up"),
        "unchecked": ("unchecked", "recalled, not read: never scored"),
        "untestable": ("not testable", row.why),
    }
    if row.status in shown:
        return RowVerdict(row, shown[row.status][0], (), shown[row.status][1])
    if row.status == "if_modelled" and not row.checks:
        return RowVerdict(row, "not testable", (), f"the model has no {row.needs}")
    checked = tuple(judge_check(bench, check, row.status != "testable") for check in row.checks)
    known = [one for one in checked if one.holds is not None]
    missing = [one for one in checked if one.holds is None]
    if row.status == "construction":
        if row.computed_by and not missing:
            return RowVerdict(
                row, "agree" if all(one.holds for one in known) else "disagree", checked
            )
        return RowVerdict(row, "by construction", checked, row.why)
    wanted = [one for one in missing if not one.check.if_modelled]
    if row.status == "if_modelled" and missing:
        return RowVerdict(row, "not testable", checked, missing[0].why)
    if wanted or not known:
        return RowVerdict(row, "not testable", checked, (wanted or missing)[0].why)
    verdict = "agree" if all(one.holds for one in known) else "disagree"
    partly = f"{len(missing)} of {len(checked)} checks not testable" if missing else ""
    return RowVerdict(row, verdict, checked, "; ".join(filter(None, (row.why, partly))))


def bed_shares(bench: Bench, rows: list[Row], n: int = 101) -> dict[str, list[float]]:
    """Shares of the bed in a biopsy's RNA with which the second reading of each row agrees, of n
    from 0 to 1; rows of one series share one value, so one that suits a row and breaks another is
    refuted."""
    found = {}
    for row in rows:
        if not any(check.reading.assay.startswith("biopsy_") for check in row.second):
            continue
        again = row.read_again()
        found[row.id] = [
            k / (n - 1) for k in range(n) if _agrees_with_share(bench, again, k / (n - 1))
        ]
    return found


def _agrees_with_share(bench: Bench, row: Row, share: float) -> bool:
    with bench.with_knobs(bed_share=share):
        return _judge_once(bench, row).verdict == "agree"
