"""Figures and pages of studies, comparisons in cohorts and sensitivity studies."""
import hashlib
import json
import re
import unittest
from html.parser import HTMLParser
from pathlib import Path
from unittest import mock

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from neocol.figures import studies as plots
from neocol.figures.style import RC
from neocol.reports.html import rounded
from neocol.results import ResultError
from neocol.results import load as load_result
from neocol.seal import seal
from neocol.studies import load, read_cases
from neocol.verbs import plot, report
from programs import FolderTest, run
from synthetic_result import Case, write

OUTCOMES = {"collagen_dermis_gain_90d": "%", "melanin_peak": "1", "closure_time": "h"}


def setUpModule():
    coarse = mock.patch.dict(RC, {"figure.dpi": 40})
    coarse.start()
    unittest.addModuleCleanup(coarse.stop)


def write_sweep(folder: Path) -> Path:
    """gain = density/100 + 2 length; a seventeenth run failed."""
    densities, lengths = np.meshgrid([50.0, 100, 200, 400], [0.5, 1.0, 1.5, 2.0])
    density, length = np.append(densities.ravel(), 50.0), np.append(lengths.ravel(), 0.5)
    n = len(density)
    gain = density / 100 + 2 * length
    gain[-1] = np.nan
    values = {
        "collagen_dermis_gain_90d": gain,
        "melanin_peak": 1 + gain / 50,
        "closure_time": np.full(n, 2.0),
    }
    data = xr.Dataset(
        {
            name: (
                "run",
                value,
                {
                    "units": OUTCOMES[name],
                    "long_name": f"what {name} means",
                    "definition": "as the test says",
                },
            )
            for name, value in values.items()
        }
        | {"status": ("run", np.append(np.zeros(n - 1), 2).astype("u1"))},
        coords={
            "run": np.arange(n),
            "time": [0.0, 7.0],
            "density": ("run", density, {"units": "cm-2", "key": "regimen.puncture_density"}),
            "length": ("run", length, {"units": "mm", "key": "device.needle_length"}),
            "id": ("run", [f"{i:024x}" for i in range(n)]),
        },
        attrs={"title": "Density & length", "question": "How much?", "model": "made up"},
    )
    path = folder / "collected.h5"
    data.to_netcdf(path, engine="h5netcdf")
    seal(path, "study")
    return path


def write_cube(folder: Path, ages: int = 2) -> Path:
    """gain = density/100 + 2 length + age, over three columns; the mean over age is nobody's."""
    axes = [[50.0, 100, 200, 400], [0.5, 1.0, 1.5, 2.0], [20.0 + 30 * i for i in range(ages)]]
    density, length, age = (axis.ravel() for axis in np.meshgrid(*axes))
    gain = density / 100 + 2 * length + age
    data = xr.Dataset(
        {
            "collagen_dermis_gain_90d": ("run", gain, {"units": "%", "definition": "x"}),
            "status": ("run", np.zeros(len(gain), "u1")),
        },
        coords={
            "run": np.arange(len(gain)),
            "time": [0.0],
            "density": ("run", density, {"units": "cm-2", "key": "regimen.puncture_density"}),
            "length": ("run", length, {"units": "mm", "key": "device.needle_length"}),
            "age": ("run", age, {"units": "year", "key": "skin.age"}),
        },
        attrs={"title": "Cube", "question": "How much?", "model": "made up"},
    )
    folder.mkdir()
    data.to_netcdf(folder / "collected.h5", engine="h5netcdf")
    seal(folder / "collected.h5", "study")
    return folder


def summary(median: float) -> dict:
    return {
        "cohort": {
            "median": median,
            "low": median - 1.25,
            "high": median + 1.5,
            "monte_carlo": 0.125,
        },
        "person_low": median - 2,
        "person_high": median + 2,
        "missing": 0,
    }


