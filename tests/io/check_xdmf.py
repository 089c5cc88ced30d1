"""Opens XDMF sidecars written by write_sample in ParaView's XDMFReader.

usage: pvpython check_xdmf.py WRITE_SAMPLE
"""

import subprocess
import sys
import tempfile

import numpy as np
import vtkmodules.numpy_interface.dataset_adapter as dsa
from paraview import servermanager
from paraview.simple import XDMFReader

SIZES = {"section": (4, 1, 5), "single_channel": (4, 1, 3), "patch": (4, 2, 5)}


def close(a, b):
    return np.allclose(a, b, rtol=1e-6, atol=1e-6)


def main():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.argv[1], folder], check=True)
        for geometry, shape in SIZES.items():
            reader = XDMFReader(FileNames=[f"{folder}/{geometry}.xdmf"])
            reader.UpdatePipelineInformation()
            assert close(list(reader.TimestepValues), [0, 1, 1.000001, 2, 3]), geometry
            z, y, x = np.meshgrid(*(np.arange(n) for n in shape), indexing="ij")
            for time in (0.0, 3.0):
                reader.UpdatePipeline(time)
                data = servermanager.Fetch(reader)
                while data.IsA("vtkMultiBlockDataSet"):
                    data = data.GetBlock(0)
                values = np.asarray(dsa.WrapDataObject(data).CellData["collagen"])
                expected = time + 0.25 * z + 8 * y + 64 * x
                assert close(values, expected.ravel()), (geometry, time)
                bounds = data.GetBounds()
                assert close(bounds[0], 0.0) and close(bounds[4:], (-0.7, 0.0)), bounds
    print("XDMFReader is satisfied")


main()
