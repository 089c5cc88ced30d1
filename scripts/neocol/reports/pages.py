"""What a report says: of one run, of a comparison in a cohort, of sensitivity, of a sweep.

The first page is for a dermatologist: what was done, what happened, how sure that is, and what the
model cannot say. The rest is for whoever wants the numbers.
"""
from __future__ import annotations

import re

import numpy as np
from neocol.errors import InputError
from neocol.figures import courses as plots
from neocol.figures.drawn import DrawnData
from neocol.figures.pages import course_pages
from neocol.figures.study_pages import chosen, comparison_pages, sensitivity_pages, sweep_pages
from neocol.models import from_text as model_from_text
from neocol.reports.html import (
    Document,
    Number,
    Range,
    bullets,
    figure,
    folded,
    heading,
    paragraph,
    rounded,
    table,
)
from neocol.results import Result
from neocol.studies import SENSITIVITY, Report, Sweep

PREDICTION = (
    "These are predictions of a mathematical model. No trial has compared such courses "
    "directly, and the model has not been validated for choosing between them."
)
CANNOT = [
    "How a particular patient will heal: it describes tissue of a given kind, not a person.",
    "Pain, infection, bleeding, allergy, or how well the treatment is carried out.",
    "What a patient or an observer sees: scar grades, satisfaction, smoothness. A gain of collagen "
    "in per cent is not a clinical improvement in per cent.",
    "Anything outside the conditions described above, or beyond the time that was computed.",
]
PLAIN = {  # outcome of the shipped model: how the first page calls it, in this order
    "closure_time": "Wounds closed after",
    "barrier_time": "Skin barrier back after",
    "erythema_time": "Inflammation (redness) gone after",
    "melanin_peak": "Highest pigment (1 is as before)",
    "collagen3_gain_90d": "Young collagen (type III), change 90 days after the last session",
    "collagen_papillary_gain_90d": "Collagen of the upper dermis, change after 90 days",
    "collagen_dermis_gain_28d": "Collagen of the whole dermis, change after 28 days",
    "collagen_dermis_gain_90d": "Collagen of the whole dermis, change after 90 days",
    "collagen_dermis_gain_180d": "Collagen of the whole dermis, change after 180 days",
    "myofibroblasts_day_30": "Scar-forming cells (myofibroblasts) in the wounds after 30 days",
}


def plain(name: str, meaning: str) -> str:
    """How the first page calls an outcome."""
    text = PLAIN.get(name) or meaning.split(":")[0] or name.replace("_", " ")
    return text[0].upper() + text[1:]


def model_note(text: str) -> tuple[str, str]:
    """A model's own summary, and how well its numbers are known; empty if the text is missing, or
    the compiled part of the package, which reads models."""
    try:
        model = model_from_text(text)
    except (ImportError, InputError):
        return "", ""
    summary = " ".join(model.summary.split())
    if model.parameters.empty:
        return summary, ""
    known = len(model.parameters)
    chosen_here = int(model.parameters["evidence"].isin(["design", "fitted"]).sum())
    return summary, (
        f"Of the model's {known} parameters {chosen_here} are choices within published or "
        "plausible ranges, or were fitted to observations; the others are taken from publications "
        "or derived, few of them measured in needled human skin."
    )


def _course_text(result: Result) -> str:
    text = plots.regimen_text(result, "; ").replace("punctures cm⁻²", "punctures per cm²")
    text = text.replace(" d apart", " days apart")
    text = re.sub(r"(channels [^;]*mm)", r"\1 deep", text)
    return text[0].upper() + text[1:] + "." if text else "No session: the skin was left alone."


def _skin_text(result: Result) -> str:
    values = result.values["value"].to_dict() if len(result.values) else {}
    words = [
        str(values[key]).strip('"').replace("_", " ")
        for key in ("skin.site", "skin.condition")
        if values.get(key)
    ]
    match = re.match(r"\W*([\d.]+) ?(d|year)", values.get("skin.age", ""))
    if match:
        years = float(match[1]) / (365.2422 if match[2] == "d" else 1)
        words.append(f"{years:.0f} years")
    if values.get("skin.phototype"):
        words.append(f"phototype {values['skin.phototype']}")
    return "Skin: " + ", ".join(words) + "." if words else ""


