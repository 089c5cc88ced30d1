#!/usr/bin/python3
"""Runs random scenarios, within documented ranges and beyond them, and judges how each ends.

    tests/random/random_scenarios.py                    a few, as ctest runs them
    tests/random/random_scenarios.py --whole --into docs/reliability.md
    tests/random/random_scenarios.py --only 4711        one: what it is, how it ends, at a tenth too

Each scenario comes from its seed alone: models, skin, device, course, grid, tolerance, output and
parameters, a share of them with something far beyond its range. Each has to end complete with every
promise kept, or doubtful, failed or refused with a message that names the reason. A sample of the
complete ones is run again at a tenth of the tolerance and has to agree, another is run by
`neocol run` and judged by every voxel of its fields.

The program under test is NEOCOL, else that of build/release.
"""
from __future__ import annotations

import argparse
import collections
import os
import random
import re
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(Path(__file__).parent))
PROGRAM = os.environ.get("NEOCOL", str(SOURCES / "build/release/neocol"))
sys.path.insert(0, str(Path(PROGRAM).parent / "python"))

import h5py  # noqa: E402
from drawing import FIRST_CHANNEL, Drawer, Scenario  # noqa: E402
from judging import STATUSES, Distance, Ending, distance, faults, field_faults  # noqa: E402
from neocol.seal import checked  # noqa: E402
from running import Runner  # noqa: E402
from vocabulary import Model, Program  # noqa: E402

BEGIN, END = "<!-- random scenarios: begin -->", "<!-- random scenarios: end -->"

# Exit codes of `neocol run` and the status of a case that they stand for.
CODES = {0: "complete", 7: "doubtful", 4: "failed", 3: "invalid", 2: "invalid"}

# How far a run may be from that at a tenth of its tolerance, in units of tolerance times scale.
AGREES = 50.0


@dataclass(frozen=True)
class Size:
    """Numbers of scenarios: of `well_mixed` and `column`, of `single_channel`."""

    mixed: int
    channel: int
    tenth: tuple[int, int]
    by_run: int


QUICK = Size(190, 12, (18, 2), 12)
WHOLE = Size(10_000, 300, (200, 20), 150)


@dataclass
class Verdicts:
    """What came of all scenarios."""

    endings: dict[int, str] = field(default_factory=dict)  # status by seed
    messages: dict[int, str] = field(default_factory=dict)
    wrong: dict[int, list[str]] = field(default_factory=dict)
    distances: dict[int, Distance] = field(default_factory=dict)
    by_run: int = 0
    seconds: float = 0.0
    started: float = field(default_factory=time.monotonic)


