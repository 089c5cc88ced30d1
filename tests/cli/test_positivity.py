"""What the language, the check and the solver promise of species that may not be negative."""

import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from program import ProgramTest  # noqa: E402

HEAD = """\
[model]
name = "uptake"
title = "Oxygen that is taken up"
stationary = false
balance = "none"

[parameter]
k = { value = "40 kPa/d", meaning = "uptake", source = "chosen", evidence = "design" }
K = { value = "0.5 kPa", meaning = "half-saturation", source = "chosen", evidence = "design" }
D = { value = "0.5 mm2/d", meaning = "diffusivity", source = "chosen", evidence = "design" }

[initial]
oxygen = "8 kPa"

[transport.oxygen]
diffusivity = "D"

[observable.oxygen]
value = "oxygen"
unit = "kPa"
reduce = "minimum"
meaning = "oxygen, least"
"""

SPECIES = """
[species.oxygen]
unit = "kPa"
rest = "none"
scale = "8 kPa"
meaning = "oxygen"
"""


def process(rate, more=""):
    return (
        f'[process.uptake]\nrate = "{rate}"\nchanges = {{ oxygen = -1 }}\n{more}\n'
        'meaning = "cells use it"\n'
    )


def scenario(domain='geometry = "well_mixed"', until="1 day", rest=""):
    return (
        f'title = "t"\nmodel = "uptake.toml"\n[domain]\n{domain}\n[run]\nuntil = "{until}"\n'
        f'[output]\nevery = "1 h"\n{rest}'
    )


DOMAINS = {
    "well_mixed": 'geometry = "well_mixed"',
    "column": 'geometry = "column"\nthickness = "1 mm"\nspacing = "100 um"',
    "section": 'geometry = "section"\nthickness = "1 mm"\nspacing = "100 um"\nwidth = "1 mm"',
}


