"""Units of result files and measurement tables."""
import unittest

from neocol.units import UnitError, axis_label, conversion_factor, pretty_units


class Conversion(unittest.TestCase):
    def test_a_nanogram_per_millilitre_is_a_picogram_per_cubic_millimetre(self):
        self.assertAlmostEqual(conversion_factor("ng/mL", "pg mm-3"), 1.0, places=12)

    def test_factors_agree_with_the_definition_of_the_units(self):
        for given, wanted, factor in (
            ("pg/mL", "ng/mL", 1e-3),
            ("mm-2", "cm-2", 100.0),
            ("cell/mm3", "mm-3", 1.0),
            ("mg/mm^3", "g/mL", 1.0),
            ("week", "d", 7.0),
            ("um", "mm", 1e-3),
            ("1", "%", 100.0),
            ("kPa", "N m-2", 1e3),
            ("uM", "mol/L", 1e-6),
            ("mm2/d", "cm**2/day", 1e-2),
        ):
            with self.subTest(given=given, wanted=wanted):
                self.assertAlmostEqual(conversion_factor(given, wanted) / factor, 1.0, places=12)

    def test_different_dimensions_are_refused_by_name(self):
        for given, wanted in (("ng/mL", "mm-3"), ("I_ref", "ng/mL"), ("d", "mm")):
            with self.assertRaisesRegex(UnitError, f"'{given}' cannot be converted to '{wanted}'"):
                conversion_factor(given, wanted)

    def test_a_models_own_unit_converts_to_itself_only(self):
        self.assertEqual(conversion_factor("I_ref/d", "I_ref d-1") * 86400, 86400)

    def test_text_that_is_no_unit_is_refused(self):
        for text in ("ng per mL!", "/", "mm--3", "month", "I_ref"):
            with self.assertRaises(UnitError):
                conversion_factor(text, "d")


class Spelling(unittest.TestCase):
    def test_exponents_are_raised_and_micro_is_a_mu(self):
        self.assertEqual(pretty_units("mg mm-3"), "mg mm⁻³")
        self.assertEqual(pretty_units("um2/d"), "µm²/d")
        self.assertEqual(pretty_units("I_ref"), "I_ref")

    def test_a_dimensionless_axis_has_no_brackets(self):
        self.assertEqual(axis_label("capillary density", "1"), "capillary density")
        self.assertEqual(axis_label("PDGF", "ng/mL"), "PDGF [ng/mL]")


if __name__ == "__main__":
    unittest.main()
