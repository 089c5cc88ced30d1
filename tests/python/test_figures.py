"""The plotting programs, on results of every geometry."""
import unittest
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from neocol.figures import courses as plots
from neocol.figures import maps as maps
from neocol.figures.comparison import curve_page, outcome_page, shared_observables
from neocol.figures.drawn import DrawnData
from neocol.figures.pages import collagen_page, course_pages, section_pages
from neocol.figures.style import RC, change_map, save, signal_map, style
from neocol.results import ResultError, load
from neocol.verbs import plot
from programs import FolderTest, run
from synthetic_result import Case, write


def setUpModule():
    """Coarse pixels: these tests look at layout and numbers, and have little time."""
    coarse = mock.patch.dict(RC, {"figure.dpi": 50})
    coarse.start()
    unittest.addModuleCleanup(coarse.stop)


class Files(FolderTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.course = write(cls.folder / "course.h5", Case())
        cls.other = write(
            cls.folder / "other.h5", Case(sessions=3, spacing=14, until=200, gain=1.5)
        )


class Programs(Files):
    def test_the_paths_printed_are_the_files_written(self):
        folder = self.folder / "figures_of_course"
        code, output, _ = run(plot, self.course, "--output", folder)
        self.assertEqual(code, 0)
        self.assertEqual(sorted(map(Path, output.split())), sorted(folder.iterdir()))
        names = {path.name for path in folder.iterdir()}
        for figure in ("time_courses", "wound_courses", "collagen", "sections"):
            for kind in ("pdf", "svg", "png"):
                self.assertIn(f"course_{figure}.{kind}", names)

    def test_every_geometry_draws_what_it_has(self):
        for geometry, figures in (("patch", 4), ("section", 4), ("column", 3), ("well_mixed", 2)):
            with self.subTest(geometry):
                path = write(self.folder / f"{geometry}.h5", Case(geometry=geometry, sessions=2))
                code, output, error = run(
                    plot,
                    path,
                    "--formats",
                    "png",
                    "--dpi",
                    50,
                    "--output",
                    self.folder / geometry,
                )
                self.assertEqual((code, error, len(output.split())), (0, "", figures))

    def test_figures_carry_the_run_and_the_command_and_embed_their_fonts(self):
        folder = self.folder / "metadata"
        arguments = (self.course, "--output", folder, "--figures", "collagen")
        run(plot, *arguments)
        for kind in ("svg", "png"):
            data = (folder / f"course_collagen.{kind}").read_bytes()
            self.assertIn(Case.hash.encode(), data)
            self.assertIn(b"neocol plot", data)
        pdf = (folder / "course_collagen.pdf").read_bytes()
        self.assertIn(Case.hash.encode(), pdf)
        self.assertIn(b"/FontFile2", pdf)
        self.assertNotIn(b"/Type3", pdf)

    def test_equal_input_gives_equal_files(self):
        first, second = self.folder / "first", self.folder / "second"
        for folder in (first, second):
            with style(), load(self.course) as result:
                page = collagen_page(result, 180, DrawnData())["collagen"]
                save(page, folder / "collagen", "title", [result.scenario_hash], "command")
        for path in first.iterdir():
            self.assertEqual(path.read_bytes(), (second / path.name).read_bytes(), path.name)

    def test_saved_data_are_the_numbers_of_the_result(self):
        table_path = self.folder / "drawn.csv"
        run(
            plot,
            self.course,
            "--output",
            self.folder / "saved",
            "--formats",
            "png",
            "--dpi",
            50,
            "--save-data",
            table_path,
        )
        table = pd.read_csv(table_path)
        self.assertEqual(set(table["figure"]), {"time_courses", "collagen", "sections"})
        rows = table[(table["figure"] == "time_courses") & (table["quantity"] == "vegf")]
        with load(self.course) as result:
            drawn = result.course("vegf")  # both sides of every jump
            np.testing.assert_allclose(rows["value"], drawn.values)
            np.testing.assert_allclose(rows["time_d"], drawn["time"].values)
            self.assertTrue(set(result.observable("vegf").values) <= set(drawn.values))
        self.assertEqual(set(rows["unit"]), {"ng/mL"})

    def test_compare_draws_curves_and_outcomes(self):
        code, output, _ = run(
            plot,
            self.course,
            self.other,
            "--formats",
            "png",
            "--dpi",
            50,
            "--output",
            self.folder / "compared",
        )
        self.assertEqual(code, 0)
        self.assertEqual(
            [Path(path).name for path in output.split()],
            ["compare_curves.png", "compare_outcomes.png"],
        )

    def test_a_comparison_draws_the_outcomes_it_is_asked_for(self):
        with load(self.course) as first, load(self.other) as second, style():
            drawn = DrawnData()
            outcome_page([first, second], 180.0, drawn, ["collagen_gain"])
            with self.assertRaisesRegex(ResultError, "no result has an outcome 'collagen_gian'"):
                outcome_page([first, second], 180.0, drawn, ["collagen_gian"])
        table = self.folder / "outcomes.csv"
        drawn.write(table)
        self.assertEqual(set(pd.read_csv(table)["quantity"]), {"collagen_gain"})

    def test_measurements_that_no_figure_shows_are_named(self):
        data = self.folder / "measured.csv"
        data.write_text("time,observable,value,unit\n7,vegf,3,ng/mL\n9000,vegf,3,ng/mL\n")
        quick = ["--data", data, "--formats", "png", "--dpi", 50, "--output", self.folder / "told"]
        for program, arguments, message in (
            (plot, [self.course], "vegf on day 9000 are not drawn"),
            (plot, [self.course, "--observables", "pdgf"], "vegf are not drawn"),
            (plot, [self.course, "--figures", "sections"], "vegf are not drawn"),
            (plot, [self.course, self.other], "vegf on day 9000 are not drawn"),
            (
                plot,
                [self.course, self.other, "--observables", "pdgf"],
                "vegf are not drawn",
            ),
        ):
            with self.subTest(message):
                code, _, error = run(program, *arguments, *quick)
                self.assertEqual(code, 0)
                self.assertIn(message, error)

    def test_a_comparison_draws_every_curve_that_was_measured(self):
        with load(self.course) as first, load(self.other) as second:
            usual = shared_observables([first, second], None, 4)
            left_out = next(name for name in first.observable_names if name not in usual)
            self.assertIn(left_out, shared_observables([first, second], None, 4, {left_out}))

    def test_bad_input_is_told_in_one_line(self):
        data = self.folder / "wrong_unit.csv"
        data.write_text("time,observable,value,unit\n7,vegf,3,mm\n")
        unknown = self.folder / "unknown.csv"
        unknown.write_text("time,observable,value,unit\n7,vegf,3,ng/mL\n7,vegg,3,ng/mL\n")
        for program, arguments, code, message in (
            (plot, [self.folder / "nothing.h5"], 3, "no such file"),
            (plot, [self.course, "--observables", "colagen"], 3, "no observable 'colagen'"),
            (plot, [self.course, "--fields", "pdgf"], 3, "no field 'pdgf'"),
            (plot, [self.course, "--data", data], 3, "'mm' cannot be converted to 'ng/mL'"),
            (
                plot,
                [self.course, "--data", unknown],
                3,
                "data row 2: no observable 'vegg' in course.h5; did you mean 'vegf'?",
            ),
            (
                plot,
                [self.course, self.other, "--data", unknown],
                3,
                "no observable 'vegg' in course.h5, other.h5; did you mean 'vegf'?",
            ),
            (plot, [self.course] * 8, 2, "two to 7"),
            (plot, [self.course, self.other, "--labels", "a"], 2, "1 labels for 2 results"),
        ):
            with self.subTest(message):
                got, output, error = run(program, *arguments, "--output", self.folder / "bad")
                self.assertEqual((got, output), (code, ""))
                self.assertIn(message, error)
                self.assertEqual(error.count("\n"), 1)


class Looks(Files):
    def pages(self, width):
        drawn = DrawnData()
        cases = {
            "course": self.course,
            "patch": write(self.folder / "looks_patch.h5", Case(geometry="patch", sessions=3)),
            "rest": write(self.folder / "looks_rest.h5", Case(sessions=0)),
        }
        for name, path in cases.items():
            with load(path) as result:
                found = course_pages(result, width, None, None, drawn)
                found |= collagen_page(result, width, drawn)
                found |= section_pages(result, width, None, None, None, drawn)
                for figure, page in found.items():
                    yield f"{name} {figure}, {width} mm", page
        with load(self.course) as first, load(self.other) as second:
            found = curve_page([first, second], width, None, None, drawn)
            found |= outcome_page([first, second], width, drawn)
            for figure, page in found.items():
                yield f"compare {figure}, {width} mm", page

    def test_nothing_is_cut_off_tick_labels_keep_apart_and_pages_fit_on_paper(self):
        for width in (85, 180):
            with style():
                for name, page in self.pages(width):
                    with self.subTest(name):
                        self.assertLessEqual(page.height, 280)
                        canvas = FigureCanvasAgg(page.figure)
                        canvas.draw()
                        self.assertTrue(_border_is_white(np.asarray(canvas.buffer_rgba())))
                        for ax in page.figure.axes:
                            _assert_apart(self, _drawn_tick_boxes(ax, canvas.get_renderer()))

    def test_maps_change_lightness_evenly_and_the_diverging_one_is_symmetric(self):
        def lightness(colours):
            rgb = np.array([to_rgb(colours(i / 256)) for i in range(257)])
            linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
            y = linear @ [0.2126, 0.7152, 0.0722]
            return 116 * np.where(y > 216 / 24389, np.cbrt(y), y * 841 / 108 + 4 / 29) - 16

        change, signal = lightness(change_map()), lightness(signal_map())
        np.testing.assert_allclose(change, change[::-1], atol=2.0)
        steps = np.diff(signal)
        self.assertTrue((steps < 0).all())
        self.assertLess(np.ptp(np.diff(change[128:])[2:]), 0.6)


class Quantities(Files):
    def test_the_parts_of_collagen_add_up_and_rest_is_zero(self):
        with load(self.course) as result:
            total, one, three = maps.collagen_changes(result, lateral_mean=True)
            np.testing.assert_allclose(total, one + three, atol=1e-9)
            at_rest = total.isel(field_time=0).values
            epidermis = total["z"].values < 0.1
            self.assertTrue(np.isnan(at_rest[epidermis]).all())
            np.testing.assert_allclose(at_rest[~epidermis], 0.0, atol=1e-9)

    def test_change_scales_are_centred_on_zero(self):
        norm = maps.change_norm([xr.DataArray([-1.0, 4.0, np.nan])])
        self.assertEqual(norm.vmin, -norm.vmax)
        self.assertEqual(norm(0.0), 0.5)

    def test_a_map_is_linear_between_records_and_jumps_at_a_session(self):
        with load(self.course) as result, style():
            times = result.record_times
            course = np.where(times > 28, 2.0, times / 28)
            values = xr.DataArray(
                np.repeat(course[:, None], 100, axis=1),
                name="change_of_test",
                dims=("field_time", "z"),
                coords={"field_time": times},
            )
            values[int(np.flatnonzero(times == 28)[1])] = 2.0
            ax = Figure().subplots()
            maps.plot_depth_time(ax, result, values, maps.change_norm([values]), columns=728)
            image = ax.collections[0].get_array().reshape(100, 728)[50]
            np.testing.assert_allclose(image[:56], (np.arange(56) + 0.5) / 2 / 28, atol=1e-9)
            np.testing.assert_allclose(image[56:], 2.0)

    def test_of_two_records_at_a_session_the_one_after_it_is_drawn(self):
        with load(self.course) as result:
            index = maps.choose_records(result, [28.0], 5, change=False)[0]
            self.assertEqual(maps.record_title(result, index), "day 28\njust after session 2")

    def test_observables_of_a_panel_share_unit_and_scale(self):
        with load(self.course) as result:
            names = result.observable_names
            found = plots.panels(result.observables, names)
            self.assertEqual(sorted(name for panel in found for name in panel.names), sorted(names))
            by_name = {name: panel.names for panel in found for name in panel.names}
            self.assertEqual(set(by_name["pdgf"]), {"pdgf", "vegf", "tgf_beta"})
            self.assertNotIn("myofibroblasts", by_name["fibroblasts"])
            for panel in found:
                units = {result.observable(name).attrs["units"] for name in panel.names}
                self.assertTrue(panel.change or len(units) == 1)

    def test_what_hardly_changes_is_drawn_as_its_change_unless_it_was_measured(self):
        with load(self.course) as result:
            collagen = ["collagen_dermis", "collagen_papillary"]
            (panel,) = plots.panels(result.observables, collagen)
            self.assertTrue(panel.change)
            self.assertEqual(plots.courses_label(result, panel), "collagen, change [%]")
            ax = plots.plot_courses(Figure().subplots(), result, collagen, change=True)
            values = result.course("collagen_dermis").values
            np.testing.assert_allclose(
                ax.get_lines()[0].get_ydata(), 100 * (values - values[0]) / values[0]
            )
            only = plots.Panel("matrix", ["collagen_dermis"], change=True)
            self.assertEqual(
                plots.panel_note(result, only), "mean of the dermis (100 % = 0.2 mg mm⁻³)"
            )
            self.assertFalse(
                any(panel.change for panel in plots.panels(result.observables, collagen, collagen))
            )

    def test_labels_of_lines_say_what_differs(self):
        with load(self.course) as result:

            def labels(*names):
                return plots.labels_of_lines([result.observable(name) for name in names])

            self.assertEqual(
                labels("pdgf", "vegf"), (["PDGF", "VEGF"], "mean of the papillary dermis")
            )
            self.assertEqual(
                labels("collagen_dermis", "collagen_papillary"),
                (["mean of the dermis", "mean of the papillary dermis"], "collagen"),
            )
            self.assertEqual(
                labels("neutrophils", "pdgf"),
                (["neutrophils, mean of the dermis", "PDGF, mean of the papillary dermis"], ""),
            )
            self.assertEqual(labels("wound_neutrophils"), (["neutrophils"], "in the wound bed"))

    def test_a_forest_marks_ratios_and_leaves_censored_outcomes_out(self):
        path = write(self.folder / "early.h5", Case(until=124, gain=2.0))
        with load(self.course) as first, load(path) as second, style():
            names = ["neutrophil_peak", "collagen_gain", "closure_time"]
            ax = plots.plot_forest(Figure().subplots(), [first, second], names)
            marks = next(line for line in ax.get_lines() if line.get_label() == "early")
            np.testing.assert_allclose(marks.get_xdata(), [2.0, np.nan, 1.0])

    def test_the_regimen_is_told_in_words(self):
        with load(self.course) as result:
            self.assertEqual(
                plots.regimen_text(result, "; "),
                "4 sessions, 28 d apart; needles 1.5 mm; channels 0.9 mm; " "250 punctures cm⁻²",
            )


def _border_is_white(image):
    """Ink at the edge of the page belongs to something that is cut off."""
    return all((edge == 255).all() for edge in (image[0], image[-1], image[:, 0], image[:, -1]))


def _drawn_tick_boxes(ax, renderer):
    """Extents of the labels below an axis, from left to right, but those beyond its limits."""
    frame = ax.get_window_extent(renderer)
    boxes = [
        label.get_window_extent(renderer)
        for label in ax.get_xticklabels()
        if label.get_visible() and label.get_text()
    ]
    inside = [box for box in boxes if frame.x0 - 1 <= (box.x0 + box.x1) / 2 <= frame.x1 + 1]
    return sorted(inside, key=lambda box: box.x0)


def _assert_apart(test, boxes):
    for left, right in zip(boxes, boxes[1:]):
        test.assertLessEqual(left.x1, right.x0 + 0.5)


if __name__ == "__main__":
    unittest.main()
