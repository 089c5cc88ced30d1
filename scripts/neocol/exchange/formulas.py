"""Formulas of SBML as trees: read from MathML, evaluated, written as neocol has them.

SBML knows functions and conditions that neocol's expressions lack. What can be said otherwise is
rewritten (`log10`, `tan`, `root`); all else is `NotCarried`, which names it.
"""
from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import libsbml

AVOGADRO = 6.02214179e23  # what SBML level 3 says it is
MOST_NODES = 200_000  # of one model's formulas, functions put in


class NotCarried(Exception):
    """A part of a file that neocol's language has no words for."""


@dataclass(frozen=True)
class Node:
    """A formula: `op` is "number", "name", "time", "true", "false" or what is done to `parts`.

    `text` is the name of a name, or of the function of a "call"; `value` that of a number.
    """

    op: str
    parts: tuple[Node, ...] = ()
    text: str = ""
    value: float = 0.0

    def __iter__(self) -> Iterator[Node]:
        """The node and all below it."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(node.parts)

    def names(self) -> set[str]:
        """Names of values in it."""
        return {node.text for node in self if node.op == "name"}


def number(value: float) -> Node:
    return Node("number", value=float(value))


def name(text: str) -> Node:
    return Node("name", text=text)


def apply(op: str, *parts: Node) -> Node:
    return Node(op, parts)


TIME = Node("time")
_ONE_PART = ("exp", "sin", "cos", "tan", "tanh", "abs", "sinh", "cosh", "floor", "ceiling")
_OPS = {
    libsbml.AST_PLUS: "+",
    libsbml.AST_MINUS: "-",
    libsbml.AST_TIMES: "*",
    libsbml.AST_DIVIDE: "/",
    libsbml.AST_POWER: "^",
    libsbml.AST_FUNCTION_POWER: "^",
    libsbml.AST_FUNCTION_LN: "ln",
    libsbml.AST_FUNCTION_LOG: "log",
    libsbml.AST_FUNCTION_ROOT: "root",
    libsbml.AST_FUNCTION_PIECEWISE: "piecewise",
    libsbml.AST_FUNCTION_MIN: "min",
    libsbml.AST_FUNCTION_MAX: "max",
    libsbml.AST_FUNCTION_QUOTIENT: "quotient",
    libsbml.AST_FUNCTION_REM: "rem",
    libsbml.AST_FUNCTION_FACTORIAL: "factorial",
    libsbml.AST_FUNCTION_DELAY: "delay",
    libsbml.AST_FUNCTION_RATE_OF: "rateOf",
    libsbml.AST_LOGICAL_AND: "and",
    libsbml.AST_LOGICAL_OR: "or",
    libsbml.AST_LOGICAL_NOT: "not",
    libsbml.AST_LOGICAL_XOR: "xor",
    libsbml.AST_LOGICAL_IMPLIES: "implies",
    libsbml.AST_RELATIONAL_EQ: "==",
    libsbml.AST_RELATIONAL_NEQ: "!=",
    libsbml.AST_RELATIONAL_LT: "<",
    libsbml.AST_RELATIONAL_LEQ: "<=",
    libsbml.AST_RELATIONAL_GT: ">",
    libsbml.AST_RELATIONAL_GEQ: ">=",
    libsbml.AST_CONSTANT_TRUE: "true",
    libsbml.AST_CONSTANT_FALSE: "false",
}
for _stem in ("SIN", "COS", "TAN", "SEC", "CSC", "COT"):
    for _form, _word in (("", ""), ("ARC", "arc")):
        for _tail in ("", "H"):
            _OPS[getattr(libsbml, f"AST_FUNCTION_{_form}{_stem}{_tail}")] = (
                _word + _stem.lower() + _tail.lower()
            )
for _stem in ("EXP", "ABS", "FLOOR", "CEILING"):
    _OPS[getattr(libsbml, f"AST_FUNCTION_{_stem}")] = _stem.lower()
RELATIONS = ("==", "!=", "<", "<=", ">", ">=")


def read(math_node: libsbml.ASTNode | None, where: str) -> Node:
    """A formula from libSBML's tree. Raises NotCarried where there is none, or what is in it is
    neither a number nor a function of the core of SBML."""
    if math_node is None:
        raise NotCarried(f"{where} has no formula")
    kind = math_node.getType()
    if kind == libsbml.AST_INTEGER:
        return number(math_node.getInteger())
    if kind in (libsbml.AST_REAL, libsbml.AST_REAL_E):
        return number(math_node.getReal())
    if kind == libsbml.AST_RATIONAL:
        return apply("/", number(math_node.getNumerator()), number(math_node.getDenominator()))
    if kind == libsbml.AST_NAME:
        return name(math_node.getName())
    if kind == libsbml.AST_NAME_TIME:
        return TIME
    if kind == libsbml.AST_NAME_AVOGADRO:
        return number(AVOGADRO)
    if kind == libsbml.AST_CONSTANT_PI:
        return number(math.pi)
    if kind == libsbml.AST_CONSTANT_E:
        return number(math.e)
    parts = tuple(read(math_node.getChild(k), where) for k in range(math_node.getNumChildren()))
    if kind == libsbml.AST_FUNCTION:
        return Node("call", parts, text=math_node.getName())
    if kind in _OPS:
        return _plain(Node(_OPS[kind], parts), where)
    raise NotCarried(f"{where} has something that is no formula of SBML's core")


def _plain(node: Node, where: str) -> Node:
    """Sums and products of one part or none, as SBML means them."""
    if node.op in ("+", "*", "and", "or", "xor") and len(node.parts) < 2:
        if node.parts:
            return node.parts[0]
        none = {"+": number(0), "*": number(1), "and": Node("true")}
        return none.get(node.op, Node("false"))
    least = {"-": 1, "/": 2, "^": 2, "log": 2, "root": 2, "min": 1, "max": 1, "piecewise": 1}
    most = {"-": 2, "/": 2, "^": 2, "log": 2, "root": 2}
    if node.op == "log" and len(node.parts) == 1:
        return Node("log", (number(10), *node.parts))
    if node.op == "root" and len(node.parts) == 1:
        return Node("root", (number(2), *node.parts))
    if len(node.parts) < least.get(node.op, 0) or len(node.parts) > most.get(node.op, 1 << 30):
        raise NotCarried(f"{where}: '{node.op}' of {len(node.parts)} arguments")
    return node


def replace(node: Node, change: Callable[[Node], Node | None]) -> Node:
    """The formula with what `change` gives for a node in its place, from the leaves up."""
    parts = tuple(replace(part, change) for part in node.parts)
    if any(new is not old for new, old in zip(parts, node.parts)):
        node = Node(node.op, parts, node.text, node.value)
    return change(node) or node


def substitute(node: Node, values: Mapping[str, Node]) -> Node:
    """The formula with formulas in place of names."""
    return replace(node, lambda part: values.get(part.text) if part.op == "name" else None)


_SIMPLE: dict[str, Callable[..., float]] = {
    "/": lambda a, b: a / b,
    "exp": math.exp,
    "ln": math.log,
    "log": lambda base, x: math.log(x) / math.log(base) if base != 10 else math.log10(x),
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "arcsin": math.asin,
    "arccos": math.acos,
    "arctan": math.atan,
    "arcsinh": math.asinh,
    "arccosh": math.acosh,
    "arctanh": math.atanh,
    "abs": abs,
    "floor": math.floor,
    "ceiling": math.ceil,
    "root": lambda degree, x: -((-x) ** (1 / degree))
    if x < 0 and degree % 2 == 1
    else x ** (1 / degree),
    "factorial": lambda x: math.gamma(x + 1),
    "quotient": lambda a, b: math.trunc(a / b),
    "rem": math.fmod,
    "min": lambda *x: min(x),
    "max": lambda *x: max(x),
    "==": lambda *x: float(all(a == b for a, b in zip(x, x[1:]))),
    "!=": lambda a, b: float(a != b),
    "<": lambda *x: float(all(a < b for a, b in zip(x, x[1:]))),
    "<=": lambda *x: float(all(a <= b for a, b in zip(x, x[1:]))),
    ">": lambda *x: float(all(a > b for a, b in zip(x, x[1:]))),
    ">=": lambda *x: float(all(a >= b for a, b in zip(x, x[1:]))),
    "and": lambda *x: float(all(x)),
    "or": lambda *x: float(any(x)),
    "xor": lambda *x: float(sum(map(bool, x)) % 2),
    "not": lambda x: float(not x),
    "implies": lambda a, b: float(not a or bool(b)),
    "true": lambda: 1.0,
    "false": lambda: 0.0,
}


def evaluate(node: Node, values: Callable[[str], float | None], time: float | None) -> float | None:
    """Value of a formula, None if it hangs on what has none; infinite or not a number where the
    arithmetic is. Calls must have been put in."""
    if node.op == "number":
        return node.value
    if node.op == "name":
        return values(node.text)
    if node.op == "time":
        return time
    if node.op == "piecewise":
        return _choice(node, values, time)
    of_parts = [evaluate(part, values, time) for part in node.parts]
    parts = [value for value in of_parts if value is not None]
    if len(parts) < len(of_parts):
        return None
    try:
        return _arithmetic(node.op, parts)
    except (ValueError, ZeroDivisionError):
        return math.nan
    except OverflowError:
        return math.inf


def _arithmetic(op: str, parts: list[float]) -> float | None:
    if op == "+":
        return math.fsum(parts) if len(parts) > 2 else parts[0] + parts[1]
    if op == "*":
        return math.prod(parts)
    if op == "-":
        return -parts[0] if len(parts) == 1 else parts[0] - parts[1]
    if op == "/" and parts[1] == 0 and parts[0] != 0:
        return math.copysign(math.inf, parts[0])
    if op == "^":
        power = parts[0] ** parts[1]
        return math.nan if isinstance(power, complex) else power
    reciprocal = {"sec": "cos", "csc": "sin", "cot": "tan"}
    for outer, inner in reciprocal.items():
        for tail in ("", "h"):
            if op == outer + tail:
                return 1 / _SIMPLE[inner + tail](*parts)
            if op == "arc" + outer + tail:
                return _SIMPLE["arc" + inner + tail](1 / parts[0])
    made = _SIMPLE.get(op)
    if made is None:
        return None
    value = made(*parts)
    return math.nan if isinstance(value, complex) else float(value)


def _choice(node: Node, values: Callable[[str], float | None], time: float | None) -> float | None:
    for piece, condition in zip(node.parts[::2], node.parts[1::2]):
        holds = evaluate(condition, values, time)
        if holds is None:
            return None
        if holds:
            return evaluate(piece, values, time)
    if len(node.parts) % 2 == 0:
        return math.nan
    return evaluate(node.parts[-1], values, time)


def conditions(node: Node) -> Iterator[Node]:
    """The outermost conditions in a formula."""
    if node.op in (*RELATIONS, "and", "or", "xor", "not", "implies", "true", "false"):
        yield node
        return
    for part in node.parts:
        yield from conditions(part)


# ---- as neocol writes it ----

_SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(5)


def number_text(value: float) -> str:
    """A number that reads back to the same bits."""
    if not math.isfinite(value):
        raise NotCarried(f"the number {value}")
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return repr(value)


class Writer:
    """Formulas as text of neocol's expressions.

    `names` spells a name, `time` is what stands for the time; `constant` is the value of a formula
    that never changes, else None; `positive` tells whether a base of a power is never below 0;
    `folded` is called with an exponent that was written as its number.
    """

    def __init__(
        self,
        names: Callable[[str], str],
        time: str,
        constant: Callable[[Node], float | None],
        positive: Callable[[Node], bool],
        folded: Callable[[str, float], None],
    ) -> None:
        self._names, self._time, self._constant = names, time, constant
        self._positive, self._folded = positive, folded

    def __call__(self, node: Node) -> str:
        return self._write(node, _SUM)

    def factor(self, node: Node) -> str:
        """The formula as a factor of a product."""
        return self._write(node, _PRODUCT)

    def _write(self, node: Node, least: int) -> str:
        text, rank = self._ranked(node)
        return text if rank >= least else f"({text})"

    def _call(self, function: str, *parts: Node) -> tuple[str, int]:
        return f"{function}({', '.join(self(part) for part in parts)})", _ATOM

    def _ranked(self, node: Node) -> tuple[str, int]:
        op, parts = node.op, node.parts
        if op == "number":
            return number_text(node.value), _ATOM if node.value >= 0 else _SIGN
        if op == "name":
            return self._names(node.text), _ATOM
        if op == "time":
            return self._time, _PRODUCT if "*" in self._time else _ATOM
        if op == "call":
            return self._call(self._names(node.text), *parts)
        if op == "+":
            return " + ".join(self._write(part, _PRODUCT) for part in parts), _SUM
        if op == "-" and len(parts) == 1:
            return "-" + self._write(parts[0], _POWER), _SIGN
        if op == "-":
            return f"{self._write(parts[0], _SUM)} - {self._write(parts[1], _PRODUCT)}", _SUM
        if op == "*":
            first, *others = parts
            return (
                "*".join(
                    [self._write(first, _PRODUCT), *(self._write(part, _POWER) for part in others)]
                ),
                _PRODUCT,
            )
        if op == "/":
            return f"{self._write(parts[0], _PRODUCT)}/{self._write(parts[1], _POWER)}", _PRODUCT
        if op == "^":
            return self._power(*parts)
        return self._function(node)

    def _power(self, base: Node, exponent: Node) -> tuple[str, int]:
        value = self._constant(exponent)
        whole = value is not None and value == round(value) and abs(value) < 1000
        if whole and exponent.op != "number" and not self._positive(base):
            assert value is not None
            self._folded(self(exponent), value)
            exponent = number(value)
        if exponent.op == "number" and exponent.value == 0:
            return "1", _ATOM
        if exponent.op == "number" and exponent.value < 0:
            inverse = self._power(base, number(-exponent.value))[0]
            return f"1/{inverse}", _PRODUCT
        if exponent.op == "number" and exponent.value == 1:
            return self._write(base, _ATOM), _ATOM
        return f"{self._write(base, _ATOM)}^{self._write(exponent, _ATOM)}", _POWER

    def _function(self, node: Node) -> tuple[str, int]:
        op, parts = node.op, node.parts
        if op in ("exp", "sin", "cos", "tanh", "abs"):
            return self._call(op, *parts)
        if op == "ln":
            return self._call("log", *parts)
        if op == "log":
            return self._ranked(apply("/", apply("ln", parts[1]), apply("ln", parts[0])))
        if op == "root":
            if parts[0].op == "number" and parts[0].value == 2:
                return self._call("sqrt", parts[1])
            return self._power(parts[1], apply("/", number(1), parts[0]))
        if op in ("min", "max"):
            if len(parts) == 1:
                return self._ranked(parts[0])
            if len(parts) > 2:
                return self._ranked(apply(op, parts[0], Node(op, parts[1:])))
            return self._call(op, *parts)
        rewritten = _in_other_words(node)
        if rewritten is not None:
            return self._ranked(rewritten)
        value = self._constant(node)
        if value is not None:
            self._folded(f"{op}(...)", value)
            return self._ranked(number(value))
        raise NotCarried(f"'{op}', which neocol's expressions lack")


def _in_other_words(node: Node) -> Node | None:
    """What neocol lacks by what it has; None if that cannot be."""
    op, parts = node.op, node.parts
    if op == "piecewise" and len(parts) == 3:
        return extremum(*parts)
    if op == "tan":
        return apply("/", apply("sin", *parts), apply("cos", *parts))
    if op in ("sinh", "cosh"):
        rise, fall = apply("exp", *parts), apply("exp", apply("-", *parts))
        return apply("/", apply("-" if op == "sinh" else "+", rise, fall), number(2))
    for outer, inner in {"sec": "cos", "csc": "sin", "cot": "tan"}.items():
        for tail in ("", "h"):
            if op == outer + tail:
                return apply("/", number(1), apply(inner + tail, *parts))
    if op == "arcsinh":
        root = apply("root", number(2), apply("+", apply("^", parts[0], number(2)), number(1)))
        return apply("ln", apply("+", parts[0], root))
    return None


def extremum(piece: Node, condition: Node, otherwise: Node) -> Node | None:
    """min or max, where a choice between two formulas is by their order."""
    if condition.op not in ("<", "<=", ">", ">=") or len(condition.parts) != 2:
        return None
    left, right = condition.parts
    smaller_first = condition.op in ("<", "<=")
    if (piece, otherwise) == (left, right):
        return apply("min" if smaller_first else "max", left, right)
    if (piece, otherwise) == (right, left):
        return apply("max" if smaller_first else "min", left, right)
    return None
