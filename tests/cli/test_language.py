"""The worked examples of docs/model-language.md run and meet their exact solutions."""

import math
import re
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from program import SOURCES, ProgramTest  # noqa: E402


def example(name):
    """The complete model of this name on the page of the language."""
    page = (SOURCES / "docs" / "model-language.md").read_text()
    for block in re.findall(r"```toml\n(.*?)```", page, re.S):
        if re.search(rf'^name = "{name}"$', block, re.M):
            return block
    raise AssertionError(f"no model '{name}' in docs/model-language.md")


def scenario(model, domain='geometry = "well_mixed"', until="4 day", rest=""):
    return (
        f'title = "t"\nmodel = "{model}.toml"\n[domain]\n{domain}\n'
        f'[run]\nuntil = "{until}"\ntolerance = 1e-6\n[output]\nevery = "1 day"\n{rest}'
    )


class Example(ProgramTest):
    def courses(self, name, *settings, **keys):
        """Time courses of an example's run, by name, and its time in days."""
        import h5py

        self.write(f"{name}.toml", example(name))
        self.write("scenario.toml", scenario(name, **keys))
        settings = [part for setting in settings for part in ("--set", setting)]
        self.run_program("run", "scenario.toml", "--overwrite", "-o", "r.h5", *settings)
        with h5py.File(self.folder / "r.h5") as file:
            return {key: file[key][()] for key in file if hasattr(file[key], "shape")}


class Switches(Example):
    def test_each_option_gives_its_own_exact_course(self):
        k, K, s0 = 0.5, 4.0, 10.0
        linear = self.courses("alternatives")
        for t, s in zip(linear["time"], linear["signal"]):
            self.assertAlmostEqual(s, s0 * math.exp(-k * t), delta=1e-4)
        enzyme = self.courses("alternatives", "parameters.clearance=saturating")
        for t, s in zip(enzyme["time"], enzyme["signal"]):
            # K ds/s + ds = -k K dt
            self.assertAlmostEqual(K * math.log(s0 / s) + s0 - s, k * K * t, delta=1e-4)
        squared = self.courses("alternatives", "parameters.clearance=saturating", "parameters.n=2")
        for t, s in zip(squared["time"], squared["signal"]):
            # (K^2/s^2 + 1) ds = -k K dt
            self.assertAlmostEqual(K * K * (1 / s - 1 / s0) + s0 - s, k * K * t, delta=1e-4)

    def test_an_option_that_does_not_exist_is_refused_with_those_that_do(self):
        self.write("alternatives.toml", example("alternatives"))
        self.write("scenario.toml", scenario("alternatives"))
        for setting, expected in (
            (
                "clearance=saturated",
                ("switch 'clearance' has no option 'saturated'", "did you mean 'saturating'?"),
            ),
            ("n=3", ("'n' cannot be 3", "its options are 1, 2")),
        ):
            errors = self.run_program(
                "run", "scenario.toml", "--set", f"parameters.{setting}", code=3
            ).stderr
            for part in expected:
                self.assertIn(part, errors)
        self.assertEqual(self.results(), [])

    def test_checks_descriptions_and_evaluations_know_every_option(self):
        self.write("alternatives.toml", example("alternatives"))
        checked = self.run_program("model", "check", "alternatives.toml").stdout
        self.assertIn("with clearance = saturating", checked)
        described = self.run_program("model", "describe", "alternatives.toml").stdout
        self.assertIn("Switches", described)
        self.assertIn("by an enzyme that saturates", described)
        evaluated = self.run_program(
            "model", "eval", "alternatives.toml", "signal=4 ng/mL", "clearance=saturating"
        ).stdout
        self.assertRegex(evaluated, r"enzymatic_clearance +signal -1 ng/mL")
        self.assertRegex(evaluated, r"linear_clearance .*runs when clearance = linear")


SESSION = """
[device]
name = "roller_192"
needle_length = "1.5 mm"
[regimen]
sessions = 1
puncture_density = "250 cm-2"
"""


