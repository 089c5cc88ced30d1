"""Verbs of the Python package: their arguments, exit codes, and what is said when Python lacks."""

import os
import shutil
import subprocess
import unittest

from program import PROGRAM, SOURCES, ProgramTest


class PythonVerb(ProgramTest):
    def in_tree(self, text):
        """The program beside a package whose 'plot' is this module."""
        folder = self.folder / "build"
        package = folder / "python" / "neocol"
        (package / "verbs").mkdir(parents=True)
        shutil.copy2(PROGRAM, folder / "neocol")
        for name in ("__init__", "__main__", "errors", "program", "quantities", "text"):
            shutil.copy(SOURCES / "scripts" / "neocol" / f"{name}.py", package)
        (package / "verbs" / "__init__.py").write_text("")
        (package / "verbs" / "plot.py").write_text(text)
        return folder / "neocol"

    def call(self, program, *arguments, **environment):
        return subprocess.run(
            [program, "plot", *arguments],
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=dict(os.environ, **environment),
            timeout=60,
        )

    def test_a_verb_gets_its_arguments_as_typed_and_gives_its_exit_code(self):
        program = self.in_tree(
            "import os, sys\n\ndef main():\n"
            "    print(sys.argv[1:], os.environ['NEOCOL_PROGRAM'])\n    return 6\n"
        )
        done = self.call(program, "--help", "-x", "a b", "--", "c")
        self.assertEqual(done.returncode, 6, done.stderr)
        self.assertIn("['--help', '-x', 'a b', '--', 'c']", done.stdout)
        self.assertIn(str(program), done.stdout)

    def test_nothing_in_the_working_folder_is_taken_for_a_package(self):
        program = self.in_tree("def main():\n    return 0\n")
        for name in ("neocol.py", "numpy.py", "importlib.py", "json.py"):
            self.write(name, "open('taken', 'w')\n")
        done = self.call(program)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertFalse((self.folder / "taken").exists())

    def test_a_missing_package_is_named_with_the_interpreter_and_the_way_out(self):
        program = self.in_tree("def main():\n    return 0\n")
        main = program.parent / "python" / "neocol" / "__main__.py"
        text = main.read_text()
        main.write_text(text.replace('FIGURES = ("numpy"', 'FIGURES = ("no_such_package"'))
        done = self.call(program)
        self.assertEqual(done.returncode, 5)
        for part in ("'neocol plot'", "no_such_package", "python3", "NEOCOL_PYTHON"):
            self.assertIn(part, done.stderr)
        # The compiled part is not there either, but only some verbs need it.
        main.write_text(text.replace('"plot": FIGURES', '"plot": MODEL'))
        done = self.call(program)
        self.assertEqual(done.returncode, 5)
        for part in ("compiled part", "pybind11-dev", "python3"):
            self.assertIn(part, done.stderr)

    def test_a_missing_interpreter_is_a_file_error(self):
        done = self.call(self.in_tree(""), NEOCOL_PYTHON="/no/such/python3")
        self.assertEqual(done.returncode, 5)
        self.assertIn("/no/such/python3: cannot start it for 'neocol plot'", done.stderr)

    def test_a_missing_package_folder_is_told(self):
        program = self.in_tree("")
        (program.parent / "python" / "neocol" / "__main__.py").unlink()
        done = self.call(program)
        self.assertEqual(done.returncode, 5)
        self.assertIn("'neocol plot' is part of its Python package", done.stderr)
        self.assertIn("cmake --install", done.stderr)

    def test_python_verbs_stand_in_the_help(self):
        self.assertIn("plot", self.run_program("--help").stdout)


if __name__ == "__main__":
    unittest.main()
