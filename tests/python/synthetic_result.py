#!/usr/bin/python3
"""Write result files in the layout of docs/result-file.md, with made-up numbers.

    synthetic_result.py FILE [--geometry single_channel] [--sessions 4] [--spacing 28]

For tests of the Python programs only. Values are smooth bumps after each session and mean nothing.
"""
import argparse
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np
from neocol.seal import seal

THICKNESS = {"epidermis": 0.1, "papillary_dermis": 0.2, "reticular_dermis": 1.7}
# name: (units, long name, rest by layer, rise per session, days to peak, days to fade, spread mm)
SPECIES = {
    "collagen1_mature": ("mg mm-3", "mature collagen I", (0, 0.16, 0.18), 0.02, 90.0, 900.0, 0.3),
    "collagen1_new": ("mg mm-3", "new collagen I", (0, 0.01, 0.01), 0.010, 25.0, 60.0, 0.25),
    "collagen3": ("mg mm-3", "collagen III", (0, 0.03, 0.02), 0.015, 12.0, 40.0, 0.2),
    "tgf_beta": ("ng/mL", "active TGF-beta1", (0.1, 0.1, 0.1), 6.0, 2.0, 5.0, 0.25),
}
DERMIS = "papillary_dermis, reticular_dermis"
WOUNDS = f"{DERMIS}; weighted by the largest fraction ever wounded"
# name: (units, long name, region, rest, rise per session, days to peak, days to fade)
OBSERVABLES = {
    "neutrophils": ("mm-3", "neutrophils, mean of the dermis", DERMIS, 2.0, 300.0, 1.0, 1.5),
    "macrophages": (
        "mm-3",
        "recruited macrophages, mean of the dermis",
        DERMIS,
        20.0,
        150.0,
        4.0,
        6.0,
    ),
    "inflammation": (
        "I_ref",
        "pro-inflammatory signal, mean of the papillary dermis: erythema",
        "papillary_dermis",
        0.0,
        0.05,
        0.5,
        1.0,
    ),
    "tgf_beta": (
        "ng/mL",
        "active TGF-beta1, mean of the papillary dermis",
        "papillary_dermis",
        0.1,
        2.0,
        2.0,
        5.0,
    ),
    "pdgf": (
        "ng/mL",
        "PDGF, mean of the papillary dermis",
        "papillary_dermis",
        0.05,
        1.2,
        0.3,
        1.5,
    ),
    "vegf": ("ng/mL", "VEGF, mean of the papillary dermis", "papillary_dermis", 0.2, 0.9, 3.0, 6.0),
    "fibroblasts": (
        "mm-3",
        "fibroblasts, mean of the papillary dermis",
        "papillary_dermis",
        1000.0,
        160.0,
        9.0,
        30.0,
    ),
    "myofibroblasts": ("mm-3", "myofibroblasts, mean of the dermis", DERMIS, 0.0, 25.0, 10.0, 9.0),
    "vessels": (
        "1",
        "capillary density relative to rest, mean of the papillary dermis",
        "papillary_dermis",
        1.0,
        -0.02,
        0.1,
        12.0,
    ),
    "collagen_dermis": ("mg mm-3", "collagen, mean of the dermis", DERMIS, 0.2, 0.004, 60.0, 600.0),
    "collagen_papillary": (
        "mg mm-3",
        "collagen, mean of the papillary dermis",
        "papillary_dermis",
        0.19,
        0.006,
        60.0,
        600.0,
    ),
    "collagen3_share": (
        "1",
        "share of collagen III in collagen, mean of the papillary dermis",
        "papillary_dermis",
        0.1,
        0.025,
        14.0,
        80.0,
    ),
    "melanin": ("1", "epidermal melanin relative to rest", "all", 1.0, 0.08, 20.0, 40.0),
    "wound_neutrophils": ("mm-3", "neutrophils in the wound bed", WOUNDS, 2.0, 5000.0, 1.0, 1.5),
    "wound_macrophages": (
        "mm-3",
        "recruited macrophages in the wound bed",
        WOUNDS,
        20.0,
        1500.0,
        4.0,
        6.0,
    ),
    "wound_collagen3_share": (
        "1",
        "share of collagen III in the collagen of the wound bed",
        WOUNDS,
        0.1,
        0.2,
        14.0,
        80.0,
    ),
    "wound_open": (
        "1",
        "share of the wounds that is not covered by epidermis",
        WOUNDS,
        0.0,
        1.0,
        0.05,
        0.6,
    ),
}