class Tensors(Example):
    k, w, bias = 0.1, 0.02, 0.8

    def aligned(self, t, start, new):
        """Share s of parallel fibres: A = (1 - s) identity/3 + s along(x), s' = k n (b - s) - w s."""
        rate = self.k * new + self.w
        end = self.k * new * self.bias / rate
        return end + (start - end) * math.exp(-rate * t)

    def test_fibres_turn_along_the_prescribed_direction_as_the_exact_solution_says(self):
        model = example("orientation") + '[initial]\nnew_share = "1"\n'
        self.write("orientation.toml", model)
        self.write("scenario.toml", scenario("orientation", until="60 day"))
        self.run_program("run", "scenario.toml", "-o", "r.h5")
        import h5py

        with h5py.File(self.folder / "r.h5") as file:
            for t, along, anisotropy in zip(file["time"], file["along_x"], file["anisotropy"]):
                s = self.aligned(t, 0.0, 1.0)
                self.assertAlmostEqual(along, (1.0 + 2.0 * s) / 3.0, delta=2e-6)
                self.assertAlmostEqual(
                    anisotropy, s * math.sqrt(3.0 / (1.0 + 2.0 * s * s)), delta=1e-5
                )

    def wounded(self, domain, *settings, **keys):
        import h5py

        self.write("orientation.toml", example("orientation"))
        self.write(
            "scenario.toml",
            scenario(
                "orientation",
                domain=domain,
                until="60 day",
                rest='fields = ["orientation", "new_share"]\nfield_times = ["0 day", "60 day"]\n',
                **keys,
            )
            + SESSION,
        )
        self.run_program("run", "scenario.toml", "--overwrite", "-o", "r.h5", *settings)
        with h5py.File(self.folder / "r.h5") as file:
            fields = {
                name: file["fields"][name][()]
                for name in file["fields"]
                if file["fields"][name].ndim > 1
            }
            self.assertEqual(file["fields/orientation_xz"].attrs["tensor"], b"orientation")
            self.assertEqual(file["fields/orientation_xz"].attrs["component"], b"xz")
        return fields

    CHANNEL = (
        'geometry = "single_channel"\nspacing = "60 um"\nthickness = "2 mm"\nlateral_mix = false'
    )

    def test_unwounded_weave_is_fixed_to_the_last_bit(self):
        fields = self.wounded(self.CHANNEL, "--set", "regimen.puncture_density=0 cm-2")
        for name in ("orientation_xx", "orientation_yy", "orientation_zz", "orientation_xz"):
            self.assertEqual(fields[name][0].tobytes(), fields[name][-1].tobytes(), name)

    def test_alignment_develops_where_the_wound_was_and_nowhere_else(self):
        fields = self.wounded(self.CHANNEL)
        new, xx = fields["new_share"][-1], fields["orientation_xx"][-1]
        self.assertGreater(new.max(), 0.2)
        for share, found in zip(new.ravel(), xx.ravel()):
            expected = (1.0 + 2.0 * self.aligned(60.0, 0.0, float(share))) / 3.0
            self.assertAlmostEqual(float(found), expected, delta=2e-5)
        trace = sum(fields[f"orientation_{c}"][-1] for c in ("xx", "yy", "zz"))
        self.assertLess(abs(trace - 1.0).max(), 1e-6)

    def test_python_puts_the_matrices_together_and_finds_the_principal_direction(self):
        from neocol.results import ResultError, load

        fields = self.wounded(self.CHANNEL)
        with load(self.folder / "r.h5") as result:
            matrices = result.tensor("orientation")
            self.assertEqual(matrices.shape[-2:], (3, 3))
            found = result.principal_directions("orientation").isel(field_time=-1)
            with self.assertRaisesRegex(ResultError, "known: orientation"):
                result.tensor("orientatoin")
        self.assertEqual(
            matrices.sel(i="x", j="z").values.tobytes(), matrices.sel(i="z", j="x").values.tobytes()
        )
        # A = (1 - s) identity/3 + s along(x), so the largest eigenvalue is A_xx, along x.
        largest = found["value"].isel(direction=0).values
        self.assertLess(abs(largest - fields["orientation_xx"][-1]).max(), 1e-6)
        turned = fields["new_share"][-1] > 0.05
        self.assertTrue(turned.any())
        along = abs(found["direction_vector"].isel(direction=0).sel(i="x").values)
        self.assertLess(abs(along[turned] - 1.0).max(), 1e-6)

    def test_a_patch_refuses_a_tensor_that_is_symmetric_about_a_plane(self):
        self.write("orientation.toml", example("orientation"))
        self.write(
            "scenario.toml",
            scenario(
                "orientation",
                domain='geometry = "patch"\nspacing = "200 um"\nthickness = "1 mm"\n'
                'width = "1 mm"',
            ),
        )
        errors = self.run_program("run", "scenario.toml", code=3).stderr
        self.assertIn("tensor 'orientation' is symmetric about the x-z plane", errors)
        self.assertIn('components = "full"', errors)


