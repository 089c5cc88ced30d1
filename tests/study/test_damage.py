"""What a study makes of damage: flipped bits, edits, files that cannot be read.

Nothing that is sound is hidden or lost, nothing that is damaged is believed, and 'neocol study run'
computes again what was damaged, and no more.
"""

import csv
import json
import os
import random
import re
import shutil
import subprocess
import unittest

from rig import PROGRAM, STUDY, StudyTest, datasets, main

EIGHT = """\
scenario = "toy.toml"
[[axis]]
key = "parameters.k"
values = ["0.1 d-1", "0.2 d-1", "0.3 d-1", "0.4 d-1", "0.5 d-1", "0.6 d-1", "0.7 d-1", "0.8 d-1"]
"""


def flip(path, at, bit=0):
    """Flips one bit of a file."""
    data = bytearray(path.read_bytes())
    data[at] ^= 1 << bit
    path.write_bytes(data)


class DamageTest(StudyTest):
    """Eight cases that ran, collected or not; `truth` is what their collection holds."""

    def setUp(self):
        super().setUp()
        self.plan(EIGHT)
        self.neocol("run", "s", "--no-collect", "--quiet")
        self.journal = self.folder / "s/journal/task-0000.log"
        self.shard = self.folder / "s/shards/task-0000.shard"
        shutil.copytree(self.folder / "s", self.folder / "sound")
        self.neocol("collect", "sound")
        self.truth = datasets(self.folder / "sound/collected.h5")

    def again(self):
        """The study as it was."""
        shutil.rmtree(self.folder / "s")
        shutil.copytree(self.folder / "sound", self.folder / "s",
                        ignore=shutil.ignore_patterns("collected*"))

    def rows(self):
        with open(self.folder / "s/collected.csv") as file:
            return list(csv.DictReader(file))

    def recovers(self, most):
        """`run` computes at most so many cases again, and all is as it was."""
        done = self.neocol("run", "s", "--json")
        self.assertLessEqual(json.loads(done.stdout)["this_run"]["planned"], most)
        self.assertEqual(datasets(self.folder / "s/collected.h5"), self.truth)
        self.assertEqual(self.neocol("status", "s").stderr, "")
        self.neocol("collect", "s")
        return done


