#!/usr/bin/env python3
"""Write docs/verification.md from all verification programs of a build folder.

    tests/verification/report.py BUILD_FOLDER [--quick] [--output docs/verification.md]

The same as `neocol verify --all --programs BUILD_FOLDER/tests/verification --output ...`.
"""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
sys.dont_write_bytecode = True
from neocol.verbs import verify  # noqa: E402


def main():
    words = sys.argv[1:]
    if not words or words[0].startswith("-"):
        sys.exit(__doc__)
    arguments = ["--programs", str(pathlib.Path(words[0]) / "tests" / "verification")]
    arguments += [w for w in words[1:] if w != "--quick"]
    if "--quick" not in words:
        arguments.append("--all")
    if "--output" not in words:
        arguments += ["--output", str(ROOT / "docs" / "verification.md")]
    return verify.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
