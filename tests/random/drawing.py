"""Scenarios drawn from a seed, within what is documented and beyond it.

A scenario is a base file of a few lines, which many share, and settings in the manner of `--set`.
The same seed gives the same scenario as long as the models declare the same.
"""
from __future__ import annotations

import random
import shlex
from dataclasses import dataclass, field
from pathlib import Path

from neocol.cases import Case, run_cases
from vocabulary import Model, Parameter, Program

# Seeds from here on are of `single_channel`, those below of `well_mixed` and `column`.
FIRST_CHANNEL = 1_000_000

BEYOND = 0.3  # share of scenarios with something beyond what is documented
PUBLISHED = 0.35  # share of scenarios of a published model
EVENTS = 0.25  # share of those of a model to which events were added

# Parameters of published models without a declared range are moved by at most this factor.
NEARBY = 1.25

DAY = 86400.0

# Factors on what is taken far beyond its range, and values in its place.
FACTORS = (10.0, 0.1, 100.0, 0.01, 1e4, 1e-4)

# Settings beyond what is sensible; some are refused, and then have to say so.
ODD = {
    "run.until": ("1 ns", "1 us", "1 s", "0 day", "-1 day", "292 year", "1001 year", "90.5 s"),
    "run.tolerance": ("1e-9", "1e-7", "0.1", "0.5", "1", "10", "0", "-1e-3"),
    "run.largest_step": ("1 s", "1 ns", "1000 day", "0 s", "10 min"),
    "output.every": ("1 s", "5 ms", "7 s", "1000 year", "0 s", "0.1 ns"),
    "output.times": ("common", "dense", "sometimes"),
    "output.just_after_sessions": ("false", "true"),
    "domain.spacing": (
        "1 um",
        "3 um",
        "5 mm",
        "10 m",
        "0 um",
        "-20 um",
        "1 nm",
        '{ smallest = "5 um", largest = "2 mm", growth = 3, fine_to = "30 um" }',
        '{ smallest = "80 um", largest = "20 um", growth = 1.1, fine_to = "1 mm" }',
        '{ smallest = "20 um", largest = "400 um", growth = 1, fine_to = "1 mm" }',
    ),
    "domain.layer": ("epidermis", "subcutis"),
    "domain.thickness": ("1 um", "20 um", "150 um", "1 m", "0 mm", "30 mm"),
    "regimen.sessions": ("0", "-1", "30", "1000000", "2.5"),
    "regimen.spacing": ("1 s", "1 ms", "0 s", "100 year", "10 min"),
    "regimen.start": ("1 ms", "400 day", "-1 day", "59 s"),
    "regimen.puncture_density": ("1e-3 cm-2", "1e5 cm-2", "1e8 cm-2", "0 cm-2", "-5 cm-2"),
    "device.needle_length": ("1 um", "20 mm", "0 mm", "-1 mm", "6 mm"),
    "device.hole_ratio": ("0", "1e-3", "5", "50"),
    "device.coring": ("1", "0.5", "2", "-0.1"),
    "device.taper_start": ("1", "0.5", "1.5"),
    "skin.age": ("0 year", "1 day", "110 year", "500 year", "-3 year"),
    "skin.phototype": ("0", "7", "3.5", "6"),
    "skin.compliance": ("1e-4", "100", "0", "-1"),
}
NEEDLES = ("device.", "regimen.puncture_density")
SKIN = ("skin.",)
GRID = ("domain.spacing", "domain.thickness")


@dataclass
class Scenario:
    """A base file and settings, with what the judge has to know of them."""

    seed: int
    model: str
    geometry: str
    base: str  # name of the base file
    is_beyond: bool = False
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def tolerance(self) -> float:
        return float(self.settings["run.tolerance"])

    def with_tolerance(self, tolerance: float) -> "Scenario":
        return Scenario(
            self.seed,
            self.model,
            self.geometry,
            self.base,
            self.is_beyond,
            {**self.settings, "run.tolerance": f"{tolerance:.9g}"},
        )

    def words(self, folder: Path) -> list[str]:
        """As arguments of `neocol run`."""
        return [
            str(folder / f"{self.base}.toml"),
            *(word for key, value in self.settings.items() for word in ("--set", f"{key}={value}")),
        ]

    def command(self, folder: Path) -> str:
        return "neocol run " + shlex.join(self.words(folder))


def time_text(days: float) -> str:
    """A time of whole milliseconds."""
    return f"{max(days * DAY, 1e-3):.3f} s"


