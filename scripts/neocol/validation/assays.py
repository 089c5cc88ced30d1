"""What an instrument reads off a run: one function an assay, and the measures taken of it.

An assay turns a run into a Series over time; a measure turns the Series into a number. The reasons
for every assay stand in docs/validation.md. Its constants, `knobs`, are declared in
models/microneedling/assays.toml, in the units that stand there.
"""
from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Callable

import numpy as np
from neocol.parameters import Parameter, models_folder, read_parameter_file
from neocol.validation.rows import Reading, time_of
from neocol.validation.runs import AFTER, Run
from scipy.optimize import curve_fit


class NoQuantity(Exception):
    """The model has nothing the assay could read; the message says what is missing."""


@dataclass(frozen=True)
class Series:
    """What an assay reads: `values` over `time` [d], and the untreated reading.

    recovered(values) tells when the reading counts as back to normal; none if it is no clock.
    """

    time: np.ndarray
    values: np.ndarray
    rest: float
    last_session: float = 0.0
    recovered: Callable[[np.ndarray], np.ndarray] | None = None

    def at(self, day: float) -> float:
        """Reading on a day, between records linearly; before a session of that very time."""
        if day > self.time[-1] + 1e-9:
            raise NoQuantity(f"the scenario ends on day {self.time[-1]:g}, before day {day:g}")
        return float(np.interp(day, self.time, self.values))


def constants() -> dict[str, Parameter]:
    """Constants of the assays as declared."""
    return read_parameter_file(models_folder() / "microneedling" / "assays.toml")


def standard_knobs() -> dict[str, float]:
    """Declared values of the constants."""
    return {name: one.value for name, one in constants().items()}


def _observable(run: Run, name: str) -> np.ndarray:
    try:
        return run.series(name)
    except KeyError:
        raise NoQuantity(f"the model has no observable '{name}'") from None


def _plain(run: Run, values: np.ndarray, rest: float | None = None, **more) -> Series:
    return Series(
        run.time, values, float(values[0]) if rest is None else rest, run.last_session, **more
    )


def _named(name: str) -> Callable[[Run, dict], Series]:
    return lambda run, knobs: _plain(run, _observable(run, name))


# ------------------------------------------------------------------ clocks


def _barrier_loss(run: Run, knobs: dict, barrier: str = "barrier") -> np.ndarray:
    return (1.0 - _observable(run, barrier)) / knobs["reference_loss"]


def impedance(run: Run, knobs: dict) -> Series:
    """Z/Z_base: open channels conduct beside intact skin."""
    values = 1.0 / (1.0 + (1.0 / knobs["impedance_drop"] - 1.0) * _barrier_loss(run, knobs))
    return _plain(run, values, recovered=lambda z: z >= 0.9)


def tewl(run: Run, knobs: dict) -> Series:
    """Water loss over its base: flux adds up over the surface. A model without a barrier to
    vapour of its own is read by its barrier."""
    name = "water_barrier" if "water_barrier" in run.observables else "barrier"
    values = 1.0 + knobs["tewl_rise"] * _barrier_loss(run, knobs, name)
    return _plain(run, values, recovered=lambda w: w <= 1.2)


def _shut(share: np.ndarray) -> np.ndarray:
    return share < 0.05


def cover(run: Run, knobs: dict) -> Series:
    """Share of the wounds that is not covered by epidermis."""
    return _plain(run, _observable(run, "wound_open"), recovered=_shut)


def pore(run: Run, knobs: dict) -> Series:
    """Share of the channels that is not filled: what dye and light find open. A model without
    pores of their own is read by its cover."""
    name = "wound_pore" if "wound_pore" in run.observables else "wound_open"
    return _plain(run, _observable(run, name), recovered=_shut)


def strength(run: Run, knobs: dict) -> Series:
    """Strength of the wound in % of normal skin."""
    return _plain(run, 100.0 * _observable(run, "wound_strength"), rest=100.0)


def hole_radius(run: Run, knobs: dict) -> Series:
    """Mean radius of the holes relative to their first."""
    values = np.sqrt(np.maximum(pore(run, knobs).values, 0.0))
    return _plain(run, values, rest=float(values.max()))


def erythema(run: Run, knobs: dict) -> Series:
    """Pro-inflammatory signal of the papillary dermis: redness above a limit."""
    limit = knobs["erythema_limit"]
    return _plain(run, _observable(run, "inflammation"), recovered=lambda s: s <= limit)


# ------------------------------------------------------------------ RNA


def dermis_thickness(run: Run) -> float:
    """[mm] of the scenario's papillary and reticular dermis."""
    return sum(
        thickness
        for name, thickness in run.layers().items()
        if name.endswith("dermis") and name != "epidermis"
    )