class Trial:
    """Draws, runs and judges."""

    def __init__(
        self, program: str, folder: Path, jobs: int, time_limit: float, events: bool = True
    ) -> None:
        self.program = Program(program, SOURCES)
        self.drawer = Drawer(self.program, folder)
        self.runner = Runner(program, folder, jobs, time_limit)
        self.patient = Runner(program, folder, jobs, max(600.0, 20.0 * time_limit))
        self.folder, self.jobs, self.events = folder, jobs, events
        self.verdicts = Verdicts()
        self.drawn: dict[int, Scenario] = {}
        self.kept: dict[int, Ending] = {}  # of those that a sample needs again
        self.lock = threading.Lock()

    def model(self, scenario: Scenario) -> Model:
        return self.drawer.models[scenario.model]

    def draw(self, seeds: list[int]) -> list[Scenario]:
        for seed in seeds:
            scenario = self.drawer.draw(seed, self.events)
            if scenario is not None:
                self.drawn[seed] = scenario
        return [self.drawn[seed] for seed in seeds if seed in self.drawn]

    def run(self, scenarios: list[Scenario], keep: set[int]) -> None:
        """Runs and judges; endings of the seeds in `keep` are held for samples."""

        def tell(scenario: Scenario, ending: Ending) -> None:
            found = faults(self.model(scenario), scenario, ending)
            with self.lock:
                self.verdicts.endings[scenario.seed] = ending.status
                self.verdicts.messages[scenario.seed] = ending.message
                self.verdicts.seconds += ending.details.get("seconds", 0.0)
                if found:
                    self.verdicts.wrong[scenario.seed] = found
                if scenario.seed in keep:
                    self.kept[scenario.seed] = ending
                n = len(self.verdicts.endings)
                if n % 500 == 0:
                    print(f"  {n} of {len(scenarios)}", file=sys.stderr, flush=True)

        # What a model with events is compiled for is no case's time.
        for source in sorted({self.model(s).source for s in scenarios}):
            if source.endswith(".toml"):
                self.program.say("model", "build", source)
        self.runner.run(scenarios, tell)
        # Wall time is not that of a case alone where other programs run: once more, with patience.
        late = [
            s for s in scenarios if self.verdicts.endings[s.seed] == "timed_out" and not s.is_beyond
        ]
        for scenario in late:
            self.verdicts.wrong.pop(scenario.seed, None)
        self.patient.run(late, tell, batch=1)

    def repeat(self, seeds: list[int]) -> None:
        """At a tenth of the tolerance."""

        def tell(finer: Scenario, ending: Ending) -> None:
            scenario, before = self.drawn[finer.seed], self.kept[finer.seed]
            with self.lock:
                found = faults(self.model(finer), finer, ending)
                if ending.status == "complete":
                    apart = distance(self.model(scenario), scenario, before, ending)
                    self.verdicts.distances[finer.seed] = apart
                    if not apart.worst <= AGREES:
                        found.append(
                            f"at a tenth of the tolerance {apart.of} is {apart.worst:.3g} "
                            f"tolerances away, on day {apart.day:.6g}: {apart.value:.6g}"
                        )
                elif not found:
                    found = [
                        f"complete, and at a tenth of the tolerance {ending.status}: "
                        f"{ending.message}"
                    ]
                if found:
                    self.verdicts.wrong.setdefault(finer.seed, []).extend(found)

        self.patient.run(
            [self.drawn[seed].with_tolerance(0.1 * self.drawn[seed].tolerance) for seed in seeds],
            tell,
            batch=5,
        )

    def by_run(self, seeds: list[int]) -> None:
        """By `neocol run`, all fields stored."""
        with ThreadPoolExecutor(self.jobs) as pool:
            for seed, found in zip(seeds, pool.map(self._one, seeds)):
                self.verdicts.by_run += 1
                if found:
                    self.verdicts.wrong.setdefault(seed, []).extend(found)

    def _one(self, seed: int) -> list[str]:
        scenario, model = self.drawn[seed], self.drawer.models[self.drawn[seed].model]
        output = self.folder / f"{seed}.h5"
        code, said, _ = self.runner.one(scenario, list(model.species), output)
        status = CODES.get(code, f"exit code {code}")
        ending = self.kept.get(seed)
        if status not in STATUSES:
            return [f"'neocol run' ends with {status}: {said}"]
        if ending is not None and ending.status in STATUSES[:4] and ending.status != status:
            return [f"'neocol run' ends {status}, in memory {ending.status}: {said}"]
        if code not in (0, 7):
            return [] if said.strip() else [f"'neocol run' ends {status} without a word"]
        with h5py.File(checked(output).path) as result:
            found = field_faults(model, scenario, result, ending)
        output.unlink()
        return found


def sampled(seeds: list[int], n: int) -> list[int]:
    """Some of the seeds, always the same."""
    return sorted(random.Random(1).sample(sorted(seeds), min(n, len(seeds))))