def with_events(text: str, model: Model) -> str:
    """A model's text with events of every kind that change two of its species."""
    movable = [
        name
        for name, s in model.species.items()
        if not s.get("quasi_steady")
        and not s.get("signed")
        and s["location"] == "volume"
        and not name.startswith("orientation")
    ]
    first, last = movable[0], movable[-1]
    observable = next(iter(model.observables.values()))

    def parameter(name: str, value: str, low: str, high: str) -> str:
        return (
            f'[parameter.{name}]\nvalue = "{value}"\nrange = ["{low}", "{high}"]\n'
            f'meaning = "of an event"\nsource = "chosen"\nevidence = "design"\n'
        )

    factor = (
        parameter("event_factor", "1.5", "0", "3")
        .replace('"1.5"', "1.5")
        .replace('["0", "3"]', "[0, 3]")
    )
    unit = observable["unit"]
    level = parameter("event_level", f"1 {unit}", f"0 {unit}", f"10 {unit}")
    if unit == "1":
        level = level.replace('"1 1"', "1").replace('["0 1", "10 1"]', "[0, 10]")
    added = (
        f'{factor}{level}{parameter("event_day", "1 day", "0 s", "3 day")}'
        f'[event.random_dated]\nat = "event_day"\n'
        f'changes = {{ {first} = "event_factor*{first}" }}\n'
        f'[event.random_again]\nat = "6 h"\nevery = "7 h"\nuntil = "1 day"\n'
        f'changes = {{ {last} = "0.5*{last}" }}\n'
        f'[event.random_when]\nwhen = "{observable["name"]} > event_level"\n'
        f'changes = {{ {first} = "0.5*{first}" }}\n'
    )
    if model.is_wounded:
        added += (
            '[event.random_after]\nafter_each_session = "2 h"\n'
            f'changes = {{ {last} = "event_factor*{last}" }}\n'
        )
    return f"{text}\n{added}"


class Drawer:
    """Draws scenarios, and writes the base files that they name."""

    def __init__(self, program: Program, folder: Path) -> None:
        self.program, self.folder = program, folder
        self.models: dict[str, Model] = {}
        self._layers: dict[str, list[str]] = {}

    def model(self, name: str, events: bool) -> Model:
        """A shipped model, or the same with events, which is written into the folder."""
        key = f"{name}_events" if events else name
        if key not in self.models:
            model = self.program.models[name]
            if events:
                places = [
                    self.program.sources / f"models/{part}{name}.toml"
                    for part in ("", "published/")
                ]
                shipped = next(p for p in places if p.exists())
                text = shipped.read_text(encoding="utf-8")
                for included in shipped.with_suffix("").glob("*.toml"):
                    beside = self.folder / shipped.stem / included.name
                    beside.parent.mkdir(exist_ok=True)
                    beside.write_text(included.read_text(encoding="utf-8"), encoding="utf-8")
                path = self.folder / f"{key}.toml"
                path.write_text(with_events(text, model), encoding="utf-8")
                model = self.program.model(str(path))
                model.name = key
            self.models[key] = model
        return self.models[key]

    def layers(self, model: Model) -> list[str]:
        """Skin layers that `well_mixed` can stand for: where the model rests without the others."""
        if model.name not in self._layers:
            base = self.folder / f"{self.base(model, 'well_mixed', 0)}.toml"
            site = self.program.sites[0]
            settings = (("skin.site", site.name), ("run.until", "1 s"))
            results = run_cases(
                [Case(base, (*settings, ("domain.layer", layer))) for layer in site.layers], jobs=1
            )
            found = [
                layer for layer, result in zip(site.layers, results) if result.status == "complete"
            ]
            self._layers[model.name] = found
        return self._layers[model.name]

    def base(self, model: Model, geometry: str, listed: int) -> str:
        """The name of a base file: model, geometry, and how many sessions are listed one by one."""
        name = f"base-{model.name}-{geometry}-{listed}"
        path = self.folder / f"{name}.toml"
        if not path.exists():
            path.write_text(
                f'title = "Random"\nmodel = "{model.source}"\n[domain]\ngeometry = "{geometry}"\n'
                '[run]\nuntil = "1 day"\n'
                + "".join(f'[[session]]\nat = "{k} day"\n' for k in range(listed))
            )
        return name

    def draw(self, seed: int, events: bool = True) -> Scenario | None:
        """The scenario of a seed; without `events` none where it is of a model with events."""
        rng = random.Random(seed)
        geometry = (
            "single_channel" if seed >= FIRST_CHANNEL else rng.choice(("well_mixed", "column"))
        )
        published = sorted(set(self.program.models) - {"microneedling"})
        name = rng.choice(published) if rng.random() < PUBLISHED else "microneedling"
        eventful = rng.random() < EVENTS
        if eventful and not events:
            return None
        model = self.model(name, eventful)
        is_beyond = rng.random() < BEYOND
        settings: dict[str, str] = {}
        listed = 0
        if model.has_skin:
            _draw_skin(rng, self.program, geometry, self.layers(self.model(name, False)), settings)
        _draw_grid(rng, model, geometry, settings)
        end = 0.0
        if model.is_wounded:
            listed, end = _draw_course(rng, self.program, geometry, settings)
        _draw_run(rng, geometry, end, settings)
        _draw_parameters(rng, model, settings)
        scenario = Scenario(
            seed, model.name, geometry, self.base(model, geometry, listed), is_beyond, settings
        )
        if is_beyond:
            for _ in range(rng.choice((1, 1, 2, 4))):
                _go_beyond(rng, model, scenario, listed)
        return scenario