@dataclass
class Case:
    """What to pretend was run. Lengths in mm, times in d."""

    geometry: str = "single_channel"
    sessions: int = 4
    spacing: float = 28.0
    density: float = 2.5
    depths: list = field(default_factory=list)
    until: float = 364.0
    field_times: tuple = (0, 1, 3, 7, 14, 21, 28, 42, 56, 84, 112, 140, 182, 240, 300, 364)
    gain: float = 1.0
    status: str = "complete"
    hash: str = "0123456789abcdef01234567"

    @property
    def session_times(self):
        return [i * self.spacing for i in range(self.sessions)]

    def depth(self, session):
        return self.depths[session] if self.depths else 0.9


def bump(days, peak, fade):
    """0 before 0, 1 at about `peak`, gone after several `fade`."""
    days = np.maximum(days, 0.0)
    rise = 1.0 - np.exp(-3.0 * days / peak)
    return rise * np.exp(-np.maximum(days - peak, 0.0) / fade)


def response(case, times, just_after, peak, fade):
    """Sum over sessions; a value at a session's time sees it only if it is one `just_after`."""
    total = np.zeros(len(times))
    for at in case.session_times:
        done = (times > at) | ((times == at) & just_after)
        total += np.where(done, bump(times - at + 0.02, peak, fade), 0.0)
    return total * case.gain


def record_times(times, case):
    """Times of records: those given and the sessions'."""
    return np.unique([*times, *jump_times(case)]).astype(float)


def jump_times(case):
    return np.array([t for t in case.session_times if t <= case.until], float)


def scale(group, name, values, units=None, long_name=None, **attributes):
    """A dimension and its coordinate."""
    dataset = group.create_dataset(name, data=np.asarray(values))
    dataset.make_scale(name)
    describe(dataset, units, long_name, **attributes)
    return dataset


def variable(group, name, values, dimensions, units=None, long_name=None, **attributes):
    dataset = group.create_dataset(name, data=values)
    for axis, dimension in enumerate(dimensions):
        dataset.dims[axis].attach_scale(group[dimension])
    describe(dataset, units, long_name, **attributes)
    return dataset


def describe(dataset, units, long_name, **attributes):
    for key, value in {"units": units, "long_name": long_name, **attributes}.items():
        if value is not None:
            dataset.attrs[key] = value


def axes_of(case):
    """Edges of the axes a geometry has [mm]."""
    edges = {"z": np.linspace(0.0, sum(THICKNESS.values()), 101)}
    if case.geometry == "single_channel":
        edges["r"] = np.linspace(0.0, 1 / np.sqrt(np.pi * case.density), 19)
    elif case.geometry == "section":
        edges["x"] = np.linspace(0.0, 3 / np.sqrt(case.density), 61)
    elif case.geometry == "patch":
        edges["x"] = edges["y"] = np.linspace(0.0, 3 / np.sqrt(case.density), 41)
    return edges


def puncture_positions(case, edges):
    random = np.random.default_rng(1)
    if case.geometry == "single_channel":
        return [(s, 0.0, 0.0) for s in range(case.sessions)]
    if case.geometry in ("section", "patch"):
        width = edges["x"][-1]
        places = random.uniform(0, width, (case.sessions, 9, 2))
        return [(s, x, y) for s in range(case.sessions) for x, y in places[s]]
    return []


def distance_to(puncture, centres):
    """Lateral distance of every voxel column to a puncture [mm], shape of the lateral axes."""
    _, x0, y0 = puncture
    if "r" in centres:
        return centres["r"]
    if "y" in centres:
        return np.hypot(centres["y"][:, None] - y0, centres["x"][None, :] - x0)
    return np.abs(centres["x"] - x0) if "x" in centres else np.zeros(())


def write_fields(file, case, edges, punctures):
    times = record_times([t for t in case.field_times if t <= case.until], case)
    write_field_group(file.create_group("fields"), case, edges, punctures, times, False)
    if len(jump_times(case)):
        write_field_group(
            file.create_group("fields_after"), case, edges, punctures, jump_times(case), True
        )