class Losses(ProgramTest):
    def model(self, rate, more="", species=SPECIES, rest=""):
        self.write("uptake.toml", HEAD + species + process(rate, more) + rest)

    def test_a_loss_that_does_not_vanish_is_refused_with_a_place_and_ways_out(self):
        self.write("s.toml", scenario())
        for rate in (
            "k",
            "k*hill(K, K, 2)",
            "k*(1 - 2*hill(oxygen, K, 1))",
            "k*exp(-oxygen/K)",
            "max(k, k*oxygen/K)",
            "k*smoothstep(0, K, K - oxygen)",
        ):
            self.model(rate)
            for command in (
                ("model", "check", "uptake.toml"),
                ("check", "s.toml"),
                ("run", "s.toml", "-o", "r.h5"),
            ):
                done = self.run_program(*command, code=3)
                self.assertIn("uptake.toml:", done.stderr)
                self.assertIn(
                    "process 'uptake' takes from 'oxygen' where there is none left", done.stderr
                )
                self.assertIn(f'rate = "{rate}"', done.stderr)
                for way_out in ("hill(oxygen, K, 1)", "stops_below", "signed = true"):
                    self.assertIn(way_out, done.stderr)
            self.assertEqual(self.results(), [])

    def test_losses_that_vanish_or_say_how_they_stop_are_taken(self):
        for rate, more in (
            ("k*hill(oxygen, K, 1)", ""),
            ("k*fraction(oxygen, K)", ""),
            ("k*min(oxygen/K, 1)", ""),
            ("k*oxygen/(oxygen + K)", ""),
            ("k*smoothstep(0, K, oxygen)", ""),
            ("k*ramp(oxygen, K)", ""),
            ("k*(1 - exp(-oxygen/K))", ""),
            ("k*tanh(oxygen/K)", ""),
            ("k", 'stops_below = { oxygen = "0.1 kPa" }'),
        ):
            self.model(rate, more)
            self.run_program("model", "check", "uptake.toml")

    def test_a_signed_species_may_be_taken_below_zero(self):
        import h5py

        self.model("k", species=SPECIES + "signed = true\n")
        for name, domain in DOMAINS.items():
            self.write("s.toml", scenario(domain))
            self.run_program("run", "s.toml", "-o", f"{name}.h5", "--quiet", "--interpreter")
            with h5py.File(self.folder / f"{name}.h5") as file:
                self.assertAlmostEqual(file["oxygen"][-1], 8 - 40, delta=1e-2)

    def test_zero_order_uptake_ends_at_zero_everywhere(self):
        import h5py

        self.model("k", 'stops_below = { oxygen = "0.1 kPa" }')
        for name, domain in DOMAINS.items():
            self.write("s.toml", scenario(domain))
            self.run_program("run", "s.toml", "-o", f"{name}.h5", "--quiet", "--interpreter")
            with h5py.File(self.folder / f"{name}.h5") as file:
                oxygen = file["oxygen"][:]
                self.assertGreater(oxygen.min(), -1e-3)  # records are interpolated between steps
                # 8 kPa at 40 kPa/d last for 4.8 h.
                self.assertAlmostEqual(oxygen[4], 8 - 40 * 4 / 24, delta=1e-2)
                self.assertLess(oxygen[-1], 1e-2)

    def test_a_loss_that_a_scenario_makes_is_told_and_never_crept_along(self):
        self.write("uptake.toml", HEAD.replace("40 kPa/d", "0 kPa/d") + SPECIES + process("k"))
        self.run_program("model", "check", "uptake.toml")
        for start in ("8 kPa", "0 kPa"):
            for domain in DOMAINS.values():
                with self.subTest(start=start, domain=domain):
                    self.write(
                        "uptake.toml",
                        HEAD.replace("40 kPa/d", "0 kPa/d").replace("8 kPa", start)
                        + SPECIES
                        + process("k"),
                    )
                    self.write("s.toml", scenario(domain, rest='[parameters]\nk = "40 kPa/d"\n'))
                    started = time.monotonic()
                    done = self.run_program(
                        "run", "s.toml", "-o", "r.h5", "--overwrite", "--interpreter", code=4
                    )
                    self.assertLess(time.monotonic() - started, 30)
                    self.assertIn("oxygen would fall below zero", done.stderr)
                    self.assertIn("stops_below", done.stderr)

    def test_a_quasi_steady_field_is_held_to_the_same(self):
        species = SPECIES.replace('rest = "none"\n', "quasi_steady = true\n")
        head = HEAD.replace('[initial]\noxygen = "8 kPa"\n', "")
        wall = '[boundary.oxygen]\ntop = { type = "fixed", value = "K" }\n'
        cells = '[species.cells]\nunit = "1"\nrest = 1\nmeaning = "cells"\n'
        self.write("uptake.toml", head + species + cells + process("k") + wall)
        done = self.run_program("model", "check", "uptake.toml", code=3)
        self.assertIn("takes from 'oxygen' where there is none left", done.stderr)
        self.write(
            "uptake.toml",
            head + species + cells + process("k", 'stops_below = { oxygen = "0.01 kPa" }') + wall,
        )
        self.write("s.toml", scenario(DOMAINS["column"]))
        import h5py

        self.run_program("run", "s.toml", "-o", "r.h5", "--quiet", "--interpreter")
        with h5py.File(self.folder / "r.h5") as file:
            self.assertGreater(file["oxygen"][:].min(), -1e-6)

    def test_a_wall_that_draws_out_or_is_negative_is_refused(self):
        self.model(
            "k*oxygen/(oxygen + K)",
            rest=(
                '[parameter.out]\nvalue = "-3 kPa*mm/d"\nmeaning = "m"\nsource = "chosen"\n'
                'evidence = "design"\n[boundary.oxygen]\ntop = { type = "flux", value = "out" }\n'
            ),
        )
        done = self.run_program("model", "check", "uptake.toml", code=3)
        self.assertIn("the wall draws out 'oxygen' where there is none", done.stderr)
        self.assertIn('type = "robin"', done.stderr)
        self.model(
            "k*oxygen/(oxygen + K)",
            rest='[boundary.oxygen]\ntop = { type = "fixed", value = "-K" }\n',
        )
        done = self.run_program("model", "check", "uptake.toml", code=3)
        self.assertIn("the wall holds 'oxygen' below 0", done.stderr)

    def test_faults_of_stops_below_say_what_is_right(self):
        for more, expected in (
            ('stops_below = "0.1 kPa"', "'stops_below' must be a table"),
            ('stops_below = { oxigen = "0.1 kPa" }', "unknown species 'oxigen'"),
            ('stops_below = { oxygen = "0.1 mm" }', "is in mm, but kPa is due"),
            ('stops_below = { oxygen = "0 kPa" }', "'stops_below' has to be above 0"),
        ):
            self.model("k", more)
            self.assertIn(
                expected, self.run_program("model", "check", "uptake.toml", code=3).stderr
            )

    def test_the_page_of_a_model_shows_how_a_loss_stops(self):
        self.model("k", 'stops_below = { oxygen = "0.1 kPa" }')
        self.assertIn(
            "ramp(oxygen, 0.1 kPa)*(k)", self.run_program("model", "describe", "uptake.toml").stdout
        )