def _log(rng: random.Random, low: float, high: float) -> float:
    return low * (high / low) ** rng.random()


def _draw_skin(
    rng, program: Program, geometry: str, layers: list[str], settings: dict[str, str]
) -> None:
    site = rng.choice(program.sites)
    settings["skin.site"] = site.name
    settings["skin.condition"] = rng.choice(site.conditions)
    if rng.random() < 0.7:
        settings["skin.age"] = f"{rng.uniform(18.0, 90.0):.1f} year"
    if rng.random() < 0.7:
        settings["skin.phototype"] = str(rng.randint(1, 6))
    if rng.random() < 0.3:
        settings["skin.compliance"] = f"{_log(rng, 0.5, 2.0):.3g}"
    if geometry == "well_mixed":
        settings["domain.layer"] = rng.choice(layers)
    else:
        settings["domain.thickness"] = f"{rng.uniform(1.0, min(3.0, site.thickness)):.3g} mm"


def _draw_grid(rng, model: Model, geometry: str, settings: dict[str, str]) -> None:
    if geometry == "well_mixed":
        return
    if not model.has_skin:
        settings["domain.thickness"] = f"{_log(rng, 0.5, 20.0):.3g} mm"
    thickness = float(settings["domain.thickness"].removesuffix(" mm"))
    n_cells = rng.randint(8, 20 if geometry == "single_channel" else 60)
    smallest = 1000.0 * thickness / n_cells  # [um]
    settings["domain.spacing"] = (
        f"{smallest:.4g} um"
        if rng.random() < 0.6
        else f'{{ smallest = "{0.5 * smallest:.4g} um", largest = "{4.0 * smallest:.4g} um", '
        f'growth = {rng.uniform(1.05, 1.3):.3g}, fine_to = "{0.3 * thickness:.3g} mm" }}'
    )
    if geometry == "single_channel" and not model.is_wounded:
        settings["domain.width"] = f"{thickness * _log(rng, 0.3, 3.0):.4g} mm"
    if rng.random() < 0.2:
        settings["domain.lateral"] = rng.choice(("periodic", "mirrored"))


def _wound(rng) -> str:
    """A wound that each of the geometries here can hold."""
    depth = f'depth = "{_log(rng, 0.05, 0.9):.3g} mm"'
    shape = rng.choice(("region", "excision", "punch"))
    size = f"{_log(rng, 0.2, 1.0):.3g} mm"
    return {
        "region": f'{{ shape = "region", fraction = {rng.random():.3g}, from = "0 mm", '
        f'to = "{_log(rng, 0.05, 0.9):.3g} mm" }}',
        "excision": f'{{ shape = "excision", radius = "{size}", {depth} }}',
        "punch": f'{{ shape = "punch", diameter = "{size}", {depth} }}',
    }[shape]