def write_field_group(group, case, edges, punctures, times, just_after):
    scale(group, "field_time", times, "d", "time")
    centres = {axis: (values[1:] + values[:-1]) / 2 for axis, values in edges.items()}
    for axis in ("z", "y", "x", "r"):
        if axis in edges:
            long_name = {"z": "depth", "r": "distance from the channel"}.get(axis, axis)
            extra = {"positive": "down"} if axis == "z" else {}
            scale(group, axis, centres[axis], "mm", long_name, **extra)
            scale(group, f"{axis}_edges", edges[axis], "mm", f"{long_name}, cell boundaries")
    bottoms = np.cumsum(list(THICKNESS.values()))
    layer = np.searchsorted(bottoms - 1e-9, centres["z"]).astype("u1")
    variable(
        group,
        "layer",
        layer,
        ["z"],
        None,
        "skin layer",
        flag_values=np.arange(len(THICKNESS), dtype="u1"),
        flag_meanings=" ".join(THICKNESS),
    )
    lateral = [axis for axis in ("y", "x", "r") if axis in edges]
    z = centres["z"].reshape(-1, *[1] * len(lateral))
    shape = (len(centres["z"]), *[len(centres[axis]) for axis in lateral])

    def near(session, spread):
        total = np.zeros(shape)
        mine = [p for p in punctures if p[0] == session] or [(session, 0.0, 0.0)]
        below = 1 / (1 + np.exp((z - case.depth(session)) / 0.05))
        for puncture in mine:
            closeness = np.exp(-((distance_to(puncture, centres) / spread) ** 2))
            total = np.maximum(total, below * closeness)
        return total

    wounded = np.zeros(shape)
    for session in range(case.sessions):
        wounded = np.maximum(wounded, 0.6 * near(session, 0.04))
    if not just_after:
        variable(group, "wounded", wounded.astype("f4"), ["z", *lateral], "1", "wounded fraction")
    for name, (units, long_name, rest, rise, peak, fade, spread) in SPECIES.items():
        values = np.broadcast_to(np.array(rest)[layer].reshape(z.shape), shape)
        values = np.broadcast_to(values, (len(times), *shape)).copy()
        for session in range(case.sessions):
            single = Case(**{**vars(case), "sessions": 1})
            course = response(single, times - case.session_times[session], just_after, peak, fade)
            lives = (np.array(rest)[layer] > 0).reshape(z.shape)
            values += course.reshape(-1, *[1] * len(shape)) * rise * near(session, spread) * lives
        variable(group, name, values.astype("f4"), ["field_time", "z", *lateral], units, long_name)


def write_events(file, case):
    group = file.create_group("events")
    times = jump_times(case)
    scale(group, "event", np.arange(1, len(times) + 1), None, "jump")
    variable(group, "time", times, ["event"], "d", "time")
    causes = np.array([f"session {i + 1}" for i in range(len(times))], dtype=h5py.string_dtype())
    variable(group, "cause", causes, ["event"])
    for name, (units, long_name, _, rest, rise, peak, fade) in OBSERVABLES.items():
        for side, after in (("before", False), ("after", True)):
            values = rest + rise * response(case, times, after, peak, fade)
            variable(group, f"{name}_{side}", values, ["event"], units, long_name)


def write_sessions(file, case, punctures):
    group = file.create_group("sessions")
    count = case.sessions
    scale(group, "session", np.arange(1, count + 1), None, "session")
    scale(group, "layer", np.array(list(THICKNESS), dtype=h5py.string_dtype()))
    depths = np.array([case.depth(s) for s in range(count)])
    area = case.density * np.pi * 0.05**2
    columns = {
        "time": (case.session_times, "d", "time"),
        "needle_length": (depths / 0.6, "mm", "needle length"),
        "channel_depth": (depths, "mm", "channel depth"),
        "puncture_density": (np.full(count, case.density), "mm-2", "puncture density"),
        "surface_fraction": (np.full(count, area), "1", "wounded surface"),
        "wounded_volume": (area * depths / 3, "mm", "wounded volume"),
        "rehit_chance": (np.arange(count) * 0.02, "1", "chance of hitting a channel again"),
    }
    for name, (values, units, long_name) in columns.items():
        variable(group, name, np.asarray(values, float), ["session"], units, long_name)
    devices = np.array(["roller_192"] * count, dtype=h5py.string_dtype())
    variable(group, "device", devices, ["session"])
    fractions = np.tile([0.012, 0.008, 0.002], (count, 1))
    variable(group, "layer_fraction", fractions, ["session", "layer"], "1", "wounded by layer")
    group = file.create_group("punctures")
    scale(group, "puncture", np.arange(len(punctures)))
    rows = np.array([(s + 1, x, y, 0.05, case.depth(s), 0.5) for s, x, y in punctures])
    rows = rows.reshape(-1, 6)
    for column, name in enumerate(("session", "x", "y", "surface_radius", "depth", "taper_start")):
        values = rows[:, column].astype(int) if name == "session" else rows[:, column]
        variable(group, name, values, ["puncture"], None if name == "session" else "mm")


