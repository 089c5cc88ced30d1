"""neocol to SBML level 3 version 1: well-mixed models.

Numbers are in neocol's own units (mm, d, pg, cell, K, mol), in which formulas hold as they stand.
Species are amounts in one compartment of size 1; processes are reactions, functions assignment
rules, derived values initial assignments.
"""
from __future__ import annotations

import math
import re
from dataclasses import replace as changed
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import libsbml
import tomllib
from neocol.core import compiled
from neocol.errors import InputError
from neocol.exchange.formulas import Node, NotCarried, apply, evaluate, name, number, substitute
from neocol.exchange.reading import Refused

if TYPE_CHECKING:
    from neocol.models import Model

_TOKEN = re.compile(r"\s*(?:(\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)|([A-Za-z]\w*)|(.))")
_QUANTITY = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s+(\S.*)")
_PLAIN = {"exp", "sin", "cos", "tanh", "abs"}
_UNKNOWN_TO_SBML = {
    "thickness": "a thickness of skin",
    "integral": "an integral over space",
    "mean": "a mean over space",
    "surface_integral": "an integral over space",
    "junction_integral": "an integral over space",
    "is": "a switch",
    "choose": "a switch",
    "along": "a tensor",
    "component": "a tensor",
    "trace": "a tensor",
    "contract": "a tensor",
    "anisotropy": "a tensor",
}
_PLACES = {"x", "y", "z", "r", "identity", "wounded", "removed", "hole_radius", "hole_depth"}


def own_number(value: float, unit: str, units_of_model: frozenset[str] = frozenset()) -> float:
    """A number in neocol's own units, a model's own units among them. Raises NotCarried if its unit
    is not known here."""
    try:
        return value * compiled().internal_factor(unit or "1", sorted(units_of_model))
    except InputError as error:
        raise NotCarried(f"the unit '{unit}'") from error


class _Parser:
    """neocol's expressions: `^` from the right and before the sign, products before sums."""

    def __init__(self, text: str) -> None:
        self.tokens = [match.groups() for match in _TOKEN.finditer(text.strip())]
        self.at = 0
        self.text = text

    def peek(self) -> str:
        if self.at >= len(self.tokens):
            return ""
        return next((part for part in self.tokens[self.at] if part is not None), "")

    def take(self, wanted: str | None = None) -> str:
        found = self.peek()
        if wanted is not None and found != wanted:
            raise NotCarried(f"the expression '{self.text}'")
        self.at += 1
        return found

    def whole(self) -> Node:
        made = self.sum()
        if self.peek():
            raise NotCarried(f"the expression '{self.text}'")
        return made

    def sum(self) -> Node:
        made = self.product()
        while self.peek() in ("+", "-"):
            made = apply(self.take(), made, self.product())
        return made

    def product(self) -> Node:
        made = self.signed()
        while self.peek() in ("*", "/"):
            made = apply(self.take(), made, self.signed())
        return made

    def signed(self) -> Node:
        if self.peek() == "-":
            self.take()
            return apply("-", self.signed())
        if self.peek() == "+":
            self.take()
            return self.signed()
        return self.power()

    def power(self) -> Node:
        base = self.atom()
        if self.peek() == "^":
            self.take()
            return apply("^", base, self.signed())
        return base

    def atom(self) -> Node:
        token = self.take()
        if token == "(":
            made = self.sum()
            self.take(")")
            return made
        if re.match(r"[\d.]", token):
            return number(float(token))
        if not re.match(r"[A-Za-z]", token):
            raise NotCarried(f"the expression '{self.text}'")
        if self.peek() != "(":
            return name(token)
        if token in _UNKNOWN_TO_SBML:
            raise NotCarried(_UNKNOWN_TO_SBML[token])
        self.take("(")
        parts = [self.sum()]
        while self.peek() == ",":
            self.take()
            parts.append(self.sum())
        self.take(")")
        return Node("call", tuple(parts), text=token)


def parse(text: str, units_of_model: frozenset[str] = frozenset()) -> Node:
    """An expression of neocol, or a quantity in neocol's own units."""
    quantity = _QUANTITY.fullmatch(text)
    if quantity and not re.match(r"[-+*/^]", quantity[2]):
        return number(own_number(float(quantity[1]), quantity[2], units_of_model))
    try:
        return _Parser(text).whole()
    except RecursionError as error:
        raise NotCarried("an expression too deep") from error


def _choice(piece: Node, condition: Node, otherwise: Node) -> Node:
    return Node("piecewise", (piece, condition, otherwise))


def _larger(one: Node, other: Node) -> Node:
    return _choice(one, apply(">", one, other), other)