def _all_rna(run: Run, knobs: dict) -> np.ndarray:
    """RNA of everything in a biopsy, in cells per mm2 of surface."""
    fibroblasts = _observable(run, "fibroblasts_dermis")
    old = np.minimum(fibroblasts, fibroblasts[0])
    growing = (
        fibroblasts - old + _observable(run, "myofibroblasts") + _observable(run, "macrophages")
    )
    cells = (
        fibroblasts[0]
        + old
        + knobs["growing_rna"] * growing
        + knobs["neutrophil_rna"] * _observable(run, "neutrophils")
    )
    return knobs["keratinocytes"] * _epidermis(run) + dermis_thickness(run) * cells


def _epidermis(run: Run) -> np.ndarray:
    """Share of the surface that bears keratinocytes."""
    return 1.0 - _observable(run, "open_area")


def _rna(name: str) -> Callable[[Run, dict], Series]:
    """mRNA of a product: its rate of making among all RNA."""

    def assay(run: Run, knobs: dict) -> Series:
        made = np.maximum(_observable(run, name), 1e-300)
        return _plain(run, made / _all_rna(run, knobs))

    return assay


def _tgf_beta_made(run: Run, knobs: dict) -> np.ndarray:
    """Latent TGF-beta that the cells of a biopsy make, per mm2 of surface [pg/d]."""
    fibroblasts = _observable(run, "fibroblasts_dermis")
    macrophages = _observable(run, "macrophages")
    made = knobs["latent_tgf_beta_fibroblast"] * (
        fibroblasts + _observable(run, "myofibroblasts")
    ) + knobs["latent_tgf_beta_macrophage"] * (macrophages + knobs["resident_macrophages"])
    keratinocytes = knobs["keratinocytes"] * _epidermis(run)
    return dermis_thickness(run) * made + knobs["latent_tgf_beta_keratinocyte"] * keratinocytes


def rna_tgf_beta(run: Run, knobs: dict) -> Series:
    """TGFB1 mRNA among all RNA: it codes for the latent form, which all cells make at rest too,
    not for what is active."""
    return _plain(run, _tgf_beta_made(run, knobs) / _all_rna(run, knobs))


def in_bed(values: np.ndarray, share: float) -> np.ndarray:
    """What a mean over bed and surroundings says of the bed, if all that differs from the first
    value lies within it and the bed has this share of the surface; not below 0."""
    return np.maximum(values[0] + (values - values[0]) / share, 0.0)


def _biopsy(made: Callable[[Run, dict], np.ndarray]) -> Callable[[Run, dict], Series]:
    """mRNA of a product in a biopsy of which the wound's bed gives the share `bed_share` of all
    RNA: 1 - f + f*fold, with the fold of the bed and a rim at rest."""

    def assay(run: Run, knobs: dict) -> Series:
        bed = float(_observable(run, "open_area").max())
        if bed <= 0.0:
            raise NoQuantity("the scenario has no open wound, so a biopsy has no bed")
        product, rna = made(run, knobs), _all_rna(run, knobs)
        if product[0] <= 0.0:
            raise NoQuantity("the untreated reading is 0: no fold")
        fold = (in_bed(product, bed) / product[0]) / np.maximum(in_bed(rna, bed) / rna[0], 1e-300)
        return _plain(run, 1.0 - knobs["bed_share"] * (1.0 - fold), rest=1.0)

    return assay


# ------------------------------------------------------------------ histology


def covered_area(density: np.ndarray, knobs: dict) -> np.ndarray:
    """Stained share of a section of collagen `density` [mg/mm3] over time, the first as it was.

    What exceeds the first density is young: thinner fibres, more area per mass.
    """
    old = np.minimum(density, density[0])
    young = np.maximum(density - density[0], 0.0)
    per_width = old / knobs["fibre_old"] + young / knobs["fibre_young"]
    return 1.0 - np.exp(
        -4.0 * knobs["section_thickness"] / (math.pi * knobs["fibre_density"]) * per_width
    )


def _stain(name: str) -> Callable[[Run, dict], Series]:
    return lambda run, knobs: _plain(run, covered_area(_observable(run, name), knobs))


def immature_share(run: Run, knobs: dict) -> Series:
    """Thin fibres among all, silver over Masson: collagen III, nascent collagen I, and what was
    added since the first reading, as in covered_area."""
    third, first = _observable(run, "collagen3"), _observable(run, "collagen1")
    total = third + first
    thin = third + _observable(run, "collagen1_new")
    added = np.maximum(total - total[0], 0.0)
    return _plain(run, np.maximum(thin, np.minimum(thin, thin[0]) + added) / total)


def synthesis_rate(run: Run, knobs: dict) -> Series:
    """Collagen made in the wound bed, relative to resting dermis."""
    rest = sum(_observable(run, f"collagen{k}_production_dermis")[0] for k in (1, 3))
    made = sum(_observable(run, f"wound_collagen{k}_production") for k in (1, 3))
    return _plain(run, made / rest, rest=1.0)