def whole(trial: Trial, size: Size, first: int) -> None:
    """All scenarios of a size, and its samples."""
    seeds = list(range(first, first + size.mixed))
    seeds += [FIRST_CHANNEL + seed for seed in range(first, first + size.channel)]
    scenarios = trial.draw(seeds)
    seeds = [s.seed for s in scenarios]
    mixed = [seed for seed in seeds if seed < FIRST_CHANNEL]
    channel = [seed for seed in seeds if seed >= FIRST_CHANNEL]
    # Of which there are enough to draw complete ones from.
    keep = set(sampled(mixed, 4 * size.tenth[0] + size.by_run))
    keep |= set(sampled(channel, 4 * size.tenth[1] + size.by_run // 10))
    trial.run(scenarios, keep)
    complete = [
        seed
        for seed in sorted(keep)
        if trial.kept[seed].status == "complete" and len(trial.kept[seed].times) > 1
    ]
    trial.repeat(
        [
            *sampled([s for s in complete if s < FIRST_CHANNEL], size.tenth[0]),
            *sampled([s for s in complete if s >= FIRST_CHANNEL], size.tenth[1]),
        ]
    )
    trial.by_run(
        sampled(
            [seed for seed in sorted(keep) if trial.kept[seed].status in STATUSES[:4]], size.by_run
        )
    )


def table(trial: Trial) -> list[str]:
    """How they ended, by geometry and range, as Markdown."""
    counts: dict[tuple[str, bool], collections.Counter] = collections.defaultdict(
        collections.Counter
    )
    for seed, status in trial.verdicts.endings.items():
        one = trial.drawn[seed]
        counts[one.geometry, one.is_beyond][status if status in STATUSES else "otherwise"] += 1
    heads = ("complete", "doubtful", "failed", "invalid", "timed_out", "otherwise")
    lines = [
        "| scenarios | drawn | complete | doubtful | failed, says why | refused, says why "
        "| out of time | otherwise |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for (geometry, is_beyond), counter in sorted(counts.items()):
        lines.append(
            f"| `{geometry}`, {'beyond' if is_beyond else 'within'} the ranges "
            f"| {sum(counter.values())} | "
            + " | ".join(str(counter[head]) for head in heads)
            + " |"
        )
    return lines


def agreement(trial: Trial) -> list[str]:
    """How far runs are from those at a tenth of the tolerance."""
    found = sorted(trial.verdicts.distances.items(), key=lambda item: item[1].worst)
    if not found:
        return []
    sizes = [apart.worst for _, apart in found]
    worst = "; ".join(
        f"seed {seed}: {apart.worst:.3g}, {apart.of}" for seed, apart in reversed(found[-5:])
    )
    return [
        f"{len(found)} complete ones at a tenth of the tolerance: the largest distance of any "
        f"observable or outcome is {sizes[len(sizes) // 2]:.2g} times tolerance × scale in the "
        f"middle scenario, {sizes[int(0.9 * (len(sizes) - 1))]:.2g} in one of ten, "
        f"{sizes[-1]:.3g} at most ({AGREES:g} are allowed). The worst: {worst}."
    ]


def doubts(trial: Trial) -> list[str]:
    """The kinds of message of endings that are not complete, the most frequent first."""
    kinds: dict[str, list[int]] = collections.defaultdict(list)
    for seed, message in trial.verdicts.messages.items():
        if message:
            kind = re.sub(r"-?\d[\d.e+-]*", "#", message.split("\n")[0])
            kind = re.sub(r"^\S*(base-\S+|--set\S*?)(:#)*:? ", "", kind)
            kinds[f"{trial.verdicts.endings[seed]}: {kind[:150]}"].append(seed)
    return [
        f"{len(seeds):6} {kind}  (seed {min(seeds)})"
        for kind, seeds in sorted(kinds.items(), key=lambda item: -len(item[1]))
    ]


def report(trial: Trial) -> str:
    seconds = time.monotonic() - trial.verdicts.started
    lines = [
        *table(trial),
        "",
        *agreement(trial),
        "",
        f"{trial.verdicts.by_run} were run by `neocol run` too and judged by every voxel of "
        f"their fields. Wrong: {len(trial.verdicts.wrong)}. {seconds / 60.0:.1f} min on "
        f"{trial.jobs} cores, {trial.verdicts.seconds:.0f} s of it integrating.",
    ]
    return "\n".join(lines)


def put_into(path: Path, text: str) -> None:
    """Replaces what stands between the marks of a page."""
    page = path.read_text(encoding="utf-8")
    before, found, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not found or not end:
        raise SystemExit(f"{path} has no line '{BEGIN}' before one '{END}'")
    path.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


def shrink(trial: Trial, scenario: Scenario) -> Scenario:
    """The same without the settings that its ending does not need: of those with its status, and
    with the first words of its message, one that has no setting to spare."""

    def kind(one: Scenario) -> tuple[str, str]:
        found: list[Ending] = []
        trial.runner.run([one], lambda _, ending: found.append(ending))
        return found[0].status, re.sub(r"[^a-z_ ]", "", found[0].message)[:40]

    wanted = kind(scenario)
    fixed = {"run.tolerance", "run.until"}
    keys = [key for key in scenario.settings if key not in fixed]
    n = len(keys)
    while n >= 1:
        for k in range(0, len(keys), n):
            fewer = {
                key: value for key, value in scenario.settings.items() if key not in keys[k : k + n]
            }
            smaller = replace(scenario, settings=fewer)
            if kind(smaller) == wanted:
                scenario = smaller
        keys = [key for key in keys if key in scenario.settings]
        n //= 2
    return scenario


def tell_one(trial: Trial, seed: int, is_shrunk: bool) -> None:
    """One scenario: what it is, how it ends by `cases`, at a tenth, and by `run`."""
    (scenario,) = trial.draw([seed])
    if is_shrunk:
        scenario = trial.drawn[seed] = shrink(trial, scenario)
    print(
        f"{scenario.geometry}, {'beyond' if scenario.is_beyond else 'within'} the ranges\n"
        f"{scenario.command(trial.folder)}\n"
    )
    trial.run([scenario], {seed})
    ending = trial.kept[seed]
    print(f"{ending.status} {ending.message}")
    if ending.details:
        print(
            f"day {ending.details['reached']}, {ending.details['steps']} steps, "
            f"{ending.details['seconds']:.2f} s"
        )
    if ending.status == "complete" and len(ending.times) > 1:
        trial.repeat([seed])
        for apart in trial.verdicts.distances.values():
            print(
                f"at a tenth of the tolerance {apart.of} is {apart.worst:.3g} tolerances away "
                f"on day {apart.day:.6g}, {apart.value:.6g}"
            )
    if ending.status in STATUSES[:4]:
        trial.by_run([seed])


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--whole", action="store_true", help="10,300 scenarios")
    parser.add_argument("--only", type=int, nargs="+", metavar="SEED")
    parser.add_argument(
        "--shrink",
        action="store_true",
        help="with --only: leave out the settings that the ending does not need",
    )
    parser.add_argument("--first", type=int, default=0, metavar="SEED", help="seed of the first")
    parser.add_argument("--numbers", type=int, nargs=2, metavar=("N", "CHANNELS"))
    parser.add_argument("--jobs", type=int, default=2, help="cores (default: 2)")
    parser.add_argument(
        "--time-limit",
        type=float,
        metavar="SECONDS",
        help="of a case beyond the ranges (10, of the few: 3); others get ten " "minutes",
    )
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where base files are kept")
    parser.add_argument("--into", type=Path, metavar="PAGE", help="page to write the figures into")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        size = WHOLE if asked.whole else QUICK
        if asked.numbers:
            n, channels = asked.numbers
            size = Size(n, channels, (max(1, n // 50), channels // 10), n // 60)
        # Models with events are compiled first, which takes a minute for the largest.
        is_quick = size is QUICK and not asked.only
        trial = Trial(
            PROGRAM,
            folder,
            asked.jobs,
            asked.time_limit or (3.0 if is_quick else 10.0),
            events=not is_quick,
        )
        if asked.only:
            for seed in asked.only:
                tell_one(trial, seed, asked.shrink)
        else:
            whole(trial, size, asked.first)
            print(report(trial))
            if asked.numbers or asked.whole:
                print("\n" + "\n".join(doubts(trial)))
        for seed, found in sorted(trial.verdicts.wrong.items()):
            for one in found:
                print(f"wrong: --only {seed}: {one[:1000]}")
        if asked.into:
            put_into(asked.into, report(trial))
        return 1 if trial.verdicts.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