def run_report(result: Result) -> Document:
    """One run."""
    provenance = result.provenance
    document = Document(result.title, str(result.attributes.get("question", "")))
    names = chosen(list(result.outcomes.index), None, 9) if len(result.outcomes) else []
    names = [name for name in PLAIN if name in result.outcomes.index] or names
    known = result.outcomes.loc[names] if names else result.outcomes
    summary, evidence = model_note(str(provenance.get("model_text", "")))
    document.first += [
        heading("What was done"),
        paragraph(_course_text(result)),
        paragraph(_skin_text(result)),
        paragraph(f"The healing was computed for {result.end:.0f} days from the first session."),
        heading("What happened, as the model sees it"),
        table(
            ["", "", ""],
            [
                [
                    plain(name, row["long_name"]),
                    Number(row["value"], row["units"], name),
                    "" if not row["censored"] else f"not reached: {row['reason']}",
                ]
                for name, row in known.iterrows()
            ],
        ),
        heading("How sure this is"),
        paragraph(
            "This is one computation with the model's own numbers: it has no error bars. How "
            "far the result could be off because those numbers are not known is for "
            "'neocol compare --cohort' and 'neocol sensitivity' to say; it is often a factor "
            "of several."
        ),
        paragraph(evidence),
        f'<div class="note">{paragraph(PREDICTION)}</div>',
        heading("What the model cannot say"),
        bullets(CANNOT),
    ]
    if result.status == "doubtful":
        document.first.insert(
            0, paragraph("The numbers of this run are doubtful: " f"{result.stop_reason}.", "note")
        )
    elif result.flag:
        document.first.insert(
            0,
            paragraph(
                f"This run is not complete ({result.status}): what "
                "follows is as far as it came.",
                "note",
            ),
        )
    for i, (name, page) in enumerate(course_pages(result, 180.0, None, None, DrawnData()).items()):
        document.rest.append(figure(page, f"fig{i}", f"{result.title}: {name.replace('_', ' ')}"))
    document.rest += [
        heading("All outcomes"),
        table(
            ["outcome", "value", "meaning"],
            [
                [name, Number(row["value"], row["units"], name, 4), row["long_name"]]
                for name, row in result.outcomes.iterrows()
            ],
        ),
        heading("The model"),
        paragraph(summary),
        folded("The scenario as given", str(provenance.get("scenario", ""))),
    ]
    document.footer = (
        f"Run {result.scenario_hash} of model {result.attributes.get('model', '')}; "
        f"neocol {result.attributes.get('neocol_version', '')}. Computed from "
        f"{result.path.name}."
    )
    return document


def _regimen_table(report: Report) -> str:
    return table(
        ["course", "sessions", "days", "depth", "punctures a session", "wounded in all"],
        [
            [
                f"{r['name']}: {r['title']}",
                Number(float(r["sessions"])),
                Number(r["last_d"] - r["first_d"]),
                Number(r["channel_depth_mm"], "mm"),
                Number(r["density_per_cm2"], "cm-2"),
                Number(r["wounded_volume_mm3_per_cm2"], "mm3 cm-2"),
            ]
            for r in report.data["regimens"]
        ],
    )


def signed(value: float) -> str:
    return ("+" if value > 0 else "") + rounded(value, 2)


def _difference_text(entry: dict, i: int) -> str:
    """What a course changes against the first, in a sentence."""
    one = entry["regimens"][i]
    cohort = one["difference"]["cohort"]
    if cohort["median"] is None:
        return "no value"
    if one["below_closure"]:
        return "no difference that the model could tell"
    unit = "" if entry["unit"] == "1" else f" {entry['unit']}"
    if unit == " %":
        unit = " percentage points"
    word = "more" if cohort["median"] > 0 else "less"
    text = (
        f"{rounded(abs(cohort['median']), 2)}{unit} {word} "
        f"({signed(cohort['low'])} to {signed(cohort['high'])})"
    )
    if "better" in one:
        text += (
            f"; of 100 persons {100 * one['better']['median']:.0f} better and "
            f"{100 * one['worse']['median']:.0f} worse off by {entry['least']:g}{unit}"
        )
    return text