def write_comparison(folder: Path) -> Path:
    """Course B gains 1 point more in every person; its pigment differs less than the closure."""
    regimens = [
        {
            "name": name,
            "title": f"Course <{name}>",
            "device": "pen",
            "sessions": 4,
            "geometry": "single_channel",
            "first_d": 0,
            "last_d": last,
            "until_d": last + 90,
            "density_per_cm2": 250,
            "density_given_per_cm2": 250,
            "punctures_per_cm2": 1000,
            "wounded_volume_mm3_per_cm2": 1.96,
            "channel_depth_mm": 0.75,
        }
        for name, last in (("A", 84), ("B", 42))
    ]
    share = {"median": 0.75, "low": 0.5, "high": 1.0, "monte_carlo": 0.1}
    outcomes = [
        {
            "name": "collagen_dermis_gain_90d",
            "unit": "%",
            "meaning": "gain",
            "least": 0.5,
            "more_is_better": True,
            "regimens": [
                {
                    "value": summary(2.0625),
                    "difference": summary(0.0),
                    "same_sign": 0,
                    "closure_error": 0.05,
                    "below_closure": False,
                },
                {
                    "value": summary(3.0625),
                    "difference": summary(1.0),
                    "same_sign": 1,
                    "closure_error": 0.05,
                    "below_closure": False,
                    "better": share,
                    "worse": share,
                },
            ],
        },
        {
            "name": "melanin_peak",
            "unit": "1",
            "meaning": "pigment",
            "regimens": [
                {
                    "value": summary(1.125),
                    "difference": summary(0.0),
                    "same_sign": 0,
                    "closure_error": 0.1,
                    "below_closure": False,
                },
                {
                    "value": summary(1.1875),
                    "difference": summary(0.0625),
                    "same_sign": 1,
                    "closure_error": 0.1,
                    "below_closure": True,
                },
            ],
        },
    ]
    days = [-84.0, 0.0, 90.0]
    curves = [
        {
            "observable": "collagen_dermis",
            "unit": "%",
            "meaning": "",
            "regimen": i,
            "days": days,
            "median": [0, 1 + i, 2 + i],
            "low": [0, 0.5, 1],
            "high": [0, 3, 4],
            "person_low": [0, 0, 0],
            "person_high": [0, 5, 5],
        }
        for i in range(2)
    ]
    path = folder / "intervals.json"
    path.write_text(
        json.dumps(
            {
                "kind": "cohort comparison",
                "note": "",
                "model": "made up",
                "neocol_version": "0",
                "cohort": "Some persons",
                "persons": 4,
                "draws": 2,
                "parameters": 3,
                "seed": 1,
                "cases": 16,
                "failed": 0,
                "draws_from": "declared distributions",
                "clock": "last session",
                "follow_up_d": 90,
                "equal_dose": "none",
                "traits": [
                    {
                        "name": "age",
                        "unit": "year",
                        "low": 20,
                        "high": 60,
                        "source": "chosen",
                        "evidence": "design",
                    }
                ],
                "choices": [],
                "regimens": regimens,
                "outcomes": outcomes,
                "curves": curves,
            }
        )
    )
    rows = ["case,regimen,draw,person,status,reason,collagen_dermis_gain_90d [%],melanin_peak [1]"]
    rows += [
        f"0,{name},{draw},{person},complete,,{2 + i + person},{1 + person / 10}"
        for i, name in enumerate("AB")
        for draw in range(2)
        for person in range(4)
    ]
    (folder / "intervals.cases.csv").write_text(sealed_cases("\n".join(rows) + "\n"))
    return path


def sealed_cases(text: str) -> str:
    """A table of cases with the first line that neocol gives it."""
    return f"# neocol cases sha256 {hashlib.sha256(text.encode()).hexdigest()}\n{text}"


def write_sensitivity(folder: Path, method: str) -> Path:
    parameters = [
        {
            "name": name,
            "unit": "1",
            "evidence": "design",
            "meaning": f"rate of {name}",
            "value": 1,
            "low": 0.5,
            "high": 2,
        }
        for name in ("k_small", "k_large")
    ]
    sizes = {"k_small": 0.25, "k_large": 4.0}
    inputs = [
        {
            "parameter": name,
            "mu_star": [size, size / 2, size * 2],
            "mu": -size,
            "sigma": size / 3,
            "effects": 5,
        }
        if method == "morris"
        else {"parameter": name, "first": [size / 8, 0, 1], "total": [size / 5, 0, 1]}
        for name, size in sizes.items()
    ]
    path = folder / f"{method}.json"
    path.write_text(
        json.dumps(
            {
                "kind": "sensitivity",
                "method": method,
                "title": "A course",
                "model": "made up",
                "neocol_version": "0",
                "samples": 5,
                "seed": 1,
                "cases": 15,
                "failed": 1,
                "parameters": parameters,
                "outcomes": [
                    {
                        "name": "collagen_dermis_gain_90d",
                        "unit": "%",
                        "meaning": "gain",
                        "missing": 1,
                        "median": 2,
                        "low": 1,
                        "high": 3,
                        "inputs": inputs,
                    }
                ],
            }
        )
    )
    return path


