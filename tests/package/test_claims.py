"""Claims are read, run against their twins, and judged by the sizes that they state."""

import math
import tempfile
import unittest
from pathlib import Path

import neocol
from neocol.indications.judged import draws_of, word_of
from neocol.indications.read import Effect, Harm, read_claims
from neocol.parameters import models_folder

CLAIM = """
format = 1
[claim.bands]
claim = "Cellulite fades"
condition = "Cellulite of the thigh"
mechanism = "bands below the needles"
scenario = "claims/cellulite"
untreated = { "regimen.sessions" = 0 }
effect = { outcome = "@OUTCOME@", as = "relative", better = "down", unit = "%" }
cuts = { small = 10, moderate = 25, large = 50 }
cuts_source = "chosen"
trials = [{ row = "R12", says = "bands under nearly all", effect = [-5, 5] }]
"""


def shipped(name):
    return next(
        one for one in read_claims(models_folder() / "indications" / "claims") if one.name == name
    )


class Reading(unittest.TestCase):
    def read(self, text):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "own.toml").write_text(text)
            return read_claims(folder)

    def test_a_claim_is_read(self):
        (claim,) = self.read(CLAIM.replace("@OUTCOME@", "dimple_end"))
        self.assertEqual(claim.cuts, (10.0, 25.0, 50.0))
        self.assertEqual(claim.untreated, (("regimen.sessions", "0"),))
        self.assertEqual(claim.trials[0].effect, (-5.0, 5.0))

    def test_what_is_wrong_is_named_with_file_and_claim(self):
        for old, new, message in (
            ("format = 1", "format = 9", "format 9"),
            ('claim = "Cellulite fades"', "", "'claim' is missing"),
            ("cuts_source", "cuts_sources", "'cuts_source' is missing"),
            ('better = "down"', 'better = "sideways"', "one of up, down"),
            ("small = 10", "small = 40", "small <= moderate"),
            ("[-5, 5]", "[5, -5]", "ends below its start"),
            ("[-5, 5]", "[5]", "two numbers"),
            ('mechanism = "bands below the needles"', "mechanism = 3", "wrong kind"),
            ('says = "bands', 'note = "x", says = "bands', "unknown key 'note'"),
        ):
            with self.subTest(new=new), self.assertRaises(neocol.InputError) as caught:
                self.read(CLAIM.replace(old, new))
            self.assertIn(message, str(caught.exception))
            self.assertIn("own.toml", str(caught.exception))

    def test_an_empty_folder_is_no_list_of_claims(self):
        with tempfile.TemporaryDirectory() as folder, self.assertRaises(neocol.InputError):
            read_claims(folder)

    def test_unknown_names_are_told(self):
        with self.assertRaisesRegex(neocol.InputError, "no claim 'fine_line'; known: .*fine_lines"):
            neocol.claims(["fine_line"])


class Words(unittest.TestCase):
    def test_sizes_and_signs(self):
        claim = shipped("fine_lines")  # better down
        small, moderate, large = claim.cuts
        for effect, word in (
            (-large, "large"),
            (-moderate, "moderate"),
            (-small, "small"),
            (-0.99 * small, "none"),
            (0.0, "none"),
            (0.99 * small, "none"),
            (small, "worse"),
            (math.nan, "failed"),
        ):
            self.assertEqual(word_of(claim, effect), word, effect)

    def test_effects(self):
        self.assertAlmostEqual(Effect("x", "relative", "up", "%").of(3.0, 2.0), 50.0)
        self.assertEqual(Effect("x", "difference", "up", "mm").of(3.0, 2.0), 1.0)
        self.assertEqual(Effect("x", "value", "up", "mm").of(3.0, 2.0), 3.0)
        self.assertTrue(math.isnan(Effect("x", "relative", "up", "%").of(3.0, 0.0)))

    def test_harm_counts_from_its_size_on_and_in_its_direction(self):
        harm = Harm("darker", Effect("x", "difference", "down", "1"), 0.8)
        self.assertTrue(harm.is_done(0.8))
        self.assertFalse(harm.is_done(0.7))
        self.assertFalse(harm.is_done(-2.0))


class Running(unittest.TestCase):
    def test_a_claim_over_draws(self):
        found = neocol.claims(["suppler", "firmer"], draws=2, jobs=2)
        self.assertEqual([one.claim.name for one in found.claims], ["firmer", "suppler"])
        firmer, suppler = found.claims
        self.assertEqual(firmer.effect.draws.shape, (2,))
        self.assertNotEqual(firmer.effect.draws[0], firmer.effect.draws[1])
        self.assertEqual(firmer.verdict, word_of(firmer.claim, firmer.effect.central))
        # What the collagen is said to do is gone with it.
        self.assertLess(firmer.without, 0.5 * firmer.effect.central)
        self.assertTrue(math.isnan(suppler.without))
        page, sheet = found.markdown(), found.html()
        for text in (page, sheet):
            self.assertIn("Skin becomes firmer", text)
            self.assertIn("untested", text)
        self.assertEqual(found.table.loc["firmer", "effect"], firmer.effect.central)

    def test_untreated_skin_beside_itself_bears_no_claim_out(self):
        found = neocol.claims(["fine_lines"], settings={"regimen.sessions": 0})
        self.assertEqual(found.claims[0].effect.central, 0.0)
        self.assertEqual(found.claims[0].verdict, "none")

    def test_an_outcome_that_is_not_there_is_an_error(self):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "own.toml").write_text(CLAIM.replace("@OUTCOME@", "dimple"))
            with self.assertRaisesRegex(neocol.InputError, "dimple"):
                neocol.claims(folder=folder)


class Draws(unittest.TestCase):
    def test_fitted_and_own_parameters_are_drawn_together(self):
        sample = draws_of(4)
        self.assertEqual(len(sample), 4)
        self.assertEqual(len(set(sample.names)), len(sample.names))
        self.assertIn("E_ground", sample.names)
        # What a clinician sets is no uncertainty.
        self.assertNotIn("topical_time", sample.names)
        base = neocol.model("microneedling").parameters.index
        self.assertTrue(set(sample.names) & set(base))
        self.assertTrue((draws_of(4).values == sample.values).all())


if __name__ == "__main__":
    unittest.main()