class Flips(DamageTest):
    def test_a_flipped_bit_in_a_journal_costs_one_case_at_most(self):
        chance = random.Random(12)
        size = self.journal.stat().st_size
        for trial in range(12):
            self.again()
            at = chance.randrange(size - 100)  # before its last line
            flip(self.journal, at, chance.randrange(8))
            status = json.loads(self.neocol("status", "s", "--json", code=5).stdout)
            self.assertGreaterEqual(status["complete"], 7, at)
            done = self.neocol("collect", "s", code=5)
            self.assertIn("task-0000.log: line", done.stderr)
            self.assertIn("neocol study run s", done.stderr)
            complete = [row for row in self.rows() if row["status"] == "complete"]
            self.assertEqual(len(complete), status["complete"])
            done = self.recovers(1)
            self.assertIn("task-0000.log.damaged-1", done.stderr)
            self.assertTrue((self.folder / "s/journal/task-0000.log.damaged-1").exists())

    def test_a_digit_of_a_checksum_in_capitals_is_damage(self):
        line = next(line for line in self.journal.read_bytes().splitlines()
                    if re.search(rb"#[0-9a-f]*[a-f][0-9a-f]*$", line))
        letter = re.search(rb"[a-f]", line[line.rindex(b"#"):])
        flip(self.journal, self.journal.read_bytes().index(line) + line.rindex(b"#")
             + letter.start(), 5)
        self.assertIn("task-0000.log: line", self.neocol("status", "s", code=5).stderr)
        self.recovers(1)

    def test_a_flipped_byte_in_a_shard_leaves_all_other_results(self):
        chance = random.Random(3)
        for trial in range(12):
            self.again()
            at = 8 + chance.randrange(self.shard.stat().st_size - 8)
            flip(self.shard, at, chance.randrange(8))
            done = self.neocol("collect", "s", code=5)
            self.assertIn("task-0000.shard: the result at byte", done.stderr)
            rows = self.rows()
            self.assertEqual(sum(row["status"] == "complete" for row in rows), 7)
            damaged, = (row for row in rows if row["status"] == "damaged")
            self.assertIn(f"(run {damaged['run']})", done.stderr)
            self.assertIn("neocol study run", damaged["reason"])
            self.recovers(1)

    def test_many_flips_never_give_a_wrong_number(self):
        chance = random.Random(7)
        with open(self.folder / "sound/collected.csv") as file:
            right = {row["run"]: row["left"] for row in csv.DictReader(file)}
        for trial in range(8):
            self.again()
            for path in (self.journal, self.shard):
                for _ in range(1 + trial):
                    flip(path, chance.randrange(path.stat().st_size), chance.randrange(8))
            self.neocol("collect", "s", code=5)
            for row in self.rows():
                if row["status"] == "complete":
                    self.assertEqual(row["left"], right[row["run"]])
            self.recovers(8)

    def test_a_complete_collection_is_not_replaced_by_a_poorer_one(self):
        self.neocol("collect", "s")
        before = {p.name: p.read_bytes() for p in (self.folder / "s").glob("collected*")}
        flip(self.shard, 100)
        done = self.neocol("collect", "s", code=5)
        self.assertIn("was left as it is: it has 8 complete cases, and 7 can be read", done.stderr)
        self.assertEqual({p.name: p.read_bytes() for p in (self.folder / "s").glob("collected*")},
                         before)
        self.recovers(1)

    def test_results_of_another_study_are_not_taken(self):
        self.plan(EIGHT.replace("0.8", "0.9"), "other")
        self.neocol("run", "other", "--no-collect", "--quiet")
        shutil.copy(self.folder / "other/shards/task-0000.shard", self.shard)
        done = self.neocol("collect", "s", code=5)
        self.assertIn("is of another study", done.stderr)
        self.assertEqual({row["status"] for row in self.rows()}, {"damaged"})
        self.recovers(8)

    def test_a_journal_that_is_gone_is_told(self):
        self.journal.unlink()
        done = self.neocol("collect", "s", code=5)
        self.assertIn("is not there, but its shard holds results", done.stderr)
        self.recovers(8)


class Unreadable(DamageTest):
    """A folder in the place of a file cannot be read, whoever asks."""

    def refused(self, path, verbs):
        self.neocol("collect", "s")
        kept = path.with_name("kept")
        path.rename(kept)
        path.mkdir()
        before = self.files()
        for verb in verbs:
            done = self.neocol(verb, "s", code=5)
            self.assertIn(path.name, done.stderr, verb)
            self.assertNotIn("defect", done.stderr, verb)
            self.assertEqual(self.files(), before, verb)
        path.rmdir()
        kept.rename(path)
        self.recovers(0)

    def files(self):
        return {str(p): p.read_bytes() for p in (self.folder / "s").rglob("*")
                if p.is_file() and p.suffix != ".lock"}

    def test_a_journal(self):
        self.refused(self.journal, ("run", "retry", "collect", "status", "estimate"))

    def test_a_shard(self):
        self.refused(self.shard, ("run", "retry", "collect", "status", "estimate"))

    def test_the_plan(self):
        self.refused(self.folder / "s/plan.toml", ("run", "retry", "collect", "status", "archive"))

    def test_the_manifest(self):
        self.refused(self.folder / "s/manifest.csv", ("collect", "archive"))

    @unittest.skipUnless(os.geteuid() == 0, "only root may be somebody else")
    def test_a_journal_without_permission_is_not_an_empty_one(self):
        self.neocol("collect", "s")
        for path in [self.folder, self.folder / "s", *(self.folder / "s").rglob("*")]:
            path.chmod(0o777 if path.is_dir() else 0o666)
        self.journal.chmod(0)
        before = self.files()
        nobody = {"user": 65534, "env": {**os.environ, "HOME": str(self.folder)}}
        for verb in ("run", "collect", "status"):
            done = self.neocol(verb, "s", code=5, **nobody)
            self.assertIn("task-0000.log", done.stderr)
            self.assertEqual(self.files(), before)
        # A folder that cannot be listed holds no less than before.
        self.journal.chmod(0o666)
        self.journal.parent.chmod(0o300)
        for verb in ("collect", "status"):
            self.assertIn("journal", self.neocol(verb, "s", code=5, **nobody).stderr)
        self.assertEqual(self.files(), before)
        self.journal.parent.chmod(0o777)


