"""What a run leaves behind: files, bits, budgets, rest."""

import json
import os
import sys
import unittest
import warnings
from pathlib import Path

import h5netcdf  # noqa: F401  the engines are imported here, so that only opening is watched
import h5py
import netCDF4  # noqa: F401
import numpy as np
import xarray

sys.path.insert(0, str(Path(__file__).parent))
from program import SMALL, SOURCES, ProgramTest  # noqa: E402


def datasets(path):
    """All datasets outside /provenance as bytes."""
    found = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset) and not name.startswith("provenance"):
            found[name] = item[()].tobytes() if item.dtype.kind != "O" else str(item[()])

    with h5py.File(path) as file:
        file.visititems(visit)
    return found


class Run(ProgramTest):
    def small(self, *arguments, name="small"):
        self.write(f"{name}.toml", SMALL)
        self.run_program("run", f"{name}.toml", "--quiet", "--overwrite", *arguments)
        return self.folder / f"{name}.h5"

    def test_leaves_a_complete_file_and_nothing_half_done(self):
        path = self.small()
        self.assertEqual([n for n in self.results() if n.endswith(".part")], [])
        with h5py.File(path) as file:
            self.assertEqual(file.attrs["status"], b"complete")
            self.assertEqual(len(file["sessions/time"]), 2)
            self.assertAlmostEqual(float(file["time"][-1]), 35.0)

    def test_opens_in_xarray_with_both_engines_without_warnings(self):
        path = self.small()
        for engine in ("netcdf4", "h5netcdf"):
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                with xarray.open_dataset(path, engine=engine) as courses:
                    self.assertIn("time", courses.coords)
                    self.assertGreater(len(courses.data_vars), 5)
                with xarray.open_dataset(path, engine=engine, group="fields") as fields:
                    self.assertEqual(fields["tgf_beta"].dims, ("field_time", "z", "r"))
                    self.assertEqual(fields["z"].attrs["units"], "mm")

    def test_budgets_close(self):
        with h5py.File(self.small()) as file:
            self.assertLess(np.max(np.abs(file["budget/residual"])), 1e-10)

    def test_bits_do_not_depend_on_threads(self):
        first = datasets(self.small("--threads", "1"))
        for threads in ("2", "4"):
            self.assertEqual(datasets(self.small("--threads", threads)), first, threads)

    def test_compiled_and_interpreted_models_give_the_same_bits(self):
        self.assertEqual(datasets(self.small()), datasets(self.small("--interpreter")))

    def test_repeats_from_a_result(self):
        path = self.small()
        self.run_program("run", "--from", path, "--output", "again.h5", "--quiet")
        self.assertEqual(datasets(path), datasets(self.folder / "again.h5"))

    def test_set_replaces_a_value(self):
        path = self.small("--set", "regimen.sessions=1")
        with h5py.File(path) as file:
            self.assertEqual(len(file["sessions/time"]), 1)

    def test_threads_that_wait_sleep_unless_the_user_says_otherwise(self):
        self.write("small.toml", SMALL)
        for given, policy in (
            ({}, "PASSIVE"),
            ({"OMP_WAIT_POLICY": "active"}, "ACTIVE"),
            ({"GOMP_SPINCOUNT": "77"}, "GOMP_SPINCOUNT = '77'"),
        ):
            plain = {
                key: value
                for key, value in os.environ.items()
                if key not in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")
            }
            # libgomp tells its settings each time the program starts: the last one counts.
            told = self.run_program(
                "run",
                "small.toml",
                "--quiet",
                "--overwrite",
                "--threads",
                "2",
                env={**plain, "OMP_DISPLAY_ENV": "verbose", **given},
            ).stderr
            last = told[told.rindex("OPENMP DISPLAY ENVIRONMENT BEGIN") :]
            self.assertIn(policy if "=" in policy else f"OMP_WAIT_POLICY = '{policy}'", last)
        with h5py.File(self.folder / "small.h5") as file:
            self.assertIn(b"neocol run small.toml", file["provenance"].attrs["command"])

    def test_page_names_everything_that_a_result_says_of_its_sessions_and_of_its_run(self):
        page = (SOURCES / "docs/result-file.md").read_text()
        layout = page[page.index("```") :]
        with h5py.File(self.small()) as file:
            names = {*file.attrs, *file["sessions"], *file["provenance"].attrs}
        hidden = {name for name in names if name.startswith(("_", "text-")) or name == "layer"}
        for name in sorted(names - hidden):
            self.assertRegex(layout, rf"\b{name}\b")

    def test_compare(self):
        self.small(name="a")
        self.small("--set", "regimen.spacing=1 week", name="b")
        done = self.run_program("compare", "a.h5", "b.h5", "--json")
        rows = json.loads(done.stdout)
        self.assertEqual(len(rows["titles"]), 2)
        self.assertTrue(all(len(r["values"]) == 2 for r in rows["observables"]))
        self.run_program("compare", "a.h5", code=3)

    def test_compare_takes_what_it_is_asked_or_refuses(self):
        self.small(name="a")
        self.small("--set", "regimen.spacing=1 week", name="b")
        done = self.run_program(
            "compare", "a.h5", "b.h5", "--json", "--outcomes", "collagen_dermis_gain*,closure_time"
        )
        names = [row["name"] for row in json.loads(done.stdout)["outcomes"]]
        self.assertIn("closure_time", names)
        self.assertTrue(
            all(n.startswith("collagen_dermis_gain") for n in names if n != "closure_time"), names
        )
        self.run_program(
            "compare",
            "a.h5",
            "b.h5",
            "--outcomes",
            "closure_time",
            "--observables",
            "collagen_dermis",
            "--figure",
            "drawn/two.png",
            env={**os.environ, "NEOCOL_PYTHON": sys.executable},
        )
        self.assertEqual(
            sorted(path.name for path in (self.folder / "drawn").iterdir()),
            ["two_curves.png", "two_outcomes.png"],
        )
        self.run_program("compare", "a.h5", "b.h5", "--figure", "two.gif", code=2)
        done = self.run_program("compare", "a.h5", "b.h5", "--outcomes", "closure_tim", code=3)
        self.assertIn("closure_time", done.stderr)
        for option in (
            ["--persons", "3"],
            ["--draws", "0"],
            ["--least", "closure_time<1"],
            ["--labels", "x,y"],
            ["--seed", "4"],
            ["--dry-run"],
            ["--threads", "2"],
            ["--set", "run.tolerance=1e-2"],
            ["--clock", "first"],
        ):
            with self.subTest(option):
                done = self.run_program("compare", "a.h5", "b.h5", *option, code=2)
                self.assertIn("cohort", done.stderr)

    def test_info(self):
        self.small()
        self.assertIn("complete", self.run_program("info", "small.h5").stdout)

    def test_dry_run_says_voxels_memory_time_and_writes_nothing(self):
        self.write("small.toml", SMALL)
        done = self.run_program("run", "small.toml", "--dry-run")
        for word in ("voxels", "MB", "s"):
            self.assertIn(word, done.stdout)
        self.assertEqual(self.results(), [])


