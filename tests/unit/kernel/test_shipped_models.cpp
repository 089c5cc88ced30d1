#include <algorithm>
#include <cmath>
#include <filesystem>

#include <catch2/catch.hpp>
#include <neocol/io/library.hpp>
#include <neocol/kernel/compiled.hpp>
#include <neocol/model/parse.hpp>

#include "../files.hpp"
#include "compare_kernels.hpp"

namespace fs = std::filesystem;
using neocol::AlignedVector;
using neocol::kernel::CompileOptions;
using neocol::kernel::Kernel;
using neocol::kernel::make_interpreter;
using neocol::model::Model;
using neocol::test::first_difference;
using neocol::test::plausible_row;
using neocol::test::RandomRow;

namespace {

/// Every model that is shipped, and those of the tests.
std::vector<std::string> model_files() {
    std::vector<std::string> files;
    for (const char* folder : {"/models", "/models/published", "/tests/models"}) {
        for (const auto& entry : fs::directory_iterator(std::string(NEOCOL_SOURCE_DIR) + folder))
            if (entry.path().extension() == ".toml") files.push_back(entry.path().string());
    }
    std::sort(files.begin(), files.end());
    return files;
}

Model read_model(const std::string& path) {
    return neocol::model::parse_model(neocol::io::read_model_file(path, {}).text, path);
}

bool all_finite(const AlignedVector& values) {
    return std::all_of(
        values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

}  // namespace

TEST_CASE("on every shipped model the compiled kernel and the interpreter agree to the last bit") {
    REQUIRE_FALSE(model_files().empty());
    const neocol::test::TemporaryFolder folder;
    CompileOptions options;
    options.cache_folder = folder.file("cache");
    for (const std::string& path : model_files()) {
        CAPTURE(path);
        const Model model = read_model(path);
        const auto compiled = neocol::kernel::load_compiled(model, options);
        REQUIRE(compiled.size() == model.systems.size());
        for (std::size_t k = 0; k < model.systems.size(); ++k) {
            const auto interpreter = make_interpreter(model, model.systems[k]);
            for (int layer = 0; layer < static_cast<int>(model.layers.size()); ++layer) {
                CAPTURE(k, layer);
                const RandomRow data = plausible_row(model, model.systems[k], layer, 5, 3);
                CHECK(first_difference(*compiled[k], *interpreter, data) == "");
            }
        }
    }
}

TEST_CASE("on every shipped model rates and solutions are finite, also at zero and below") {
    for (const std::string& path : model_files()) {
        CAPTURE(path);
        const Model model = read_model(path);
        for (const neocol::model::System& system : model.systems) {
            const auto kernel = make_interpreter(model, system);
            for (int layer = 0; layer < static_cast<int>(model.layers.size()); ++layer) {
                const RandomRow data = plausible_row(model, system, layer, 6, 4);
                AlignedVector out(kernel->n_unknowns() * data.stride, 0.0), x = data.vector;
                kernel->rates(data.row(), out.data(), data.stride, nullptr, nullptr);
                CHECK(all_finite(out));
                kernel->solve(data.row(), 0.01, x.data(), data.stride);
                CHECK(all_finite(x));
            }
        }
    }
}

TEST_CASE("the early and late parts of every shipped model have finite solutions") {
    using neocol::kernel::Part;
    for (const std::string& path : model_files()) {
        CAPTURE(path);
        const Model model = read_model(path);
        for (const neocol::model::System& system : model.systems) {
            const auto kernel = make_interpreter(model, system);
            const RandomRow data = plausible_row(model, system, 0, 8, 2);
            for (const Part part : {Part::early, Part::late}) {
                AlignedVector x = data.vector;
                kernel->solve(data.row(), 1e-2, x.data(), data.stride, part);
                CHECK(all_finite(x));
            }
        }
    }
}

TEST_CASE("on every shipped model the Jacobian is the derivative of the rates") {
    for (const std::string& path : model_files()) {
        const Model model = read_model(path);
        for (const neocol::model::System& system : model.systems) {
            const RandomRow data = plausible_row(model, system, 0, 7, 1);
            const std::vector<double> inputs = data.inputs_at(0);
            for (const neocol::model::Entry& entry : system.jacobian) {
                const int species = system.unknowns[static_cast<std::size_t>(entry.column)];
                const double scale = model.species[static_cast<std::size_t>(species)].scale;
                const neocol::model::NodeId rate =
                    system.rates[static_cast<std::size_t>(entry.row)];
                // Well inside the positive region, where no kink is near a random point.
                std::vector<double> u = data.unknowns_at(0);
                for (std::size_t s = 0; s < u.size(); ++s)
                    u[s] = model.species[s].scale * (0.31 + 0.07 * static_cast<double>(s % 5));
                const auto at = [&](double shift) {
                    std::vector<double> moved = u;
                    moved[static_cast<std::size_t>(species)] += shift * scale;
                    return model.graph.evaluate(rate, moved, inputs);
                };
                const double h = 1e-4;
                const double expected =
                    (8.0 * (at(h) - at(-h)) - (at(2.0 * h) - at(-2.0 * h))) / (12.0 * h * scale);
                const double size = std::fabs(at(0.0)) / scale;
                CAPTURE(path, entry.row, entry.column);
                CHECK(model.graph.evaluate(entry.value, u, inputs) ==
                      Approx(expected).epsilon(1e-6).margin(1e-7 * size + 1e-12));
            }
        }
    }
}
