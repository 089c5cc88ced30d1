#!/usr/bin/python3
"""mutate.py finds the changes it is there to find, tries each once and leaves the source as it was."""

import os
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from changes import changes
from mutate import Memory, Tree, called, layer_of, mutants, run


def lines(text):
    """Every mutant of a source, as its lines that differ."""
    found = []
    for change in changes(text):
        before, after = text.splitlines(), change.applied(text).splitlines()
        found += [new.strip() for old, new in zip(before, after) if old != new]
    return found


class Changes(unittest.TestCase):
    def test_operators_are_exchanged_for_their_neighbours(self):
        self.assertEqual(
            lines("a < b && c >= d;\n"),
            ["a <= b && c >= d;", "a < b || c >= d;", "a < b && c > d;"],
        )
        self.assertEqual(lines("x = y - z / w;\n")[-2:], ["x = y + z / w;", "x = y - z * w;"])

    def test_brackets_of_templates_pointers_and_references_are_no_operators(self):
        self.assertEqual(lines("std::vector<double>& f(const char* a, T&& b);\n"), [])

    def test_constants_move_by_one(self):
        self.assertEqual(
            lines("f(x_2, 0.5, y[3U]);\n"),
            [
                "f(x_2, (0.5 + 1), y[3U]);",
                "f(x_2, (0.5 - 1), y[3U]);",
                "f(x_2, 0.5, y[(3U + 1)]);",
                "f(x_2, 0.5, y[(3U - 1)]);",
            ],
        )

    def test_words_are_left_alone(self):
        source = '#if a < 3\n// a < 3\nf("a < 3", \'<\', R"(a < 3)");  /* a < 3 */\n'
        self.assertEqual(lines(source), [])

    def test_conditions_are_negated_up_to_their_own_bracket(self):
        source = "    if (done(a)) stop(b);\n    if (ready) {\n"
        self.assertEqual(lines(source), ["if (!(done(a))) stop(b);", "if (!(ready)) {"])

    def test_statements_are_dropped_and_declarations_are_not(self):
        source = "{\n    int n = m;\n    n += m;\n    state.clear();\n    ++n;\n    n = f(a,\n          b);\n"
        self.assertEqual(lines(source), [";", "n -= m;", ";", ";"])

    def test_returned_values_are_emptied_or_the_other_truth(self):
        self.assertEqual(lines("    return true;\n"), ["return false;"])
        self.assertEqual(lines("    if (a) return f(b);\n")[-1:], ["if (a) return {};"])
        self.assertEqual(lines("    return {};\n    return std::nullopt;\n"), [])


class FakeTree:
    """Builds all but divisions; `test_core_b` fails for what is not `sum < a + b`."""

    def __init__(self, folder):
        self.folder = folder
        self.tried = []

    def tests(self, layer):
        return [f"test_{layer}_a", f"test_{layer}_b"]

    def source(self):
        return (self.folder / "src/core/a.cpp").read_text()

    def compile(self, target, cached=False):
        return "/" not in self.source()

    def passes(self, test, seconds):
        if test.endswith("_b"):
            self.tried.append(self.source())
        return not test.endswith("_b") or "< a + b" in self.source()


class Runs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.source = self.folder / "src/core/a.cpp"
        self.source.parent.mkdir(parents=True)
        self.text = "return sum < a + b && c * d;\n"
        self.source.write_text(self.text)

    def outcomes(self, seconds=60.0, again=False):
        tree = FakeTree(self.folder)
        memory = Memory(self.folder / "done.jsonl")
        wanted = mutants(self.folder, ["src/core/a.cpp"], 3)
        found = [
            (str(mutant.change), outcome)
            for mutant, outcome in run(tree, wanted, memory, seconds, again)
        ]
        return dict(found)

    def test_what_became_of_each_is_said_and_the_source_is_as_it_was(self):
        self.assertEqual(
            self.outcomes(),
            {
                "operator: < -> <=": "killed by test_core_b",
                "operator: + -> -": "killed by test_core_b",
                "operator: && -> ||": "survived",
                "operator: * -> /": "not built",
                "returned value: sum < a + b && c * d -> {}": "killed by test_core_b",
            },
        )
        self.assertEqual(self.source.read_text(), self.text)

    def test_none_is_tried_twice_until_it_is_asked_for(self):
        self.assertEqual(len(self.outcomes()), 5)
        self.assertEqual(self.outcomes(), {})
        self.assertEqual(self.outcomes(again=True), {"operator: && -> ||": "survived"})

    def test_a_mutant_is_known_after_lines_above_it_moved(self):
        self.outcomes()
        self.source.write_text("int more;\n" + self.text)
        self.assertEqual(self.outcomes(), {})

    def test_no_mutant_begins_after_the_time(self):
        self.assertEqual(self.outcomes(seconds=0.0), {})

    def test_the_order_follows_from_the_seed(self):
        def order(seed):
            return [m.key for m in mutants(self.folder, ["src/core/a.cpp"], seed)]

        self.assertEqual(order(1), order(1))
        self.assertNotEqual(order(1), order(2))

    def test_a_source_that_fails_unchanged_ends_it(self):
        self.source.write_text("return a + b;\n")
        with self.assertRaisesRegex(SystemExit, "test_core_b fails without a change"):
            self.outcomes()

    def test_a_file_of_no_layer_is_refused(self):
        self.assertEqual(layer_of("include/neocol/solver/stepper.hpp"), "solver")
        with self.assertRaisesRegex(SystemExit, "of no layer"):
            layer_of("tests/test_main.cpp")


class Copies(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.user, self.work = Path(folder.name) / "user", Path(folder.name) / "work"
        self.user.mkdir()
        self.work.mkdir()
        subprocess.run(["git", "init", "--quiet", self.user], check=True)
        (self.user / "a.cpp").write_text("a\n")
        (self.user / "b.cpp").write_text("b\n")

    def test_what_an_interrupted_call_left_is_put_right_and_the_rest_keeps_its_time(self):
        Tree(self.work, self.user)
        (self.work / "a.cpp").write_text("mutant\n")
        os.utime(self.work / "b.cpp", (1, 1))
        Tree(self.work, self.user)
        self.assertEqual((self.work / "a.cpp").read_text(), "a\n")
        self.assertEqual((self.work / "b.cpp").stat().st_mtime, 1)

    def test_what_the_user_removed_goes(self):
        Tree(self.work, self.user)
        (self.user / "b.cpp").unlink()
        Tree(self.work, self.user)
        self.assertFalse((self.work / "b.cpp").exists())

    def test_a_command_that_takes_too_long_ends_with_its_children(self):
        late = self.work / "late"
        end = called(["sh", "-c", f"(sleep 1; touch {late}) & wait"], self.work, 0.2)
        self.assertEqual(end.returncode, 1)
        time.sleep(1.5)
        self.assertFalse(late.exists())


if __name__ == "__main__":
    unittest.main()
