"""The notebooks of docs/notebooks run from top to bottom, and docs/notebooks.md shows them."""

import unittest

from notebook_page import DOCS, ORDER, execute, load


class Notebooks(unittest.TestCase):
    def cells(self, name):
        """Texts and kinds of what every cell of code gave."""
        return [
            [output.get("text", "") or " ".join(output.get("data", {})) for output in cell.outputs]
            for cell in execute(name).cells
            if cell.cell_type == "code"
        ]

    def test_two_regimens_are_compared(self):
        given = self.cells("two_regimens")
        self.assertIn("mm", "".join(given[1]))
        self.assertIn("html", given[3][-1])
        self.assertTrue(all(given), "every cell shows something")

    def test_a_model_of_ones_own_is_fitted(self):
        given = self.cells("own_model")
        self.assertIn("html", given[3][-1])
        self.assertTrue(all(given), "every cell shows something")

    def test_they_are_kept_without_outputs_and_the_page_shows_them(self):
        page = (DOCS / "notebooks.md").read_text()
        self.assertEqual({path.stem for path in (DOCS / "notebooks").glob("*.ipynb")}, set(ORDER))
        for name in ORDER:
            for cell in load(name).cells:
                self.assertFalse(cell.get("outputs"))
                text = cell.source.removeprefix("# ")
                self.assertIn(text, page)


if __name__ == "__main__":
    unittest.main()