class Plans(StudyTest):
    def setUp(self):
        super().setUp()
        self.plan()

    def refused(self, name, change, verbs=("run", "collect")):
        path = self.folder / "s" / name
        text = path.read_bytes()
        path.write_bytes(change(text))
        for verb in verbs:
            done = self.neocol(verb, "s", code=5)
            self.assertIn("is not as neocol wrote it", done.stderr)
            self.assertIn(path.name, done.stderr)
        path.write_bytes(text)

    def test_an_edited_digit_is_never_another_case(self):
        self.refused("manifest.csv", lambda text: text.replace(b",0.5,", b",0.6,"))
        self.refused("plan.toml", lambda text: text.replace(b"every_days = 1", b"every_days = 2"))
        self.refused("inputs/scenario.toml", lambda text: text.replace(b"1e-6", b"1e-5"))
        self.refused("inputs/models/toy.toml", lambda text: text.replace(b"0.5", b"0.6", 1)
                     if b"0.5" in text else text + b" ")
        self.refused("manifest.csv", lambda text: text[:-4])
        self.neocol("run", "s")
        self.refused("study.toml", lambda text: text + b"\n", verbs=("collect",))

    def test_flipped_bits_of_a_plan_are_refused(self):
        chance = random.Random(5)
        for name in ("plan.toml", "manifest.csv", "inputs/scenario.toml"):
            size = (self.folder / "s" / name).stat().st_size
            for _ in range(6):
                at, bit = chance.randrange(size), chance.randrange(8)

                def change(text, at=at, bit=bit):
                    data = bytearray(text)
                    data[at] ^= 1 << bit
                    return bytes(data)

                self.refused(name, change, verbs=("run",))
        self.neocol("run", "s")

    def test_what_a_killed_extension_left_is_no_part_of_the_plan(self):
        self.neocol("run", "s")
        manifest = self.folder / "s/manifest.csv"
        before = manifest.read_bytes()
        manifest.write_bytes(before + before.splitlines(keepends=True)[-1].replace(b"5,", b"6,", 1))
        self.neocol("collect", "s")
        self.write("s.toml", STUDY.replace('"1 d-1"', '"1 d-1", "1.5 d-1"'))
        self.neocol("extend", "s", "s.toml")
        self.assertTrue(manifest.read_bytes().startswith(before))
        self.assertEqual(manifest.read_text().count("\n"), 1 + 8)
        self.neocol("run", "s")

    def test_a_copied_study_goes_on(self):
        self.neocol("run", "s", "--task", "0/2", "--quiet")
        shutil.copytree(self.folder / "s", self.folder / "copy")
        self.neocol("run", "copy")
        self.neocol("run", "s")
        self.assertEqual(datasets(self.folder / "s/collected.h5"),
                         datasets(self.folder / "copy/collected.h5"))

    def test_a_collected_file_that_was_changed_is_not_read(self):
        self.neocol("run", "s")
        path = self.folder / "s/collected.h5"
        flip(path, path.stat().st_size // 2)
        done = subprocess.run([PROGRAM, "info", str(path)], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 5, done.stdout + done.stderr)
        self.assertIn("is not as neocol wrote it", done.stderr)
        self.neocol("collect", "s")


if __name__ == "__main__":
    main()
