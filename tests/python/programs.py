"""What tests of the Python programs share: a folder of their own, and running a program in it."""
import contextlib
import io
import tempfile
import unittest
import warnings
from pathlib import Path


class FolderTest(unittest.TestCase):
    """Tests of a class share a folder that goes with them."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)


def run(program, *arguments):
    """Exit code, standard output and error; warnings are failures."""
    output, error = io.StringIO(), io.StringIO()
    with warnings.catch_warnings(), contextlib.redirect_stdout(output), contextlib.redirect_stderr(
        error
    ):
        warnings.simplefilter("error")
        code = program.main([str(argument) for argument in arguments])
    return code, output.getvalue(), error.getvalue()
