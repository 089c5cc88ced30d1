"""neocol: how skin heals and makes collagen after microneedling, from Python.

    import neocol
    scenario = neocol.load("acne_scars_roller").set({"regimen.spacing": "2 week"})
    result = scenario.run()                    # xarray in memory
    result.outcomes                            # pandas, one row an outcome
    result.observables["collagen_dermis"].plot()
    result.save("two_weeks.h5")
    sweep = neocol.sweep(scenario, {"device.needle_length": [0.5, 1, 1.5] * neocol.mm}, jobs=2)
    sweep.table
    neocol.model("microneedling").parameters   # pandas: value, unit, range, evidence, source

Everything is in the units that its `units` say; times are days.
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from neocol.errors import ArgumentError, Error, Fault, FileError, InputError, NumericsError, StopRun
from neocol.quantities import (
    Quantity,
    day,
    hour,
    minute,
    mm,
    per_cm2,
    per_mm2,
    second,
    um,
    unit,
    week,
    year,
)

if TYPE_CHECKING:
    from neocol.calibration.measured import Fitted, calibrate
    from neocol.cases import Case, CaseResult, run_cases
    from neocol.exchange.petab import load_petab
    from neocol.figures.draw import plot
    from neocol.indications.judged import JudgedClaims, claims
    from neocol.models import Model, model
    from neocol.reports.report import report
    from neocol.result_sets import ResultSet, open_many
    from neocol.results import Result, ResultError, align
    from neocol.results import load as read_result
    from neocol.scenario import Scenario, from_text, load, names
    from neocol.studies import load as read_study
    from neocol.sweeps import Sweep, sweep
    from neocol.validation.alternatives import Alternatives, alternatives
    from neocol.validation.validate import validate
    from neocol.verification import Verification, verify

# Read when they are used: results can be read without the compiled part, and without xarray
# scenarios.
_LAZY = {
    "Alternatives": ("neocol.validation.alternatives", "Alternatives"),
    "alternatives": ("neocol.validation.alternatives", "alternatives"),
    "Verification": ("neocol.verification", "Verification"),
    "verify": ("neocol.verification", "verify"),
    "Fitted": ("neocol.calibration.measured", "Fitted"),
    "calibrate": ("neocol.calibration.measured", "calibrate"),
    "Case": ("neocol.cases", "Case"),
    "JudgedClaims": ("neocol.indications.judged", "JudgedClaims"),
    "claims": ("neocol.indications.judged", "claims"),
    "CaseResult": ("neocol.cases", "CaseResult"),
    "load_petab": ("neocol.exchange.petab", "load_petab"),
    "Model": ("neocol.models", "Model"),
    "model": ("neocol.models", "model"),
    "ResultSet": ("neocol.result_sets", "ResultSet"),
    "open_many": ("neocol.result_sets", "open_many"),
    "Result": ("neocol.results", "Result"),
    "ResultError": ("neocol.results", "ResultError"),
    "align": ("neocol.results", "align"),
    "validate": ("neocol.validation.validate", "validate"),
    "plot": ("neocol.figures.draw", "plot"),
    "report": ("neocol.reports.report", "report"),
    "run_cases": ("neocol.cases", "run_cases"),
    "read_study": ("neocol.studies", "load"),
    "read_result": ("neocol.results", "load"),
    "Scenario": ("neocol.scenario", "Scenario"),
    "from_text": ("neocol.scenario", "from_text"),
    "load": ("neocol.scenario", "load"),
    "names": ("neocol.scenario", "names"),
    "Sweep": ("neocol.sweeps", "Sweep"),
    "sweep": ("neocol.sweeps", "sweep"),
}

__all__ = [
    "Alternatives",
    "ArgumentError",
    "Case",
    "CaseResult",
    "Error",
    "Fault",
    "FileError",
    "Fitted",
    "InputError",
    "JudgedClaims",
    "Model",
    "NumericsError",
    "Quantity",
    "Result",
    "ResultError",
    "ResultSet",
    "Scenario",
    "StopRun",
    "Sweep",
    "Verification",
    "align",
    "alternatives",
    "calibrate",
    "claims",
    "day",
    "from_text",
    "hour",
    "load",
    "load_petab",
    "minute",
    "mm",
    "model",
    "names",
    "open_many",
    "per_cm2",
    "per_mm2",
    "plot",
    "read_result",
    "read_study",
    "report",
    "run_cases",
    "second",
    "sweep",
    "um",
    "unit",
    "validate",
    "verify",
    "week",
    "year",
]


def __getattr__(name: str):
    if name == "__version__":
        from neocol.core import compiled

        return compiled().__version__
    try:
        module, attribute = _LAZY[name]
    except KeyError:
        raise AttributeError(f"module 'neocol' has no attribute '{name}'") from None
    from importlib import import_module

    value = getattr(import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