def _smaller(one: Node, other: Node) -> Node:
    return _choice(one, apply("<", one, other), other)


def _not_negative(part: Node) -> Node:
    """What `log`, `sqrt`, `hill`, `fraction` and `^` see of their arguments."""
    if part.op == "number" and part.value >= 0:
        return part
    if part.op == "piecewise" and part == _larger(part.parts[0], number(0)):
        return part
    return _larger(part, number(0))


def _power(base: Node, exponent: Node) -> Node:
    value = evaluate(exponent, lambda _: None, None)
    if value is not None and value == round(value) and not exponent.names():
        return apply("^", base, number(value))
    return apply("^", _not_negative(base), exponent)


def _spelled_out(function: str, parts: tuple[Node, ...]) -> Node | None:
    """A function of neocol by those of SBML; None if it is none of neocol's own."""
    if function in _PLAIN:
        return Node(function, parts)
    if function == "log":
        return apply("ln", _not_negative(parts[0]))
    if function == "sqrt":
        return apply("root", number(2), _not_negative(parts[0]))
    if function == "min":
        return _smaller(*parts)
    if function == "max":
        return _larger(*parts)
    if function == "hill":
        x, half, n = parts
        rise, middle = _power(_not_negative(x), n), _power(_not_negative(half), n)
        return apply("/", rise, apply("+", middle, rise))
    if function == "fraction":
        x, y = (_not_negative(part) for part in parts)
        both = apply("+", x, y)
        return _choice(apply("/", x, both), apply(">", both, number(0)), number(0))
    if function == "ramp":
        t = _smaller(apply("/", parts[0], parts[1]), number(1))
        return apply("*", t, apply("-", number(2), t))
    if function == "smoothstep":
        low, high, x = parts
        raw = apply("/", apply("-", x, low), apply("-", high, low))
        t = _smaller(_larger(raw, number(0)), number(1))
        rest = apply("-", number(3), apply("*", number(2), t))
        return apply("*", apply("*", t, t), rest)
    return None


_KINDS = {
    "+": libsbml.AST_PLUS,
    "-": libsbml.AST_MINUS,
    "*": libsbml.AST_TIMES,
    "/": libsbml.AST_DIVIDE,
    "^": libsbml.AST_POWER,
    "exp": libsbml.AST_FUNCTION_EXP,
    "sin": libsbml.AST_FUNCTION_SIN,
    "cos": libsbml.AST_FUNCTION_COS,
    "tanh": libsbml.AST_FUNCTION_TANH,
    "abs": libsbml.AST_FUNCTION_ABS,
    "ln": libsbml.AST_FUNCTION_LN,
    "root": libsbml.AST_FUNCTION_ROOT,
    "piecewise": libsbml.AST_FUNCTION_PIECEWISE,
    ">": libsbml.AST_RELATIONAL_GT,
    "<": libsbml.AST_RELATIONAL_LT,
    ">=": libsbml.AST_RELATIONAL_GEQ,
}


def _math(node: Node) -> libsbml.ASTNode:
    if node.op == "number":
        made = libsbml.ASTNode(libsbml.AST_REAL)
        made.setValue(node.value)
        return made
    if node.op == "time":
        made = libsbml.ASTNode(libsbml.AST_NAME_TIME)
        made.setName("time")
        return made
    if node.op == "name":
        made = libsbml.ASTNode(libsbml.AST_NAME)
        made.setName(node.text)
        return made
    made = libsbml.ASTNode(_KINDS[node.op])
    for part in node.parts:
        made.addChild(_math(part))
    return made


def export_sbml(model: Model) -> str:
    """A well-mixed model as SBML level 3 version 1.

    Raises Refused with every reason if the model needs space, or if SBML's core has no words for a
    part of it.
    """
    return _Exporter(model).run()


def _tables(text: str) -> dict[str, Any]:
    """The tables of a model's text, of all its files together."""
    together: dict[str, Any] = {}
    for part in re.split(r"(?m)^#: file .*$", text):
        for section, table in tomllib.loads(part).items():
            if isinstance(table, dict):
                together.setdefault(section, {}).update(table)
    return together


