"""SBML: models carried over do what the files say, and what cannot be carried is refused."""
from __future__ import annotations

import contextlib
import io
import tempfile
import unittest
from pathlib import Path

import numpy as np
from biomodel_reference import Reference
from neocol.errors import FileError
from neocol.exchange import sbml
from neocol.exchange.sbml_import import import_text
from neocol.verbs import model_import
from semantic_suite import Course, judge

HERE = Path(__file__).parent
BIOMODELS = HERE / "biomodels"
# until, in the unit of the file's time, and the times of its events
CURATED: dict[str, tuple[float, tuple[float, ...]]] = {
    "BIOMD0000000101": (3000.0, (2500.0,)),
    "BIOMD0000000163": (1000.0, ()),
}


def file_of(inside: str, head: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}\n'
        '<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1">'
        f'<model id="m" timeUnits="second">{inside}</model></sbml>'
    ).encode()


def rate_rule(text: str, name: str = "a", more: str = "") -> str:
    """A model of one parameter with a rate in MathML."""
    return (
        f'<listOfParameters><parameter id="{name}" value="1" constant="false"/>{more}'
        f'</listOfParameters><listOfRules><rateRule variable="{name}">'
        f'<math xmlns="http://www.w3.org/1998/Math/MathML">{text}</math></rateRule></listOfRules>'
    )


class Curated(unittest.TestCase):
    def test_biomodels_run_as_scipy_solves_them(self):
        for name, (until, events) in CURATED.items():
            with self.subTest(name):
                path = BIOMODELS / f"{name}.xml"
                imported = sbml.import_sbml(path)
                times = np.linspace(0.0, until, 11)
                course = Course(imported, list(times), 1e-8)
                expected = Reference(path).solve(times, events)
                for identifier in imported.observables:
                    goal = np.array([values[identifier] for values in expected])
                    rows = [course.row(time) for time in course.times]
                    found = np.array([course.value(identifier, row) for row in rows])
                    scale = np.abs(goal).max()
                    self.assertLessEqual(np.abs(found - goal).max(), 1e-5 * scale, identifier)


class Refusals(unittest.TestCase):
    def reasons(self, data: bytes) -> str:
        with self.assertRaises(sbml.Refused) as caught:
            import_text(data, "m.xml")
        return " ".join(caught.exception.reasons)

    def test_what_cannot_be_carried_is_named(self):
        floor = "<apply><floor/><ci>a</ci></apply>"
        self.assertIn("'floor'", self.reasons(file_of(rate_rule(floor))))
        self.assertIn("'b' is used", self.reasons(file_of(rate_rule("<ci>b</ci>"))))
        valueless = '<parameter id="k" constant="true"/>'
        text = self.reasons(file_of(rate_rule("<ci>k</ci>", more=valueless)))
        self.assertIn("'k' has no value", text)

    def test_document_types_and_deep_files_are_not_parsed(self):
        entity = '<!DOCTYPE sbml [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
        self.assertIn("document type", self.reasons(file_of(rate_rule("<cn>1</cn>"), entity)))
        deep = "<apply><minus/>" * 300 + "<ci>a</ci>" + "</apply>" * 300
        self.assertIn("deep", self.reasons(file_of(rate_rule(deep))))
        self.assertIn("no XML", self.reasons(b"\x00\x01 not XML"))

    def test_functions_that_double_are_stopped(self):
        functions = "".join(
            f'<functionDefinition id="f{k}"><math xmlns="http://www.w3.org/1998/Math/MathML">'
            "<lambda><bvar><ci>q</ci></bvar><apply><plus/>"
            + f"<apply><ci>f{k - 1}</ci><ci>q</ci></apply>" * 2
            + "</apply></lambda></math></functionDefinition>"
            for k in range(1, 40)
        )
        first = (
            '<functionDefinition id="f0"><math xmlns="http://www.w3.org/1998/Math/MathML">'
            "<lambda><bvar><ci>q</ci></bvar><ci>q</ci></lambda></math></functionDefinition>"
        )
        inside = f"<listOfFunctionDefinitions>{first}{functions}</listOfFunctionDefinitions>"
        inside += rate_rule("<apply><ci>f39</ci><ci>a</ci></apply>")
        self.assertIn("more than", self.reasons(file_of(inside)))

    def test_large_files_and_folders_are_not_read(self):
        with tempfile.TemporaryDirectory() as folder:
            with self.assertRaises(FileError):
                sbml.import_sbml(folder)


class Names(unittest.TestCase):
    def test_names_become_identifiers_and_clashes_are_named(self):
        more = '<parameter id="_a" value="2" constant="true"/>'
        more += '<parameter id="n_a" value="3" constant="true"/>'
        more += '<parameter id="time" value="4" constant="true"/>'
        imported = import_text(file_of(rate_rule("<ci>_a</ci>", more=more)), "m.xml")
        self.assertEqual(imported.names["n_a"], "n_a")
        self.assertEqual(imported.names["_a"], "n_a_2")
        self.assertEqual(imported.names["time"], "time_")
        self.assertIn("'_a' is 'n_a_2' in neocol", imported.notes)

    def test_controls_in_names_do_not_reach_the_files(self):
        more = '<parameter id="k" name="&#x9b;2J&quot;&#10;[model]" value="2" constant="true"/>'
        imported = import_text(file_of(rate_rule("<ci>k</ci>", more=more)), "m\x1b.xml")
        self.assertNotIn("\x9b", imported.model)
        self.assertNotIn("\x1b", imported.model + imported.scenario)
        self.assertEqual(imported.model.count("\n[model]"), 1)


class Verb(unittest.TestCase):
    def test_files_are_written_or_nothing_is(self):
        with tempfile.TemporaryDirectory() as folder:
            good, bad = Path(folder, "good.xml"), Path(folder, "bad.xml")
            good.write_bytes(file_of(rate_rule("<ci>a</ci>")))
            bad.write_bytes(file_of(rate_rule("<apply><floor/><ci>a</ci></apply>")))
            said = io.StringIO()
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                made = model_import.main([str(good), "-o", str(Path(folder, "good.toml"))])
                refused = model_import.main([str(bad), "-o", str(Path(folder, "bad.toml"))])
            self.assertEqual((made, refused), (0, 3))
            self.assertTrue(Path(folder, "good_scenario.toml").exists())
            self.assertFalse(Path(folder, "bad.toml").exists())
            self.assertIn("floor", said.getvalue())


class SemanticCases(unittest.TestCase):
    def test_cases_of_the_sbml_test_suite(self):
        for folder in sorted((HERE / "semantic").glob("[0-9]*")):
            with self.subTest(folder.name):
                verdict = judge(folder)
                self.assertEqual(verdict.outcome, "pass", verdict.reason)


if __name__ == "__main__":
    unittest.main()
