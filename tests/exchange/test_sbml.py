"""SBML: models carried over do what the files say, and what cannot be carried is refused."""
from __future__ import annotations

import contextlib
import dataclasses
import io
import tempfile
import unittest
from pathlib import Path

import libsbml
import neocol.models
import numpy as np
from biomodel_reference import Reference
from neocol.errors import FileError
from neocol.exchange import sbml
from neocol.exchange.sbml_import import import_text
from neocol.verbs import model_export, model_import
from semantic_suite import Course

HERE = Path(__file__).parent
BIOMODELS = HERE / "biomodels"
# until, in the unit of the file's time; the times of its events; the run's tolerance
CURATED: dict[str, tuple[float, tuple[float, ...], float]] = {
    "BIOMD0000000101": (3000.0, (2500.0,), 1e-9),
    "BIOMD0000000112": (400.0, (), 1e-9),
    "BIOMD0000000163": (1000.0, (), 1e-9),
    "BIOMD0000000342": (1000.0, (), 1e-8),
    "BIOMD0000000447": (10000.0, (), 1e-9),
    "BIOMD0000000499": (20.0, (), 1e-9),
    "BIOMD0000000616": (60.0, (), 1e-9),
    "BIOMD0000000680": (30.0, (), 1e-9),
    "BIOMD0000000681": (60.0, (22.0,), 1e-9),
    "BIOMD0000000714": (100.0, (), 1e-9),
    "BIOMD0000000855": (20.0, (), 1e-9),
    "BIOMD0000000920": (50.0, (), 1e-8),
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
        for name, (until, events, tolerance) in CURATED.items():
            with self.subTest(name):
                path = BIOMODELS / f"{name}.xml"
                imported = sbml.import_sbml(path)
                times = np.linspace(0.0, until, 11)
                course = Course(imported, list(times), tolerance)
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

    def test_a_source_of_two_lines_stays_a_comment(self):
        imported = import_text(file_of(rate_rule("<ci>a</ci>")), "m.xml\n[x]")
        self.assertNotIn("\n[x]", imported.model + imported.scenario)

    def test_controls_in_names_do_not_reach_the_files(self):
        more = '<parameter id="k" name="&#x9b;2J&quot;&#10;[model]" value="2" constant="true"/>'
        imported = import_text(file_of(rate_rule("<ci>k</ci>", more=more)), "m\x1b.xml")
        self.assertNotIn("\x9b", imported.model)
        self.assertNotIn("\x1b", imported.model + imported.scenario)
        self.assertEqual(imported.model.count("\n[model]"), 1)


class Export(unittest.TestCase):
    MODEL = """
[model]
name = "pulse"
title = "A pulse"
stationary = false
balance = "none"
[parameter]
k = { value = "2 d-1", meaning = "loss", source = "chosen", evidence = "design" }
K = { value = "3 ng/mL", meaning = "half", source = "chosen", evidence = "design" }
n = { value = 1.5, meaning = "exponent", source = "chosen", evidence = "design" }
[derived.least]
value = "K/4"
unit = "ng/mL"
meaning = "least"
[species.signal]
unit = "ng/mL"
rest = "none"
scale = "1 ng/mL"
meaning = "signal"
[species.cell]
unit = "cell/mm3"
rest = "none"
scale = "10 cell/mm3"
meaning = "cells"
[initial]
signal = "5 ng/mL"
cell = "0"
[function.answer]
arguments = ["s"]
value = "hill(s, K, n) + max(s/K, 0.1) - (-n^2)*smoothstep(0, 1, s/K)/100"
meaning = "answer"
[process.loss]
rate = "k*signal*(1 + 0.2*sin(2*pi*time*k))"
changes = { signal = -1 }
stops_below = { signal = "least" }
meaning = "loss"
[parameter.birth]
value = "4 cell mm-3 d-1"
meaning = "birth"
source = "chosen"
evidence = "design"
[process.birth_]
rate = "birth*answer(signal)"
changes = { cell = "n" }
meaning = "birth"
[event.dose]
at = ["1 day", "36 h"]
changes = { signal = "signal + 2*K" }
[observable.signal]
value = "signal"
unit = "ng/mL"
meaning = "signal"
[observable.cell]
value = "cell"
unit = "cell/mm3"
meaning = "cells"
"""

    def test_a_model_exported_and_imported_gives_the_same_numbers(self):
        text = sbml.export_sbml(neocol.models.from_text(self.MODEL))
        imported = import_text(text.encode(), "pulse.xml")
        times = list(np.linspace(0.0, 3.0, 13))
        there_and_back = Course(imported, times, 1e-10)
        names = {"signal": "signal", "cell": "cell"}
        own = dataclasses.replace(imported, model=self.MODEL, observables=names)
        own = Course(own, times, 1e-10)
        for name in names:
            goal = np.array([own.value(name, own.row(time)) for time in own.times])
            found = [there_and_back.value(name, there_and_back.row(t)) for t in own.times]
            self.assertLessEqual(np.abs(goal - found).max(), 1e-8 * np.abs(goal).max(), name)
        self.assertGreater(goal.max(), 1.0)

    def test_what_is_written_is_valid_sbml(self):
        text = sbml.export_sbml(neocol.models.from_text(self.MODEL))
        document = libsbml.readSBMLFromString(text)
        document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, False)
        document.checkConsistency()
        errors = [document.getError(k) for k in range(document.getNumErrors())]
        self.assertEqual([e.getMessage() for e in errors if e.isError() or e.isFatal()], [])

    def test_models_that_need_space_are_refused(self):
        spread = self.MODEL + '[transport.signal]\ndiffusivity = "0.1 mm2/d"\n'
        with self.assertRaises(sbml.Refused) as caught:
            sbml.export_sbml(neocol.models.from_text(spread))
        self.assertEqual(caught.exception.reasons, ["it has transport"])
        rest = self.MODEL.replace('balance = "none"', "")
        with self.assertRaises(sbml.Refused):
            sbml.export_sbml(neocol.models.from_text(rest))

    def test_the_verb_writes_a_file_or_says_why_not(self):
        with tempfile.TemporaryDirectory() as folder:
            model, file = Path(folder, "pulse.toml"), Path(folder, "pulse.xml")
            model.write_text(self.MODEL)
            with contextlib.redirect_stdout(io.StringIO()):
                self.assertEqual(model_export.main([str(model), "-o", str(file)]), 0)
            self.assertEqual(sbml.import_sbml(file).title, "A pulse")
            model.write_text(self.MODEL.replace('balance = "none"', ""))
            with contextlib.redirect_stderr(io.StringIO()) as said:
                self.assertEqual(model_export.main([str(model), "-o", str(file)]), 3)
            self.assertIn("residual", said.getvalue())


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
            # What was imported may have been worked on.
            edited = Path(folder, "good.toml")
            edited.write_text(edited.read_text() + "# mine\n")
            words = [str(good), "-o", str(edited)]
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                self.assertEqual(model_import.main(words), 5)
                self.assertTrue(edited.read_text().endswith("# mine\n"))
                self.assertEqual(model_import.main([*words, "--overwrite"]), 0)
            self.assertFalse(edited.read_text().endswith("# mine\n"))
            self.assertIn("--overwrite replaces it", said.getvalue())
            self.assertIn("floor", said.getvalue())


if __name__ == "__main__":
    unittest.main()
