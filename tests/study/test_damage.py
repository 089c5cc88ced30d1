"""What a study makes of damage: flipped bits, edits, files that cannot be read.

Nothing that is sound is hidden or lost, nothing that is damaged is believed, and 'neocol study run'
computes again what was damaged, and no more.
"""

import csv
import hashlib
import json
import os
import random
import re
import shutil
import sqlite3
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


def seal(path, database):
    """Writes a segment with a right digest: which proves no good will."""
    path.write_bytes(
        database
        + b"\nneocol segment sha256 "
        + hashlib.sha256(database).hexdigest().encode()
        + b" of all before this line\n"
    )


def database_of(path):
    """A segment's bytes before its last line."""
    return path.read_bytes()[: -len("\nneocol segment sha256  of all before this line\n") - 64]


class DamageTest(StudyTest):
    """Eight cases that ran in four parts, collected or not; `truth` is what they collect to."""

    def setUp(self):
        super().setUp()
        self.plan(EIGHT)
        for part in range(4):
            self.neocol("run", "s", "--task", f"{part}/4", "--quiet")
        self.segments = sorted((self.folder / "s/results").glob("*.segment"))
        self.assertEqual(
            [re.sub(r"\.\w+-000000\.", ".", p.name) for p in self.segments],
            [f"{k}-of-4.{k},{k + 4}.segment" for k in range(4)],
        )
        self.segment = self.segments[1]  # of cases 1 and 5
        shutil.copytree(self.folder / "s", self.folder / "sound")
        self.neocol("collect", "sound")
        self.truth = datasets(self.folder / "sound/collected.h5")

    def again(self):
        """The study as it was."""
        shutil.rmtree(self.folder / "s")
        shutil.copytree(
            self.folder / "sound", self.folder / "s", ignore=shutil.ignore_patterns("collected*")
        )

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
    def test_a_flipped_bit_costs_exactly_the_cases_of_its_segment(self):
        chance = random.Random(12)
        for _ in range(8):
            self.again()
            path = chance.choice(self.segments)
            flip(path, chance.randrange(path.stat().st_size), chance.randrange(8))
            k = self.segments.index(path)
            told = f"{path.name}: is not as neocol wrote it"
            status = self.neocol("status", "s", code=5)
            self.assertIn(told, status.stderr)
            self.assertIn(f"(runs {k},{k + 4})", status.stderr)
            done = self.neocol("collect", "s", code=5)
            self.assertIn(told, done.stderr)
            self.assertIn("neocol study run s", done.stderr)
            damaged = [row for row in self.rows() if row["status"] == "damaged"]
            self.assertEqual([row["run"] for row in damaged], [str(k), str(k + 4)])
            self.assertIn("neocol study run", damaged[0]["reason"])
            self.assertEqual(sum(row["status"] == "complete" for row in self.rows()), 6)
            done = self.recovers(2)
            self.assertIn(f"its cases are to do: {k},{k + 4}", done.stderr)
            self.assertTrue((self.folder / "s/damaged" / path.name).exists())

    def test_a_segment_of_which_nothing_is_left_still_names_its_cases(self):
        for size in (0, 1, 100):
            self.again()
            os.truncate(self.segment, size)
            self.assertIn("(runs 1,5)", self.neocol("status", "s", code=5).stderr)
            self.recovers(2)

    def test_a_segment_that_is_gone_leaves_its_cases_to_do(self):
        self.segment.unlink()
        self.assertEqual(json.loads(self.neocol("status", "s", "--json").stdout)["pending"], 2)
        self.recovers(2)

    def test_a_renamed_segment_is_read_by_what_it_holds(self):
        self.segment.rename(self.segment.with_name("copy of a friend.segment"))
        self.recovers(0)

    def test_many_flips_never_give_a_wrong_number(self):
        chance = random.Random(7)
        with open(self.folder / "sound/collected.csv") as file:
            right = {row["run"]: row["left"] for row in csv.DictReader(file)}
        for trial in range(8):
            self.again()
            for path in self.segments:
                for _ in range(trial // 2):
                    flip(path, chance.randrange(path.stat().st_size), chance.randrange(8))
            self.neocol("collect", "s", code=5 if trial > 1 else 0)
            for row in self.rows():
                if row["status"] == "complete":
                    self.assertEqual(row["left"], right[row["run"]])
            self.recovers(8)

    def test_a_complete_collection_is_not_replaced_by_a_poorer_one(self):
        self.neocol("collect", "s")
        before = {p.name: p.read_bytes() for p in (self.folder / "s").glob("collected*")}
        flip(self.segment, 100)
        done = self.neocol("collect", "s", code=5)
        self.assertIn("was left as it is: it has 8 complete cases, and 6 can be read", done.stderr)
        self.assertEqual(
            {p.name: p.read_bytes() for p in (self.folder / "s").glob("collected*")}, before
        )
        self.recovers(2)

    def test_results_of_another_study_are_not_taken(self):
        self.plan(EIGHT.replace("0.8", "0.9"), "other")
        self.neocol("run", "other", "--no-collect", "--quiet")
        (path,) = (self.folder / "other/results").glob("*.segment")
        for mine in self.segments:
            mine.unlink()
        shutil.copy(path, self.segment.parent)
        done = self.neocol("collect", "s", code=5)
        self.assertIn("is of another study", done.stderr)
        self.assertEqual({row["status"] for row in self.rows()}, {"damaged"})
        self.recovers(8)

    def test_results_of_another_row_of_the_plan_are_not_taken(self):
        manifest, plan = self.folder / "s/manifest.csv", self.folder / "s/plan.toml"
        lines = manifest.read_text().splitlines(keepends=True)
        lines[2] = lines[2].replace("0.2", "0.25")
        before = hashlib.sha256(manifest.read_bytes()).hexdigest()
        manifest.write_text("".join(lines))
        # Whoever edits it may make the digests right as well.
        text = (
            plan.read_text()
            .split("\n", 1)[1]
            .replace(before, hashlib.sha256(manifest.read_bytes()).hexdigest())
        )
        text = re.sub(
            r'(name = "manifest.csv"\nbytes = )\d+', rf"\g<1>{manifest.stat().st_size}", text
        )
        plan.write_text(f"# neocol plan sha256 {hashlib.sha256(text.encode()).hexdigest()}\n{text}")
        done = self.neocol("status", "s", code=5)
        self.assertIn("has results of cases that are others in this study (run 1)", done.stderr)
        done = self.neocol("run", "s", "--json")
        self.assertEqual(json.loads(done.stdout)["this_run"]["planned"], 1)
        self.assertAlmostEqual(float(self.rows()[1]["left"]), 0.60653, delta=1e-4)

    def hostile(self, *commands):
        """The segment after some SQL, sealed again."""
        path = self.folder / "edited.sqlite"
        path.write_bytes(database_of(self.segment))
        with sqlite3.connect(path) as database:
            database.execute("PRAGMA writable_schema = 1")
            for command in commands:
                database.execute(command)
        database.close()
        seal(self.segment, path.read_bytes())
        path.unlink()
        return self.neocol("status", "s", code=5).stderr

    def test_a_right_digest_proves_no_good_will(self):
        for commands, told in (
            (
                ("ALTER TABLE cases RENAME TO others", "CREATE VIEW cases AS SELECT * FROM others"),
                "no segment of this version",
            ),
            (
                ("CREATE TRIGGER t AFTER INSERT ON list BEGIN DELETE FROM cases; END",),
                "no segment of this version",
            ),
            (("UPDATE cases SET outcomes = 'text'",), "a row that neocol does not write"),
            (("UPDATE cases SET status = 77",), "a row that neocol does not write"),
            (("UPDATE cases SET outcomes = zeroblob(80)",), "cases that are others"),
            (("UPDATE cases SET records = zeroblob(999999)",), "cases that are others"),
            (("UPDATE cases SET run = 2 WHERE run = 1",), "cases that are others"),
            (("UPDATE cases SET run = 1234567 WHERE run = 1",), "cases that are others"),
            (("DELETE FROM list",), "is damaged"),
            (("UPDATE list SET id = 'x'",), "is of another study"),
            (
                (
                    "INSERT INTO cases SELECT run, attempt + i, identity, status, hash, reason, host,"
                    " ended, reached, residual, 1, 1, steps, outcomes, censored, n_records, records "
                    "FROM cases, (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                    "WHERE i < 3000) SELECT i FROM n)",
                ),
                "has more rows than a segment holds",
            ),
        ):
            self.again()
            self.assertIn(told, self.hostile(*commands), commands)
            self.recovers(2)