class Balanced(HTMLParser):
    """Faults of a page: tags left open or closed twice, ids used twice, links to nowhere."""

    VOID = {"meta", "br", "img", "hr", "link", "input"}

    def __init__(self, text: str):
        super().__init__()
        self.open, self.faults, self.ids, self.links, self.numbers = [], [], [], [], {}
        self.feed(text)
        self.close()
        self.faults += [f"open: {tag}" for tag in self.open]
        self.faults += [f"id twice: {one}" for one in set(self.ids) if self.ids.count(one) > 1]
        self.faults += [f"no target: {link}" for link in self.links if link not in self.ids]

    def handle_starttag(self, tag, attributes):
        if tag not in self.VOID:
            self.open.append(tag)
        self._look(dict(attributes))

    def handle_startendtag(self, tag, attributes):
        self._look(dict(attributes))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"closed out of turn: {tag}")

    def _look(self, attributes):
        if "id" in attributes:
            self.ids.append(attributes["id"])
        for value in attributes.values():
            self.links += re.findall(r"url\(#([^)]+)\)", value or "")
        link = attributes.get("href", "")
        if link:
            if link.startswith("#"):
                self.links.append(link[1:])
            elif not link.startswith("data:image/png;base64,"):
                self.faults.append(f"link to elsewhere: {link}")
        if "src" in attributes and not attributes["src"].startswith("data:"):
            self.faults.append(f"source elsewhere: {attributes['src']}")
        if attributes.get("data-key"):
            self.numbers.setdefault(attributes["data-key"], float(attributes["data-value"]))


