"""Studies from plan to archive: designs, results, extension, faults."""

import csv
import json
import math
import re
import subprocess
import tarfile

import xarray
from neocol.cases import Case, run_cases
from rig import MODEL, PROGRAM, SCENARIO, STUDY, StudyTest, datasets, main


class Results(StudyTest):
    def test_a_study_file_becomes_one_collected_file_in_one_command(self):
        self.write("s.toml", STUDY)
        # No plan yet: run makes it. The kernel is compiled as a user's own model is.
        done = self.neocol("run", "s.toml", "--json")
        report = json.loads(done.stdout)
        self.assertEqual((report["complete"], report["failed"]), (6, 0))
        for engine in ("netcdf4", "h5netcdf"):
            with xarray.open_dataset(self.folder / "s/collected.h5", engine=engine) as data:
                self.assertEqual(dict(data.sizes), {"run": 6, "time": 5})
                self.assertLessEqual({"k", "until", "seed", "replicate", "id"}, set(data.coords))
                self.assertEqual(data.k.attrs["units"], "d-1")
                self.assertEqual(data.k.values.tolist(), [0.1, 0.1, 0.5, 0.5, 1.0, 1.0])
                for run in range(6):
                    k = float(data.k[run])
                    self.assertAlmostEqual(float(data.left[run]), math.exp(-2 * k), delta=2e-5)
                    self.assertAlmostEqual(float(data.level[run, 3]), math.exp(-3 * k), delta=2e-5)
                # A run that ends on day 3 has no value on day 4.
                self.assertTrue(math.isnan(data.level[0, 4]))
                self.assertFalse(math.isnan(data.level[1, 4]))
        with open(self.folder / "s/collected.csv") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([row["status"] for row in rows], ["complete"] * 6)
        self.assertAlmostEqual(float(rows[5]["left"]), math.exp(-2), delta=2e-5)
        with open(self.folder / "s/collected.units.csv") as file:
            units = {row["column"]: row["unit"] for row in csv.DictReader(file)}
        self.assertEqual((units["k"], units["left"]), ("d-1", "ng/mL"))
        self.assertEqual(set(rows[0]), set(units))

    def test_info_tells_of_a_collected_study(self):
        self.plan()
        self.neocol("run", "s")
        done = subprocess.run(
            [PROGRAM, "info", "s/collected.h5"],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=True,
        )
        self.assertIn("6 cases complete, 0 failed, 0 not run", done.stdout)
        self.assertRegex(done.stdout, r"k +0\.1 to 1 d-1 +\(parameters\.k\)")
        # exp(-2 k) for the largest, the median and the smallest k.
        told = re.search(r"left +([\d.]+) +([\d.]+) +([\d.]+) ng/mL", done.stdout)
        for value, k in zip(told.groups(), (1.0, 0.5, 0.1)):
            self.assertAlmostEqual(float(value), math.exp(-2 * k), delta=1e-4)

    def test_results_do_not_depend_on_how_cases_were_shared_out(self):
        self.plan()
        self.neocol("run", "s", "--threads", "2")
        self.plan(name="parts")
        for part in (1, 0, 2):
            self.neocol("run", "parts", "--task", f"{part}/3", "--threads", "1")
        self.neocol("collect", "parts")
        self.assertEqual(
            datasets(self.folder / "s/collected.h5"), datasets(self.folder / "parts/collected.h5")
        )

    def test_the_plan_runs_without_the_files_it_was_made_from(self):
        self.plan()
        for path in (self.folder / "toy.toml", self.folder / "models/toy.toml"):
            path.unlink()
        self.neocol("run", "s")

    def test_an_archive_unpacks_to_the_study_and_checks(self):
        self.plan()
        self.neocol("run", "s")
        self.neocol("archive", "s")
        elsewhere = self.folder / "elsewhere"
        with tarfile.open(self.folder / "s.tar") as tar:
            self.assertTrue(all(not n.startswith("/") for n in tar.getnames()))
            tar.extractall(elsewhere)
        subprocess.run(
            ["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=elsewhere / "s", check=True
        )
        self.neocol("collect", elsewhere / "s")
        self.assertEqual(
            datasets(elsewhere / "s/collected.h5"), datasets(self.folder / "s/collected.h5")
        )


class Designs(StudyTest):
    def rows(self, name="s"):
        with open(self.folder / name / "manifest.csv") as file:
            return list(csv.DictReader(file))

    def axis(self, text):
        return 'scenario = "toy.toml"\n' + text

    def test_zip_walks_axes_together(self):
        self.plan(
            self.axis(
                """design = "zip"
[[axis]]
key = "parameters.k"
values = ["0.1 d-1", "0.2 d-1"]
[[axis]]
key = "run.until"
values = ["3 day", "96 h"]"""
            )
        )
        self.assertEqual([(r["k"], r["until"]) for r in self.rows()], [("0.1", "3"), ("0.2", "4")])

    def test_a_list_gives_its_cases(self):
        self.plan(
            self.axis(
                """[[case]]
parameters.k = "0.1 d-1"
run.until = "3 day"
[[case]]
parameters.k = "0.3 d-1"
run.until = "4 day"
"""
            )
        )
        self.assertEqual([(r["k"], r["until"]) for r in self.rows()], [("0.1", "3"), ("0.3", "4")])

    def test_sampled_designs_stay_in_range_and_follow_the_models_distribution(self):
        for design, n in (("latin_hypercube", 8), ("sobol", 8), ("morris", 12)):
            samples = 4 if design == "morris" else 8
            done = self.plan(
                self.axis(
                    f"""design = "{design}"
samples = {samples}
[[axis]]
key = "parameters.k"
distribution = "model"
[[axis]]
key = "run.until"
range = ["3 day", "5 day"]"""
                ),
                name=design,
            )
            rows = self.rows(design)
            merged = re.search(r"; (\d+) were there already", done.stdout)
            self.assertEqual(len(rows) + (int(merged.group(1)) if merged else 0), n)
            k = sorted(float(r["k"]) for r in rows)
            self.assertTrue(all(0.1 <= x <= 2 for x in k))
            self.assertTrue(all(3 <= float(r["until"]) <= 5 for r in rows))
            if design == "latin_hypercube":
                # One value in each eighth of the range of ln k.
                parts = [int(math.log(x / 0.1) / math.log(20) * 8) for x in k]
                self.assertEqual(parts, list(range(8)))

    def test_replicates_share_seeds_when_paired_and_not_when_independent(self):
        self.plan("replicates = 2\n" + STUDY)
        rows = self.rows()
        self.assertEqual({(r["replicate"], r["seed"]) for r in rows}, {("1", "1"), ("2", "2")})
        self.plan('replicates = 2\nseeds = "independent"\n' + STUDY, name="free")
        self.assertEqual(len({r["seed"] for r in self.rows("free")}), 12)

    def test_the_same_case_written_twice_is_run_once(self):
        done = self.plan(
            self.axis(
                """[[axis]]
key = "run.until"
values = ["72 h", "72 h"]"""
            ),
            code=3,
        )
        self.assertIn("this value is there twice", done.stderr)
        done = self.plan(
            self.axis(
                """[[case]]
run.until = "72 h"
[[case]]
run.until = "3 day"
"""
            )
        )
        self.assertIn("1 cases", done.stdout)
        self.assertIn("1 were there already", done.stdout)

    def test_extending_adds_what_is_new_and_repeats_nothing(self):
        self.plan()
        self.neocol("run", "s")
        before = self.rows()
        self.write("s.toml", "replicates = 2\n" + STUDY.replace('"1 d-1"', '"1 d-1", "1.5 d-1"'))
        done = self.neocol("extend", "s", "s.toml")
        self.assertIn("10 cases added", done.stdout)
        self.assertEqual(self.rows()[:6], before)
        done = self.neocol("run", "s", "--json")
        self.assertEqual(json.loads(done.stdout)["this_run"]["complete"], 10)
        self.write("toy.toml", SCENARIO.replace("1e-6", "1e-5"))
        done = self.neocol("extend", "s", "s.toml", code=3)
        self.assertIn("'tolerance = 1e-06' then, 'tolerance = 1e-05' now", done.stderr)

    def test_a_latin_hypercube_grows_to_a_multiple(self):
        study = (
            'scenario = "toy.toml"\ndesign = "latin_hypercube"\nsamples = {}\n[[axis]]\n'
            'key = "parameters.k"\nrange = ["0.1 d-1", "1.1 d-1"]\n[[axis]]\n'
            'key = "run.until"\nrange = ["2 day", "4 day"]\n'
        )
        self.plan(study.format(4))
        before = self.rows()
        for samples, added in ((8, 4), (24, 16)):
            self.write("s.toml", study.format(samples))
            self.assertIn(f"{added} cases added", self.neocol("extend", "s", "s.toml").stdout)
            rows = self.rows()
            self.assertEqual(rows[: len(before)], before)
            strata = sorted(int((float(row["k"]) - 0.1) * samples) for row in rows)
            self.assertEqual(strata, list(range(samples)))
            before = rows
        self.write("s.toml", study.format(36))
        done = self.neocol("extend", "s", "s.toml", code=3)
        self.assertIn("grows to a multiple", done.stderr)
        self.assertIn("samples = 48", done.stderr)

    def test_an_estimate_runs_the_corners_and_says_what_the_study_takes(self):
        self.plan()
        done = self.neocol("estimate", "s", "--pilots", "4")
        for word in ("time ", "memory ", "disk ", "files"):
            self.assertIn(word, done.stdout)
        rows = self.rows()
        status = json.loads(self.neocol("status", "s", "--json").stdout)
        self.assertEqual(status["complete"], 4)
        done = self.neocol("run", "s")
        self.assertIn("2 complete, 0 failed in", done.stdout)
        self.assertIn("predicted and actual", done.stdout)
        self.assertEqual(self.rows(), rows)


class Doubts(StudyTest):
    def test_a_doubtful_case_is_told_collected_and_not_run_again(self):
        # u' = g u^2 - k u passes the bound by day 4 where k is small.
        self.write(
            "models/toy.toml",
            MODEL
            + """
[bound.growth]
value = "u"
unit = "ng/mL"
at_most = "1.5 ng/mL"
meaning = "no more than this"
source = "chosen"
""",
        )
        self.plan(
            """scenario = "toy.toml"
[set]
parameters.g = "0.2 mL/ng/d"
[[axis]]
key = "parameters.k"
values = ["0.1 d-1", "0.5 d-1", "1 d-1"]
"""
        )
        done = self.neocol("run", "s", code=7)
        self.assertIn("2 of 3 cases complete, 1 doubtful, 0 failed", done.stdout)
        self.assertRegex(done.stdout, r"bound 'growth' \(at .*\) was broken")
        with open(self.folder / "s/collected.csv") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([row["status"] for row in rows], ["doubtful", "complete", "complete"])
        self.assertIn("bound 'growth'", rows[0]["reason"])
        for row in rows:
            self.assertLess(float(row["residual"]), 1e-8)
        # u(2 d) by separation of variables.
        exact = 0.1 / (0.2 - 0.1 * math.exp(0.2))
        self.assertAlmostEqual(float(rows[0]["left"]), exact, delta=1e-4)
        done = self.neocol("retry", "s", "--json", code=7)
        report = json.loads(done.stdout)
        self.assertEqual((report["doubtful"], report["this_run"]["planned"]), (1, 0))
        done = subprocess.run(
            [PROGRAM, "info", "s/collected.h5"],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=True,
        )
        self.assertIn("2 cases complete, 1 doubtful (column 'reason'), 0 failed", done.stdout)


class Stored(StudyTest):
    """Cases in a store by what they are."""

    def cases(self, *rates, **options):
        """Whether every case was in the store, and its courses."""
        results = run_cases(
            [Case(self.folder / "toy.toml", (("parameters.k", f"{k} d-1"),)) for k in rates],
            store=self.folder / "store",
            interpreter=True,
            jobs=2,
            **options,
        )
        self.assertEqual({result.status for result in results}, {"complete"})
        return [
            (result.is_stored, {k: v.tolist() for k, v in result.observables.items()})
            for result in results
        ]

    def test_a_case_is_run_once_in_whatever_list_it_stands(self):
        first = self.cases(0.1, 0.5, 1)
        self.assertEqual([stored for stored, _ in first], [False] * 3)
        again = self.cases(1, 0.2, 0.1)
        self.assertEqual([stored for stored, _ in again], [True, False, True])
        self.assertEqual((again[0][1], again[2][1]), (first[2][1], first[0][1]))

    def test_a_case_of_which_less_was_kept_is_run_again(self):
        few = self.cases(1, observables=[])
        self.assertEqual(few, [(False, {})])
        whole = self.cases(1)
        self.assertEqual(whole[0][0], False)
        self.assertEqual(self.cases(1), [(True, whole[0][1])])
        # What has more has also what is asked for.
        self.assertTrue(self.cases(1, observables=[])[0][0])

    def test_a_damaged_store_of_cases_is_set_aside_and_its_cases_run_again(self):
        first = self.cases(0.1, 0.5, 1)
        for path in (self.folder / "store").glob("*.segment"):
            path.write_bytes(
                path.read_bytes().replace(b"complete", b"Complete").replace(b"u", b"v")
            )
        with self.assertWarnsRegex(UserWarning, "damaged, and set aside here"):
            again = self.cases(0.1, 0.5, 1)
        self.assertEqual(again, first)
        self.assertEqual([stored for stored, _ in self.cases(0.1, 0.5, 1)], [True] * 3)


class Messages(StudyTest):
    def refused(self, study, *words):
        done = self.plan(study, code=3)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertFalse((self.folder / "s").exists())

    def test_faults_of_a_study_file_are_told_with_their_place(self):
        self.refused(
            STUDY.replace("parameters.k", "parameters.kk"),
            "has no parameter 'kk'",
            "did you mean 'k'",
        )
        self.refused(
            STUDY.replace('"0.5 d-1"', '"0.5 mm"'),
            "s.toml:5",
            "'0.5 mm'",
            "not of the kind of 'd-1'",
        )
        self.refused(STUDY.replace('"0.5 d-1"', '"0.5 d-1", 3'), "s.toml:5:")
        self.refused(STUDY.replace("[[axis]]", "[[axes]]"), "varies nothing", "unknown key 'axes'")
        self.refused(
            'design = "sobool"\n' + STUDY, "unknown design 'sobool'", "did you mean 'sobol'"
        )
        self.refused('design = "sobol"\n' + STUDY, "needs 'samples'")
        self.refused('design = "zip"\n' + STUDY, "as many values each")
        self.refused(
            'outcomes = ["lefd"]\n' + STUDY, "unknown outcome 'lefd'", "did you mean 'left'"
        )
        self.refused(STUDY.replace("run.until", "run.seed"), "replicates")
        self.refused(STUDY.replace('"3 day"', '"-3 day"'), "run.until = -3 day")
        self.refused(STUDY.replace("toy.toml", "tom.toml"), "tom.toml")

    def test_a_folder_that_exists_is_not_planned_into(self):
        self.plan()
        done = self.plan(code=5)
        self.assertIn("exists already", done.stderr)

    def test_running_an_edited_study_file_says_how_to_go_on(self):
        self.plan()
        self.write("s.toml", STUDY.replace('"1 d-1"', '"2 d-1"'))
        done = self.neocol("run", "s.toml", code=3)
        self.assertIn("neocol study extend s s.toml", done.stderr)


if __name__ == "__main__":
    main()
