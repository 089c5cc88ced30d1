#!/usr/bin/python3
"""A model of several files runs, is repeated, and says which of them is at fault."""

import unittest

import h5py
from program import DECAY_OF_U, ProgramTest

MODEL = """\
[model]
name = "two"
title = "Two files"
layers = ["epidermis", "papillary_dermis", "reticular_dermis"]
balance = "none"
@INCLUDE@
[model.layer_groups]
dermis = ["papillary_dermis", "reticular_dermis"]
"""
MECHANISM = DECAY_OF_U.replace('rest = "none"', 'in = ["dermis"]\nrest = "none"')
READINGS = """\
[observable.mean]
value = "u"
unit = "ng/mL"
layers = ["dermis"]
meaning = "mean"
"""
SKIN = """\
[skin]
layers = [{name = "epidermis", thickness = "0.1 mm"},
          {name = "papillary_dermis", thickness = "0.1 mm"},
          {name = "reticular_dermis", thickness = "0.3 mm"}]
"""
SCENARIO = f"""\
title = "Two files"
model = "two.toml"
{SKIN}[domain]
geometry = "column"
spacing = "100 um"
[run]
until = "2 day"
"""
STUDY = """\
title = "Rates"
scenario = "s.toml"
[[axis]]
key = "parameters.k"
values = ["0.2 d-1", "0.5 d-1"]
"""
INCLUDE = 'include = ["two/decay.toml", "two/readings.toml"]'