def synthesis_share3(run: Run, knobs: dict) -> Series:
    """Collagen III among the collagen made in the wound bed."""
    third = _observable(run, "wound_collagen3_production")
    total = third + _observable(run, "wound_collagen1_production")
    rest = [_observable(run, f"collagen{k}_production_dermis")[0] for k in (1, 3)]
    return _plain(run, third / np.maximum(total, 1e-300), rest=rest[1] / sum(rest))


ASSAYS: dict[str, Callable[[Run, dict], Series]] = {
    "impedance": impedance,
    "tewl": tewl,
    "dye": pore,
    "oct": pore,
    "wound_open": cover,
    "hole_radius": hole_radius,
    "erythema": erythema,
    "recoil": _named("hole_recoil"),
    "rna_collagen1": _rna("collagen1_production_dermis"),
    "rna_collagen3": _rna("collagen3_production_dermis"),
    "rna_collagenase": _rna("collagenase_production_dermis"),
    "rna_tgf_beta": rna_tgf_beta,
    "biopsy_collagen1": _biopsy(lambda run, _: _observable(run, "collagen1_production_dermis")),
    "biopsy_collagenase": _biopsy(lambda run, _: _observable(run, "collagenase_production_dermis")),
    "biopsy_tgf_beta": _biopsy(_tgf_beta_made),
    "rna_tgf_beta3": _rna("tgf_beta3_production_dermis"),
    "stained_area": _stain("collagen_top"),
    "immunostain_collagen1": _stain("collagen1"),
    "immunostain_collagen3": _stain("collagen3"),
    "immature_share": immature_share,
    "new_collagen": _named("collagen1_new"),
    "collagen_mass": _named("collagen_dermis"),
    "collagen1_mass": _named("collagen1"),
    "collagen3_share": _named("collagen3_share"),
    "grade_order": _named("collagen_top"),
    "hydroxyproline": _named("wound_collagen"),
    "synthesis_rate": synthesis_rate,
    "synthesis_share3": synthesis_share3,
    "wound_neutrophils": _named("wound_neutrophils"),
    "wound_macrophages": _named("wound_macrophages"),
    "wound_myofibroblasts": _named("wound_myofibroblasts"),
    "wound_inflammation": _named("wound_inflammation"),
    "melanin": _named("melanin"),
    "melanin_making": _named("pigment_making"),
    "epidermal_thickness": _named("epidermal_thickness"),
    "elastin": _named("elastin"),
    "tropoelastin": _named("tropoelastin"),
    "collagen7": _named("collagen7"),
    "strength": strength,
}


def scar_depth(run: Run, normal_thickness: float) -> Series:
    """[mm] by which the dermis of the floor is thinner than that of the site's normal skin."""
    values = normal_thickness - dermis_thickness(run) * _observable(run, "dermis_thickness")
    if values[0] <= 0.0:
        raise NoQuantity("the skin of the scenario is not thinner than normal: no scar depth")
    return _plain(run, values)


# ------------------------------------------------------------------ measures


def _hours_until(series: Series) -> float:
    """Hours from the last session to the last reading that is not yet back to normal."""
    if series.recovered is None:
        raise NoQuantity("the assay is no clock")
    after = series.time >= series.last_session + 0.5 * AFTER
    time, values = series.time[after], series.values[after]
    back = series.recovered(values)
    if back.all():
        return 0.0
    last = int(np.flatnonzero(~back)[-1])
    if last + 1 == len(time):
        return 24.0 * float(time[-1] - series.last_session)  # not back when the run ends
    # Between two records the crossing is sought on the straight line between the readings.
    share = np.linspace(0.0, 1.0, 201)
    line = values[last] + share * (values[last + 1] - values[last])
    first = share[np.flatnonzero(series.recovered(line))[0]]
    return 24.0 * float(time[last] + first * (time[last + 1] - time[last]) - series.last_session)


def _peak(series: Series) -> int:
    return int(np.argmax(series.values))


def _fold(series: Series, value: float) -> float:
    if series.rest <= 0.0:
        raise NoQuantity("the untreated reading is 0: no fold")
    return value / series.rest


def _log2(fold: float) -> float:
    """Minus infinity of nothing."""
    return math.log2(fold) if fold > 0.0 else -math.inf


def _lag(series: Series) -> float:
    """Day at which a twentieth of the final reading is passed, counted from the wound."""
    later = (series.values >= 0.05 * series.values[-1]) & (series.time >= 0.5 * AFTER)
    return float(series.time[np.flatnonzero(later)[0]])


def _settled(series: Series) -> float:
    """Day from which on the reading stays within a twentieth of its last."""
    off = np.abs(series.values - series.values[-1]) > 0.05 * abs(series.values[-1])
    return float(series.time[np.flatnonzero(off)[-1] + 1]) if off.any() else 0.0


