"""Every documented fault once: exit code, place, way out, and no result file left behind."""

import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from program import SMALL, ProgramTest  # noqa: E402


class BadScenario(ProgramTest):
    def fault(self, replace, by, *expected):
        """A scenario with one thing wrong gives exit code 3, its place, and says these things."""
        text = SMALL.replace(replace, by)
        self.assertNotEqual(text, SMALL)
        self.write("bad.toml", text)
        errors = self.run_program("run", "bad.toml", code=3).stderr
        self.assertRegex(errors, r"bad\.toml:\d+:\d+: error: ")
        self.assertIn("^", errors)
        for part in expected:
            self.assertIn(part, errors)
        self.assertEqual(self.results(), [])

    def test_unknown_key(self):
        self.fault(
            'spacing = "2 week"',
            'spacnig = "2 week"',
            "unknown key",
            "spacnig",
            "did you mean 'spacing'?",
        )

    def test_bare_number_for_a_dimensional_key(self):
        self.fault('needle_length = "1.5 mm"', "needle_length = 1.5", "unit", "mm")

    def test_wrong_dimension(self):
        self.fault('needle_length = "1.5 mm"', 'needle_length = "1.5 day"', "day", "mm")

    def test_unknown_unit(self):
        self.fault('needle_length = "1.5 mm"', 'needle_length = "1.5 mn"', "mn")

    def test_negative_density(self):
        self.fault('"250 cm-2"', '"-250 cm-2"', "-250", "negative")

    def test_channel_deeper_than_the_domain(self):
        self.fault('thickness = "2 mm"', 'thickness = "0.3 mm"', "deep", "domain.thickness")

    def test_sessions_out_of_order(self):
        sessions = (
            '[regimen]\npuncture_density = "250 cm-2"\n'
            '[[session]]\nat = "3 week"\n[[session]]\nat = "1 week"\n'
        )
        self.fault(
            '[regimen]\nsessions = 2\nspacing = "2 week"\npuncture_density = "250 cm-2"\n',
            sessions,
            "not after session 1",
            "order",
        )

    def test_unknown_device(self):
        self.fault('"roller_192"', '"roler_192"', "unknown device", "did you mean 'roller_192'?")

    def test_unknown_site(self):
        self.fault('"cheek"', '"cheak"', "unknown site", "did you mean 'cheek'?")

    def test_unknown_model(self):
        self.fault(
            '"microneedling"', '"microneedeling"', "unknown model", "did you mean 'microneedling'?"
        )

    def test_unknown_species(self):
        self.fault('"tgf_beta"]', '"tgf_bta"]', "unknown species", "did you mean 'tgf_beta'?")

    def test_unknown_parameter(self):
        self.fault(
            "[output]",
            '[parameters]\nno_such_parameter = "1 /day"\n[output]',
            "has no parameter 'no_such_parameter'",
        )

    def test_toml_syntax(self):
        self.fault('title = "Small course"', 'title = "Small course')

    def test_all_faults_are_told_at_once(self):
        text = SMALL.replace('"roller_192"', '"roler"').replace('"2 week"', "2")
        self.write("bad.toml", text.replace('"1 day"', '"1 mm"'))
        errors = self.run_program("run", "bad.toml", code=3).stderr
        self.assertEqual(errors.count("error:"), 3, errors)

    def test_grid_too_large_says_how_much_it_needs(self):
        text = SMALL.replace('"single_channel"', '"patch"').replace('"60 um"', '"1 um"')
        self.write("bad.toml", text.replace("[domain]", '[domain]\nwidth = "10 mm"'))
        errors = self.run_program("run", "bad.toml", code=3).stderr
        self.assertRegex(errors, r"[GT]B")
        self.assertRegex(errors, r"bad\.toml:\d+:\d+: error: ")
        self.assertIn("domain.spacing", errors)
        self.assertEqual(self.results(), [])


class BadFile(ProgramTest):
    def refuse(self, name):
        for verb in ("run", "check"):
            errors = self.run_program(verb, name, code=3).stderr
            self.assertIn(name, errors)
        self.assertEqual(self.results(), [])
        return errors

    def test_empty_file(self):
        self.write("empty.toml", "")
        self.assertIn("empty", self.refuse("empty.toml"))

    def test_binary_file(self):
        self.write("binary.toml", bytes(range(256)))
        self.refuse("binary.toml")

    def test_directory(self):
        (self.folder / "folder.toml").mkdir()
        self.assertIn("folder", self.refuse("folder.toml"))

    def test_missing_file(self):
        self.refuse("nowhere.toml")


class Output(ProgramTest):
    def test_existing_output_is_kept_unless_overwriting_is_asked_for(self):
        self.write("small.toml", SMALL)
        precious = self.write("small.h5", "precious")
        errors = self.run_program("run", "small.toml", code=3).stderr
        self.assertIn("--overwrite", errors)
        self.assertEqual(precious.read_text(), "precious")
        # What is no result of neocol stays, whatever is asked for.
        self.run_program("run", "small.toml", "--overwrite", "--quiet", code=3)
        self.assertEqual(precious.read_text(), "precious")
        precious.unlink()
        self.run_program("run", "small.toml", "--quiet")
        first = precious.read_bytes()
        self.run_program("run", "small.toml", "--quiet", code=3)
        self.assertEqual(precious.read_bytes(), first)
        self.run_program(
            "run", "small.toml", "--overwrite", "--quiet", "--set", "regimen.sessions=1"
        )
        self.assertNotEqual(precious.read_bytes(), first)

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_folder_without_permission(self):
        self.write("small.toml", SMALL)
        (self.folder / "closed").mkdir(mode=0o500)
        errors = self.run_program("run", "small.toml", "--output", "closed/a.h5", code=5).stderr
        self.assertIn("closed/a.h5", errors)

    def test_folder_that_does_not_exist(self):
        self.write("small.toml", SMALL)
        errors = self.run_program("run", "small.toml", "--output", "none/a.h5", code=5).stderr
        self.assertIn("none", errors)


class Usage(ProgramTest):
    def test_unknown_verb(self):
        self.run_program("rnu", code=2)

    def test_unknown_option(self):
        self.assertIn("--help", self.run_program("run", "--fast", code=2).stderr)

    def test_help_fits_a_screen(self):
        done = self.run_program("--help")
        self.assertLess(done.stdout.count("\n"), 50)
        self.assertIn("Examples:", done.stdout)

    def test_wrong_key_in_set(self):
        self.write("small.toml", SMALL)
        errors = self.run_program(
            "run", "small.toml", "--set", "regimen.spacng=2 week", code=3
        ).stderr
        self.assertIn("spacng", errors)
        self.assertIn("did you mean", errors)


if __name__ == "__main__":
    unittest.main()