def _draw_course(
    rng, program: Program, geometry: str, settings: dict[str, str]
) -> tuple[int, float]:
    """Sessions; returns how many are listed one by one, and the day of the last."""
    n = rng.choice((0, 1, 1, 1, 2, 2, 3, 4))
    spacing = _log(rng, 1.0, 28.0)
    start = rng.choice((0.0, 0.0, rng.uniform(0.0, 3.0)))
    if n == 0:
        settings["regimen.sessions"] = "0"
        return 0, 0.0
    if rng.random() < 0.2:
        settings["regimen.wound"] = _wound(rng)
        if geometry == "single_channel":
            settings["domain.width"] = f"{rng.uniform(1.2, 2.5):.3g} mm"
            settings["domain.lateral_mix"] = "false"
    else:
        device = rng.choice(program.devices)
        settings["device.name"] = device.name
        settings["device.needle_length"] = (
            rng.choice(device.needle_lengths)
            if rng.random() < 0.6
            else f"{rng.uniform(0.2, 2.5):.3g} mm"
        )
        if "domain.thickness" in settings:
            # A channel is at most as deep as its needle is long, and ends within the domain.
            needle = float(settings["device.needle_length"].removesuffix(" mm"))
            thickness = float(settings["domain.thickness"].removesuffix(" mm"))
            if thickness < needle + 0.3:
                settings["device.needle_length"] = f"{thickness - 0.3:.3g} mm"
        if device.has_passes and rng.random() < 0.2:
            settings["regimen.passes"] = str(rng.randint(1, 10))
        else:
            settings["regimen.puncture_density"] = f"{_log(rng, 20.0, 1500.0):.4g} cm-2"
    if rng.random() < 0.2:
        day = start
        for k in range(n):
            settings[f"session[{k + 1}].at"] = time_text(day)
            if (
                "regimen.puncture_density" in settings
                and rng.random() < 0.3
                and (geometry != "single_channel")
            ):
                settings[
                    f"session[{k + 1}].puncture_density"
                ] = f"{_log(rng, 20.0, 1500.0):.4g} cm-2"
            day += spacing * rng.uniform(0.5, 1.5)
        return n, day
    settings["regimen.sessions"] = str(n)
    settings["regimen.spacing"] = time_text(spacing)
    settings["regimen.start"] = time_text(start) if start > 0.0 else "0 s"
    return 0, start + (n - 1) * spacing


def _draw_run(rng, geometry: str, end: float, settings: dict[str, str]) -> None:
    tail = _log(rng, 0.01, 20.0 if geometry == "single_channel" else 60.0)
    until = end + tail
    settings["run.until"] = time_text(until)
    settings["run.tolerance"] = f"{_log(rng, 1e-4, 1e-2):.3g}"
    if rng.random() < 0.05:
        settings["run.tolerance"] = f"{_log(rng, 1e-6, 1e-4):.3g}"
    settings["run.seed"] = str(rng.randint(1, 10**6))
    settings["output.every"] = time_text(until / rng.choice((1.0, 3.0, 10.0, 10.0, 37.0, 0.7)))
    settings["output.times"] = rng.choice(("common", "dense"))
    if rng.random() < 0.15:
        times = [rng.choice((0.0, end, until, until * rng.random())) for _ in range(5)]
        settings["output.field_times"] = "[" + ", ".join(f'"{time_text(t)}"' for t in times) + "]"
    if rng.random() < 0.1:
        settings["run.largest_step"] = time_text(until / rng.choice((2.0, 10.0, 50.0)))


def _inside(rng, p: Parameter) -> str:
    """A value within the declared range, or near the value where none is declared."""
    if p.options:
        return rng.choice(p.options)
    if p.low is None or p.high is None:
        return p.text(p.value * _log(rng, 1.0 / NEARBY, NEARBY))
    if rng.random() < 0.1:
        return p.text(rng.choice((p.low, p.high)))
    if p.logarithmic and p.low > 0.0:
        return p.text(min(max(_log(rng, p.low, p.high), p.low), p.high))
    return p.text(rng.uniform(p.low, p.high))


def _draw_parameters(rng, model: Model, settings: dict[str, str]) -> None:
    share = rng.choice((0.0, 0.02, 0.1, 0.5, 1.0))
    for p in model.parameters:
        if rng.random() < share:
            settings[f"parameters.{p.name}"] = _inside(rng, p)


def _go_beyond(rng, model: Model, scenario: Scenario, listed: int) -> None:
    """Takes one thing of a scenario beyond what is documented."""
    settings = scenario.settings
    if rng.random() < 0.5:
        p = rng.choice([p for p in model.parameters if not p.options])
        size = p.value or 1.0
        settings[f"parameters.{p.name}"] = p.text(
            rng.choice([size * factor for factor in FACTORS] * 2 + [0.0, 0.0, -size, 1e30, 1e-30])
        )
        return
    keys = [
        key
        for key in ODD
        if (not key.startswith(NEEDLES) or "device.name" in settings)
        and (not key.startswith(SKIN) or model.has_skin)
        and (not key.startswith("regimen.") or (model.is_wounded and not listed))
        and (key not in GRID or scenario.geometry != "well_mixed")
        and (key != "domain.layer" or "domain.layer" in settings)
    ]
    key = rng.choice(keys)
    value = rng.choice(ODD[key])
    if scenario.geometry == "single_channel" and value in ("1 um", "3 um"):
        value = "2 mm"
    settings[key] = value
    if key == "output.every" and value in ("1 s", "5 ms", "7 s"):
        settings["run.until"] = "60 s" if value == "5 ms" else "600 s"
    if key == "regimen.puncture_density":
        settings.pop("regimen.passes", None)
