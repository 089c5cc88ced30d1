"""Scenarios and runs that tests make up, in place of those that neocol would read and run."""
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pandas as pd
from neocol.validation.readings import Bench
from neocol.validation.runs import Case, CaseError, Run


@dataclass(frozen=True)
class Scenario:
    """What a bench asks of a scenario."""

    name: str = "a"
    parameters: tuple[str, ...] = ()
    observables: tuple[str, ...] = ()
    thickness: tuple[tuple[str, float], ...] = (("epidermis", 0.1), ("reticular_dermis", 1.0))
    geometry: str = "column"

    @property
    def values(self):
        return pd.DataFrame(index=[f"parameters.{name}" for name in self.parameters])

    @property
    def model(self):
        observables = pd.DataFrame(index=list(self.observables))
        return SimpleNamespace(name="microneedling", observables=observables)

    def layers(self):
        return dict(self.thickness)


class MadeUpBench(Bench):
    """A bench on which every scenario is a made-up one."""

    parameters_set: tuple[str, ...] = ()  # that every scenario sets itself

    def scenario(self, name):
        return Scenario(name, self.parameters_set, ("melanin", "y"))


class Runner:
    """Gives runs made up by a function of the case."""

    program = "neocol made up"
    jobs = 1

    def __init__(self, make):
        self.make, self.made = make, 0

    def run(self, cases, progress=None, observables=None):
        found = []
        for case in cases:
            try:
                found.append(self.make(case))
            except CaseError as error:
                found.append(error)
        return found


def run_of(time, **observables):
    """A run of one session at time 0."""
    return Run(
        np.asarray(time),
        {name: np.asarray(values, float) for name, values in observables.items()},
        {"time": [0.0]},
        {"density": True},
        Case(Scenario()),
    )
