"""neocol.results reads what docs/result-file.md describes."""
import hashlib
import random
import unittest
from contextlib import contextmanager

import h5py
import numpy as np
import xarray as xr
from neocol.result_sets import open_many
from neocol.results import ResultError, align, load, read_measurements
from neocol.seal import SEAL_BYTES, seal, seal_line
from programs import FolderTest
from synthetic_result import OBSERVABLES, SPECIES, THICKNESS, Case, scale, variable, write


@contextmanager
def edited(path):
    """The file, sealed again afterwards."""
    with h5py.File(path, "a") as file:
        yield file
    seal(path, "result")


class Reading(FolderTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case = Case(depths=[0.5, 0.8, 0.8, 1.0])
        cls.result = load(write(cls.folder / "course.h5", cls.case))
        cls.addClassCleanup(cls.result.close)

    def test_both_xarray_engines_open_every_group_and_name_the_coordinates(self):
        for engine in ("h5netcdf", "netcdf4"):
            for group, dimension in (
                (None, "time"),
                ("fields", "field_time"),
                ("sessions", "session"),
            ):
                with self.subTest(engine=engine, group=group), xr.open_dataset(
                    self.folder / "course.h5", engine=engine, group=group
                ) as opened:
                    self.assertIn(dimension, opened.coords)

    def test_observables_sessions_and_outcomes_come_with_names_and_units(self):
        self.assertEqual(set(self.result.observables.data_vars), set(OBSERVABLES))
        self.assertEqual(self.result.observable("tgf_beta").attrs["units"], "ng/mL")
        np.testing.assert_array_equal(self.result.session_times, [0, 28, 56, 84])
        self.assertEqual(self.result.last_session, 84)
        np.testing.assert_allclose(self.result.session_values("puncture_density", "cm-2"), 250)
        np.testing.assert_allclose(
            self.result.session_values("channel_depth", "um"), [500, 800, 800, 1000]
        )
        self.assertEqual(self.result.outcomes.loc["closure_time", "units"], "d")
        self.assertFalse(self.result.outcomes.loc["collagen_gain", "censored"])

    def test_times_rise_strictly_and_jumps_stand_in_events(self):
        self.assertGreater(np.diff(self.result.observables["time"].values).min(), 0)
        np.testing.assert_array_equal(self.result.event_times, self.case.session_times)
        values = self.result.observable("tgf_beta").sel(time=28.0)
        self.assertEqual(float(values), float(self.result.events["tgf_beta_before"][1]))
        course = self.result.course("tgf_beta")
        both = course.values[course["time"].values == 28.0]
        self.assertEqual(
            list(both),
            [float(self.result.events[f"tgf_beta_{side}"][1]) for side in ("before", "after")],
        )

    def test_fields_at_a_jump_come_before_and_after_it(self):
        self.assertGreater(np.diff(self.result.fields["field_time"].values).min(), 0)
        records = self.result.field_records("tgf_beta")
        np.testing.assert_array_equal(records["field_time"].values, self.result.record_times)
        at = np.flatnonzero(self.result.record_times == 28.0)
        self.assertEqual(list(self.result.records_after_jump[at]), [False, True])
        np.testing.assert_array_equal(
            records.values[at[1]], self.result.fields_after["tgf_beta"].sel(field_time=28.0).values
        )

    def test_two_regimens_subtract_over_all_times_of_both(self):
        other = write(self.folder / "three.h5", Case(sessions=3, spacing=14.5, until=200))
        with load(other) as second:
            first, last = align(self.result, second)
            difference = first - last
            wanted = np.union1d(self.result.observables["time"], second.observables["time"])
            np.testing.assert_array_equal(difference["time"].values, wanted)
            at = float(second.session_times[1])
            self.assertEqual(
                float(last["tgf_beta"].sel(time=at)),
                float(second.observable("tgf_beta").sel(time=at)),
            )
            self.assertTrue(np.isnan(last["tgf_beta"].sel(time=201.0)))
            times = last["time"].values
            later = float(times[np.flatnonzero(times == at)[0] + 1])
            between = np.interp(
                later,
                [at, np.floor(at) + 1],
                [
                    float(second.events["tgf_beta_after"][1]),
                    float(second.observable("tgf_beta").sel(time=np.floor(at) + 1)),
                ],
            )
            self.assertAlmostEqual(float(last["tgf_beta"].sel(time=later)), float(between))

    def test_xarray_takes_times_as_they_are(self):
        values = self.result.observable("tgf_beta")
        self.assertEqual(values.interp(time=[0.5, 28.5]).sizes["time"], 2)
        self.assertEqual(float(values.sel(time=28.2, method="nearest")["time"]), 28.0)

    def test_a_file_of_format_2_reads_the_same(self):
        path = write(self.folder / "old.h5", Case(sessions=2, until=60))
        with load(path) as new:
            course = {name: new.course(name).values for name in OBSERVABLES}
            times = new.course("tgf_beta")["time"].values
        with edited(path) as file:
            del file["events"]
            for name in (*OBSERVABLES, "time"):
                del file[name]
            file.attrs["format_version"] = 2
            scale(file, "time", times, "d", "time")
            for name, values in course.items():
                variable(file, name, values, ["time"], "1", name)
            flags = np.concatenate([[0], np.diff(times) == 0]).astype("u1")
            variable(file, "after_session", flags, ["time"])
        with load(path) as old:
            np.testing.assert_array_equal(old.event_times, [0.0, 28.0])
            self.assertGreater(np.diff(old.observables["time"].values).min(), 0)
            for name, values in course.items():
                np.testing.assert_array_equal(old.course(name).values, values)

    def test_layers_lie_where_the_skin_has_them(self):
        bottoms = np.cumsum(list(THICKNESS.values()))
        layers = self.result.layers()
        self.assertEqual([name for name, _, _ in layers], list(THICKNESS))
        np.testing.assert_allclose([bottom for _, _, bottom in layers], bottoms, atol=1e-12)

    def test_geometry_is_known_with_and_without_the_scenario(self):
        self.assertEqual(self.result.geometry, "single_channel")
        for geometry in ("patch", "section", "column"):
            path = write(self.folder / f"{geometry}.h5", Case(geometry=geometry, sessions=1))
            with edited(path) as file:
                del file["provenance"]
            with load(path) as result:
                self.assertEqual(result.geometry, geometry)

    def test_what_is_not_there_is_named_with_what_is(self):
        with self.assertRaisesRegex(ResultError, "no observable 'colagen'.*collagen_dermis"):
            self.result.observable("colagen")
        with self.assertRaisesRegex(ResultError, "no field 'pdgf'.*tgf_beta"):
            self.result.field("pdgf")
        self.assertEqual(set(self.result.species_fields), set(SPECIES))


class LateralMean(FolderTest):
    def test_rings_weigh_by_their_area(self):
        # The mean of r^2 over a disc of radius R is R^2/2; of its cell averages too.
        path = write(self.folder / "disc.h5", Case(sessions=1))
        with load(path) as result:
            edges = result.axis_edges("r")
            ring_mean = (edges[1:] ** 2 + edges[:-1] ** 2) / 2
            values = xr.DataArray(ring_mean, dims="r", coords={"r": result.fields["r"]})
            mean = float(result.lateral_mean(values))
            self.assertAlmostEqual(mean, edges[-1] ** 2 / 2, places=12)

    def test_unequal_cells_of_a_patch_weigh_by_their_width(self):
        path = write(self.folder / "patch.h5", Case(geometry="patch", sessions=1))
        with edited(path) as file:
            edges = file["fields/x_edges"][:]
            edges[1:-1] **= 1.5
            file["fields/x_edges"][:] = edges
        with load(path) as result:
            middles = (edges[1:] + edges[:-1]) / 2
            values = xr.DataArray(middles, dims="x", coords={"x": result.fields["x"]})
            values = values * xr.ones_like(result.fields["y"])
            self.assertAlmostEqual(float(result.lateral_mean(values)), edges[-1] / 2, places=12)


class Refusals(FolderTest):
    def refused(self, name, content, message):
        path = self.folder / name
        if content is not None:
            path.write_bytes(content)
        with self.assertRaisesRegex(ResultError, message):
            load(path)

    def test_files_that_are_no_results_say_so(self):
        self.refused("missing.h5", None, "missing.h5: no such file")
        self.refused("text.h5", b"collagen", "is not as neocol wrote it")
        self.refused("empty.h5", b"", "is not as neocol wrote it")
        with self.assertRaisesRegex(ResultError, "not a file"):
            load(self.folder)
        with h5py.File(self.folder / "other.h5", "w") as file:
            file["temperature"] = 3.0
        seal(self.folder / "other.h5", "result")
        self.refused("other.h5", None, "not a neocol result")

    def test_a_newer_format_is_refused(self):
        path = write(self.folder / "newer.h5", Case(sessions=1))
        with edited(path) as file:
            file.attrs["format_version"] = 4
        self.refused("newer.h5", None, "format version 4")


class Seal(FolderTest):
    """What is not as neocol wrote it is refused before HDF5 parses it."""

    def test_every_flipped_bit_is_refused(self):
        data = write(self.folder / "course.h5", Case(sessions=1)).read_bytes()
        choice = random.Random(5)
        path = self.folder / "flipped.h5"
        for _ in range(200):
            flipped = bytearray(data)
            flipped[choice.randrange(len(data))] ^= 1 << choice.randrange(8)
            path.write_bytes(flipped)
            with self.assertRaisesRegex(ResultError, "is not as neocol wrote it.*as_is=True"):
                load(path)

    def test_files_cut_or_edited_are_refused_and_read_when_asked(self):
        path = write(self.folder / "course.h5", Case(sessions=1))
        data = path.read_bytes()
        path.write_bytes(data[:-SEAL_BYTES])
        with self.assertRaisesRegex(ResultError, "its end is missing"):
            load(path)
        with load(path, as_is=True) as result:
            self.assertEqual(result.status, "complete")
        path.write_bytes(data[: len(data) // 2])
        with self.assertRaises(ResultError):
            load(path)

    def test_the_line_is_the_sha256_of_all_before_it(self):
        data = write(self.folder / "course.h5", Case(sessions=1)).read_bytes()
        digest = hashlib.sha256(data[:-SEAL_BYTES]).hexdigest()
        self.assertEqual(data[-SEAL_BYTES:], seal_line("result", digest))

    def test_a_part_is_read_in_a_state_that_is_whole(self):
        data = write(self.folder / "run.h5", Case(sessions=1, status="running")).read_bytes()
        data = data[:-SEAL_BYTES]
        line = "\nneocol result being written, state 7".ljust(SEAL_BYTES - 1).encode() + b"\n"
        part = self.folder / "run.h5.part"
        part.write_bytes(data + line)
        with load(part) as result:
            part.unlink()  # the run completed
            self.assertEqual(result.status, "running")
            self.assertEqual(float(result.fields["z"][0]), float(result.axis_edges("z")[1]) / 2)
        part.write_bytes(data)
        with self.assertRaisesRegex(ResultError, "killed while it wrote"):
            load(part)


class Geometry(FolderTest):
    def test_it_is_that_of_the_run_and_not_of_the_text_it_was_given(self):
        path = write(self.folder / "set.h5", Case(geometry="section"))
        with edited(path) as file:
            file["provenance"].attrs["resolved"] = '[domain]\ngeometry = "section"\n'
            file["provenance"].attrs["scenario"] = '\ufeff[domain]\ngeometry = "patch"\n'
        with load(path) as result:
            self.assertEqual(result.geometry, "section")


class Measurements(FolderTest):
    def read(self, text):
        path = self.folder / "data.csv"
        path.write_text(text)
        return read_measurements(path)

    def test_optional_columns_may_be_missing(self):
        table = self.read("# biopsies\ntime,observable,value,unit\n14,collagen_dermis,0.2,mg/mm3\n")
        self.assertEqual(table.loc[0, "value"], 0.2)
        self.assertEqual(table.loc[0, "assay"], "")
        self.assertTrue(np.isnan(table.loc[0, "sd"]))

    def test_a_missing_column_and_a_word_for_a_number_are_named(self):
        with self.assertRaisesRegex(ResultError, "no column 'unit'"):
            self.read("time,observable,value\n1,a,2\n")
        with self.assertRaisesRegex(ResultError, "data row 2: 'n.d.' in column 'value'"):
            self.read("time,observable,value,unit\n1,a,2,d\n2,a,n.d.,d\n")


class Many(FolderTest):
    def test_a_folder_of_results_is_one_dataset_and_two_tables(self):
        for name, gain in (("weak", 1.0), ("strong", 2.0)):
            write(self.folder / f"{name}.h5", Case(sessions=2, gain=gain, until=120))
        with open_many(self.folder) as many:
            self.assertEqual(many.labels, ["strong", "weak"])
            self.assertEqual(dict(many.observables.sizes)["result"], 2)
            own = many["weak"].observable("vegf")
            course = many.observables["vegf"].sel(result="weak", time=own["time"].values)
            np.testing.assert_array_equal(course, own)
            self.assertEqual(course.attrs["units"], "ng/mL")
            self.assertEqual(list(many.outcomes.index), ["strong", "weak"])
            gains = many.outcomes["collagen_gain"]
            self.assertGreater(gains["strong"], gains["weak"])
            self.assertLess(len(many._repr_html_()), 20_000)
        self.assertEqual(len(open_many(str(self.folder / "we*.h5"))), 1)
        with self.assertRaisesRegex(ResultError, "there is no result"):
            open_many(self.folder / "none*.h5")
        with self.assertRaisesRegex(ResultError, "no such file"):
            open_many(self.folder / "none.h5")
        weak = self.folder / "weak.h5"
        with self.assertRaisesRegex(ResultError, "two results are called weak"):
            open_many([weak, weak])


if __name__ == "__main__":
    unittest.main()
