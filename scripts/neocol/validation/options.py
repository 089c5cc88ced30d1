"""How rows are run: options that functions and verbs share."""
from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from neocol.models import model
from neocol.parameters import Parameter
from neocol.quantities import as_setting
from neocol.validation.readings import Bench
from neocol.validation.rows import RowError
from neocol.validation.runs import CaseRunner, default_cache

SHIPPED = "microneedling"


@dataclass(frozen=True)
class RunOptions:
    """Of a function; `of` takes those of a verb."""

    set: Mapping[str, object] | Iterable[str] = ()
    model: str = SHIPPED
    jobs: int = 0  # all cores
    cache: str | None = None
    quiet: bool = True

    @classmethod
    def of(cls, options: argparse.Namespace):
        """Options of the command line, those of them that are these."""
        return cls(**{one.name: getattr(options, one.name) for one in fields(cls)})


def settings_of(given: Mapping[str, object] | Iterable[str]) -> dict[str, str]:
    """Settings, or `--set` as often as it was given, as a dictionary. Raises RowError for one that
    is not KEY=VALUE."""
    if isinstance(given, Mapping):
        return {key: as_setting(value) for key, value in given.items()}
    given = list(given)
    for one in given:
        if "=" not in one:
            raise RowError(f"--set '{one}' is not KEY=VALUE")
    return dict(one.split("=", 1) for one in given)


def open_bench(
    options: RunOptions, models: Path, parameters: dict[str, Parameter], fine: bool = False
) -> Bench:
    """The bench on which the validation scenarios run, set up by the options of a run."""
    runner = CaseRunner(
        Path(options.cache) if options.cache else default_cache(),
        options.jobs or len(os.sched_getaffinity(0)),
    )
    return Bench(
        runner,
        models.parent / "scenarios" / "validation",
        models,
        parameters,
        fine,
        settings_of(options.set),
        model(options.model).name,
    )
