"""What `cmake --install` puts into a prefix works there, without the source or build folder."""

import os
import subprocess
import unittest

from program import SMALL, ProgramTest


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


if __name__ == "__main__":
    unittest.main()
