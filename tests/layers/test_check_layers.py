"""check_layers.py finds what it is there to find."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

CHECK = Path(__file__).with_name("check_layers.py")


class CheckLayers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.write(
            "src/solver/stepper.cpp", "#include <vector>\n#include <neocol/tissue/grid.hpp>\n"
        )
        self.write(
            "src/solver/CMakeLists.txt",
            "neocol_layer(solver SOURCES a.cpp LAYERS core tissue LIBRARIES fmt::fmt)\n",
        )

    def write(self, path, text):
        path = self.root / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def check(self):
        result = subprocess.run(
            [sys.executable, str(CHECK), str(self.root)],
            capture_output=True,
            text=True,
            check=False,
        )
        return result.returncode, result.stdout

    def test_allowed_includes_pass(self):
        self.assertEqual(self.check(), (0, "layers: no breach\n"))

    def test_an_include_of_a_forbidden_layer_is_found_in_source_and_header(self):
        for path in ("src/solver/budget.cpp", "include/neocol/solver/budget.hpp"):
            with self.subTest(path):
                self.write(path, "  #  include <neocol/treatment/device.hpp>\n")
                code, text = self.check()
                self.assertEqual(code, 1)
                self.assertIn(f"{path}: layer 'solver' may not include 'treatment'", text)
                (self.root / path).unlink()

    def test_a_link_to_a_forbidden_layer_is_found(self):
        self.write(
            "src/treatment/CMakeLists.txt",
            "neocol_layer(treatment\n    SOURCES a.cpp\n    LAYERS core tissue solver)\n",
        )
        code, text = self.check()
        self.assertEqual(code, 1)
        self.assertIn("src/treatment/CMakeLists.txt: layer 'treatment' may not link 'solver'", text)

    def test_output_of_the_cli_past_its_streams_is_found(self):
        self.write("src/cli/info.cpp", 'void f() { fmt::print("{}", path); }\n')
        code, text = self.check()
        self.assertEqual(code, 1)
        self.assertIn("src/cli/info.cpp: 'cli' prints by print and note", text)
        self.write("src/cli/info.cpp", 'void f() { print("{}", path); }\n')
        self.write("src/cli/streams.cpp", 'void print() { fmt::print("{}", text); }\n')
        self.assertEqual(self.check(), (0, "layers: no breach\n"))

    def test_opening_files_below_io_is_found(self):
        self.write("src/simulation/simulation.cpp", "#include <fstream>\n")
        self.write("src/io/result.cpp", "#include <filesystem>\n")
        code, text = self.check()
        self.assertEqual(code, 1)
        self.assertEqual(text.count("\n"), 1)
        self.assertIn("'simulation' must not know what a file is (fstream)", text)

    def test_streams_of_files_are_found_in_every_layer(self):
        self.write("src/io/result.cpp", "#include <fstream>\n")
        code, text = self.check()
        self.assertEqual(code, 1)
        self.assertIn("'io' reads and writes through the layer 'files' (fstream)", text)

    def test_a_header_that_no_other_layer_reaches_is_no_public_one(self):
        self.write("include/neocol/tissue/grid.hpp", "#include <neocol/tissue/axis.hpp>\n")
        self.write("include/neocol/tissue/axis.hpp", "")
        self.write("include/neocol/tissue/own.hpp", "")
        self.write("src/tissue/own.cpp", "#include <neocol/tissue/own.hpp>\n")
        code, text = self.check()
        self.assertEqual((code, text.count("belongs into src/")), (1, 1))
        self.assertIn("include/neocol/tissue/own.hpp: no other layer uses it", text)

    def test_an_unknown_folder_and_a_way_round_by_relative_path_are_found(self):
        self.write("src/utils/helper.cpp", "")
        self.write("src/tissue/grid.cpp", '#include "../solver/stepper.hpp"\n')
        code, text = self.check()
        self.assertEqual(code, 1)
        self.assertIn("src/utils/helper.cpp: 'utils' is not a layer", text)
        self.assertIn("src/tissue/grid.cpp: '../solver/stepper.hpp' leaves its layer", text)

    def test_folders_include_each_other_in_one_direction(self):
        self.write("src/solver/stepper/stepper.cpp", '#include "transport/taxis.hpp"\n')
        self.assertEqual(self.check(), (0, "layers: no breach\n"))
        self.write("src/solver/transport/taxis.cpp", '#include "stepper/stepper.hpp"\n')
        self.write("src/solver/utils/helper.cpp", "")
        code, text = self.check()
        self.assertEqual((code, text.count("\n")), (1, 2))
        self.assertIn("folder 'transport' may not include 'stepper' (stepper/stepper.hpp)", text)
        self.assertIn("'utils' is not a folder of layer 'solver'", text)

    def write_class(self):
        self.write(
            "src/solver/stepper.hpp",
            "namespace neocol::solver {\nclass Stepper {\npublic:\n    Stepper(int n);\n};\n}\n",
        )
        self.write(
            "src/solver/stepper.cpp",
            "namespace neocol::solver {\nStepper::Stepper(int n) {\n    Other::call(n);\n}\n}\n",
        )

    def test_members_in_the_source_of_the_header_pass_wherever_it_stands(self):
        self.write_class()
        (self.root / "src/solver/stepper.cpp").rename(self.root / "src/solver/elsewhere.txt")
        self.write(
            "src/solver/stepper/stepper.cpp",
            "namespace neocol::solver {\nvoid Stepper::Part::step() {}\n}\n",
        )
        self.assertEqual(self.check(), (0, "layers: no breach\n"))

    def test_members_in_another_source_are_found(self):
        self.write_class()
        self.write(
            "src/solver/restart.cpp",
            "namespace neocol::solver {\n"
            "std::vector<double> Stepper::save() const {}\n"
            "template <typename Visit>\nvoid Stepper::visit(\n    const Visit& visit) {}\n}\n",
        )
        code, text = self.check()
        self.assertEqual((code, text.count("\n")), (1, 1))
        self.assertIn("src/solver: restart.cpp defines members of 'Stepper'", text)

    def test_classes_of_one_name_in_two_namespaces_are_two(self):
        self.write_class()
        self.write(
            "src/solver/odeint.cpp",
            "namespace neocol::solver::odeint {\nvoid Stepper::step() {}\n}\n",
        )
        self.write(
            "src/solver/odeint.hpp",
            "namespace neocol::solver::odeint {\nstruct Stepper {\n    void step();\n};\n}\n",
        )
        self.assertEqual(self.check(), (0, "layers: no breach\n"))

    def test_a_listed_class_passes_and_has_to_leave_the_list_when_it_is_whole(self):
        self.write_class()
        self.write("tests/layers/classes_apart.txt", "# why\nsolver/Stepper: restart.cpp\n")
        code, text = self.check()
        self.assertEqual(code, 1)
        self.assertIn("no member of 'solver/Stepper' stands apart any more", text)
        self.write(
            "src/solver/restart.cpp",
            "namespace neocol::solver {\nvoid Stepper::restart() {}\n}\n",
        )
        self.assertEqual(self.check(), (0, "layers: no breach\n"))
        self.write("tests/layers/classes_apart.txt", "solver/Stepper: restart.cpp load.cpp\n")
        self.assertIn("load.cpp has no member of 'solver/Stepper' any more", self.check()[1])


if __name__ == "__main__":
    unittest.main()