class Includes(ProgramTest):
    def setUp(self):
        super().setUp()
        (self.folder / "two").mkdir()
        self.write("two.toml", MODEL.replace("@INCLUDE@", INCLUDE))
        self.write("two/decay.toml", MECHANISM)
        self.write("two/readings.toml", READINGS)
        self.write("s.toml", SCENARIO)

    def means(self, name):
        with h5py.File(self.folder / name) as file:
            return file["mean"][()].tobytes()

    def test_several_files_give_the_bits_of_one(self):
        self.run_program("run", "s.toml", "--interpreter", "-o", "a.h5", "--quiet")
        for name in ("two/decay.toml", "two/readings.toml"):
            (self.folder / name).unlink()
        # A result holds them all.
        self.run_program("run", "--from", "a.h5", "--interpreter", "-o", "again.h5", "--quiet")
        self.assertEqual(self.means("again.h5"), self.means("a.h5"))
        self.write("two.toml", MODEL.replace("@INCLUDE@\n", "") + MECHANISM + READINGS)
        self.run_program("run", "s.toml", "--interpreter", "-o", "one.h5", "--quiet")
        self.assertEqual(self.means("one.h5"), self.means("a.h5"))

    def test_a_study_keeps_them(self):
        self.write("study.toml", STUDY)
        self.run_program("study", "plan", "study.toml", "-o", "s")
        for path in (self.folder / "two").iterdir():
            path.unlink()
        self.run_program("study", "run", "s", "--quiet")
        self.assertIn("2 complete", self.run_program("study", "status", "s").stdout)

    def test_faults_name_the_file(self):
        self.write("two/decay.toml", MECHANISM.replace("k*u", "k*v"))
        for verb in (("check", "s.toml"), ("model", "check", "two.toml")):
            done = self.run_program(*verb, code=3)
            self.assertRegex(done.stderr, r"two/decay\.toml:13:\d+: error: ")

    def test_what_may_not_be_included(self):
        for include, message in (
            ('include = ["../two.toml"]', "cannot be included"),
            ('include = ["/etc/passwd"]', "cannot be included"),
            ('include = ["two/none.toml"]', "there is no file"),
            ('include = ["two/decay.toml", "two/decay.toml"]', "is there already"),
            ('include = "two/decay.toml"', "include"),
        ):
            with self.subTest(include=include):
                self.write("two.toml", MODEL.replace("@INCLUDE@", include))
                done = self.run_program("model", "check", "two.toml", code=3)
                self.assertIn(message, done.stderr)
        self.write("two.toml", MODEL.replace("@INCLUDE@", INCLUDE))
        self.write("two/readings.toml", READINGS + '[model]\nsummary = "no"\n')
        done = self.run_program("model", "check", "two.toml", code=3)
        self.assertRegex(done.stderr, r"two/readings\.toml:\d+:\d+: error: \[model\] stands in")

    def test_a_model_that_extends_another(self):
        self.run_program("run", "s.toml", "--interpreter", "-o", "a.h5", "--quiet")
        own = (
            '[model]\nname = "more"\ntitle = "More"\nextends = "two"\n'
            '[parameter.dose]\nvalue = 2\nmeaning = "dose"\nsource = "chosen"\n'
            'evidence = "design"\nstep = "topical"\n'
            '[observable.dosed]\nvalue = "dose*u"\nunit = "ng/mL"\nlayers = ["dermis"]\n'
            'meaning = "with the dose"\n'
        )
        self.write("more.toml", own)
        self.write("m.toml", SCENARIO.replace("two.toml", "more.toml"))
        self.run_program("run", "m.toml", "--interpreter", "-o", "m.h5", "--quiet")
        self.assertEqual(self.means("m.h5"), self.means("a.h5"))
        (self.folder / "two.toml").unlink()
        self.run_program("run", "--from", "m.h5", "--interpreter", "-o", "again.h5", "--quiet")
        self.assertEqual(self.means("again.h5"), self.means("m.h5"))
        with h5py.File(self.folder / "m.h5") as file:
            self.assertEqual(file["dosed"][0], 2.0 * file["mean"][0])

        done = self.run_program("model", "check", "more.toml", code=3)
        self.assertRegex(done.stderr, r"more\.toml:4:\d+: error: there is no model 'two' to extend")
        self.write("two.toml", MODEL.replace("@INCLUDE@", INCLUDE))
        self.write("third.toml", own.replace('extends = "two"', 'extends = "more"'))
        done = self.run_program("model", "check", "third.toml", code=3)
        self.assertIn("'more' extends another model itself", done.stderr)
        self.write("more.toml", own + '[parameter.k]\nvalue = "1 d-1"\n')
        done = self.run_program("model", "check", "more.toml", code=3)
        self.assertRegex(done.stderr, r"two/decay\.toml:\d+:\d+: error: 'parameter\.k' is there")
        for name in ("../two", "two.toml", "/etc/passwd"):
            self.write("more.toml", own.replace('"two"', f'"{name}"'))
            done = self.run_program("model", "check", "more.toml", code=3)
            self.assertIn("error", done.stderr)

    def test_what_a_clinician_sets(self):
        step = 'step = "topical"\n'
        dose = (
            '[parameter.dose]\nvalue = 2\nrange = [0, 4]\nmeaning = "dose"\nsource = "chosen"\n'
            f'evidence = "design"\n{step}'
            '[switch.drug]\nvalue = "none"\noptions = ["none", "some"]\nmeaning = "drug"\n'
            f"{step}"
        )
        self.write("two/readings.toml", READINGS.replace('"u"', '"u*(1 + dose*is(drug, some))"'))
        self.write("two/decay.toml", MECHANISM + dose)

        def first(extra, *options):
            self.write("s.toml", SCENARIO + extra)
            self.run_program(
                "run", "s.toml", "--interpreter", "-o", "r.h5", "--overwrite", *options
            )
            with h5py.File(self.folder / "r.h5") as file:
                return float(file["mean"][0])

        none = first("")
        chosen = '[treatment]\ndrug = "some"\ndose = 3\n'
        self.assertAlmostEqual(first(chosen) / none, 4.0)
        self.assertAlmostEqual(first(chosen, "--set", "treatment.dose=1") / none, 2.0)
        self.assertAlmostEqual(first(chosen, "--set", "parameters.drug=none") / none, 1.0)
        for extra, message in (
            ('[treatment]\ndrug = "all"\n', "has no option 'all'"),
            ("[treatment]\ndos = 1\n", "did you mean 'dose'"),
            ("[treatment]\nk = 1\n", "set it in [parameters]"),
            (chosen + "[parameters]\ndose = 1\n", "is set in [treatment] too"),
        ):
            with self.subTest(extra=extra):
                self.write("s.toml", SCENARIO + extra)
                done = self.run_program("check", "s.toml", code=3)
                self.assertIn(message, done.stderr)
        self.write("two/decay.toml", (MECHANISM + dose).replace(step, ""))
        done = self.run_program("check", "s.toml", code=3)
        self.assertIn("offers nothing beside the needles", done.stderr)

    def test_events_before_each_session_where_a_switch_stands(self):
        self.write(
            "two/readings.toml",
            READINGS + '[parameter.lead]\nvalue = "6 h"\nmeaning = "lead"\nsource = "chosen"\n'
            'evidence = "design"\nstep = "topical"\n[switch.cream]\nvalue = "none"\n'
            'options = ["none", "one", "other"]\nmeaning = "cream"\nstep = "topical"\n'
            '[event.put_on]\nbefore_each_session = "lead"\nwhen = { cream = ["one", "other"] }\n'
            'changes = { u = "2*u" }\n',
        )
        course = '[regimen]\nsessions = 2\nspacing = "1 day"\nstart = "@START@"\n'
        hole = 'wound = { shape = "region", fraction = 0.1, from = "0 mm", to = "0.2 mm" }\n'

        def write(start, extra=""):
            self.write("s.toml", SCENARIO + course.replace("@START@", start) + hole + extra)

        def events():
            self.run_program("run", "s.toml", "--interpreter", "-o", "r.h5", "--overwrite")
            with h5py.File(self.folder / "r.h5") as file:
                return [round(24.0 * t, 6) for t in file["events/time"][()]]

        write("0.5 day")
        self.assertEqual(events(), [12.0, 36.0])
        write("0.5 day", '[treatment]\ncream = "other"\n')
        self.assertEqual(events(), [6.0, 12.0, 30.0, 36.0])
        write("0.5 day", '[treatment]\ncream = "one"\nlead = "12 h"\n')
        self.assertEqual(events(), [0.0, 12.0, 24.0, 36.0])
        # Without the cream nothing comes before the run.
        write("0 day")
        self.assertEqual(events(), [0.0, 24.0])
        write("0.2 day", '[treatment]\ncream = "one"\n')
        done = self.run_program("check", "s.toml", code=3)
        self.assertIn("comes 0.25 d before each session", done.stderr)
        self.assertIn("regimen.start", done.stderr)
        self.write("s.toml", SCENARIO)
        for old, new, message in (
            ('"one", "other"] }', '"two"] }', "has no option 'two'"),
            ("when = { cream", "when = { crem", "unknown switch 'crem'"),
            ('before_each_session = "lead"\n', "", "needs one of"),
            ('before_each_session = "lead"', 'before_each_session = "0 h"', "at least a moment"),
        ):
            with self.subTest(new=new):
                text = (self.folder / "two/readings.toml").read_text()
                self.write("two/readings.toml", text.replace(old, new))
                done = self.run_program("model", "check", "two.toml", code=3)
                self.assertIn(message, done.stderr)
                self.write("two/readings.toml", text)

    def test_groups_of_layers(self):
        self.write("two/readings.toml", READINGS.replace("dermis", "dremis"))
        done = self.run_program("model", "check", "two.toml", code=3)
        self.assertIn("unknown layer 'dremis'", done.stderr)
        self.assertIn("'dermis'", done.stderr)
        self.write(
            "two.toml", MODEL.replace("@INCLUDE@", INCLUDE).replace("dermis = [", "epidermis = [")
        )
        self.write("two/readings.toml", READINGS)
        done = self.run_program("model", "check", "two.toml", code=3)
        self.assertIn("'epidermis' is a layer", done.stderr)


if __name__ == "__main__":
    unittest.main()
