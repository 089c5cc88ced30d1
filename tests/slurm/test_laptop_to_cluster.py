"""The commands of "From laptop to cluster" in docs/studies.md, taken from the page and run.

Laptop and cluster are two folders, each a home of its own with a checkout and a prefix; `ssh
cluster` runs its command in the second one. Slurm is real. On the cluster no compiler works.
"""

import json
import os
import re
import subprocess
import sys
import time
import unittest
from pathlib import Path

import h5py

sys.path.insert(0, str(Path(__file__).parent))
from test_slurm import SlurmTest, skip_unless_slurm  # noqa: E402

SOURCES = Path(__file__).parents[2]
BUILD = Path(os.environ.get("NEOCOL_BUILD", SOURCES / "build" / "release"))


def section():
    page = (SOURCES / "docs" / "studies.md").read_text()
    return re.search(r"^## From laptop to cluster$(.*?)^## ", page, re.S | re.M).group(1)


def blocks(language, text):
    """Code blocks of a language, without their indentation."""
    found = re.findall(rf"^ *```{language}\n(.*?)^ *```$", text, re.S | re.M)
    return [re.sub(r"^   ", "", block, flags=re.M) for block in found]


class Page(SlurmTest):
    def setUp(self):
        super().setUp()
        self.homes = {}
        tools = self.folder / "tools"
        for place in ("laptop", "cluster"):
            home = self.homes[place] = self.folder / place
            (home / "build").mkdir(parents=True)
            (home / "build" / "release").symlink_to(BUILD)
        # The study comes from the laptop alone.
        (self.homes["laptop"] / "scenarios").symlink_to(SOURCES / "scenarios")
        self.tool(
            tools / "laptop" / "ssh",
            f'[ "$1" = cluster ] && shift && cd {self.homes["cluster"]} && exec sh -c "$*"',
        )
        for compiler in ("cc", "gcc", "c++", "g++", "clang", "gcc-12", "clang-14"):
            self.tool(tools / "cluster" / compiler, 'echo "no compiler here" >&2; exit 1')
        self.paths = {place: f"{tools / place}:{os.environ['PATH']}" for place in self.homes}

    def tool(self, path, text):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def follow(self, place, commands):
        """Runs commands in a place, with the path that `export PATH=` left there."""
        home = self.homes[place]
        env = {k: v for k, v in os.environ.items() if not k.startswith(("NEOCOL", "XDG"))}
        env |= {"HOME": str(home), "PATH": self.paths[place]}
        script = f'set -e\n{commands}\nprintf \'\\n%s\' "$PATH" >"$HOME/path"\n'
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=home,
            env=env,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        self.assertEqual(done.returncode, 0, f"{place}: {commands}\n{done.stdout}{done.stderr}")
        self.paths[place] = (home / "path").read_text().strip()
        return done.stdout

    def wait_until_done(self):
        end = time.monotonic() + 1800
        while True:
            status = json.loads(
                self.follow("cluster", "neocol study status density_needle_length --json")
            )
            if status["pending"] == 0 and self.queue() == "":
                return status
            self.assertLess(time.monotonic(), end, status)
            time.sleep(1)

    def test_the_page_followed_to_the_letter_ends_with_results_on_the_laptop(self):
        text = section()
        (self.homes["cluster"] / "cluster.toml").write_text(blocks("toml", text)[0])
        told = {}
        for block in blocks("sh", text):
            first, commands = block.split("\n", 1)
            self.assertRegex(first, "^# on the (laptop|cluster)")
            if "study collect" in commands:
                self.assertEqual(self.wait_until_done()["complete"], 25)
            for place in re.findall("laptop|cluster", first):
                told[commands] = told.get(commands, "") + self.follow(place, commands)
        everything = "".join(told.values())
        for word in ("cases", "time ", "#SBATCH --partition=main", "job "):
            self.assertIn(word, everything)
        with h5py.File(self.homes["laptop"] / "density_needle_length" / "collected.h5") as file:
            self.assertEqual(file.attrs["n_complete"], 25)
            self.assertEqual(file.attrs["status"], b"complete")
            gains = file["collagen_dermis_gain_90d"][()]
            self.assertTrue((gains > 0).all())
        installed = str(self.homes["cluster"] / "neocol" / "bin" / "neocol")
        self.assertIn(
            installed, (self.homes["cluster"] / "density_needle_length/slurm/task.sh").read_text()
        )


if __name__ == "__main__":
    skip_unless_slurm()
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
