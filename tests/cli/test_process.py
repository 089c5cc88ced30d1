#!/usr/bin/python3
"""The process among others: signals, descriptors, outputs, threads, memory, terminals, locales."""

import fcntl
import os
import pty
import resource
import signal
import struct
import subprocess
import termios
import time
import unittest

import h5py
from program import PROGRAM, SMALL, ProgramTest, text_of
from test_judging import DECAY
from test_judging import SCENARIO as WELL_MIXED

# Goes on for minutes at a fine step.
LONG = SMALL.replace('until = "5 week"', 'until = "4000 day"').replace('"60 um"', '"12 um"')
QUICK = SMALL.replace('"60 um"', '"100 um"').replace("tolerance = 1e-3", "tolerance = 1e-2")


class Process(ProgramTest):
    def start(self, *arguments, **options):
        run = subprocess.Popen(
            [PROGRAM, *map(str, arguments)],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )
        self.addCleanup(run.kill)
        return run

    def wait_for(self, name, run):
        """Until a run has begun to compute."""
        for _ in range(600):
            if (self.folder / name).exists() or run.poll() is not None:
                return
            time.sleep(0.05)

    def wait_until_heeded(self, run, number=signal.SIGTERM):
        """Until the program has said what a signal shall do."""
        for _ in range(2000):
            with open(f"/proc/{run.pid}/status", encoding="ascii") as status:
                caught = next(line for line in status if line.startswith("SigCgt")).split()[1]
            if int(caught, 16) >> (number - 1) & 1 or run.poll() is not None:
                return
            time.sleep(0.005)

    def ask(self, run, number):
        """Sends a signal; the line that acknowledges it, which has to come within a second."""
        began = time.monotonic()
        run.send_signal(number)
        line = run.stderr.readline()
        self.assertLess(time.monotonic() - began, 2.0)  # busy machines get another one
        return line


class Signals(Process):
    def test_every_request_to_stop_leaves_a_checkpoint_that_goes_on(self):
        self.write("s.toml", LONG)
        for number in (
            signal.SIGTERM,
            signal.SIGHUP,
            signal.SIGUSR2,
            signal.SIGXCPU,
            signal.SIGALRM,
        ):
            with self.subTest(number):
                result = f"{number.name}.h5"
                run = self.start("run", "s.toml", "-o", result, "--quiet")
                self.wait_for(f"{result}.part", run)
                line = self.ask(run, number)
                self.assertIn(number.name, line)
                self.assertIn("stopping after the step in hand", line)
                _, said = run.communicate(timeout=120)
                self.assertEqual(run.returncode, 75, said)
                self.assertIn(f"go on with: neocol resume {result}.checkpoint", said)
                self.assertTrue((self.folder / f"{result}.checkpoint").exists())
        self.run_program(
            "resume", "SIGHUP.h5.checkpoint", "--max-wall-time", "0.1 s", "--quiet", code=75
        )

    def test_before_anything_is_computed_it_ends_at_once_and_leaves_nothing(self):
        many = "".join(
            f'[parameter.p{i}]\nvalue = "0.1 mm2/d"\nmeaning = "m"\nsource = "chosen"\n'
            'evidence = "design"\n'
            for i in range(100000)
        )
        self.write("decay.toml", DECAY + many)
        self.write("s.toml", WELL_MIXED)
        run = self.start("run", "s.toml", "--interpreter", "-o", "a.h5")
        self.wait_until_heeded(run)
        self.assertIn("nothing was computed yet", self.ask(run, signal.SIGTERM))
        self.assertEqual(run.wait(timeout=5), 75)
        self.assertEqual(self.results(), [])

    def test_a_compiler_in_hand_ends_with_the_request(self):
        self.write("decay.toml", DECAY)
        self.write("s.toml", WELL_MIXED)
        (self.folder / "bin").mkdir()
        compiler = self.write(
            "bin/cc",
            '#!/bin/sh\ncase "$*" in *--version*) echo 1; exit;; esac\n'
            "sleep 300 & echo $! > sleeps; touch compiling; wait\n",
        )
        os.chmod(compiler, 0o755)
        there = set(self.folder.iterdir())
        env = {
            **os.environ,
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "NEOCOL_CACHE": str(self.folder / "cache"),
            "XDG_CONFIG_HOME": str(self.folder / "key"),
        }
        for arguments, promise in ((("run", "s.toml", "-o", "a.h5"), "nothing was computed yet"),):
            with self.subTest(arguments[0]):
                run = self.start(*arguments, env=env)
                self.wait_for("compiling", run)
                began = time.monotonic()
                self.assertIn(promise, self.ask(run, signal.SIGTERM))
                self.assertEqual(run.wait(timeout=20), 75, run.stderr.read())
                self.assertLess(time.monotonic() - began, 5.0)
                sleeps = (self.folder / "sleeps").read_text().strip()
                self.assertFalse(os.path.exists(f"/proc/{sleeps}/exe"))
                for name in ("compiling", "sleeps"):
                    (self.folder / name).unlink()
                left = set(self.folder.iterdir()) - there
                self.assertLessEqual({path.name for path in left}, {"cache", "key"})
                self.assertEqual(
                    [
                        path
                        for path in (self.folder / "cache").iterdir()
                        if path.is_dir() or path.suffix == ".so"
                    ],
                    [],
                )

    def test_a_second_request_ends_at_once(self):
        self.write("s.toml", LONG.replace('"12 um"', '"8 um"'))
        run = self.start("run", "s.toml", "-o", "a.h5", "--quiet", "--threads", 1)
        self.wait_for("a.h5.part", run)
        self.ask(run, signal.SIGTERM)
        run.send_signal(signal.SIGSTOP)  # as if the step took long
        time.sleep(0.7)
        run.send_signal(signal.SIGTERM)
        run.send_signal(signal.SIGCONT)
        _, said = run.communicate(timeout=60)
        if run.returncode != 75:  # not done before it was stopped
            self.assertEqual(run.returncode, -signal.SIGTERM)
            self.assertIn("once more: ending at once", said)

    def test_what_was_ignored_stays_ignored(self):
        self.write("s.toml", LONG)
        run = self.start(
            "run",
            "s.toml",
            "-o",
            "a.h5",
            "--quiet",
            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
        )
        self.wait_for("a.h5.part", run)
        run.send_signal(signal.SIGHUP)
        time.sleep(1.0)
        self.assertIsNone(run.poll())
        self.ask(run, signal.SIGTERM)
        self.assertEqual(run.wait(timeout=60), 75)