def comparison_report(report: Report) -> Document:
    """Regimens in a virtual cohort."""
    data = report.data
    document = Document(
        "Courses compared: " + ", ".join(report.regimens),
        f"{data['persons']} virtual persons ({data['cohort']}), the same for every "
        f"course, each under {data['draws']} draws of what is not known about the "
        "biology.",
    )
    names = chosen(report.outcome_names, None, 6)
    names = sorted(names, key=lambda name: "least" not in report.outcome(name))
    rows = []
    # As many as leave the first printed page whole.
    for name in names[: max(2, 9 // len(report.regimens))]:
        entry = report.outcome(name)
        for i, regimen in enumerate(report.regimens):
            cohort = entry["regimens"][i]["value"]["cohort"]
            rows.append(
                [
                    plain(name, entry["meaning"]) if i == 0 else "",
                    regimen,
                    Number(cohort["median"], entry["unit"], f"{name}/{regimen}"),
                    Range(cohort["low"], cohort["high"], 3),
                    "" if i == 0 else _difference_text(entry, i),
                ]
            )
    document.first += [
        heading("What was done"),
        _regimen_table(report),
        paragraph(
            f"All are looked at for {data['follow_up_d']:.0f} days after the "
            f"{data['clock']}."
            + (
                ""
                if data["equal_dose"] == "none"
                else " Densities were changed so that all have the same total "
                f"{data['equal_dose']}."
            )
        ),
        heading("What happened, as the model sees it"),
        table(
            ["", "course", "middle person", "90 % of draws", f"against {report.regimens[0]}"], rows
        ),
        heading("How sure this is"),
        paragraph(
            "Ranges hold 90 % of the results when the model's numbers are drawn from "
            f"{data['draws_from']} ({data['parameters']} of them). Where the ranges of "
            "differences include zero, the order of the courses is open."
        ),
        f'<div class="note">{paragraph(PREDICTION)}</div>',
        heading("What the model cannot say"),
        bullets(CANNOT[:3]),
    ]
    for i, (name, page) in enumerate(comparison_pages(report, 180.0, names).items()):
        document.rest.append(figure(page, f"fig{i}", CAPTIONS[name]))
    document.rest += [
        heading("All outcomes"),
        table(
            [
                "outcome",
                "course",
                "median",
                "Monte Carlo error",
                "90 % of draws",
                "5–95 % of persons",
            ],
            [
                [
                    name if i == 0 else "",
                    regimen,
                    Number(one["value"]["cohort"]["median"], entry["unit"], f"{name}/{regimen}", 4),
                    Number(one["value"]["cohort"]["monte_carlo"], "1", "", 2),
                    Range(one["value"]["cohort"]["low"], one["value"]["cohort"]["high"], 3),
                    Range(one["value"]["person_low"], one["value"]["person_high"], 3),
                ]
                for name in report.outcome_names
                for entry in [report.outcome(name)]
                for i, (regimen, one) in enumerate(zip(report.regimens, entry["regimens"]))
            ],
        ),
    ]
    document.rest += [
        heading("Who was treated"),
        table(
            ["trait", "range or shares", "evidence", "source"],
            [
                [
                    t["name"],
                    f"{t['low']:g} to {t['high']:g}"
                    + (f" {t['unit']}" if t["unit"] != "1" else ""),
                    t["evidence"],
                    t["source"],
                ]
                for t in data["traits"]
            ]
            + [
                [
                    c["name"],
                    ", ".join(f"{v}: {100 * s:g} %" for v, s in zip(c["values"], c["shares"])),
                    c["evidence"],
                    c["source"],
                ]
                for c in data["choices"]
            ],
        ),
    ]
    failed = f", {data['failed']} failed" if data["failed"] else ""
    document.footer = (
        f"{data['cases']} cases{failed}, seed {data['seed']}, model "
        f"{data['model']}, neocol {data['neocol_version']}; from "
        f"{report.path.name}."
    )
    return document


CAPTIONS = {
    "curves": "Change in the cohort: lines are the median of the persons, bands hold 90 % of the "
    "parameter draws.",
    "differences": "Difference from the first course, same persons and draws: dot median, thick "
    "line 90 % of draws, thin line 5 to 95 % of persons, grey the closure error.",
    "persons": "Distribution over persons, each at the median of the parameter draws.",
    "tornado": "Parameters that matter most (Morris's mu*): bars with 90 % intervals; filled: the "
    "outcome rises with the parameter, open: it falls.",
    "interactions": "Above the line, curvature and interactions outweigh the mean effect.",
    "sobol": "Shares of the variance by parameter, with 90 % intervals.",
    "outcomes": "Outcomes over the columns of the design.",
    "tradeoff": "Gain against harm; the line joins runs that no other beats in both.",
}


def sensitivity_report(report: Report) -> Document:
    """Which parameters outcomes hang on."""
    data = report.data
    morris = data["method"] == "morris"
    measure = "mu_star" if morris else "total"
    document = Document(
        f"What the result hangs on: {data['title']}",
        f"{len(data['parameters'])} uncertain numbers of the model were moved over "
        f"their ranges, in {data['cases']} computations.",
    )
    evidence = {entry["name"]: entry for entry in data["parameters"]}
    rows = []
    for name in chosen(report.outcome_names, None, 4):
        entry = report.outcome(name)
        inputs = sorted(
            (one for one in entry["inputs"] if one[measure][0] is not None),
            key=lambda one: -one[measure][0],
        )[:3]
        for i, one in enumerate(inputs):
            parameter = evidence[one["parameter"]]
            rows.append(
                [
                    plain(name, entry["meaning"]) if i == 0 else "",
                    f"{one['parameter']}: {parameter['meaning']}",
                    Number(
                        one[measure][0],
                        entry["unit"] if morris else "1",
                        f"{name}/{one['parameter']}",
                    ),
                    parameter["evidence"],
                ]
            )
    document.first += [
        heading("What was done"),
        paragraph(
            "Each number was moved through the whole range that the model declares for it. "
            + (
                "The size is the mean change of the outcome that goes with it."
                if morris
                else "The size is the share of the outcome's variance that it takes part in."
            )
        ),
        heading("What matters most"),
        table(["outcome", "number of the model", "size", "known from"], rows),
        heading("How sure this is"),
        paragraph(
            "The order follows from how wide the ranges were chosen, not from data. What is "
            "at the top is what would be most worth measuring."
        ),
        f'<div class="note">{paragraph(PREDICTION)}</div>',
    ]
    for i, (name, page) in enumerate(sensitivity_pages(report, 180.0, None).items()):
        document.rest.append(figure(page, f"fig{i}", CAPTIONS[name]))
    document.footer = (
        f"{data['cases']} cases, {data['failed']} failed, seed {data['seed']}, model "
        f"{data['model']}, neocol {data['neocol_version']}; from {report.path.name}."
    )
    return document


def sweep_report(sweep: Sweep) -> Document:
    """A collected study."""
    runs = sweep.dataset.sizes["run"]
    document = Document(sweep.title, str(sweep.dataset.attrs.get("question", "")))
    names = chosen(sweep.outcomes, None, 6)
    varied = [f"{sweep.label(name)}: {_values_text(sweep, name)}" for name in sweep.columns]
    rows = []
    for name in names:
        values = sweep.complete[name].values.astype(float)
        if np.isfinite(values).any():
            rows.append(
                [
                    plain(name, sweep.label(name)),
                    Number(float(np.nanmin(values)), sweep.units(name), f"{name}/lowest"),
                    _where(sweep, int(np.nanargmin(values))),
                    Number(float(np.nanmax(values)), sweep.units(name), f"{name}/highest"),
                    _where(sweep, int(np.nanargmax(values))),
                ]
            )
    document.first += [
        heading("What was done"),
        paragraph(f"{runs} computations, " f"{sweep.complete.sizes['run']} complete. Varied were:"),
        bullets(varied),
        heading("What happened, as the model sees it"),
        table(["", "lowest", "at", "highest", "at"], rows),
        heading("How sure this is"),
        paragraph(
            "Every run uses the model's own numbers: differences between runs are the "
            "model's answer to what was varied, without error bars."
        ),
        f'<div class="note">{paragraph(PREDICTION)}</div>',
        heading("What the model cannot say"),
        bullets(CANNOT),
    ]
    for i, (name, page) in enumerate(sweep_pages(sweep, 180.0, names).items()):
        document.rest.append(figure(page, f"fig{i}", CAPTIONS[name.split("_")[0]]))
    document.footer = (
        f"Study of model {sweep.dataset.attrs.get('model', '')}, neocol "
        f"{sweep.dataset.attrs.get('neocol_version', '')}; from {sweep.path.name}."
    )
    return document


def _values_text(sweep: Sweep, name: str) -> str:
    values = np.unique(sweep.dataset[name].values)
    unit = "" if sweep.units(name) in ("", "1") else f" {sweep.units(name)}"
    if len(values) > 8:
        return f"{len(values)} values from {values[0]} to {values[-1]}{unit}"
    return (
        ", ".join(f"{v:g}" if isinstance(v, (int, float, np.number)) else str(v) for v in values)
        + unit
    )


def _where(sweep: Sweep, run: int) -> str:
    parts = []
    for name in sweep.columns:
        value = sweep.complete[name].values[run]
        unit = "" if sweep.units(name) in ("", "1") else f" {sweep.units(name)}"
        text = f"{value:g}" if isinstance(value, (int, float, np.number)) else str(value)
        parts.append(f"{sweep.label(name)} {text}{unit}")
    return ", ".join(parts)


def study_report(study: Sweep | Report) -> Document:
    if isinstance(study, Sweep):
        return sweep_report(study)
    return sensitivity_report(study) if study.kind == SENSITIVITY else comparison_report(study)