class Repair(DamageTest):
    def test_repair_sets_aside_what_is_damaged_and_removes_what_dead_writers_left(self):
        results = self.folder / "s/results"
        flip(self.segment, 50)
        (results / "all.0-000000.3.segment.part-123").write_bytes(b"half a segm")
        (results / "all.0-000007.6.segment").mkdir()
        (results / "retries").write_text("3 1\n")
        done = self.neocol("repair", "s")
        for word in (
            f"{self.segment.name}: is not as neocol wrote it: damaged",
            "set aside in s/damaged; its cases are to do: 1,5",
            "part-123: a dead writer left it unfinished; removed",
            "000007.6.segment: is no regular file",
            "retries: is not as neocol wrote it",
            "6 of 8 cases complete, 2 to do",
        ):
            self.assertIn(word, done.stdout)
        self.assertEqual(len(list((self.folder / "s/damaged").iterdir())), 3)
        self.assertEqual(self.neocol("status", "s").stderr, "")
        self.assertIn("nothing to repair", self.neocol("repair", "s").stdout)
        self.recovers(2)


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
        return {
            str(p): p.read_bytes()
            for p in (self.folder / "s").rglob("*")
            if p.is_file() and p.suffix != ".lock"
        }

    def test_a_segment(self):
        self.refused(self.segment, ("run", "retry", "collect", "status", "estimate"))

    def test_the_plan(self):
        self.refused(self.folder / "s/plan.toml", ("run", "retry", "collect", "status", "archive"))

    def test_the_manifest(self):
        self.refused(self.folder / "s/manifest.csv", ("collect", "archive"))

    @unittest.skipUnless(os.geteuid() == 0, "only root may be somebody else")
    def test_a_segment_without_permission_is_not_an_empty_one(self):
        self.neocol("collect", "s")
        for path in [self.folder, self.folder / "s", *(self.folder / "s").rglob("*")]:
            path.chmod(0o777 if path.is_dir() else 0o666)
        self.segment.chmod(0)
        before = self.files()
        nobody = {"user": 65534, "env": {**os.environ, "HOME": str(self.folder)}}
        for verb in ("run", "collect", "status"):
            done = self.neocol(verb, "s", code=5, **nobody)
            self.assertIn(self.segment.name, done.stderr)
            self.assertEqual(self.files(), before)
        # A folder that cannot be listed holds no less than before.
        self.segment.chmod(0o666)
        self.segment.parent.chmod(0o300)
        for verb in ("collect", "status"):
            self.assertIn("results", self.neocol(verb, "s", code=5, **nobody).stderr)
        self.assertEqual(self.files(), before)
        self.segment.parent.chmod(0o777)


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
        self.refused(
            "inputs/models/toy.toml",
            lambda text: text.replace(b"0.5", b"0.6", 1) if b"0.5" in text else text + b" ",
        )
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
        self.assertEqual(
            datasets(self.folder / "s/collected.h5"), datasets(self.folder / "copy/collected.h5")
        )

    def test_a_collected_file_that_was_changed_is_not_read(self):
        self.neocol("run", "s")
        path = self.folder / "s/collected.h5"
        flip(path, path.stat().st_size // 2)
        done = subprocess.run(
            [PROGRAM, "info", str(path)], capture_output=True, text=True, check=False
        )
        self.assertEqual(done.returncode, 5, done.stdout + done.stderr)
        self.assertIn("is not as neocol wrote it", done.stderr)
        self.neocol("collect", "s")


if __name__ == "__main__":
    main()