class QuasiSteady(Example):
    def field(self, name, model, domain, field, until="1 day", settings=()):
        import h5py

        self.write(f"{name}.toml", model)
        self.write(
            "scenario.toml",
            scenario(
                name,
                domain=domain,
                until=until,
                rest=f'fields = ["{field}"]\nfield_times = ["0 day", "{until}"]\n',
            ),
        )
        self.run_program("run", "scenario.toml", "--overwrite", "-o", "r.h5", *settings)
        with h5py.File(self.folder / "r.h5") as file:
            fields = file["fields"]
            axes = {a: fields[a][()] for a in ("z", "r") if a in fields}
            return fields[field][()], axes, file["cells"][()], file["lost"][()]

    def test_steady_diffusion_with_first_order_loss_is_met_to_order_2(self):
        # 200 q'' = 2000 q, q(0) = 20, q'(1) = 0
        a = math.sqrt(10.0)
        errors = []
        for spacing in (50, 25, 12.5):
            q, axes, cells, lost = self.field(
                "hypoxia",
                example("hypoxia"),
                f'geometry = "column"\nspacing = "{spacing} um"\nthickness = "1 mm"',
                "oxygen",
            )
            exact = [20.0 * math.cosh(a * (1.0 - z)) / math.cosh(a) for z in axes["z"]]
            errors.append(max(abs(f - e) for f, e in zip(q[0], exact)))
            self.assertAlmostEqual(cells[-1], 1.0 - lost[-1], delta=1e-12)
        self.assertGreater(math.log2(errors[0] / errors[1]), 1.9)
        self.assertGreater(math.log2(errors[1] / errors[2]), 1.9)

    def test_loss_around_a_channel_is_a_bessel_function(self):
        def i0(x):
            return sum((x * x / 4.0) ** k / math.factorial(k) ** 2 for k in range(40))

        model = example("hypoxia").replace("top = {", "outer = {")
        errors = []
        for spacing in (100, 50):
            q, axes, _, _ = self.field(
                "hypoxia",
                model,
                f'geometry = "single_channel"\nspacing = "{spacing} um"\nthickness = "0.4 mm"\n'
                'width = "0.6 mm"',
                "oxygen",
            )
            a = math.sqrt(10.0)
            exact = [20.0 * i0(a * r) / i0(a * 0.6) for r in axes["r"]]
            errors.append(max(abs(f - e) for row in q[0] for f, e in zip(row, exact)))
        self.assertGreater(math.log2(errors[0] / errors[1]), 1.8)

    def test_bits_do_not_depend_on_threads(self):
        domain = (
            'geometry = "single_channel"\nspacing = "50 um"\nthickness = "1 mm"\n'
            'width = "0.4 mm"'
        )
        one, _, cells, _ = self.field(
            "hypoxia", example("hypoxia"), domain, "oxygen", settings=("--threads", "1")
        )
        two, _, others, _ = self.field(
            "hypoxia", example("hypoxia"), domain, "oxygen", settings=("--threads", "3")
        )
        self.assertEqual(one.tobytes(), two.tobytes())
        self.assertEqual(cells.tobytes(), others.tobytes())

    def test_interpreter_threads_and_resumed_runs_give_the_same_bits(self):
        from runs_compared import different

        self.write("closures.toml", (SOURCES / "tests/models/closures.toml").read_text())
        self.write(
            "scenario.toml",
            scenario(
                "closures",
                'geometry = "single_channel"\nspacing = "100 um"',
                until="6 day",
                rest='fields = ["oxygen", "cell"]\nfield_times = ["6 day"]\n',
            )
            + SESSION.replace("sessions = 1", 'sessions = 2\nspacing = "3 day"')
            + '[skin]\nsite = "cheek"\n',
        )

        def run(name, *arguments):
            self.run_program(*arguments, "-o", name, "--quiet")
            return self.folder / name

        whole = run("a.h5", "run", "scenario.toml", "--threads", "1", "--keep-checkpoints")
        for name, arguments in (
            ("b.h5", ("run", "scenario.toml", "--threads", "1", "--interpreter")),
            ("c.h5", ("run", "scenario.toml", "--threads", "3")),
            ("d.h5", ("run", "scenario.toml", "--from-checkpoint", "a.h5.session-2.checkpoint")),
        ):
            self.assertEqual(different(whole, run(name, *arguments)), [], name)

    def test_a_stepped_species_follows_a_field_in_balance_with_it(self):
        # 0 = s - k q (1 + u), u' = -b q u: ln u + u falls at b s / k.
        model = (SOURCES / "tests/models/coupled.toml").read_text()
        q, _, u, balanced = self.field("coupled", model, 'geometry = "well_mixed"', "q", "4 day")
        for t, value in zip(range(5), u):
            self.assertAlmostEqual(
                math.log(value) + value, math.log(2.0) + 2.0 - 1.5 * t, delta=2e-5
            )
        for value in balanced:
            self.assertAlmostEqual(value, 1.5, delta=1e-10)

    def test_what_has_no_solution_is_said(self):
        model = (
            example("hypoxia")
            .replace('rate = "use*oxygen"', 'rate = "use*air"')
            .replace("changes = { oxygen = -1 }", "changes = { oxygen = 1 }")
            .replace('[boundary.oxygen]\ntop = { type = "fixed", value = "air" }\n', "")
        )
        self.write("hypoxia.toml", model)
        self.write(
            "scenario.toml",
            scenario("hypoxia", 'geometry = "column"\nspacing = "100 um"\nthickness = "1 mm"'),
        )
        errors = self.run_program("run", "scenario.toml", code=4).stderr
        self.assertIn("quasi-steady oxygen has no solution", errors)


if __name__ == "__main__":
    unittest.main()