class Rest(ProgramTest):
    def test_unwounded_skin_keeps_every_bit_for_ten_years(self):
        self.run_program("run", SOURCES / "scenarios/unwounded.toml", "--output", "u.h5", "--quiet")
        with h5py.File(self.folder / "u.h5") as file:
            self.assertGreaterEqual(float(file["time"][-1]), 3650.0)
            n_fields = len(file["fields/field_time"])
            for name, data in file["fields"].items():
                if data.ndim > 1 and data.shape[0] == n_fields:
                    self.assertEqual(data[0].tobytes(), data[-1].tobytes(), name)
            for name, data in file.items():
                if (
                    isinstance(data, h5py.Dataset)
                    and data.shape == file["time"].shape
                    and name != "time"
                ):
                    self.assertEqual(np.unique(data[()]).size, 1, name)


class Cache(ProgramTest):
    def homeless(self, temporary):
        """An environment that names no folder to keep things in but a temporary one."""
        named = ("HOME", "XDG_CACHE_HOME", "NEOCOL_CACHE")
        return {k: v for k, v in os.environ.items() if k not in named} | {"TMPDIR": str(temporary)}

    def test_without_a_home_compiled_models_go_to_the_temporary_folder(self):
        built = self.run_program(
            "model", "build", SOURCES / "tests/models/decay.toml", env=self.homeless(self.folder)
        ).stdout.strip()
        self.assertEqual(Path(built).parent, self.folder / f"neocol-{os.getuid()}")
        self.assertTrue(Path(built).is_file())

    def test_a_temporary_folder_that_is_none_is_named_with_the_way_out(self):
        errors = self.run_program(
            "list", "models", env=self.homeless("/nonexistent"), code=5
        ).stderr
        self.assertIn("TMPDIR", errors)
        self.assertIn("NEOCOL_CACHE", errors)


class Discover(ProgramTest):
    def test_a_scenario_that_comes_with_neocol_is_run_by_its_name(self):
        self.run_program("run", "forearm_stamp", "--dry-run")
        told = self.run_program("check", "protocols/forearm_stamp", code=3)
        self.assertIn("no such file", told.stderr)
        told = self.run_program("check", "forearm_stmp", code=3)
        self.assertIn("unknown scenario 'forearm_stmp'", told.stderr)
        self.assertIn("did you mean 'forearm_stamp'?", told.stderr)
        # Whose own file of that name is meant is not guessed.
        (self.folder / "forearm_stamp.toml").write_text("title = 3\n")
        told = self.run_program("check", "forearm_stamp", code=3)
        self.assertIn("write forearm_stamp.toml", told.stderr)
        # A file of the folder comes first.
        (self.folder / "forearm_stamp").write_text("title = 3\n")
        told = self.run_program("check", "forearm_stamp", code=3)
        self.assertIn("forearm_stamp:1:9", told.stderr)

    def test_lists_and_descriptions(self):
        for what in ("models", "devices", "sites"):
            self.assertTrue(self.run_program("list", what).stdout.strip())
        for name in ("roller_192", "cheek", "microneedling", "tgf_beta"):
            self.assertIn(name, self.run_program("describe", name).stdout)
        self.run_program("describe", "no_such_thing_at_all", code=3)

    def test_every_scenario_is_valid(self):
        for scenario in sorted((SOURCES / "scenarios").glob("*.toml")):
            self.run_program("check", scenario)

    def test_every_model_is_in_order(self):
        for model in sorted((SOURCES / "models").glob("*.toml")):
            self.run_program("model", "check", model)


if __name__ == "__main__":
    unittest.main()