def exponential(series: Series, start: float, end: float) -> tuple[float, float]:
    """Rate constant [1/d] and R2 of c + a exp(-k t), least squares from day start to day end."""
    days = np.linspace(start, end, 100)
    values = np.array([series.at(day) for day in days])
    spread = float(np.sum((values - values.mean()) ** 2))
    if spread <= 0.0:
        raise NoQuantity("the reading does not change: no rate constant")
    first = (values[0] - values[-1], 3.0 / (end - start), values[-1])
    try:
        fitted, _ = curve_fit(
            lambda t, a, k, c: c + a * np.exp(-k * (t - start)), days, values, first, maxfev=10000
        )
    except RuntimeError as error:
        raise NoQuantity(f"no exponential can be fitted: {error}") from None
    a, k, c = fitted
    rest = float(np.sum((values - c - a * np.exp(-k * (days - start))) ** 2))
    return float(k), 1.0 - rest / spread


def _largest_gain(series: Series) -> float:
    days = np.arange(0.0, min(8.0, series.time[-1] + 1e-9))
    readings = [0.0] + [series.at(day) for day in days[1:]]  # right after the cut nothing holds
    gains = np.diff(readings)
    return float(days[1:][int(np.argmax(gains))])


def measure(series: Series, reading: Reading) -> float:
    """The number a reading takes of a series. Raises NoQuantity if it cannot be had."""
    name = reading.measure
    simple: dict[str, Callable[[], float]] = {
        "rest": lambda: series.rest,
        "span": lambda: float(series.values.max() - series.values.min()),
        "peak": lambda: float(series.values.max()),
        "peak_rise": lambda: float(series.values.max()) - series.rest,
        "peak_fold": lambda: _fold(series, float(series.values.max())),
        "time_of_peak": lambda: float(series.time[_peak(series)]),
        "time_of_peak_h": lambda: 24.0 * float(series.time[_peak(series)]),
        "recovery_time": lambda: _hours_until(series),
        "closure_time": lambda: _hours_until(series),
        "duration": lambda: _hours_until(series),
        "settled": lambda: _settled(series),
        "lag": lambda: _lag(series),
        "day_of_largest_gain": lambda: _largest_gain(series),
    }
    if name in simple:
        return simple[name]()
    if name in ("mean", "exponential_rate", "exponential_r2"):
        start, end = (time_of(text, series.last_session) for text in (reading.start, reading.end))
        if name != "mean":
            return exponential(series, start, end)[name == "exponential_r2"]
        days = np.linspace(start, end, 241)
        return float(np.mean([series.at(day) for day in days]))
    timed: dict[str, Callable[[float], float]] = {
        "value": lambda value: value,
        "change": lambda value: value - series.rest,
        "relative_change": lambda value: 100.0 * (_fold(series, value) - 1.0),
        "fall": lambda value: 100.0 * (1.0 - _fold(series, value)),
        "fold": lambda value: _fold(series, value),
        "log2_fold": lambda value: _log2(_fold(series, value)),
        "share_of_peak": lambda value: value / float(series.values.max()),
        "rise_left": lambda value: (
            (value - series.rest) / max(float(series.values.max()) - series.rest, 1e-300)
        ),
        "log2_share_of_peak": lambda value: (
            _log2(_fold(series, value))
            / max(_log2(_fold(series, float(series.values[series.time <= 7.0].max()))), 1e-12)
        ),
    }
    if name not in timed:
        raise NoQuantity(f"no such measure: '{name}'")
    if not reading.at:
        raise NoQuantity(f"the measure '{name}' needs a time")
    return timed[name](series.at(time_of(reading.at, series.last_session)))


# ------------------------------------------------------------------ geometry


def depth_is_given(run: Run) -> bool:
    """Whether the device states its depth per length, so that nothing was computed."""
    return "device.depth_ratio" in run.scenario.values.index


def geometry(run: Run, reading: Reading) -> float:
    """Readings of the assays channel, puncture_count and insertion_force."""
    first = {name: values[0] for name, values in run.sessions.items()}
    if reading.assay == "insertion_force":
        if math.isnan(first["insertion_force"]):
            raise NoQuantity("the device states its depth, so no law of insertion gives a force")
        return first["insertion_force"]
    if reading.assay == "puncture_count":
        return 100.0 * first["puncture_density"] / run.scenario.number("regimen.passes")
    hole_diameter = 2.0 * first["hole_radius"]
    return {
        "depth": 1e3 * first["channel_depth"],
        "diameter": 1e3 * hole_diameter,
        "depth_ratio": first["channel_depth"] / first["needle_length"],
        "diameter_ratio": hole_diameter / run.scenario.number("device.needle_diameter", "mm"),
    }[reading.measure]