class Streams(Process):
    def test_closed_descriptors_do_not_meet_the_result(self):
        self.write("s.toml", QUICK)
        for closed in ((0,), (1,), (2,), (0, 1, 2)):
            with self.subTest(closed):
                run = subprocess.Popen(
                    [PROGRAM, "run", "s.toml", "-o", "a.h5", "--explain-steps", "--overwrite"],
                    cwd=self.folder,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    preexec_fn=lambda: [os.close(one) for one in closed],
                )
                self.assertEqual(run.wait(timeout=120), 0)
                with h5py.File(self.folder / "a.h5") as file:
                    self.assertEqual(text_of(file.attrs["status"]), "complete")
                    self.assertGreater(file["fields/tgf_beta"][:].max(), 0.0)

    def test_output_that_nobody_reads_ends_quietly(self):
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run([PROGRAM, "list", "models"], stdout=write, stderr=subprocess.PIPE)
        os.close(write)
        self.assertEqual((done.returncode, done.stderr), (141, b""))

    def test_a_run_whose_messages_nobody_reads_is_finished(self):
        self.write("s.toml", QUICK)
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run(
            [PROGRAM, "run", "s.toml", "-o", "a.h5", "--explain-steps"],
            cwd=self.folder,
            stdout=write,
            stderr=write,
            timeout=120,
        )
        os.close(write)
        self.assertEqual(done.returncode, 141)
        with h5py.File(self.folder / "a.h5") as file:
            self.assertEqual(text_of(file.attrs["status"]), "complete")

    def test_a_full_output_is_a_file_error(self):
        with open("/dev/full", "w") as full:
            for command in (("list", "models"), ("--help",), ("describe", "K_TF")):
                done = subprocess.run(
                    [PROGRAM, *command], stdout=full, stderr=subprocess.PIPE, text=True
                )
                self.assertEqual(done.returncode, 5, command)
                self.assertIn("standard output: cannot write: No space left", done.stderr)


class Threads(Process):
    def said(self, *words, **environment):
        self.write("s.toml", QUICK)
        return subprocess.run(
            [
                *words,
                PROGRAM,
                "run",
                "s.toml",
                "-o",
                "a.h5",
                "--overwrite",
                "--set",
                "run.until=3 week",
                "--set",
                "output.fields=[]",
            ],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
            env=os.environ | environment,
        )

    def test_an_allocation_is_bounded_by_what_can_be_used(self):
        done = self.said("taskset", "-c", "0", SLURM_CPUS_PER_TASK="16")
        self.assertIn("on 1 thread,", done.stdout)

    def test_more_threads_than_cores_are_warned_of(self):
        self.write("s.toml", QUICK)
        done = subprocess.run(
            ["taskset", "-c", "0", PROGRAM, "run", "s.toml", "-o", "a.h5", "--threads", "2"],
            cwd=self.folder,
            capture_output=True,
            text=True,
        )
        self.assertEqual(done.returncode, 0)
        self.assertIn("may use 1 core", done.stderr)


