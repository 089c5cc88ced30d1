"""SBML to neocol: what each part of a file becomes.

| SBML | neocol |
|---|---|
| species that something changes | species: a concentration in a compartment of fixed size, else an amount |
| what has a rate rule, or is set by an event | species |
| what nothing changes | parameter, or derived value where an initial assignment gives it |
| assignment rule | function |
| reaction | process; its rate a function if others read it |
| event at a time, condition on time | event |

Numbers are as in the file; `per_time` gives them the unit of the file's time.
"""
from __future__ import annotations

import contextlib
import hashlib
import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import libsbml
from neocol.errors import InputError
from neocol.exchange import formulas
from neocol.exchange.formulas import TIME, Node, NotCarried, apply, name, number, substitute
from neocol.exchange.reading import Refused, read_bytes, read_document
from neocol.text import printable

LONGEST_NAME = 64
# Functions and names of neocol's expressions, and those that results use.
RESERVED = frozenset(
    """exp log sqrt sin cos tanh abs min max smoothstep hill fraction ramp rest thickness is choose
    integral mean surface_integral junction_integral along component trace contract anisotropy
    pi identity time x y z r wounded removed hole_radius hole_depth
    after_session fields fields_after sessions events punctures outcomes budget bounds mesh
    provenance field_time layer run x_edges y_edges z_edges r_edges
    id replicate seed status reason scenario_hash reached person""".split()
)


@dataclass(frozen=True)
class ImportedModel:
    """A model of SBML in neocol's language.

    `model` and `scenario` are the texts of the two files; the scenario names the model
    `NAME.toml`. `names` has the neocol name of every identifier of the SBML file, `initial` the
    value of each at the start, `observables` those whose course a run records. `notes` are what
    was not carried over or is written otherwise; none of it changes a result. `time_unit` is the
    unit of the file's time ("1 s").
    """

    name: str
    title: str
    model: str
    scenario: str
    names: dict[str, str]
    initial: dict[str, float]
    observables: dict[str, str]
    event_times: list[float]
    time_unit: str
    notes: list[str] = field(default_factory=list)

    def scenario_of(self, model_file: str) -> str:
        """The scenario, where the model's file has another name."""
        own, other = f"{self.name}.toml", model_file
        return self.scenario.replace(f"model = {toml_text(own)}", f"model = {toml_text(other)}", 1)


def import_sbml(path: str | Path, until: str | None = None, fluxes: bool = False) -> ImportedModel:
    """Reads an SBML file (level 2 or 3, core) as a model of neocol and a well-mixed scenario.

    `until` is how long the scenario runs, a time such as "48 h"; by default 100 units of the file's
    time. With `fluxes` the rates of all reactions are observables too. Raises Refused with every reason if the model would not be the same, FileError if the file
    cannot be read.
    """
    return import_text(read_bytes(path), Path(path).name, until, fluxes)


def import_text(
    data: bytes,
    source: str,
    until: str | None = None,
    fluxes: bool = False,
    free: frozenset[str] = frozenset(),
) -> ImportedModel:
    """`import_sbml` of the bytes of a file; `source` is what messages call it. Parameters in `free`
    will be given other values: nothing is made to hang on those they have."""
    document = read_document(data, source)
    try:
        return _Importer(document, source, hashlib.sha256(data).hexdigest(), fluxes, free).run(
            until
        )
    except RecursionError as error:
        raise Refused(source, ["formulas within formulas too deep"]) from error


@dataclass
class _Value:
    """Something of the file that has a value: a compartment, species, parameter or stoichiometry."""

    id: str
    kind: str
    meaning: str
    number: float | None  # as in the file, None if it is not given
    unit: str = ""
    compartment: str = ""
    is_amount: bool = True  # of a species: its name means an amount, else a concentration
    given_as_amount: bool = True
    boundary: bool = False
    factor: str = ""  # conversion factor
    role: str = "constant"  # or "state", "function"
    by_amount: bool = False  # a concentration in a compartment that changes: stored as an amount


@dataclass
class _Reaction:
    id: str
    meaning: str
    rate: Node
    changes: list[tuple[str, Node]]  # species, stoichiometry with its sign


@dataclass
class _Event:
    id: str
    meaning: str
    times: list[float]  # at which it fires
    delay: float
    values: dict[str, Node]
    early: bool  # values from the moment it fires
    priority: bool


def toml_text(text: str) -> str:
    """A string of TOML on one line."""
    return json.dumps(printable(" ".join(text.split())), ensure_ascii=False)


def identifier_of(wanted: str) -> str:
    """An identifier that is no word of the language's own."""
    text = re.sub(r"[^A-Za-z0-9_]", "_", wanted)
    text = (text if re.match("[A-Za-z]", text) else "n" + text)[: LONGEST_NAME - 4]
    return text + "_" if text in RESERVED else text


def spelled_among(taken: set[str], wanted: str) -> str:
    """An identifier that none of these is, among which it is put."""
    text = identifier_of(wanted)
    spelled, k = text, 2
    while spelled in taken:
        spelled, k = f"{text}_{k}", k + 1
    taken.add(spelled)
    return spelled