def write_rest(file, case):
    """Outcomes, budget, bounds and provenance."""
    group = file.create_group("outcomes")
    reached = case.until >= case.session_times[-1] + 90 if case.sessions else False
    gain = 2.9 * case.gain * case.sessions
    for name, value, units, long_name, definition, censored in (
        (
            "collagen_gain",
            gain,
            "%",
            "gain of collagen in the dermis 90 days after the last session",
            "relative change of collagen_dermis, 90 d after the last session",
            not reached,
        ),
        (
            "collagen3_peak",
            10 + 2.4 * case.gain * case.sessions,
            "%",
            "peak collagen III share",
            "largest value of collagen3_share, from the first session to the end",
            False,
        ),
        (
            "closure_time",
            0.8,
            "d",
            "how long the wounds stay more than 5 % open, from the last session",
            "length of time above the threshold of 0.05 of wound_open",
            False,
        ),
        (
            "neutrophil_peak",
            260.0 * case.gain,
            "mm-3",
            "peak neutrophils",
            "largest value of neutrophils, from the first session to the end",
            False,
        ),
    ):
        dataset = group.create_dataset(name, data=np.nan if censored else value)
        describe(
            dataset,
            units,
            long_name,
            definition=definition,
            censored=np.uint8(censored),
            reason="the run ends 40 d after the last session" if censored else "",
        )
    group = file.create_group("budget")
    species = list(SPECIES)
    scale(group, "species", np.array(species, dtype=h5py.string_dtype()))
    scale(group, "process", np.array(["synthesis", "degradation"], dtype=h5py.string_dtype()))
    for name in ("initial", "final", "injected", "transported", "balance", "residual", "turnover"):
        value = 1e-12 if name == "residual" else 1.0
        variable(group, name, np.full(len(species), value), ["species"])
    variable(group, "produced", np.tile([1.0, -1.0], (len(species), 1)), ["species", "process"])
    group = file.create_group("bounds")
    scale(group, "bound", np.array(["synthesis_per_cell"], dtype=h5py.string_dtype()))
    for name, value in (("lowest", 3.0), ("highest", 120.0), ("at_least", 0.0), ("at_most", 250.0)):
        variable(group, name, np.array([value]), ["bound"])
    variable(group, "kept", np.array([1], dtype="u1"), ["bound"])
    group = file.create_group("provenance")
    group.attrs["scenario"] = (
        f'title = "Synthetic"\nmodel = "microneedling"\n'
        f'[domain]\ngeometry = "{case.geometry}"\n'
    )
    group.attrs["command"] = "neocol run synthetic.toml"
    group.attrs["version"] = "0.1.0"
    group.attrs["seed"] = 1


def write(path, case):
    """Writes the whole file; nothing is left open."""
    edges = axes_of(case)
    punctures = puncture_positions(case, edges)
    with h5py.File(path, "w") as file:
        file.attrs["Conventions"] = "CF-1.10"
        file.attrs["title"] = "Synthetic course"
        file.attrs["question"] = "Do the figures work?"
        file.attrs["model"] = "microneedling"
        file.attrs["status"] = case.status
        file.attrs["stop_reason"] = ""
        file.attrs["format_version"] = 3
        file.attrs["scenario_hash"] = case.hash
        file.attrs["neocol_version"] = "0.1.0"
        times = record_times(list(np.arange(0.0, case.until + 0.5, 1.0)), case)
        scale(file, "time", times, "d", "time")
        for name, (units, long_name, region, rest, rise, peak, fade) in OBSERVABLES.items():
            values = rest + rise * response(case, times, False, peak, fade)
            variable(file, name, values, ["time"], units, long_name, reduce="mean", region=region)
        write_events(file, case)
        if case.geometry != "well_mixed":
            write_fields(file, case, edges, punctures)
        write_sessions(file, case, punctures)
        write_rest(file, case)
    seal(path, "result")
    return Path(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("--geometry", default="single_channel")
    parser.add_argument("--sessions", type=int, default=4)
    parser.add_argument("--spacing", type=float, default=28.0)
    arguments = parser.parse_args()
    print(
        write(
            arguments.file,
            Case(
                geometry=arguments.geometry, sessions=arguments.sessions, spacing=arguments.spacing
            ),
        )
    )


if __name__ == "__main__":
    main()