class Memory(Process):
    def test_where_memory_is_short_data_stay_and_the_next_command_works(self):
        self.write("s.toml", QUICK)
        self.run_program("run", "s.toml", "-o", "a.h5", "--quiet")
        before = (self.folder / "a.h5").read_bytes()
        codes = set()
        for megabytes in (30, 60, 90, 120, 150, 180, 220, 260):

            def limit():
                resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))

            done = subprocess.run(
                [
                    PROGRAM,
                    "run",
                    "s.toml",
                    "-o",
                    "a.h5",
                    "--quiet",
                    "--overwrite",
                    "--threads",
                    "1",
                    "--interpreter",
                ],
                cwd=self.folder,
                capture_output=True,
                text=True,
                preexec_fn=limit,
            )
            codes.add(done.returncode)
            self.assertNotEqual(done.returncode, 1, done.stderr)
            self.assertNotIn("defect", done.stderr)
            if done.returncode != 0:
                self.assertEqual((self.folder / "a.h5").read_bytes(), before)
            else:
                break
        self.assertGreater(len(codes), 1, "limits were too wide")
        self.run_program("run", "s.toml", "-o", "a.h5", "--quiet", "--overwrite")


class Terminals(Process):
    def lines(self, columns, **environment):
        """What a terminal of so many columns is shown, a bar at a time."""
        self.write("s.toml", SMALL)
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(self.folder)
            os.environ.update(environment)
            os.execv(
                PROGRAM,
                [
                    PROGRAM,
                    "run",
                    "s.toml",
                    "-o",
                    "a.h5",
                    "--overwrite",
                    "--set",
                    "domain.spacing=20 um",
                    "--set",
                    "run.until=5 week",
                ],
            )
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        text = b""
        while True:
            try:
                got = os.read(terminal, 65536)
            except OSError:
                break
            if not got:
                break
            text += got
        os.waitpid(child, 0)
        os.close(terminal)
        return text

    def test_the_bar_fits(self):
        for columns in (20, 40, 80, 200):
            with self.subTest(columns):
                text = self.lines(columns)
                bars = [part.split(b"\x1b[K")[0] for part in text.split(b"\r") if b"\x1b[K" in part]
                self.assertTrue([bar for bar in bars if b"day" in bar])
                self.assertLess(max(len(bar) for bar in bars), columns)

    def test_a_dumb_terminal_gets_lines(self):
        self.assertNotIn(b"\x1b", self.lines(80, TERM="dumb"))


class Environment(Process):
    def test_numbers_keep_their_points_in_every_locale(self):
        self.write("s.toml", QUICK)
        self.run_program("run", "s.toml", "-o", "a.h5", "--quiet")
        shown = self.run_program("info", "a.h5").stdout
        for locale in ("de_DE.UTF-8", "C", "tr_TR.UTF-8", "no_SUCH.locale"):
            done = self.run_program("info", "a.h5", env=os.environ | {"LC_ALL": locale})
            self.assertEqual(done.stdout, shown)

    def test_odd_names_of_folders(self):
        for name in ("a b", "100% sure", "cost $HOME", "two\nlines", "ümlaut"):
            with self.subTest(name):
                (self.folder / name).mkdir()
                self.write(f"{name}/s.toml", QUICK)
                self.run_program("run", f"{name}/s.toml", "-o", f"{name}/a.h5", "--quiet")
                self.run_program("info", f"{name}/a.h5")

    def test_the_mask_of_permissions_holds(self):
        self.write("s.toml", QUICK)
        subprocess.run(
            [PROGRAM, "run", "s.toml", "-o", "a.h5", "--quiet"],
            cwd=self.folder,
            preexec_fn=lambda: os.umask(0o077),
            check=True,
        )
        self.assertEqual((self.folder / "a.h5").stat().st_mode & 0o077, 0)

    def test_no_permission_is_a_file_error(self):
        if os.geteuid() != 0:
            self.skipTest("needs root, to become somebody else")
        self.write("decay.toml", DECAY)
        self.write("s.toml", WELL_MIXED)
        self.folder.chmod(0o755)
        (self.folder / "closed").mkdir(mode=0o700)
        done = subprocess.run(
            [
                "setpriv",
                "--reuid",
                "65534",
                "--regid",
                "65534",
                "--clear-groups",
                PROGRAM,
                "run",
                "s.toml",
                "--interpreter",
                "-o",
                "closed/x.h5",
            ],
            cwd=self.folder,
            capture_output=True,
            text=True,
        )
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn("closed", done.stderr)


if __name__ == "__main__":
    unittest.main()
