"""Opens results written by write_sample with xarray, by both engines, warnings as errors.

usage: check_result.py WRITE_SAMPLE
"""

import csv
import os
import subprocess
import sys
import tempfile
import unittest
import warnings

warnings.simplefilter("error")
with warnings.catch_warnings():  # of the packages' own imports
    warnings.simplefilter("ignore")
    import h5netcdf  # noqa: F401
    import h5py
    import netCDF4  # noqa: F401
    import numpy as np
    import xarray as xr

ENGINES = ("netcdf4", "h5netcdf")
LATERAL = {
    "well_mixed": (),
    "column": (),
    "section": ("x",),
    "single_channel": ("r",),
    "patch": ("y", "x"),
}
SIZES = {"z": 4, "x": 5, "y": 2, "r": 3}
GROUPS = (
    "fields",
    "fields_after",
    "events",
    "outcomes",
    "sessions",
    "punctures",
    "budget",
    "bounds",
    "provenance",
)


def collagen_at(time, shape):
    """The made-up field: time + z/4 + 8 y + 64 x by indices, (time, z, y, x)."""
    z, y, x = np.meshgrid(*(np.arange(n) for n in shape), indexing="ij")
    return np.asarray(time)[:, None, None, None] + 0.25 * z + 8 * y + 64 * x


class ResultFile(unittest.TestCase):
    folder = ""

    def open(self, geometry, engine, group=None):
        path = os.path.join(self.folder, geometry + ".h5")
        return xr.open_dataset(path, group=group, engine=engine)

    @staticmethod
    def each():
        return [(geometry, engine) for geometry in LATERAL for engine in ENGINES]

    def test_root_is_the_time_courses(self):
        for geometry, engine in self.each():
            with self.open(geometry, engine) as data:
                self.assertEqual(list(data.data_vars), ["collagen_mean", "fibroblast_peak"])
                self.assertEqual(list(data.coords), ["time"])
                self.assertEqual(data.time.dtype, np.float64)  # no timedelta
                np.testing.assert_array_equal(data.time, [0, 1, 2, 3])
                np.testing.assert_allclose(data.collagen_mean, [10, 11, 12, 13], rtol=1e-14)
                self.assertEqual(data.collagen_mean.units, "mg/mL")
                self.assertEqual(data.collagen_mean.region, "dermis")
                self.assertEqual(data.fibroblast_peak.units, "mm-3")
                self.assertEqual(data.fibroblast_peak.attrs["reduce"], "maximum")
                self.assertEqual(data.attrs["status"], "complete")
                self.assertEqual(data.attrs["Conventions"], "CF-1.10")
                self.assertEqual(data.attrs["title"], "Made up µ")
                self.assertEqual(data.attrs["format_version"], 3)

    def test_jumps_have_a_group(self):
        for geometry, engine in self.each():
            with self.open(geometry, engine, "events") as data:
                self.assertEqual(dict(data.sizes), {"event": 1})
                self.assertEqual(float(data["time"][0]), 1.0)
                self.assertEqual(str(data.cause.values[0]), "session 1, drug")
                np.testing.assert_allclose(data.collagen_mean_before, [11], rtol=1e-14)
                np.testing.assert_allclose(data.collagen_mean_after, [22], rtol=1e-14)
                self.assertEqual(data.collagen_mean_after.units, "mg/mL")
            with self.open(geometry, engine, "fields_after") as data:
                np.testing.assert_array_equal(data.field_time, [1])
                self.assertNotIn("wounded", data)

    def test_fields_have_named_coordinates_and_their_values(self):
        for geometry, engine in self.each():
            with self.open(geometry, engine, "fields") as data:
                dims = ("field_time", "z") + LATERAL[geometry]
                self.assertEqual(data.collagen.dims, dims)
                self.assertEqual(data.cover.dims, dims[:1] + dims[2:])
                for dim in dims:
                    self.assertIn(dim, data.coords)
                self.assertEqual(data.z.units, "mm")
                self.assertEqual(data.z.positive, "down")
                self.assertEqual(data.collagen.dtype, np.float32)
                shape = tuple(SIZES[d] if d in dims else 1 for d in ("z", "y"))
                shape += (SIZES[LATERAL[geometry][-1]] if LATERAL[geometry] else 1,)
                if geometry == "well_mixed":
                    shape = (1, 1, 1)
                expected = collagen_at([0, 1, 2, 3], shape)
                np.testing.assert_allclose(
                    data.collagen.values.ravel(), expected.ravel(), rtol=1e-6
                )
                self.assertTrue((data.wounded == 0.5).all())
                self.assertEqual(data.layer.flag_meanings, "epidermis dermis")
                self.assertEqual(data.z_edges.size, data.z.size + 1)

    def test_every_group_opens(self):
        for geometry, engine in self.each():
            for group in GROUPS:
                with self.open(geometry, engine, group) as data:
                    data.load()

    def test_outcomes_sessions_and_budget(self):
        for geometry, engine in self.each():
            with self.open(geometry, engine, "outcomes") as data:
                self.assertAlmostEqual(float(data.collagen_gain), 25.0)
                self.assertEqual(data.collagen_gain.units, "%")
                self.assertEqual(data.collagen_gain.censored, 0)
                self.assertEqual(data.peak_day.censored, 1)
                self.assertEqual(data.peak_day.units, "d")
                self.assertEqual(data.peak_day.dtype, np.float64)
            with self.open(geometry, engine, "sessions") as data:
                self.assertEqual(data.sizes["session"], 1)
                self.assertEqual(str(data.device.values[0]), "roller")
                self.assertEqual(data.layer_fraction.dims, ("session", "layer"))
                self.assertEqual(float(data["time"][0]), 1.0)
            with self.open(geometry, engine, "punctures") as data:
                np.testing.assert_array_equal(data.x, [0.1, 0.3])
                np.testing.assert_array_equal(data.session, [1, 1])
            with self.open(geometry, engine, "budget") as data:
                self.assertEqual(data.produced.dims, ("species", "process"))
                np.testing.assert_allclose(data.produced.sel(species="collagen"), [0.75, -0.25])
            with self.open(geometry, engine, "provenance") as data:
                self.assertEqual(data.attrs["host"], "made-up")
                self.assertEqual(data.attrs["steps_accepted"], 12)

    def test_every_axis_has_a_dimension_scale(self):
        for geometry in LATERAL:
            with h5py.File(os.path.join(self.folder, geometry + ".h5")) as file:

                def visit(name, item):
                    scale = item.attrs.get("CLASS") == b"DIMENSION_SCALE"
                    if isinstance(item, h5py.Dataset) and not scale:
                        for dim in item.dims:
                            self.assertEqual(len(dim), 1, name)

                file.visititems(visit)

    def test_table_beside_the_result(self):
        with open(os.path.join(self.folder, "patch.csv"), newline="") as file:
            rows = list(csv.reader(file))
        self.assertEqual(rows[0], ["time [d]", "collagen_mean [mg/mL]", "fibroblast_peak [mm-3]"])
        self.assertEqual([float(row[0]) for row in rows[1:]], [0, 1, 2, 3])
        self.assertAlmostEqual(float(rows[-1][1]), 13.0)

    def test_no_part_is_left(self):
        self.assertFalse([f for f in os.listdir(self.folder) if f.endswith(".part")])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.argv[1], folder], check=True)
        ResultFile.folder = folder
        outcome = unittest.main(argv=sys.argv[:1], exit=False).result
    sys.exit(0 if outcome.wasSuccessful() else 1)
