"""What `cmake --install` puts into a prefix works there, without the source or build folder."""

import os
import shutil
import subprocess
import sys
import unittest

from program import SMALL, SOURCES, ProgramTest


class Install(ProgramTest):
    def setUp(self):
        super().setUp()
        self.prefix = self.folder / "prefix"
        subprocess.run(
            ["cmake", "--install", os.environ["NEOCOL_BUILD"], "--prefix", self.prefix],
            check=True,
            capture_output=True,
        )

    def run_in_prefix(self, *command):
        done = subprocess.run(
            [str(part) for part in command],
            cwd=self.folder,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def test_the_installed_program_and_figures_work_on_installed_models(self):
        scenario = self.write("small.toml", SMALL)
        program = self.prefix / "bin" / "neocol"
        self.run_in_prefix(program, "run", scenario, "--output", "small.h5", "--quiet")
        drawn = self.run_in_prefix(
            program, "plot", "small.h5", "--formats", "svg", "--figures", "collagen"
        )
        self.assertTrue((self.folder / drawn.strip()).is_file())
        scenarios = self.run_in_prefix(program, "list", "scenarios")
        self.assertIn(str(self.prefix / "share" / "neocol" / "scenarios"), scenarios)

    def test_links_of_the_installed_pages_lead_somewhere(self):
        pages = self.prefix / "share" / "doc" / "neocol"
        for target in (
            "docs/index.md",
            "docs/biology.md",
            "docs/figures/acne_scars_roller_collagen.png",
            "CITATION.cff",
        ):
            self.assertIn(target, (pages / "README.md").read_text())
            self.assertTrue((pages / target).is_file(), target)


class Pip(ProgramTest):
    """`pip install --no-build-isolation .`, with what CMake has built already."""

    def test_the_package_and_the_program_work_in_an_environment_of_their_own(self):
        source, place = self.folder / "source", self.folder / "place"
        source.mkdir()
        for name in ("setup.py", "pyproject.toml", "README.md", "CMakeLists.txt"):
            shutil.copy(SOURCES / name, source)
        shutil.copytree(
            SOURCES / "scripts" / "neocol",
            source / "scripts" / "neocol",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        subprocess.run([sys.executable, "-m", "venv", "--system-site-packages", place], check=True)
        python = place / "bin" / "python"
        env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        done = subprocess.run(
            [python, "-m", "pip", "install", "--no-build-isolation", "--no-deps", source],
            env=env,
            capture_output=True,
            text=True,
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        (packages,) = place.glob("lib/python*/site-packages")
        ours = [
            path.name
            for path in packages.iterdir()
            if not path.name.startswith(("pip", "setuptools", "_distutils", "distutils", "pkg_res"))
        ]
        self.assertEqual(len(ours), 2, ours)
        self.assertIn("neocol", ours)
        self.write("small.toml", SMALL)
        text = (
            "import neocol; s = neocol.load('small.toml').set({'run.until': '20 day'}); "
            "print(neocol.__file__, s.run(interpreter=True).status, 'cheek' in neocol.names('site'))"
        )
        done = subprocess.run(
            [python, "-c", text], cwd=self.folder, env=env, capture_output=True, text=True
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(str(packages), done.stdout)
        self.assertIn("complete True", done.stdout)
        done = subprocess.run(
            [place / "bin" / "neocol", "alternatives", "--help"],
            cwd=self.folder,
            env=env,
            capture_output=True,
            text=True,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("neocol alternatives", done.stdout)


if __name__ == "__main__":
    unittest.main()
