"""Solutions of SBML models that share no code with neocol's importer: libSBML's text of formulas as
Python, integrated by SciPy. For models whose compartments change by time alone if at all, and with
events at times that the caller names."""
from __future__ import annotations

import math
import re
from pathlib import Path

import libsbml
import numpy as np
from scipy.integrate import solve_ivp


def piecewise(*parts):
    """Value of the first piece whose condition holds, else the last."""
    for value, condition in zip(parts[::2], parts[1::2]):
        if condition:
            return value
    return parts[-1]


BUILT_IN = {
    "piecewise": piecewise,
    "ln": math.log,
    "log10": math.log10,
    "exp": math.exp,
    "sqrt": math.sqrt,
    "pow": pow,
    "abs": abs,
    "tanh": math.tanh,
    "sin": math.sin,
    "cos": math.cos,
    "min": min,
    "max": max,
    "pi": math.pi,
    "exponentiale": math.e,
}


def python(formula: libsbml.ASTNode):
    """Compiled Python of a formula."""
    text = libsbml.formulaToL3String(formula)
    text = text.replace("^", "**").replace("&&", " and ").replace("||", " or ")
    text = re.sub(r"\blambda\b", "lambda_", text)
    return compile(text, "formula", "eval")


class Reference:
    """The initial value problem of an SBML file; species as amounts."""

    def __init__(self, path: Path) -> None:
        self.document = libsbml.readSBMLFromFile(str(path))
        model = self.model = self.document.getModel()
        self.scope = dict(BUILT_IN)
        for function in model.getListOfFunctionDefinitions():
            arguments = [
                function.getArgument(k).getName() for k in range(function.getNumArguments())
            ]
            body = libsbml.formulaToL3String(function.getBody()).replace("^", "**")
            self.scope[function.getId()] = eval(
                f"lambda {', '.join(arguments)}: {body}", self.scope
            )
        self.rules, self.rates = [], {}
        for rule in model.getListOfRules():
            if rule.isAssignment():
                self.rules.append((rule.getVariable(), python(rule.getMath())))
            else:
                self.rates[rule.getVariable()] = python(rule.getMath())
        given = {variable for variable, _ in self.rules}
        self.volume = {c.getId(): c.getSize() for c in model.getListOfCompartments()}
        self.species = {s.getId(): s for s in model.getListOfSpecies() if s.getId() not in given}
        self.constants = {p.getId(): p.getValue() for p in model.getListOfParameters()}
        self.constants.update(self.volume)
        self.sizes = [(v, code) for v, code in self.rules if v in self.volume]
        events = {
            a.getVariable() for e in model.getListOfEvents() for a in e.getListOfEventAssignments()
        }
        self.unknowns = [
            *self.species,
            *(k for k in [*self.rates, *sorted(events)] if k not in self.species),
        ]
        self.laws = []
        for reaction in model.getListOfReactions():
            law = reaction.getKineticLaw()
            local = {p.getId(): p.getValue() for p in law.getListOfParameters()}
            changes = [
                (r.getSpecies(), -r.getStoichiometry()) for r in reaction.getListOfReactants()
            ]
            changes += [
                (r.getSpecies(), r.getStoichiometry()) for r in reaction.getListOfProducts()
            ]
            moved = [(s, n) for s, n in changes if s in self.species]
            moved = [(s, n) for s, n in moved if not self.species[s].getBoundaryCondition()]
            self.laws.append((reaction.getId(), python(law.getMath()), local, moved))
        self.index = {unknown: k for k, unknown in enumerate(self.unknowns)}

    def values(self, time: float, y: np.ndarray) -> dict[str, float]:
        """Everything that has a value, by identifier; species as their names mean them."""
        values = {**self.scope, **self.constants, "time": time, "t": time}
        for place, code in self.sizes:
            self.volume[place] = values[place] = eval(code, values)
        for unknown, amount in zip(self.unknowns, y):
            species = self.species.get(unknown)
            in_amount = species is None or species.getHasOnlySubstanceUnits()
            values[unknown] = (
                amount if in_amount else amount / self.volume[species.getCompartment()]
            )
        waiting = list(self.rules)
        while waiting:  # rules in any order
            later = []
            for variable, code in waiting:
                if set(code.co_names) & {v for v, _ in waiting if v != variable}:
                    later.append((variable, code))
                else:
                    values[variable] = eval(code, values)
            assert len(later) < len(waiting)
            waiting = later
        return values

    def start(self) -> np.ndarray:
        y = np.zeros(len(self.unknowns))
        self.values(0.0, y)  # sizes of compartments at the start
        for unknown, k in self.index.items():
            species = self.species.get(unknown)
            if species is None:
                y[k] = self.constants[unknown]
            elif species.isSetInitialAmount():
                y[k] = species.getInitialAmount()
            else:
                y[k] = species.getInitialConcentration() * self.volume[species.getCompartment()]
        assignments = list(self.model.getListOfInitialAssignments())
        for _ in assignments:  # each may need another
            for assignment in assignments:
                symbol = assignment.getSymbol()
                value = eval(python(assignment.getMath()), self.values(0.0, y))
                self.put(y, symbol, value)
        return y

    def put(self, y: np.ndarray, symbol: str, value: float) -> None:
        if symbol not in self.index:
            self.constants[symbol] = value
            return
        species = self.species.get(symbol)
        in_amount = species is None or species.getHasOnlySubstanceUnits()
        y[self.index[symbol]] = (
            value if in_amount else value * self.volume[species.getCompartment()]
        )

    def rate(self, time: float, y: np.ndarray) -> np.ndarray:
        values = self.values(time, y)
        rate = np.zeros_like(y)
        for identifier, code, local, changes in self.laws:
            speed = eval(code, {**values, **local})
            for species, n in changes:
                rate[self.index[species]] += n * speed
        for variable, code in self.rates.items():
            self.put(rate, variable, eval(code, values))
        return rate

    def solve(self, times: np.ndarray, breaks: tuple[float, ...] = ()) -> list[dict[str, float]]:
        """Values at times; events are looked at just after every break."""
        y, now, answers = self.start(), 0.0, [self.values(0.0, self.start())]
        sizes = np.abs(y).max()
        for stop in sorted({*breaks, times[-1]}):
            inside = [time for time in times if now < time <= stop]
            made = solve_ivp(
                self.rate,
                (now, stop),
                y,
                method="LSODA",
                rtol=1e-10,
                atol=1e-14 * (sizes or 1.0),
                t_eval=sorted({*inside, stop}),
            )
            assert made.success, made.message
            for time, column in zip(made.t, made.y.T):
                if time in inside:
                    answers.append(self.values(time, column))
            y, now = made.y[:, -1].copy(), stop
            for event in self.model.getListOfEvents():
                trigger = python(event.getTrigger().getMath())
                before = eval(trigger, self.values(stop * (1 - 1e-9), y))
                values = self.values(stop * (1 + 1e-9), y)
                if eval(trigger, values) and not before:
                    for assignment in event.getListOfEventAssignments():
                        self.put(
                            y, assignment.getVariable(), eval(python(assignment.getMath()), values)
                        )
        return answers