class _Importer:
    def __init__(
        self,
        document: libsbml.SBMLDocument,
        source: str,
        digest: str,
        fluxes: bool,
        free: frozenset[str],
    ) -> None:
        self.document, self.digest, self.fluxes, self.free = document, digest, fluxes, free
        self.source = printable(" ".join(source.split()))
        self.file = document.getModel()
        self.reasons: list[str] = []
        self.notes: list[str] = []
        self.values: dict[str, _Value] = {}
        self.functions: dict[str, tuple[list[str], Node]] = {}
        self.assigned: dict[str, Node] = {}
        self.rates: dict[str, Node] = {}
        self.starts: dict[str, Node] = {}
        self.reactions: list[_Reaction] = []
        self.events: list[_Event] = []
        self.laws: dict[str, Node] = {}
        self.spelled: dict[str, str] = {}
        self.taken: set[str] = set()
        self.made: dict[str, float] = {}  # constants by evaluation
        self.switches: dict[Node, str] = {}  # conditions on time
        self.switch_tables: list[tuple[str, float, dict[float, float], str]] = []
        self.states: dict[str, str] = {}  # their names in neocol
        self.processes: set[str] = set()
        self.jumps: set[str] = set()
        self.n_nodes = 0

    # ---- what is in the file ----

    def refuse(self, reason: str) -> None:
        self.reasons.append(reason)

    def note(self, text: str) -> None:
        text = printable(text)
        if text not in self.notes:
            self.notes.append(text)

    def read(self, element: libsbml.SBase, where: str) -> Node | None:
        """The formula of an element, functions put in; None (and a reason) if it has none that can
        be carried."""
        try:
            return self.put_in(formulas.read(element.getMath(), where), where)
        except NotCarried as reason:
            self.refuse(str(reason))
            return None

    def put_in(self, node: Node, where: str, depth: int = 0) -> Node:
        """Calls of the file's functions replaced by what they stand for."""
        if depth > 50:
            raise NotCarried(f"{where}: functions that call one another without end")

        def change(part: Node) -> Node | None:
            if part.op != "call":
                return None
            if part.text not in self.functions:
                raise NotCarried(f"{where} calls '{part.text}', which is no function of the file")
            arguments, body = self.functions[part.text]
            if len(arguments) != len(part.parts):
                raise NotCarried(
                    f"{where}: '{part.text}' takes {len(arguments)} arguments, not {len(part.parts)}"
                )
            made = substitute(self.put_in(body, where, depth + 1), dict(zip(arguments, part.parts)))
            self.count(made)
            return made

        return formulas.replace(node, change)

    def count(self, node: Node) -> None:
        for _ in node:
            self.n_nodes += 1
            if self.n_nodes > formulas.MOST_NODES:
                raise Refused(self.source, [f"formulas of more than {formulas.MOST_NODES} parts"])

    def meaning(self, element: libsbml.SBase) -> str:
        return element.getName() or element.getIdAttribute() or "not said"

    def read_values(self) -> None:
        level = self.document.getLevel()
        for item in self.file.getListOfCompartments():
            size = item.getSize() if item.isSetSize() else None
            if size is None and item.getSpatialDimensionsAsDouble() == 0:
                size = None
            self.values[item.getId()] = _Value(
                item.getId(), "compartment", self.meaning(item), size, item.getUnits()
            )
        for item in self.file.getListOfSpecies():
            place = self.file.getCompartment(item.getCompartment())
            if place is None:
                self.refuse(f"species '{item.getId()}' is in no compartment of the file")
                continue
            flat = place.getSpatialDimensionsAsDouble() == 0
            value = (
                item.getInitialAmount()
                if item.isSetInitialAmount()
                else item.getInitialConcentration()
                if item.isSetInitialConcentration()
                else None
            )
            factor = item.getConversionFactor() if level == 3 else ""
            if level == 3 and not factor:
                factor = self.file.getConversionFactor()
            if item.isSetSpatialSizeUnits():
                self.note(f"species '{item.getId()}': units of size are not carried over")
            self.values[item.getId()] = _Value(
                item.getId(),
                "species",
                self.meaning(item),
                value,
                item.getSubstanceUnits(),
                compartment=item.getCompartment(),
                is_amount=item.getHasOnlySubstanceUnits() or flat,
                given_as_amount=item.isSetInitialAmount(),
                boundary=item.getBoundaryCondition(),
                factor=factor,
            )
        for item in self.file.getListOfParameters():
            self.values[item.getId()] = _Value(
                item.getId(),
                "parameter",
                self.meaning(item),
                item.getValue() if item.isSetValue() else None,
                item.getUnits(),
            )

    def read_functions(self) -> None:
        for item in self.file.getListOfFunctionDefinitions():
            where = f"function '{item.getId()}'"
            try:
                body = item.getBody()
                arguments = [item.getArgument(k).getName() for k in range(item.getNumArguments())]
                self.functions[item.getId()] = (arguments, formulas.read(body, where))
            except NotCarried as reason:
                self.refuse(str(reason))

    def read_rules(self) -> None:
        for item in self.file.getListOfRules():
            if item.isAlgebraic():
                self.refuse("an algebraic rule: neocol solves no equations beside rates")
                continue
            where = f"the rule of '{item.getVariable()}'"
            formula = self.read(item, where)
            if formula is not None:
                (self.rates if item.isRate() else self.assigned)[item.getVariable()] = formula
        for item in self.file.getListOfInitialAssignments():
            formula = self.read(item, f"the initial assignment of '{item.getSymbol()}'")
            if formula is not None:
                self.starts[item.getSymbol()] = formula

    def read_reactions(self) -> None:
        for item in self.file.getListOfReactions():
            where = f"reaction '{item.getId()}'"
            if self.document.getLevel() < 3 or self.document.getVersion() < 2:
                if item.isSetFast() and item.getFast():
                    self.refuse(f"{where} is fast: neocol has rates only")
            law = item.getKineticLaw()
            if law is None or law.getMath() is None:
                touched = item.getNumReactants() + item.getNumProducts()
                if touched:
                    self.refuse(f"{where} has no rate")
                continue
            local: dict[str, Node] = {}
            mine = law.getListOfLocalParameters() if self.document.getLevel() == 3 else None
            for parameter in mine or law.getListOfParameters():
                own = f"{item.getId()}_{parameter.getId()}"
                while own in self.values or self.file.getElementBySId(own) is not None:
                    own += "_"
                local[parameter.getId()] = name(own)
                self.values[own] = _Value(
                    own,
                    "parameter",
                    f"{self.meaning(parameter)}, of {self.meaning(item)}",
                    parameter.getValue() if parameter.isSetValue() else None,
                    parameter.getUnits(),
                )
            rate = self.read(law, where)
            if rate is None:
                continue
            rate = substitute(rate, local)
            changes: list[tuple[str, Node]] = []
            for sign, taking_part in (
                (-1, item.getListOfReactants()),
                (1, item.getListOfProducts()),
            ):
                for reference in taking_part:
                    amount = self.stoichiometry(reference, where)
                    if amount is not None:
                        changes.append(
                            (
                                reference.getSpecies(),
                                amount if sign > 0 else apply("-", amount),
                            )
                        )
            self.laws[item.getId()] = rate
            self.reactions.append(_Reaction(item.getId(), self.meaning(item), rate, changes))

    def stoichiometry(self, reference: libsbml.SpeciesReference, where: str) -> Node | None:
        if reference.getSpecies() not in self.values:
            self.refuse(f"{where} names the species '{reference.getSpecies()}', which is not there")
            return None
        if reference.isSetStoichiometryMath():
            return self.read(
                reference.getStoichiometryMath(),
                f"the stoichiometry of '{reference.getSpecies()}' in {where}",
            )
        given = reference.getStoichiometry()
        own = reference.getIdAttribute()
        is_given = reference.isSetStoichiometry() or self.document.getLevel() == 2
        ruled = own and (own in self.assigned or own in self.rates or own in self.starts)
        if own and self.document.getLevel() == 3:
            self.values[own] = _Value(
                own,
                "stoichiometry",
                f"stoichiometry of {reference.getSpecies()} in {where}",
                given if is_given else None,
            )
            return name(own)
        if not is_given and not ruled:
            self.refuse(f"{where} does not say how many '{reference.getSpecies()}' take part")
            return None
        return number(given)

    # ---- what each thing becomes ----

    def assign_roles(self) -> None:
        for rules in (self.assigned, self.rates, self.starts):
            for variable in [key for key in rules if key not in self.values]:
                self.refuse(f"a rule gives '{variable}', which has no value to give")
                del rules[variable]
        for value in self.values.values():
            if value.id in self.assigned:
                value.role = "function"
            elif value.id in self.rates:
                value.role = "state"
        for reaction in self.reactions:
            for species, _ in reaction.changes:
                value = self.values[species]
                if not value.boundary and value.role == "constant":
                    if self.file.getSpecies(species).getConstant():
                        self.refuse(f"reaction '{reaction.id}' changes '{species}', a constant")
                    value.role = "state"
        for item in self.file.getListOfEvents():
            for assignment in item.getListOfEventAssignments():
                variable = assignment.getVariable()
                if variable not in self.values:
                    self.refuse(f"an event sets '{variable}', which has no value to set")
                elif self.values[variable].role == "function":
                    self.refuse(f"an event sets '{variable}', which a rule gives")
                else:
                    self.values[variable].role = "state"
        for value in self.values.values():
            place = self.values.get(value.compartment)
            if place is not None and not value.is_amount and place.role != "constant":
                value.by_amount = value.role != "function"

    def start(self, identifier: str, path: tuple[str, ...] = ()) -> Node:
        """Value at the start, of constants only. Raises NotCarried where there is none."""
        if identifier in path:
            raise NotCarried(f"'{identifier}' is given by itself: {' -> '.join(path)}")
        path = (*path, identifier)
        if identifier in self.laws:
            return self.at_start(self.laws[identifier], path)
        value = self.values.get(identifier)
        if value is None:
            raise NotCarried(f"'{identifier}' is used, and is nothing that has a value")
        formula = self.assigned.get(identifier) or self.starts.get(identifier)
        if formula is not None:
            return self.at_start(formula, path)
        if value.number is None or math.isnan(value.number):
            raise NotCarried(f"{value.kind} '{identifier}' has no value")
        if not math.isfinite(value.number):
            raise NotCarried(f"{value.kind} '{identifier}' is {value.number}")
        if value.kind == "species" and value.given_as_amount != value.is_amount:
            volume = self.leaf(value.compartment, path)
            return apply("/" if value.given_as_amount else "*", number(value.number), volume)
        return number(value.number)

    def at_start(self, formula: Node, path: tuple[str, ...]) -> Node:
        def change(part: Node) -> Node | None:
            if part.op == "name":
                return self.leaf(part.text, path)
            return number(0) if part.op == "time" else None

        made = formulas.replace(formula, change)
        self.count(made)
        return made

    def leaf(self, identifier: str, path: tuple[str, ...]) -> Node:
        """A name if it stands for a constant, else its value at the start."""
        value = self.values.get(identifier)
        if value is not None and value.role == "constant" and not value.by_amount:
            self.start(identifier, path)
            return name(identifier)
        return self.start(identifier, path)

    def constant(self, identifier: str) -> float | None:
        """The number that a constant is, None if it is none."""
        value = self.values.get(identifier)
        if value is None or value.role != "constant" or value.by_amount:
            return None
        if self.is_free(identifier):
            return None
        return self.initial_value(identifier)

    def is_free(self, identifier: str, path: tuple[str, ...] = ()) -> bool:
        """Whether a constant hangs on one that will be given another value."""
        if identifier in self.free:
            return True
        formula = self.starts.get(identifier) or self.assigned.get(identifier)
        if not self.free or formula is None or identifier in path:
            return False
        return any(self.is_free(name, (*path, identifier)) for name in formula.names())

    def initial_value(self, identifier: str) -> float | None:
        if identifier not in self.made:
            try:
                formula = self.start(identifier)
            except NotCarried:
                return None
            value = formulas.evaluate(formula, self.initial_value, 0.0)
            if value is None:
                return None
            self.made[identifier] = value
        return self.made[identifier]

    def constant_of(self, formula: Node) -> float | None:
        return formulas.evaluate(formula, self.constant, None)

    def never_negative(self, formula: Node) -> bool:
        value = self.constant_of(formula)
        if value is not None:
            return value >= 0
        if formula.op in ("exp", "abs"):
            return True
        if formula.op == "piecewise" and len(formula.parts) == 3:
            formula = formulas.extremum(*formula.parts) or formula
        if formula.op == "max":
            return any(map(self.never_negative, formula.parts))
        return formula.op in ("+", "*", "/") and all(map(self.never_negative, formula.parts))

    # ---- time ----

    def time_unit(self) -> str:
        level = self.document.getLevel()
        unit = self.file.getTimeUnits() if level == 3 else "time"
        definition = self.file.getUnitDefinition(unit) if unit else None
        if definition is None:
            if unit == "second" or level == 2:
                return "1 s"
            if unit not in ("", "dimensionless"):
                self.refuse(f"the unit of time '{unit}' is not defined")
            self.note("the file names no unit of time: one of it is taken for 1 d")
            return "1 d"
        definition = libsbml.UnitDefinition(definition)
        seconds, power = 1.0, 0.0
        for k in range(definition.getNumUnits()):
            part = definition.getUnit(k)
            exponent = part.getExponentAsDouble()
            seconds *= (part.getMultiplier() * 10.0 ** part.getScale()) ** exponent
            if part.getKind() == libsbml.UNIT_KIND_SECOND:
                power += exponent
            elif part.getKind() != libsbml.UNIT_KIND_DIMENSIONLESS:
                self.refuse(f"the unit of time '{unit}' is no time")
        if power == 0:
            self.note("the file's time has no unit: one of it is taken for 1 d")
            return "1 d"
        if power != 1 or not (math.isfinite(seconds) and seconds > 0):
            self.refuse(f"the unit of time '{unit}' is no time")
            return "1 d"
        for text, length in (("s", 1), ("min", 60), ("h", 3600), ("d", 86400)):
            if abs(seconds / length - 1) < 1e-12:
                return f"1 {text}"
        return f"{formulas.number_text(seconds)} s"

    def time_text(self, time: float) -> str:
        """A time of the file with its unit, as whole nanoseconds."""
        length, unit = self.unit_of_time.split()
        in_unit = time * float(length)
        per = {"s": 1e9, "min": 60e9, "h": 3600e9, "d": 86400e9}[unit]
        whole = round(in_unit * per)
        if abs(whole - in_unit * per) > 1e-9 * abs(in_unit * per) or (in_unit and not whole):
            raise NotCarried(f"the time {time} is no whole number of nanoseconds")
        if abs(whole - in_unit * per) <= 1e-15 * abs(whole) or float(in_unit * per).is_integer():
            return f"{formulas.number_text(in_unit)} {unit}"
        return f"{whole} ns"

    def thresholds(self, condition: Node) -> list[float] | None:
        """Times at which a condition on nothing but time may change; None if it is another."""
        found: list[float] = []
        for part in condition:
            if part.op in formulas.RELATIONS:
                if len(part.parts) != 2:
                    return None
                moment = self.crossing(*part.parts)
                if moment is None:
                    return None
                found.extend(moment)
            elif part.op == "piecewise":
                return None
        if formulas.evaluate(condition, self.constant, 0.0) is None:
            return None
        return sorted({time for time in found if time >= 0})

    def crossing(self, left: Node, right: Node) -> list[float] | None:
        """When two sides, linear in time, are equal: none, or one moment."""
        difference = apply("-", left, right)
        if not self.linear(difference):
            return None
        at = [formulas.evaluate(difference, self.constant, time) for time in (0.0, 1.0)]
        if at[0] is None or at[1] is None:
            return None
        slope = at[1] - at[0]
        if slope == 0:
            return []
        for one, other in ((left, right), (right, left)):
            value = self.constant_of(other)
            if one == TIME and value is not None:
                return [value]
        return [-at[0] / slope]

    def linear(self, formula: Node) -> bool:
        if formula == TIME or self.constant_of(formula) is not None:
            return True
        if formula.op in ("+", "-"):
            return all(map(self.linear, formula.parts))
        if formula.op == "*":
            varying = [part for part in formula.parts if self.constant_of(part) is None]
            return len(varying) == 1 and self.linear(varying[0])
        if formula.op == "/":
            return self.linear(formula.parts[0]) and self.constant_of(formula.parts[1]) is not None
        return False

    def truths(self, condition: Node) -> list[tuple[float, bool, bool]] | None:
        """(time, whether it holds at it, whether after it) from 0 on, at every time at which that
        may change; None if the condition is not on time alone."""
        moments = self.thresholds(condition)
        if moments is None:
            return None
        moments = sorted({0.0, *moments})
        ends = [*moments[1:], moments[-1] * 2 + 2]
        table = []
        for moment, end in zip(moments, ends):
            at = formulas.evaluate(condition, self.constant, moment)
            after = formulas.evaluate(condition, self.constant, 0.5 * (moment + end))
            table.append((moment, bool(at), bool(after)))
        return table

    # ---- events ----

    def read_events(self) -> None:
        for k, item in enumerate(self.file.getListOfEvents()):
            identifier = item.getIdAttribute() or f"event_{k + 1}"
            where = f"event '{identifier}'"
            try:
                self.read_event(item, identifier, where)
            except NotCarried as reason:
                self.refuse(str(reason))

    def read_event(self, item: libsbml.Event, identifier: str, where: str) -> None:
        if not item.isSetTrigger() or item.getTrigger().getMath() is None:
            self.note(f"{where} has no trigger, so it never happens")
            return
        if item.getNumEventAssignments() == 0:
            self.note(f"{where} sets nothing: not carried over")
            return
        trigger = item.getTrigger()
        condition = self.put_in(formulas.read(trigger.getMath(), where), where)
        table = self.truths(condition)
        if table is None:
            raise NotCarried(
                f"{where} waits for a condition on more than time: neocol tests those at the ends "
                "of steps, once"
            )
        before = trigger.getInitialValue() if trigger.isSetInitialValue() else True
        fires, falls = [], []
        for moment, at, after in table:
            if at and not before:
                fires.append(moment)
            if (before or at) and not after:
                falls.append(moment)
            if after and not at:
                fires.append(moment)
            before = after
        delay = 0.0
        if item.isSetDelay() and item.getDelay().getMath() is not None:
            formula = self.put_in(formulas.read(item.getDelay().getMath(), where), where)
            value = self.constant_of(formula)
            if value is None or not math.isfinite(value) or value < 0:
                raise NotCarried(f"{where} has a delay that is no constant")
            delay = value
        if delay > 0 and trigger.isSetPersistent() and not trigger.getPersistent():
            fires = [
                moment
                for moment in fires
                if not any(moment <= fall <= moment + delay for fall in falls)
            ]
        if not fires:
            self.note(f"{where} never happens: not carried over")
            return
        values = {}
        for assignment in item.getListOfEventAssignments():
            if assignment.getMath() is None:
                continue
            formula = self.put_in(formulas.read(assignment.getMath(), where), where)
            values[assignment.getVariable()] = formula
        self.events.append(
            _Event(
                identifier,
                self.meaning(item) if item.getName() else identifier,
                fires,
                delay,
                values,
                item.getUseValuesFromTriggerTime(),
                item.isSetPriority(),
            )
        )

    def settle_events(self) -> None:
        """Refuses events at one moment of which one reads or sets what another sets."""
        happening: dict[float, list[_Event]] = {}
        for event in self.events:
            for moment in event.times:
                happening.setdefault(moment + event.delay, []).append(event)
        for moment, together in happening.items():
            for k, one in enumerate(together):
                for other in together[k + 1 :]:
                    sets = set(one.values) & set(other.values)
                    reads = self.reads(one) & set(other.values) | self.reads(other) & set(
                        one.values
                    )
                    sizes = [
                        variable
                        for event in (one, other)
                        for variable in event.values
                        if self.values[variable].kind == "compartment"
                    ]
                    if sets or reads or sizes:
                        self.refuse(
                            f"events '{one.id}' and '{other.id}' happen at one moment ({moment}) "
                            "and act on one another: neocol has no order for them"
                        )
        for event in self.events:
            places = {v for v in event.values if self.values[v].kind == "compartment"}
            for variable in event.values:
                if self.values[variable].compartment in places and self.values[variable].by_amount:
                    self.refuse(f"event '{event.id}' sets a compartment and '{variable}' in it")

    def reads(self, event: _Event) -> set[str]:
        """What the values of an event hang on, through rules and rates."""
        waiting = set().union(*(formula.names() for formula in event.values.values()))
        waiting |= {self.values[variable].compartment for variable in event.values}
        seen: set[str] = set()
        while waiting:
            identifier = waiting.pop()
            if identifier in seen:
                continue
            seen.add(identifier)
            for source in (self.assigned, self.laws):
                if identifier in source:
                    waiting |= source[identifier].names()
            value = self.values.get(identifier)
            if value is not None and value.by_amount:
                waiting.add(value.compartment)
        return seen

    # ---- names ----

    def spell(self, wanted: str, identifier: str | None = None) -> str:
        """A name of neocol that nothing else has: that of the file if it can be had."""
        spelled = spelled_among(self.taken, wanted)
        if identifier is not None:
            self.spelled[identifier] = spelled
            if spelled != identifier:
                self.note(f"'{identifier}' is '{spelled}' in neocol")
        return spelled

    def spell_all(self) -> None:
        # Names that can be kept come first, so that no other takes them.
        everything = [*self.values, *self.laws]
        plain = [text for text in everything if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,59}", text)]
        for text in [text for text in plain if text not in RESERVED]:
            self.spell(text, text)
        for text in everything:
            if text not in self.spelled:
                self.spell(text, text)
        self.per_time = self.spell("per_time")

    # ---- writing ----

    def run(self, until: str | None) -> ImportedModel:
        self.read_functions()
        self.read_values()
        self.read_rules()
        self.read_reactions()
        for constraint in self.file.getListOfConstraints():
            del constraint
            self.note("constraints are not carried over")
        self.assign_roles()
        self.unit_of_time = self.time_unit()
        if not self.reasons:
            self.read_events()
            self.refuse_unknown()
            self.settle_events()
        if self.reasons:
            raise Refused(self.source, self.reasons)
        self.drop_unused()
        self.spell_all()
        self.write = formulas.Writer(
            lambda identifier: self.spelled[identifier],
            f"time*{self.per_time}",
            self.constant_of,
            self.never_negative,
            lambda text, value: self.note(
                f"{text} = {formulas.number_text(value)} is written as its number"
            ),
        )
        model = self.text()
        if self.reasons:
            raise Refused(self.source, self.reasons)
        self.check(model)
        identifier = self.identifier()
        observed = self.observed()
        initial = {
            value: number_
            for value in [*self.values, *self.laws]
            if (number_ := self.initial_value(value)) is not None
        }
        return ImportedModel(
            identifier,
            self.title(),
            model,
            self.scenario(identifier, until),
            dict(self.spelled),
            initial,
            observed,
            sorted({t + event.delay for event in self.events for t in event.times}),
            self.unit_of_time,
            self.notes,
        )

    def refuse_unknown(self) -> None:
        """Refuses names that stand for nothing with a value."""
        known = {*self.values, *self.laws}
        used = {f"the rule of '{key}'": formula for key, formula in self.assigned.items()}
        used |= {f"the rule of '{key}'": formula for key, formula in self.rates.items()}
        used |= {f"the initial assignment of '{k}'": f for k, f in self.starts.items()}
        used |= {f"reaction '{reaction.id}'": reaction.rate for reaction in self.reactions}
        for event in self.events:
            used |= {f"event '{event.id}', {key}": formula for key, formula in event.values.items()}
        for reaction in self.reactions:
            used |= {f"reaction '{reaction.id}', {s}": amount for s, amount in reaction.changes}
        for where, formula in used.items():
            for identifier in sorted(formula.names() - known):
                self.refuse(f"{where}: '{identifier}' is used, and is nothing that has a value")
        for value in self.values.values():
            if value.factor and value.factor not in known:
                self.refuse(f"species '{value.id}': no conversion factor '{value.factor}'")

    def drop_unused(self) -> None:
        """Leaves out values that are not given and that nothing reads."""
        read: set[str] = set()
        for formula in [*self.assigned.values(), *self.rates.values(), *self.laws.values()]:
            read |= formula.names()
        for formula in self.starts.values():
            read |= formula.names()
        for event in self.events:
            for formula in event.values.values():
                read |= formula.names()
        for reaction in self.reactions:
            for _, amount in reaction.changes:
                read |= amount.names()
        for value in self.values.values():
            if value.kind != "species":
                continue
            read.add(value.factor)
            place = self.values[value.compartment]
            divided = not value.is_amount and (value.role == "state" or value.by_amount)
            if divided or value.given_as_amount != value.is_amount and value.number is not None:
                read.add(place.id)
        for identifier in list(self.values):
            value = self.values[identifier]
            given = identifier in self.starts or identifier in self.assigned
            if value.role != "constant" or given or identifier in read:
                continue
            if value.number is None or not math.isfinite(value.number):
                self.note(f"{value.kind} '{identifier}' has no value and is not used: left out")
                del self.values[identifier]

    def identifier(self) -> str:
        wanted = self.file.getIdAttribute() or Path(self.source).stem
        text = re.sub(r"[^A-Za-z0-9_]", "_", wanted)[:LONGEST_NAME]
        return text if re.match(r"[A-Za-z]", text) else f"model_{text}"[:LONGEST_NAME]

    def title(self) -> str:
        return printable(" ".join((self.file.getName() or self.identifier()).split()))

    def check(self, model: str) -> None:
        """Refuses what neocol itself does not read."""
        from neocol import models

        try:
            models.from_text(model, self.source)
        except InputError as error:
            faults = [f"line {fault.line} of the model: {fault.message}" for fault in error.faults]
            raise Refused(self.source, faults or [str(error)]) from error

    def guarded(self, where: str, make: Callable[[], None]) -> None:
        try:
            make()
        except NotCarried as reason:
            self.refuse(f"{where}: {reason}")

    def text(self) -> str:
        self.parts: dict[str, list[str]] = {
            section: []
            for section in (
                "parameter",
                "derived",
                "species",
                "initial",
                "function",
                "process",
                "event",
                "observable",
            )
        }
        self.scales = self.typical_sizes()
        for value in self.values.values():
            self.guarded(f"{value.kind} '{value.id}'", partial(self.put_value, value))
        read = set(self.laws) if self.fluxes else self.read_rates()
        for reaction in self.reactions:
            where = f"reaction '{reaction.id}'"
            self.guarded(where, partial(self.put_reaction, reaction, reaction.id in read))
        for event in self.events:
            self.guarded(f"event '{event.id}'", partial(self.put_event, event))
        self.put_switches()
        if not self.parts["species"]:
            self.put_clock()
        for identifier, label in self.observed().items():
            self.table(
                "observable",
                label,
                value=self.spelled[identifier],
                unit="1",
                meaning=self.meanings[identifier],
            )
        head = [
            f"# {self.title()}".rstrip(),
            f"# From the SBML file {printable(self.source)} (level {self.document.getLevel()} "
            f"version {self.document.getVersion()}), SHA-256",
            f"# {self.digest}, by neocol model import.",
            "# Numbers are those of the file, without their units; times are in units of "
            f"{self.unit_of_time}.",
            "",
            "[model]",
            f"name = {toml_text(self.identifier())}",
            f"title = {toml_text(self.title())}",
            "stationary = false",
            'balance = "none"',
            "",
        ]
        self.parts["parameter"].insert(
            0,
            self.table_text(
                "parameter",
                self.per_time,
                value=self.per_time_text(),
                meaning="one over the file's unit of time",
                source="the SBML file",
                evidence="code",
            ),
        )
        if self.parts["initial"]:
            self.parts["initial"] = ["[initial]\n" + "".join(self.parts["initial"])]
        return "\n".join([*head, *(text for part in self.parts.values() for text in part)])

    def per_time_text(self) -> str:
        length, unit = self.unit_of_time.split()
        return f"{formulas.number_text(1 / float(length))} {unit}-1"

    def table_text(self, section: str, label: str, **entries: str) -> str:
        lines = [f"[{section}.{label}]"]
        for key, text in entries.items():
            lines.append(f"{key} = {text if text.startswith(('{', '[')) else toml_text(text)}")
        return "\n".join(lines) + "\n"

    def table(self, section: str, label: str, **entries: str) -> None:
        self.parts[section].append(self.table_text(section, label, **entries))

    def typical_sizes(self) -> dict[str, float]:
        """A size of every state that tolerances refer to: that at the start, or the smallest of its
        kind there."""
        sizes: dict[str, float] = {}
        for value in self.values.values():
            if value.role == "state" or value.by_amount:
                size = self.initial_value(value.id)
                if size is not None and value.by_amount:
                    place = self.initial_value(value.compartment)
                    size = size * place if place is not None else size
                sizes[value.id] = abs(size) if size is not None and math.isfinite(size) else 0.0
        for kind in ("species", "parameter", "compartment", "stoichiometry"):
            mine = [k for k in sizes if self.values[k].kind == kind]
            smallest = min((sizes[k] for k in mine if sizes[k] > 0), default=1.0)
            for k in mine:
                sizes[k] = sizes[k] or smallest
        return sizes

    def put_value(self, value: _Value) -> None:
        spelled = self.spelled[value.id]
        meaning = value.meaning
        if value.role == "function":
            formula = self.without_conditions(self.assigned[value.id])
            self.table("function", spelled, value=self.write(formula), meaning=meaning)
            return
        if value.role == "constant" and not value.by_amount:
            self.put_constant(spelled, self.start(value.id), meaning)
            return
        start = self.start(value.id)
        state = spelled
        if value.by_amount:
            start = apply("*", start, self.start(value.compartment))
            state = self.spell(f"{value.id}_amount")
            place = self.spelled[value.compartment]
            self.table("function", spelled, value=f"{state}/{place}", meaning=meaning)
            meaning += ", amount"
            if value.role == "constant":
                self.put_constant(state, start, meaning)
                return
        self.table(
            "species",
            state,
            unit="1",
            rest="none",
            scale=formulas.number_text(self.scales[value.id]),
            meaning=meaning,
        )
        self.parts["species"][-1] += "signed = true\n"
        self.parts["initial"].append(f"{state} = {toml_text(self.write(start))}\n")
        self.states[value.id] = state
        if value.id in self.rates:
            self.put_rate_rule(value, state)

    def put_constant(self, spelled: str, start: Node, meaning: str) -> None:
        if start.op == "number":
            self.table(
                "parameter",
                spelled,
                value=formulas.number_text(start.value),
                meaning=meaning,
                source="the SBML file",
                evidence="code",
            )
        else:
            self.table("derived", spelled, value=self.write(start), unit="1", meaning=meaning)

    def put_clock(self) -> None:
        """A model of rules alone gets a species: neocol has no model without."""
        clock = self.spell("clock")
        self.note(f"nothing in the file has a rate: '{clock}' was added, which counts its time")
        self.table(
            "species", clock, unit="1", rest="none", scale="1", meaning="time, in the file's unit"
        )
        self.table(
            "process",
            self.spell_process(clock),
            rate=self.per_time,
            changes=f"{{ {clock} = 1 }}",
            meaning="time goes on",
        )

    def put_rate_rule(self, value: _Value, state: str) -> None:
        formula = self.without_conditions(self.rates[value.id])
        if value.by_amount:
            place = self.values[value.compartment]
            if place.role == "function":
                raise NotCarried(
                    f"its concentration has a rate of its own, and the size of '{place.id}' is "
                    "given by a rule"
                )
            formula = apply("*", formula, name(place.id))
            if place.id in self.rates:
                moved = apply("*", name(value.id), self.without_conditions(self.rates[place.id]))
                formula = apply("+", formula, moved)
        self.table(
            "process",
            self.spell_process(f"{value.id}_rate"),
            rate=self.rate_text(formula),
            changes=f"{{ {state} = 1 }}",
            meaning=f"rate of {value.meaning}",
        )

    def spell_process(self, wanted: str) -> str:
        return spelled_among(self.processes, wanted)

    def rate_text(self, formula: Node) -> str:
        if self.constant_of(formula) == 1 and not formula.names():
            return self.per_time
        return f"{self.write.factor(formula)}*{self.per_time}"

    def read_rates(self) -> set[str]:
        """Reactions whose rates formulas read."""
        read: set[str] = set()
        for formula in [*self.assigned.values(), *self.rates.values(), *self.laws.values()]:
            read |= formula.names()
        for event in self.events:
            for formula in event.values.values():
                read |= formula.names()
        for reaction in self.reactions:
            for _, amount in reaction.changes:
                read |= amount.names()
        return read & set(self.laws)

    def put_reaction(self, reaction: _Reaction, is_read: bool) -> None:
        rate = self.without_conditions(reaction.rate)
        fixed: dict[str, list[Node]] = {}
        varying: list[tuple[str, Node]] = []
        for species, amount in reaction.changes:
            value = self.values[species]
            if value.boundary or value.role == "function":
                continue
            if value.role != "state":
                raise NotCarried(f"it changes '{species}', which a rule gives")
            if species in self.rates:
                raise NotCarried(f"it changes '{species}', which has a rate of its own")
            if value.factor:
                amount = apply("*", amount, name(value.factor))
            if all(self.constant(k) is not None for k in amount.names()) and TIME not in amount:
                fixed.setdefault(species, []).append(amount)
            else:
                varying.append((species, amount))
        if is_read:
            spelled = self.spelled[reaction.id]
            self.table("function", spelled, value=self.write(rate), meaning=reaction.meaning)
            rate = name(reaction.id)
        changes = []
        for species, amounts in fixed.items():
            text = self.yield_text(species, amounts)
            if text is not None:
                changes.append(f"{self.states[species]} = {text}")
        if changes:
            self.table(
                "process",
                self.spell_process(reaction.id),
                rate=self.rate_text(rate),
                changes=f"{{ {', '.join(changes)} }}",
                meaning=reaction.meaning,
            )
        for species, amount in varying:
            self.table(
                "process",
                self.spell_process(f"{reaction.id}_{species}"),
                rate=self.rate_text(apply("*", self.without_conditions(amount), rate)),
                changes=f"{{ {self.states[species]} = {self.yield_text(species, [number(1)])} }}",
                meaning=f"{reaction.meaning}, for {self.values[species].meaning}",
            )

    def yield_text(self, species: str, amounts: list[Node]) -> str | None:
        """What one turn of a reaction adds to a species; None if that is nothing."""
        value = self.values[species]
        names = set().union(*(amount.names() for amount in amounts))
        if names:
            net = amounts[0] if len(amounts) == 1 else Node("+", tuple(amounts))
        else:
            total = sum(self.constant_of(amount) or 0.0 for amount in amounts)
            if total == 0:
                return None
            net = number(total)
        if not value.is_amount and not value.by_amount:
            net = apply("/", net, name(value.compartment))
        text = self.write(net)
        return text if net.op == "number" else toml_text(text)

    # ---- conditions on time, events ----

    def without_conditions(self, formula: Node) -> Node:
        """Choices by time as sums weighted with switches that events turn."""

        def change(part: Node) -> Node | None:
            if part.op == "piecewise":
                return self.chosen(part)
            if part.op == "rateOf":
                return self.rate_of(part)
            return None

        return formulas.replace(formula, change)

    def rate_of(self, part: Node) -> Node:
        identifier = part.parts[0].text if part.parts else ""
        if self.constant(identifier) is not None:
            return number(0)
        value = self.values.get(identifier)
        if identifier in self.rates and value is not None:
            return self.without_conditions(self.rates[identifier])
        raise NotCarried(f"the rate of change of '{identifier}' (rateOf)")

    def chosen(self, part: Node) -> Node | None:
        if self.constant_of(part) is not None:
            return None
        pieces, tests = part.parts[: len(part.parts) // 2 * 2 : 2], part.parts[1::2]
        if len(part.parts) % 2 == 0:
            raise NotCarried("a choice (piecewise) without what holds otherwise")
        made = part.parts[-1]
        for piece, test in zip(reversed(pieces), reversed(tests)):
            holds = self.constant_of(test)
            if holds is not None:
                made = piece if holds else made
                continue
            least = formulas.extremum(piece, test, made)
            if least is not None:
                made = least
                continue
            weight = self.switch(test)
            made = apply(
                "+",
                apply("*", weight, piece),
                apply("*", apply("-", number(1), weight), made),
            )
        return made

    def switch(self, condition: Node) -> Node:
        if condition in self.switches:
            return name(self.switches[condition])
        table = self.truths(condition)
        if table is None:
            raise NotCarried("a choice (piecewise) by a condition on more than time")
        identifier = f"switch_{len(self.switches) + 1}"
        while identifier in self.values or identifier in self.spelled:
            identifier += "_"
        first = float(table[0][2])
        turns: dict[float, float] = {}
        last = first
        for moment, _at, after in table[1:]:
            if float(after) != last:
                turns[moment] = last = float(after)
        self.switches[condition] = identifier
        self.spell(identifier, identifier)
        self.switch_tables.append((self.spelled[identifier], first, turns, ""))
        return name(identifier)

    def put_switches(self) -> None:
        for spelled, first, turns, _ in self.switch_tables:
            self.table(
                "species",
                spelled,
                unit="1",
                rest="none",
                scale="1",
                meaning="1 while a condition on time holds",
            )
            self.parts["species"][-1] += "signed = true\n"
            self.parts["initial"].append(f'{spelled} = "{formulas.number_text(first)}"\n')
            for goal in (0.0, 1.0):
                times = [moment for moment, value in turns.items() if value == goal]
                if times:
                    self.guarded(
                        "a condition on time",
                        partial(
                            self.put_jump,
                            f"{spelled}_{'on' if goal else 'off'}",
                            times,
                            {spelled: formulas.number_text(goal)},
                            "",
                        ),
                    )

    def put_jump(
        self, label: str, times: list[float], changes: dict[str, str], meaning: str
    ) -> None:
        texts = [toml_text(self.time_text(time)) for time in times]
        at = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
        inside = ", ".join(f"{key} = {toml_text(text)}" for key, text in changes.items())
        entries = {"changes": f"{{ {inside} }}"}
        if meaning:
            entries["meaning"] = meaning
        text = self.table_text("event", self.spell_event(label), **entries)
        head, rest = text.split("\n", 1)
        self.parts["event"].append(f"{head}\nat = {at}\n{rest}")

    def spell_event(self, wanted: str) -> str:
        return spelled_among(self.jumps, wanted)

    def put_event(self, event: _Event) -> None:
        changes: dict[str, str] = {}
        early: dict[str, str] = {}
        for variable, formula in event.values.items():
            formula = self.without_conditions(formula)
            value = self.values[variable]
            if event.early and event.delay > 0 and self.constant_of(formula) is None:
                memory = self.spell(f"{event.id}_{variable}")
                self.table(
                    "species",
                    memory,
                    unit="1",
                    rest="none",
                    scale=formulas.number_text(self.scales.get(variable, 1.0)),
                    meaning=f"value that {event.meaning} will give {value.meaning}",
                )
                self.parts["species"][-1] += "signed = true\n"
                early[memory] = self.write(formula)
                text = memory
                if (
                    len(event.times) > 1
                    and min(b - a for a, b in zip(event.times, event.times[1:])) <= event.delay
                ):
                    raise NotCarried("it fires again before its delay is over")
            else:
                text = self.write(formula)
            if value.by_amount:
                text = f"({text})*{self.spelled[value.compartment]}"
            changes[self.states[variable]] = text
        if early:
            self.put_jump(f"{event.id}_fires", event.times, early, f"{event.meaning} is due")
        self.put_jump(
            event.id, [time + event.delay for time in event.times], changes, event.meaning
        )

    def observed(self) -> dict[str, str]:
        """Identifiers of the file whose courses are recorded, and the observables' names."""
        values = [
            value.id
            for value in self.values.values()
            if value.kind == "species" or value.role != "constant"
        ]
        fluxes = [reaction.id for reaction in self.reactions] if self.fluxes else []
        return {identifier: self.spelled[identifier] for identifier in values + fluxes}

    @property
    def meanings(self) -> dict[str, str]:
        of_values = {value.id: value.meaning for value in self.values.values()}
        return of_values | {reaction.id: reaction.meaning for reaction in self.reactions}

    def scenario(self, identifier: str, until: str | None) -> str:
        length, unit = self.unit_of_time.split()
        step = f"{formulas.number_text(float(length))} {unit}"
        end = until or f"{formulas.number_text(100 * float(length))} {unit}"
        if until and (parts := re.fullmatch(r"\s*([0-9.eE+-]+)\s*([A-Za-z]+)\s*", until)):
            with contextlib.suppress(ValueError):
                step = f"{formulas.number_text(float(parts[1]) / 100)} {parts[2]}"
        return "\n".join(
            [
                f"# By neocol model import, from the SBML file {printable(self.source)}.",
                f"title = {toml_text(self.title())}",
                'question = "What does the model of the SBML file do?"',
                f"model = {toml_text(identifier + '.toml')}",
                "",
                "[domain]",
                'geometry = "well_mixed"',
                "",
                "[run]",
                f"until = {toml_text(end)}" + ("" if until else "  # SBML files do not say"),
                "tolerance = 1e-8",
                f"largest_step = {toml_text(step)}" "  # records are interpolated between steps",
                "",
                "[output]",
                f"every = {toml_text(step)}",
                "",
            ]
        )
