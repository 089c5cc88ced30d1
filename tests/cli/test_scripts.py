"""Verbs that are Python programs: their arguments, exit codes, and what is said when Python lacks."""

import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from program import PROGRAM, SOURCES, ProgramTest  # noqa: E402


class ScriptVerb(ProgramTest):
    def in_tree(self, text):
        """The program in a source tree of its own whose 'plot' is this script."""
        tree = self.folder / "tree"
        for name in ("build", "models", "scripts"):
            (tree / name).mkdir(parents=True)
        shutil.copy2(PROGRAM, tree / "build" / "neocol")
        for name in ("neocol_verb.py", "neocol_exit.py", "neocol_text.py"):
            shutil.copy(SOURCES / "scripts" / name, tree / "scripts")
        (tree / "CMakeLists.txt").write_text("")
        (tree / "scripts" / "plot_run.py").write_text(text)
        return tree / "build" / "neocol"

    def call(self, program, *arguments, **environment):
        return subprocess.run(
            [program, "plot", *arguments],
            capture_output=True,
            text=True,
            env=dict(os.environ, **environment),
            timeout=60,
        )

    def test_a_script_gets_its_arguments_as_typed_and_gives_its_exit_code(self):
        program = self.in_tree(
            "import os, sys\nprint(sys.argv[1:], os.environ['NEOCOL_PROGRAM'])\n" "sys.exit(6)\n"
        )
        done = self.call(program, "--help", "-x", "a b", "--", "c")
        self.assertEqual(done.returncode, 6, done.stderr)
        self.assertIn("['--help', '-x', 'a b', '--', 'c']", done.stdout)
        self.assertIn(str(program), done.stdout)

    def test_a_missing_package_is_named_with_the_interpreter_and_the_way_out(self):
        done = self.call(self.in_tree("# needs: sys no_such_package\n"))
        self.assertEqual(done.returncode, 5)
        for part in ("'neocol plot'", "no_such_package", "python3", "NEOCOL_PYTHON"):
            self.assertIn(part, done.stderr)

    def test_a_missing_interpreter_is_a_file_error(self):
        done = self.call(self.in_tree(""), NEOCOL_PYTHON="/no/such/python3")
        self.assertEqual(done.returncode, 5)
        self.assertIn("/no/such/python3: cannot start it for 'neocol plot'", done.stderr)

    def test_a_missing_script_is_named_with_the_folders_searched(self):
        program = self.in_tree("")
        (program.parents[1] / "scripts" / "plot_run.py").unlink()
        done = self.call(program)
        self.assertEqual(done.returncode, 5)
        self.assertIn("plot_run.py", done.stderr)
        self.assertIn(str(program.parents[1] / "scripts"), done.stderr)

    def test_python_verbs_stand_in_the_help(self):
        self.assertIn("plot", self.run_program("--help").stdout)


if __name__ == "__main__":
    unittest.main()
