"""The page of claims: a table that fits a screen, then every claim, an indication a printed page."""
from __future__ import annotations

import math

from neocol.indications.judged import Judged, JudgedClaims
from neocol.indications.read import Claim
from neocol.reports import html as page
from neocol.validation.verdicts import number

GROUPS = {
    "comfort": "Comfort and safety",
    "lines": "Lines and wrinkles",
    "scars": "Scars",
    "body": "Ageing, firmness, pores, stretch marks, cellulite",
    "pigment": "Pigment and serums",
}
VERDICTS = {
    "large": "large",
    "moderate": "moderate",
    "small": "small",
    "none": "none",
    "worse": "worse",
    "failed": "no number",
}
BESIDE = {"as": "as the trial", "less": "less than the trial", "more": "more than the trial"}
HEAD = ["claim", "effect", "verdict", "draws with it", "harm", "beside trials"]

ABOUT = (
    "Each claim is put to the model in the skin that it is made of: a course of needling beside the "
    "same skin without one. The effect is that of the model as it stands{draws}; the verdict is the "
    "size of the first. What stands here is predicted; none of it is validated by a trial with an "
    "untreated side, and a reading that no data stand behind is an index."
)
WORDS = (
    "Verdicts: none is an effect below the smallest that would be noticed, worse one against the "
    "claim; the sizes are those of each claim. Draws with it: the share in which there is an effect "
    "for the better."
)


def _about(found: JudgedClaims) -> str:
    draws = f", and of the middle nine tenths of {found.draws} draws of its parameters"
    return ABOUT.format(draws=draws if found.draws else "")


def _unit(unit: str) -> str:
    return "" if unit == "1" else f" {unit}"


def effect_text(one: Judged) -> str:
    """The effect with its unit, and the middle nine tenths of the draws."""
    if not math.isfinite(one.effect.central):
        return "–"
    unit = _unit(one.claim.effect.unit)
    interval = one.effect.interval()
    text = number(one.effect.central)
    if interval:
        text += f" ({number(interval[0])} … {number(interval[1])})"
    return (text + unit).replace("-", "−")


def verdict_text(one: Judged) -> str:
    is_own_value = one.claim.effect.way == "value" and one.verdict == "worse"
    text = "not so" if is_own_value else VERDICTS[one.verdict]
    return f"{text}, unsure" if one.hangs_on_draws else text


def harm_text(one: Judged) -> str:
    """Harms that count, in any draw; "none seen" where some were looked for."""
    told = [
        f"{harm.label}" + (f" in {harm.share:.0%} of draws" if harm.share > 0.0 else "")
        for harm in one.harms
        if harm.counts or harm.share > 0.0
    ]
    return "; ".join(told) if told else "none seen" if one.harms else "not looked for"


def trials_text(one: Judged) -> str:
    """How the effect stands to trials; untested where there is none to compare with."""
    told = [
        f"{BESIDE[how]} ({trial.row})" for trial, how in zip(one.claim.trials, one.trials) if how
    ]
    return "; ".join(told) if told else "untested"


def share_text(one: Judged) -> str:
    return f"{one.share:.0%}" if math.isfinite(one.share) else "–"


def _row(one: Judged, is_shared: bool) -> list[str]:
    """A line of the table; a claim that others share the words of has its name with it."""
    return [
        one.claim.claim + (f" ({one.claim.name.replace('_', ' ')})" if is_shared else ""),
        effect_text(one),
        verdict_text(one),
        share_text(one),
        harm_text(one),
        trials_text(one),
    ]


def _details(one: Judged) -> list[str]:
    """What a claim is and what is said of it, a line each."""
    claim: Claim = one.claim
    small, moderate, large = (f"{cut:g}" for cut in claim.cuts)
    lines = [
        f"Skin and course: {claim.condition}. Scenario {claim.scenario}.",
        f"Mechanism: {claim.mechanism}.",
        f"Read: {claim.effect.outcome}"
        + {"relative": ", relative to the twin", "difference": ", less the twin", "value": ""}[
            claim.effect.way
        ]
        + (" (an index: no data stand behind it)." if claim.standing == "index" else "."),
        f"Effect: {effect_text(one)}: {verdict_text(one)}. Small from {small}, moderate from "
        f"{moderate}, large from {large}{_unit(claim.effect.unit)}; {claim.cuts_source}.",
    ]
    if one.reason:
        lines.append(f"No number: {one.reason}.")
    if math.isfinite(one.without):
        unit = _unit(claim.effect.unit)
        lines.append(f"Where {claim.without}: {number(one.without).replace('-', '−')}{unit}.")
    for harm in one.harms:
        unit = _unit(harm.unit)
        share = f", in {harm.share:.0%} of draws" if math.isfinite(harm.share) else ""
        lines.append(
            f"Harm, {harm.label}: {number(harm.value).replace('-', '−')}{unit}"
            f" ({'counts' if harm.counts else 'does not count'}{share})."
        )
    for trial, how in zip(claim.trials, one.trials):
        beside = f" The model: {BESIDE[how]}." if how else ""
        lines.append(f"Trial {trial.row}: {trial.says}.{beside}")
    if claim.untested:
        lines.append(f"What cannot be said: {claim.untested}.")
    return lines


def _rows(claims: list[Judged]) -> list[list[str]]:
    words = [one.claim.claim for one in claims]
    return [_row(one, words.count(one.claim.claim) > 1) for one in claims]


def _groups(found: JudgedClaims) -> list[tuple[str, list[Judged]]]:
    """Claims by group, the groups in the order of the page."""
    names = list(dict.fromkeys(one.claim.group for one in found.claims))
    ordered = [name for name in GROUPS if name in names] + [n for n in names if n not in GROUPS]
    return [
        (GROUPS.get(name, name), [one for one in found.claims if one.claim.group == name])
        for name in ordered
    ]


def markdown(found: JudgedClaims) -> str:
    """The tables by group, then every claim."""
    text = [_about(found), "", WORDS, ""]
    for title, claims in _groups(found):
        text += [f"## {title}", "", "| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD)]
        text += [
            "| " + " | ".join(cell.replace("|", "/") for cell in row) + " |"
            for row in _rows(claims)
        ]
        text.append("")
        for one in claims:
            text += [f"**{one.claim.claim}** (`{one.claim.name}`)", ""]
            text += [f"- {line}" for line in _details(one)]
            text.append("")
    return "\n".join(text).rstrip() + "\n"


def html(found: JudgedClaims) -> str:
    """One self-contained page, for a screen and for paper: an indication a sheet."""
    document = page.Document("Claims made for microneedling", _about(found))
    document.first.append(page.paragraph(WORDS))
    rows = [row for _, claims in _groups(found) for row in _rows(claims)]
    document.first.append(page.table(HEAD, rows))
    for title, claims in _groups(found):
        document.rest.append('<section style="break-before: page">')
        document.rest.append(page.heading(title))
        for one in claims:
            document.rest.append(f"<h3>{page.escape(one.claim.claim)}</h3>")
            document.rest.append(page.bullets(_details(one)))
        document.rest.append("</section>")
    document.footer = (
        f"{len(found.claims)} claims, {found.draws} draws; written by neocol claims. Predictions of "
        "a model, not advice."
    )
    return document.html()