class _Exporter:
    def __init__(self, model: Model) -> None:
        self.about = model.description
        self.tables = _tables(model.text)
        self.source = model.name
        self.reasons: list[str] = []
        self.document = libsbml.SBMLDocument(3, 1)
        self.file = self.document.createModel()
        self.functions = {item["name"]: item for item in self.about["functions"]}
        self.species = {item["name"]: item for item in self.about["species"]}
        self.own_units = frozenset(self.about["units"])
        self.used: list[str] = []  # functions without arguments that formulas read

    def refuse_space(self) -> None:
        about, head = self.about, self.tables.get("model", {})
        if len(about["layers"]) > 1:
            self.reasons.append("it has several layers")
        for key, words in (
            ("transport", "transport"),
            ("boundaries", "boundary conditions"),
            ("properties", "properties of tissue"),
            ("switches", "switches"),
            ("inputs", "inputs from outside"),
        ):
            if about[key]:
                self.reasons.append(f"it has {words}")
        if head.get("balance", "subtract") != "none":
            self.reasons.append('its residual at rest is subtracted: balance = "none" is needed')
        for item in about["species"]:
            table = self.tables.get("species", {}).get(item["name"], {})
            if item["location"] != "volume":
                self.reasons.append(f"'{item['name']}' is on a surface")
            if table.get("quasi_steady"):
                self.reasons.append(f"'{item['name']}' is quasi-steady")
            if table.get("kind", "scalar") != "scalar" or not table:
                self.reasons.append(f"'{item['name']}' is no scalar")
        for item in about["parameters"]:
            if item["variations"]:
                self.reasons.append(f"parameter '{item['name']}' varies with skin or person")
        for label, table in self.tables.get("event", {}).items():
            if "at" not in table or "every" in table:
                self.reasons.append(f"event '{label}' is at no given times")

    def run(self) -> str:
        self.refuse_space()
        if self.reasons:
            raise Refused(self.source, self.reasons)
        self.file.setId(self.source)
        self.file.setName(self.about["title"])
        self.units()
        place = self.file.createCompartment()
        self.place = self.free("tissue")
        place.setId(self.place)
        place.setSize(1)
        place.setSpatialDimensions(3)
        place.setUnits("dimensionless")
        place.setConstant(True)
        self.changing = {
            key
            for table in self.tables.get("event", {}).values()
            for key in table.get("changes", {})
        }
        self.guarded("a parameter", self.put_parameters)
        self.guarded("a species", self.put_species)
        for item in self.about["processes"]:
            self.guarded(f"process '{item['name']}'", partial(self.put_process, item))
        for label, table in self.tables.get("event", {}).items():
            self.guarded(f"event '{label}'", partial(self.put_event, label, table))
        for item in self.about["observables"]:  # their functions are worth having, if they can be
            try:
                self.formula(item["value"])
            except NotCarried:
                continue
        done = 0
        while done < len(self.used):
            function = self.functions[self.used[done]]
            self.guarded(f"function '{function['name']}'", partial(self.put_function, function))
            done += 1
        if self.reasons:
            raise Refused(self.source, self.reasons)
        return libsbml.writeSBMLToString(self.document)

    def guarded(self, where: str, step: Any) -> None:
        try:
            step()
        except NotCarried as reason:
            self.reasons.append(f"{where}: {reason}")

    def free(self, wanted: str) -> str:
        taken = {
            *self.species,
            *self.functions,
            *(item["name"] for key in ("parameters", "derived") for item in self.about[key]),
        }
        while wanted in taken or self.file.getElementBySId(wanted) is not None:
            wanted += "_"
        return wanted

    def units(self) -> None:
        definition = self.file.createUnitDefinition()
        definition.setId(self.free("day"))
        unit = definition.createUnit()
        unit.setKind(libsbml.UNIT_KIND_SECOND)
        unit.setExponent(1)
        unit.setScale(0)
        unit.setMultiplier(86400)
        self.file.setTimeUnits(definition.getId())
        self.file.setSubstanceUnits("dimensionless")
        self.file.setExtentUnits("dimensionless")
        self.file.setVolumeUnits("dimensionless")

    def formula(self, text: str) -> Node:
        """An expression with functions of neocol spelled out, and what they read noted."""
        made = self.in_sbml(parse(str(text), self.own_units), 0)
        for read in made.names():
            if read in self.functions and read not in self.used:
                self.used.append(read)
        return made

    def in_sbml(self, node: Node, depth: int) -> Node:
        if depth > 150:
            raise NotCarried("an expression too deep")
        if node.op == "call" and node.text == "rest":
            return self.rest(node.parts[0].text)
        parts = tuple(self.in_sbml(part, depth + 1) for part in node.parts)
        if node.op == "call":
            function = self.functions.get(node.text)
            if function is not None:
                values = dict(zip(function["arguments"], parts))
                body = self.in_sbml(parse(function["value"], self.own_units), depth + 1)
                return substitute(body, values)
            made = _spelled_out(node.text, parts)
            if made is None:
                raise NotCarried(f"the function '{node.text}'")
            return made
        if node.op == "^":
            return _power(*parts)
        if node.op == "name":
            if node.text == "time":
                return Node("time")
            if node.text == "pi":
                return number(math.pi)
            if node.text in _PLACES:
                raise NotCarried(f"'{node.text}', which is of space or a session")
        return changed(node, parts=parts)

    def rest(self, species: str) -> Node:
        table = self.tables.get("species", {}).get(species, {})
        value = table.get("rest", 0)
        if isinstance(value, dict) or value == "none":
            raise NotCarried(f"the rest of '{species}'")
        return self.formula(str(value))

    def put_parameters(self) -> None:
        for item in self.about["parameters"]:
            made = self.file.createParameter()
            made.setId(item["name"])
            made.setName(item["meaning"])
            made.setValue(own_number(item["value"], item["unit"], self.own_units))
            made.setConstant(item["name"] not in self.changing)
        for item in self.about["derived"]:
            made = self.file.createParameter()
            made.setId(item["name"])
            made.setName(item["meaning"])
            made.setConstant(True)
            self.assign(item["name"], self.formula(item["value"]))

    def assign(self, identifier: str, formula: Node) -> None:
        assignment = self.file.createInitialAssignment()
        assignment.setSymbol(identifier)
        assignment.setMath(_math(formula))

    def put_species(self) -> None:
        for label, item in self.species.items():
            made = self.file.createSpecies()
            made.setId(label)
            made.setName(item["meaning"])
            made.setCompartment(self.place)
            made.setHasOnlySubstanceUnits(True)
            made.setBoundaryCondition(False)
            made.setConstant(False)
            start = self.about["initial"].get(label)
            if start is None:
                table = self.tables["species"][label]
                none = table.get("rest", 0) == "none"
                formula = number(0) if none else self.rest(label)
            else:
                formula = self.formula(start)
            if formula.op == "number":
                made.setInitialAmount(formula.value)
            else:
                self.assign(label, formula)

    def put_process(self, item: dict[str, Any]) -> None:
        rate = self.formula(item["rate"])  # with what `stops_below` makes of it
        made = self.file.createReaction()
        made.setId(self.free(item["name"]))
        made.setName(item["meaning"])
        made.setReversible(False)
        made.setFast(False)
        for species, text in item["changes"].items():
            amount = self.formula(text)
            value = evaluate(amount, lambda _: None, None)
            side = (
                made.createReactant() if value is not None and value < 0 else made.createProduct()
            )
            side.setSpecies(species)
            side.setConstant(True)
            if value is not None:
                side.setStoichiometry(abs(value))
            else:
                side.setId(self.free(f"{item['name']}_{species}"))
                self.assign(side.getId(), amount)
        changed_species = set(item["changes"])
        for read in sorted((rate.names() & set(self.species)) - changed_species):
            made.createModifier().setSpecies(read)
        made.createKineticLaw().setMath(_math(rate))

    def put_function(self, function: dict[str, Any]) -> None:
        made = self.file.createParameter()
        made.setId(function["name"])
        made.setName(function["meaning"])
        made.setConstant(False)
        rule = self.file.createAssignmentRule()
        rule.setVariable(function["name"])
        rule.setMath(_math(self.formula(function["value"])))

    def put_event(self, label: str, table: dict[str, Any]) -> None:
        times = table["at"] if isinstance(table["at"], list) else [table["at"]]
        labels = sorted(self.tables["event"])
        values = {key: self.formula(text) for key, text in table["changes"].items()}
        for k, text in enumerate(times):
            moment = parse(text)
            made = self.file.createEvent()
            made.setId(self.free(label if len(times) == 1 else f"{label}_{k + 1}"))
            made.setName(table.get("meaning", label))
            made.setUseValuesFromTriggerTime(False)
            trigger = made.createTrigger()
            trigger.setInitialValue(False)
            trigger.setPersistent(True)
            trigger.setMath(_math(apply(">=", Node("time"), moment)))
            if len(labels) > 1:  # events of one moment follow one another by name
                priority = made.createPriority()
                priority.setMath(_math(number(len(labels) - labels.index(label))))
            for key, formula in values.items():
                assignment = made.createEventAssignment()
                assignment.setVariable(key)
                assignment.setMath(_math(formula))


def write_sbml(model: Model, path: str | Path, overwrite: bool = False) -> None:
    """`export_sbml` into a file that is free or, with `overwrite`, that neocol wrote."""
    from neocol import output

    text = export_sbml(model)
    output.check_free(path, overwrite)
    head, _, rest = text.partition("\n")
    output.put(path, f"{head}\n<!-- By neocol model export. -->\n{rest}")