class Failures(ProgramTest):
    """A numerical failure names time, species, place and a way out, without space too."""

    def test_where_a_state_blows_up(self):
        self.write(
            "uptake.toml",
            HEAD + SPECIES + process("k*oxygen^3/K^3").replace("oxygen = -1", "oxygen = 1"),
        )
        for name, domain in DOMAINS.items():
            self.write("s.toml", scenario(domain))
            done = self.run_program(
                "run", "s.toml", "-o", "r.h5", "--interpreter", "--overwrite", code=4
            )
            place = "the compartment" if name == "well_mixed" else "z 0."
            for part in ("at t = ", " d", "oxygen", "kPa", place, "--explain-steps"):
                self.assertIn(part, done.stderr)

    def test_explain_steps_names_species_without_space_too(self):
        self.write("uptake.toml", HEAD + SPECIES + process("k*oxygen/(oxygen + K)"))
        self.write("s.toml", scenario())
        done = self.run_program("run", "s.toml", "-o", "r.h5", "--interpreter", "--explain-steps")
        self.assertIn("oxygen", done.stderr.splitlines()[0])
        self.assertRegex(done.stderr, r"steps limited by: oxygen \d+")


class Stability(ProgramTest):
    def test_the_range_of_wavelengths_is_said_and_holds_the_domain(self):
        done = self.run_program("model", "check", "microneedling")
        self.assertIn("examined: uniform, and wavelengths of 0.01 to 100 mm", done.stdout)
        done = self.run_program("model", "check", "microneedling", "--length", "20 cm")
        self.assertIn("wavelengths of 0.01 to 400 mm", done.stdout)
        done = self.run_program("model", "check", "microneedling", "--length", "20 d", code=2)
        self.assertIn("a length is expected", done.stderr)

    def test_growth_is_no_fault_where_rest_need_not_be_steady(self):
        growing = (
            '[species.germs]\nunit = "1"\nscale = 1\nmeaning = "germs"\n'
            '[parameter.g]\nvalue = "2 d-1"\nmeaning = "growth"\nsource = "chosen"\n'
            'evidence = "design"\n[process.growth]\nrate = "g*germs"\n'
            'changes = { germs = 1 }\nmeaning = "germs divide"\n'
        )
        self.write("g.toml", '[model]\nname = "g"\ntitle = "t"\nstationary = false\n' + growing)
        done = self.run_program("model", "check", "g.toml")
        self.assertIn("no fault found", done.stdout)
        self.assertNotIn("FAULT", done.stdout)
        self.assertRegex(done.stdout, r"stability of rest +note +grows by 2\.000e\+00 /d")
        self.write("g.toml", '[model]\nname = "g"\ntitle = "t"\n' + growing)
        done = self.run_program("model", "check", "g.toml", code=6)
        self.assertIn("FAULT", done.stdout)
        self.assertIn("faults found", done.stdout)

    def test_waves_longer_than_a_centimetre_are_found(self):
        # Cells that climb what they make grow where D < chi p/(p + Dc k2): in waves above 20 mm.
        self.write(
            "g.toml",
            """\
[model]
name = "g"
title = "t"
balance = "none"
[parameter]
D = { value = "1 mm2/d", meaning = "m", source = "chosen", evidence = "design" }
Dc = { value = "10 mm2/d", meaning = "m", source = "chosen", evidence = "design" }
chi = { value = "2 mm2/d", meaning = "m", source = "chosen", evidence = "design" }
p = { value = "1 d-1", meaning = "m", source = "chosen", evidence = "design" }
[species.cells]
unit = "1"
rest = 1
meaning = "cells"
[species.signal]
unit = "1"
rest = 1
meaning = "signal"
[process.making]
rate = "p*cells"
changes = { signal = 1 }
meaning = "cells make it"
[process.decay]
rate = "p*signal"
changes = { signal = -1 }
meaning = "it decays"
[transport.cells]
diffusivity = "D"
taxis = [{ toward = "signal", sensitivity = "chi" }]
[transport.signal]
diffusivity = "Dc"
""",
        )
        done = self.run_program("model", "check", "g.toml", code=6)
        self.assertRegex(done.stdout, r"FAULT +grows by .* at wavelength \d\d+(\.\d+)? mm")


if __name__ == "__main__":
    unittest.main()
