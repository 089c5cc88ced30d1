"""`neocol schema` and the readers know the same files: what ships is valid to both, and so is every key."""

import json
import tomllib
import unittest

import jsonschema

from program import SOURCES, ProgramTest

KINDS = ("scenario", "model", "device", "site", "cohort", "study", "cluster")


def shipped(kind):
    """Files of a kind that come with neocol."""
    places = {
        "scenario": [p for p in (SOURCES / "scenarios").rglob("*.toml") if "studies" not in p.parent.name],
        "study": list((SOURCES / "scenarios/studies").glob("*.toml")),
        "model": [*(SOURCES / "models").glob("*.toml"), *(SOURCES / "models/published").glob("*.toml")],
        "device": list((SOURCES / "models/devices").glob("*.toml")),
        "site": list((SOURCES / "models/skin").glob("*.toml")),
        "cohort": list((SOURCES / "models/cohorts").glob("*.toml")),
        "cluster": [],
    }
    return places[kind]


class Schema(ProgramTest):
    def schema(self, kind):
        return json.loads(self.run_program("schema", kind).stdout)

    def test_schemas_are_schemas(self):
        for kind in KINDS:
            jsonschema.Draft7Validator.check_schema(self.schema(kind))

    def test_what_ships_is_valid(self):
        for kind in KINDS:
            validator = jsonschema.Draft7Validator(self.schema(kind))
            files = shipped(kind)
            self.assertTrue(files or kind == "cluster", kind)
            for path in files:
                with self.subTest(kind=kind, path=path.name):
                    document = tomllib.loads(path.read_text())
                    faults = [f"{list(e.absolute_path)}: {e.message[:200]}"
                              for e in validator.iter_errors(document)]
                    self.assertEqual(faults, [])


if __name__ == "__main__":
    unittest.main()
