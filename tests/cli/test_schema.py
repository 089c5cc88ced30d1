"""`neocol schema` and the readers know the same files: what ships is valid to both, and so is every key."""

import json
import unittest

import jsonschema
import tomllib
from program import SOURCES, ProgramTest

KINDS = ("scenario", "model", "device", "site", "cohort", "study", "cluster")


def shipped(kind):
    """Files of a kind that come with neocol."""
    places = {
        "scenario": [
            p for p in (SOURCES / "scenarios").rglob("*.toml") if "studies" not in p.parent.name
        ],
        "study": list((SOURCES / "scenarios/studies").glob("*.toml")),
        "model": [
            *(SOURCES / "models").glob("*.toml"),
            *(SOURCES / "models/published").glob("*.toml"),
        ],
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
                    faults = [
                        f"{list(e.absolute_path)}: {e.message[:200]}"
                        for e in validator.iter_errors(document)
                    ]
                    self.assertEqual(faults, [])

    def choices(self, node, key=""):
        """(key, words, meanings) of every key of a schema that takes one of several words."""
        if isinstance(node, list):
            for part in node:
                yield from self.choices(part, key)
        elif isinstance(node, dict):
            if "enum" in node:
                yield key, node["enum"], node.get("x-taplo", {}).get("docs", {}).get(
                    "enumValues", []
                )
            for name, part in node.items():
                inner = (
                    name if isinstance(part, dict) and name not in ("properties", "items") else key
                )
                yield from self.choices(part, inner)

    def test_pages_name_every_word_that_a_key_takes(self):
        pages = ("scenario-file", "model-language", "studies")
        text = "".join((SOURCES / f"docs/{page}.md").read_text() for page in pages)
        for kind in ("scenario", "model", "study"):
            for key, words, _ in self.choices(self.schema(kind)):
                for word in words:
                    with self.subTest(kind=kind, key=key, word=word):
                        self.assertTrue(f"`{word}`" in text or f'"{word}"' in text)

    def test_measures_are_described_on_their_page_as_in_the_schema(self):
        text = (SOURCES / "docs/model-language.md").read_text()
        tables = [c for c in self.choices(self.schema("model")) if c[0] == "measure"]
        self.assertEqual(len(tables), 1)
        _, words, meanings = tables[0]
        self.assertGreater(len(words), 10)
        for word, meaning in zip(words, meanings, strict=True):
            self.assertIn(f"| `{word}` | {meaning} |", text)

    def test_patterns_are_described_on_the_page_of_punctures(self):
        text = (SOURCES / "docs/punctures.md").read_text()
        for key, words, _ in self.choices(self.schema("device")):
            if key == "pattern":
                for word in words:
                    self.assertRegex(text, rf"\| .*`{word}`.* \|")


if __name__ == "__main__":
    unittest.main()
