"""The names of neocol.results, for programs that have scripts/ on their path."""

from neocol.results import (  # noqa: F401
    MEASUREMENT_COLUMNS,
    Result,
    ResultError,
    align,
    days,
    load,
    open_group,
    read_measurements,
)
