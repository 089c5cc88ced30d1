"""The small changes that a C++ source can be given, one at a time.

The source is read as clang-format leaves it: binary operators stand between blanks, brackets of
templates do not; a statement on one line ends it with a semicolon.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterator

SWAPS = {
    "<": "<=",
    "<=": "<",
    ">": ">=",
    ">=": ">",
    "==": "!=",
    "!=": "==",
    "&&": "||",
    "||": "&&",
    "+": "-",
    "-": "+",
    "*": "/",
    "/": "*",
    "+=": "-=",
    "-=": "+=",
    "*=": "/=",
    "/=": "*=",
}
HIDDEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-zA-Z_])'(?:\\.|[^'\\\n])+'|^[ \t]*#(?:\\\n|[^\n])*",
    re.DOTALL | re.MULTILINE,
)
OPERATOR = re.compile(
    r"(?<= )(?:%s)(?= )" % "|".join(re.escape(o) for o in sorted(SWAPS, key=len, reverse=True))
)
NUMBER = re.compile(r"(?<![\w.'])(?:\d[\d']*(?:\.\d*)?(?:[eE][+-]?\d+)?)[uUlLfFzZ]*(?![\w.'])")
CONDITION = re.compile(r"^ *(?:\} else )?if \((?P<what>[^;\n]*)\)(?: \{| [^\n]*;)?$", re.MULTILINE)
RETURN = re.compile(r"^ *(?:[^\n/]*\) )?return (?P<what>[^;\n]+);$", re.MULTILINE)
# An assignment to what is there already, or a call; the line before has ended.
STATEMENT = re.compile(
    r"(?<=[;{}:)\n]\n) +(?P<what>(?:[\w.\[\]()]|->|::)+"
    r"(?: [-+*/]?= [^;\n]+|\([^;\n]*\)|(?:\+\+|--))|(?:\+\+|--)[\w.\[\]]+);$",
    re.MULTILINE,
)
# Returned values that `{}` equals.
EMPTY = ("{}", "0", "0.0", "nullptr", "std::nullopt", "*this")
NOT_STATEMENTS = ("return", "static_assert", "using", "throw", "break", "continue", "case")


@dataclass(frozen=True)
class Change:
    """Text of a source, from a position on, and what stands there instead."""

    start: int
    before: str
    after: str
    kind: str

    def applied(self, text: str) -> str:
        """The source with this change."""
        end = self.start + len(self.before)
        if text[self.start : end] != self.before:
            raise ValueError(f"'{self.before}' does not stand at {self.start}")
        return text[: self.start] + self.after + text[end:]

    def line(self, text: str) -> int:
        """The line it is on, from 1."""
        return text.count("\n", 0, self.start) + 1

    def __str__(self) -> str:
        return f"{self.kind}: {self.before} -> {self.after or '(nothing)'}"


def without_words(text: str) -> str:
    """The source with blanks for comments, texts, characters and lines of the preprocessor."""
    return HIDDEN.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)


def closed(text: str) -> bool:
    """True if every bracket that opens in it closes in it."""
    depth = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if depth < 0:
            return False
    return depth == 0


def changes(text: str) -> list[Change]:
    """All changes of a source, in the order of their places."""
    code = without_words(text)
    found = [
        *operators(code),
        *numbers(code),
        *conditions(code, text),
        *values(code, text),
        *statements(code, text),
    ]
    return sorted(found, key=lambda change: (change.start, change.kind, change.after))


def operators(code: str) -> Iterator[Change]:
    """Comparisons, logic and arithmetic."""
    for match in OPERATOR.finditer(code):
        yield Change(match.start(), match.group(), SWAPS[match.group()], "operator")


def numbers(code: str) -> Iterator[Change]:
    """Constants, by one up and down."""
    for match in NUMBER.finditer(code):
        for sign in "+-":
            yield Change(match.start(), match.group(), f"({match.group()} {sign} 1)", "constant")


def conditions(code: str, text: str) -> Iterator[Change]:
    """Conditions of an `if`, negated."""
    for match in CONDITION.finditer(code):
        start, end = match.span("what")
        # Of `if (a) f(b);` the bracket that closes the condition is not the last one.
        depth = 1
        for i in range(start, end + 1):
            depth += (code[i] == "(") - (code[i] == ")")
            if depth == 0:
                end = i
                break
        if depth == 0:
            what = text[start:end]
            yield Change(start, what, f"!({what})", "condition")


def values(code: str, text: str) -> Iterator[Change]:
    """What is returned: the other truth, or the value that its type begins with."""
    opposite = {"true": "false", "false": "true"}
    for match in RETURN.finditer(code):
        start, end = match.span("what")
        what = text[start:end]
        if what not in EMPTY and closed(code[start:end]):
            yield Change(start, what, opposite.get(what, "{}"), "returned value")


def statements(code: str, text: str) -> Iterator[Change]:
    """Statements of one line, dropped."""
    for match in STATEMENT.finditer(code):
        start, end = match.span("what")
        what = text[start:end]
        if closed(code[start:end]) and not what.startswith(NOT_STATEMENTS):
            yield Change(start, what, "", "statement")