class Studies(FolderTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sweep = write_sweep(cls.folder)
        cls.comparison = write_comparison(cls.folder)
        cls.morris = write_sensitivity(cls.folder, "morris")
        cls.sobol = write_sensitivity(cls.folder, "sobol")
        cls.course = write(cls.folder / "course.h5", Case())


class Figures(Studies):
    def test_every_kind_of_study_is_drawn(self):
        for path, kinds in (
            (self.folder, {"outcomes", "tradeoff"}),
            (self.comparison, {"curves", "differences", "persons"}),
            (self.morris, {"tornado", "interactions"}),
            (self.sobol, {"sobol"}),
        ):
            code, output, error = run(
                plot, path, "--formats", "png", "--output", self.folder / "figures"
            )
            self.assertEqual((code, error), (0, ""))
            self.assertEqual(
                {line.rsplit("_", 1)[1] for line in output.split()},
                {f"{kind}.png" for kind in kinds},
            )

    def test_curves_of_a_cohort_are_drawn_as_svg(self):
        code, output, _ = run(
            plot, self.comparison, "--formats", "svg", "--output", self.folder / "other"
        )
        self.assertEqual(code, 0)
        self.assertIn("intervals_differences.svg", output)

    def test_runs_that_failed_are_left_out_and_counted(self):
        sweep = load(self.folder)
        self.assertEqual(sweep.columns, ["density", "length"])
        table = sweep.table("collagen_dermis_gain_90d")
        self.assertEqual(len(table), 16)
        np.testing.assert_allclose(
            table["collagen_dermis_gain_90d"], table["density"] / 100 + 2 * table["length"]
        )

    def test_nothing_is_averaged_over_a_column_that_a_figure_has_no_axis_for(self):
        folder = write_cube(self.folder / "cube")
        sweep = load(folder)
        slices = sweep.slices(["density", "length"])
        self.assertEqual([words for words, _ in slices], ["age 20 year", "age 50 year"])
        for (_, part), age in zip(slices, (20, 50)):
            ax = Figure().add_subplot()
            with mock.patch.object(ax, "contourf", wraps=ax.contourf) as drawn:
                plots.plot_surface(ax, part, "collagen_dermis_gain_90d", "density", "length")
            values = drawn.call_args.args[2]
            self.assertEqual((values.min(), values.max()), (age + 0.5 + 1.0, age + 4.0 + 4.0))
        for draw in (
            lambda ax: plots.plot_surface(
                ax, sweep, "collagen_dermis_gain_90d", "density", "length"
            ),
            lambda ax: plots.plot_lines(ax, sweep, "collagen_dermis_gain_90d", "density", "length"),
        ):
            with self.assertRaisesRegex(ResultError, "age would be averaged"):
                draw(Figure().add_subplot())
        code, output, error = run(plot, folder, "--formats", "png", "--name", "cube")
        self.assertEqual((code, error), (0, ""))
        self.assertEqual(
            [Path(line).name for line in output.split()],
            ["cube_outcomes_1.png", "cube_outcomes_2.png"],
        )
        code, output, _ = run(plot, folder, "--formats", "png", "--at", "age=50")
        self.assertEqual(len(output.split()), 1)
        for at, expected, words in (
            ("age=51", 3, "no run has age = 51; there are: 20 year, 50 year"),
            ("agee=50", 3, "no column 'agee' varies"),
            ("age", 2, "takes COLUMN=VALUE"),
        ):
            code, _, error = run(plot, folder, "--at", at)
            self.assertEqual(code, expected)
            self.assertIn(words, error)
        code, _, error = run(plot, write_cube(self.folder / "long", 13))
        self.assertEqual(code, 3)
        self.assertIn("13 combinations of age would need a page each", error)
        self.assertIn("--at age=20.0", error)

    def test_a_column_that_follows_the_others_needs_no_page_of_its_own(self):
        sweep = load(self.folder)
        twice = sweep.dataset["density"] * 2
        sweep.dataset["passes"] = twice.assign_attrs(units="1", key="regimen.passes")
        sweep.columns.append("passes")
        self.assertEqual([words for words, _ in sweep.slices(["density", "length"])], [""])

    def test_a_forest_marks_medians_and_the_closure_error(self):
        ax = plots.plot_cohort_forest(Figure().add_subplot(), load(self.comparison), "melanin_peak")
        dots = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"]
        self.assertEqual(dots, [0.0625])
        band = ax.patches[0].get_xy()
        self.assertAlmostEqual(float(np.max(np.abs(np.asarray(band)[..., 0]))), 0.1)

    def test_a_tornado_begins_with_the_largest(self):
        ax = plots.plot_tornado(
            Figure().add_subplot(), load(self.morris), "collagen_dermis_gain_90d"
        )
        self.assertEqual([text.get_text() for text in ax.get_yticklabels()], ["k_large", "k_small"])
        self.assertEqual([bar.get_width() for bar in ax.patches], [4.0, 0.25])

    def test_the_front_holds_what_nothing_beats(self):
        points = [(1, 1), (2, 3), (3, 2), (3, 4), (0, 0)]
        self.assertEqual(plots.pareto(points, more_x=False, more_y=True), [0, 1, 3, 4])

    def test_files_that_are_no_studies_are_told_apart(self):
        for path, words in (
            (self.comparison.with_suffix(".txt"), "no such file"),
            (self.folder / "none.json", "no such file"),
        ):
            code, _, error = run(plot, path)
            self.assertEqual(code, 3)
            self.assertIn(words, error)
        code, _, error = run(plot, self.folder, "--outcomes", "gain")
        self.assertEqual(code, 3)
        self.assertIn("there are: collagen_dermis_gain_90d", error)


class Damage(Studies):
    """What is not as neocol wrote it is told and not believed."""

    def test_a_collected_file_is_compared_with_its_digest(self):
        (self.folder / "sealed").mkdir()
        path = write_sweep(self.folder / "sealed")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        text = f"# complete 16\n{digest}  collected.h5\n"
        sums = path.with_name("collected.sha256")
        sums.write_text(
            "# neocol collected sha256 " f"{hashlib.sha256(text.encode()).hexdigest()}\n{text}"
        )
        self.assertEqual(load(path).complete.sizes["run"], 16)
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 4
        path.write_bytes(data)
        with self.assertRaisesRegex(ResultError, "not as neocol wrote it.*study collect"):
            load(path)
        sums.write_text(sums.read_text().replace("complete 16", "complete 17"))
        with self.assertRaisesRegex(ResultError, "collected.sha256: is not as neocol wrote it"):
            load(path)

    def test_doubtful_runs_are_left_out_and_counted(self):
        (self.folder / "doubtful").mkdir()
        path = write_sweep(self.folder / "doubtful")
        with xr.open_dataset(path) as opened:
            data = opened.load()
        data["status"][3] = 5
        data["status"].attrs.update(
            flag_values=np.array([0, 2, 5], "u1"), flag_meanings="complete failed doubtful"
        )
        data.to_netcdf(path, engine="h5netcdf")
        seal(path, "study")
        sweep = load(path)
        self.assertEqual((sweep.doubtful, sweep.complete.sizes["run"]), (1, 15))

    def test_a_damaged_table_of_cases_is_refused(self):
        table = self.folder / "own.cases.csv"
        text = (
            'case,regimen,status,reason,gain [%]\n0,A,complete,"reason #1, quoted",2.5\n'
            "1,A,complete,,3.5\n2,A,failed,x,\n"
        )
        table.write_text(sealed_cases(text))
        whole = read_cases(table)
        self.assertEqual(whole["gain [%]"].tolist()[:2], [2.5, 3.5])
        self.assertEqual(whole["reason"][0], "reason #1, quoted")
        table.write_text(table.read_text().replace(",3.5", ",3.6"))
        with self.assertRaisesRegex(ResultError, "own.cases.csv: not as neocol wrote it"):
            read_cases(table)


class Pages(Studies):
    def page(self, path, *more):
        output = self.folder / f"{Path(path).stem}_page.html"
        code, _, error = run(report, path, "-o", output, "--overwrite", *more)
        self.assertEqual((code, error), (0, ""))
        return output.read_text(encoding="utf-8")

    def test_pages_are_whole_and_need_nothing_from_elsewhere(self):
        for path in (self.course, self.comparison, self.morris, self.sobol, self.folder):
            text = self.page(path)
            self.assertEqual(Balanced(text).faults, [], str(path))
            words = re.sub(r"data:image/png;base64,[^\"]*", "", text)
            self.assertNotRegex(words, r"https?:|//[a-z]|@import|<script")
            self.assertTrue(text.startswith("<!DOCTYPE html>"))
            self.assertIn("prefers-color-scheme: dark", text)
            self.assertIn("No trial has compared such courses directly", text)

    def test_numbers_of_a_run_are_those_of_its_file(self):
        found = Balanced(self.page(self.course)).numbers
        with load_result(self.course) as result:
            for name, row in result.outcomes.iterrows():
                if not row["censored"]:
                    self.assertEqual(found[name], row["value"])
        self.assertGreater(len(found), 3)

    def test_numbers_of_a_comparison_are_those_of_its_file(self):
        text = self.page(self.comparison)
        found = Balanced(text).numbers
        self.assertEqual(found["collagen_dermis_gain_90d/B"], 3.0625)
        self.assertEqual(found["melanin_peak/A"], 1.125)
        self.assertIn("1 percentage points more (−0.25 to +2.5)", text)
        self.assertIn("of 100 persons 75 better and 75 worse off by 0.5", text)
        self.assertIn("no difference that the model could tell", text)
        self.assertIn("Course &lt;A&gt;", text)

    def test_numbers_of_studies_are_those_of_their_files(self):
        found = Balanced(self.page(self.folder)).numbers
        self.assertEqual(found["collagen_dermis_gain_90d/highest"], 8.0)
        self.assertEqual(found["collagen_dermis_gain_90d/lowest"], 1.5)
        found = Balanced(self.page(self.morris)).numbers
        self.assertEqual(found["collagen_dermis_gain_90d/k_large"], 4.0)

    def test_a_page_is_not_replaced_unasked(self):
        self.page(self.morris)
        code, _, error = run(report, self.morris, "-o", self.folder / "morris_page.html")
        self.assertEqual(code, 5)
        self.assertIn("--overwrite", error)

    def test_numbers_are_rounded_as_people_read_them(self):
        self.assertEqual(
            [rounded(v) for v in (2.0345, -0.5, 1234.6, 0.0, None, float("nan"))],
            ["2.03", "−0.5", "1230", "0", "–", "–"],
        )
        self.assertEqual(rounded(2.5e-7), "2.50 × 10^−7")


if __name__ == "__main__":
    unittest.main()
