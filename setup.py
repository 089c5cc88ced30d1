"""Builds and installs with CMake what is not Python: the compiled part, the program, its files.

NEOCOL_BUILD names a folder that CMake has built already (with the interpreter that installs), which
is then installed as it is.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from setuptools import Distribution, Extension, setup
from setuptools.command.build_ext import build_ext

SOURCE = Path(__file__).parent


def version() -> str:
    """Of the project, as CMake knows it."""
    text = (SOURCE / "CMakeLists.txt").read_text(encoding="utf-8")
    return re.search(r"project\(neocol\s+VERSION\s+([\d.]+)", text).group(1)


class CMakeBuild(build_ext):
    """Builds with CMake; files beside the package become data files of the distribution."""

    def run(self) -> None:
        stage = Path(self.build_temp).resolve() / "stage"
        build = os.environ.get("NEOCOL_BUILD") or self._build(stage.parent / "cmake")
        subprocess.run(["cmake", "--install", str(build), "--prefix", str(stage)], check=True)
        (compiled,) = stage.glob("lib/python*/site-packages/neocol/_core*.so")
        target = Path(self.get_ext_fullpath("neocol._core"))
        target.parent.mkdir(parents=True, exist_ok=True)
        self.copy_file(str(compiled), str(target))
        folders: dict[str, list[str]] = {}
        for part in ("bin", "share/neocol", "lib/neocol"):
            for path in sorted((stage / part).rglob("*")):
                if path.is_file():
                    folder = path.parent.relative_to(stage).as_posix()
                    folders.setdefault(folder, []).append(str(path))
        self.distribution.data_files = list(folders.items())

    @staticmethod
    def _build(folder: Path) -> Path:
        version_of = f"python{sys.version_info.major}.{sys.version_info.minor}"
        subprocess.run(
            [
                "cmake",
                "-S",
                str(SOURCE),
                "-B",
                str(folder),
                "-DCMAKE_BUILD_TYPE=Release",
                "-DBUILD_TESTING=OFF",
                f"-DPython3_EXECUTABLE={sys.executable}",
                f"-DNEOCOL_PYTHON_DIR=lib/{version_of}/site-packages",
            ],
            check=True,
        )
        subprocess.run(["cmake", "--build", str(folder), "--parallel"], check=True)
        return folder


class WithData(Distribution):
    """Has data files, which are known once CMake has run."""

    def has_data_files(self) -> bool:
        return True


setup(
    version=version(),
    ext_modules=[Extension("neocol._core", sources=[])],
    cmdclass={"build_ext": CMakeBuild},
    distclass=WithData,
)
