#include <neocol/study/parameter_draws.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include <fmt/format.h>

#include <neocol/core/csv.hpp>
#include <neocol/core/names.hpp>
#include <neocol/core/random.hpp>
#include <neocol/files/files.hpp>
#include <neocol/study/design_points.hpp>

namespace neocol::study {
namespace {

constexpr std::uint64_t sample_stream = 0x73616d706c650000;

InputError fault(const std::string& path, int line, const std::string& message,
                 const std::string& help = {}) {
    return InputError(std::vector<Diagnostic>{{{path, line, 1}, message, "", help}});
}

/// A column `NAME [unit]`.
UncertainParameter column(const std::string& cell, const model::Model& model,
                          const std::string& path, int line) {
    const std::size_t bracket = cell.find(" [");
    const std::string name = cell.substr(0, bracket);
    const int index = model.find_parameter(name);
    if (index < 0) {
        std::vector<std::string> known;
        for (const model::Parameter& p : model.parameters)
            known.push_back(p.name);
        throw fault(path, line, "the model has no parameter '" + name + "'", suggest(name, known));
    }
    const model::Parameter& p = model.parameters[static_cast<std::size_t>(index)];
    UncertainParameter parameter{p.name, p.unit.text, p.evidence, p.meaning, {}};
    if (p.is_switch()) {
        for (const auto& option : p.options)
            parameter.options.push_back(option.name);
        return parameter;
    }
    if (bracket != std::string::npos)
        parameter.unit = cell.substr(bracket + 2, cell.size() - bracket - 3);
    if (model.units.parse(parameter.unit).dimension != p.unit.dimension) {
        throw fault(path, line,
                    fmt::format("'{}' is in '{}', but the parameter in '{}'", name, parameter.unit,
                                p.unit.text));
    }
    return parameter;
}

/// A cell of a row: a number, or the position of a switch's option. NaN if it is neither.
double cell_value(const std::string& cell, const UncertainParameter* parameter) {
    if (parameter != nullptr && !parameter->options.empty()) {
        const auto& options = parameter->options;
        const auto at = std::find(options.begin(), options.end(), cell);
        return at == options.end() ? std::nan("") : static_cast<double>(at - options.begin());
    }
    char* end = nullptr;
    const double value = std::strtod(cell.c_str(), &end);
    return cell.empty() || *end != '\0' || !std::isfinite(value) ? std::nan("") : value;
}

struct Sample {
    std::vector<UncertainParameter> parameters;
    std::vector<double> weights;
    std::vector<std::vector<double>> rows;
};

Sample read_sample(const std::string& text, const std::string& path, const model::Model& model) {
    Sample sample;
    std::istringstream lines(text);
    std::string line;
    bool headed = false;
    for (int number = 1; std::getline(lines, line); ++number) {
        if (line.empty() || line[0] == '#' || line == "\r") continue;
        const std::vector<std::string> cells = split_csv(line);
        if (!headed) {
            if (cells.size() < 3 || cells[0] != "draw" || cells[1] != "weight")
                throw fault(path, number, "the header is not draw,weight,NAME [unit],...");
            for (std::size_t k = 2; k < cells.size(); ++k) {
                UncertainParameter parameter = column(cells[k], model, path, number);
                for (const UncertainParameter& other : sample.parameters)
                    if (other.name == parameter.name)
                        throw fault(path, number,
                                    fmt::format("'{}' has two columns", parameter.name));
                sample.parameters.push_back(std::move(parameter));
            }
            headed = true;
            continue;
        }
        std::vector<double> values;
        for (std::size_t k = 1; k < cells.size(); ++k) {
            const bool weight = k == 1 || k - 2 >= sample.parameters.size();
            const UncertainParameter* parameter = weight ? nullptr : &sample.parameters[k - 2];
            values.push_back(cell_value(cells[k], parameter));
            if (!std::isnan(values.back())) continue;
            const bool option = parameter != nullptr && !parameter->options.empty();
            throw fault(
                path, number,
                option ? fmt::format("switch '{}' has no option '{}'", parameter->name, cells[k])
                       : fmt::format("'{}' is not a number", cells[k]),
                option ? suggest(cells[k], parameter->options) : "");
        }
        if (values.size() != sample.parameters.size() + 1 || values[0] < 0.0)
            throw fault(path, number, "a row needs draw, a weight of 0 or more, and every column");
        sample.weights.push_back(values[0]);
        sample.rows.emplace_back(values.begin() + 1, values.end());
    }
    return sample;
}

}  // namespace

ParameterDraws draw_declared(const std::vector<UncertainParameter>& parameters, std::size_t n,
                             std::uint64_t seed) {
    ParameterDraws draws{"declared distributions", parameters, {}};
    const PointSet points = latin_hypercube(n, parameters.size(), seed);
    for (std::size_t i = 0; i < n; ++i) {
        std::vector<double> row;
        for (std::size_t k = 0; k < parameters.size(); ++k)
            row.push_back(quantile(parameters[k].distribution, points.point(i)[k]));
        draws.values.push_back(std::move(row));
    }
    return draws;
}

ParameterDraws draw_sample(const std::string& text, const std::string& path,
                           const model::Model& model, std::size_t n, std::uint64_t seed) {
    const Sample sample = read_sample(text, path, model);
    double all = 0.0;
    for (const double weight : sample.weights)
        all += weight;
    if (!(all > 0.0)) throw fault(path, 0, "the sample has no row with a positive weight");
    ParameterDraws draws{"the sample of " + model.name, sample.parameters, {}};
    const double start = CounterRandom(seed, sample_stream).uniform(0);
    std::size_t row = 0;
    double below = sample.weights[0];
    for (std::size_t i = 0; i < n; ++i) {
        const double place = (static_cast<double>(i) + start) / static_cast<double>(n) * all;
        while (place >= below && row + 1 < sample.rows.size())
            below += sample.weights[++row];
        draws.values.push_back(sample.rows[row]);
    }
    return draws;
}

std::optional<io::NamedText> find_sample(const io::Library& library, const std::string& model) {
    for (const std::string& folder : library.folders()) {
        const std::string path = folder + "/" + model + "/sample.csv";
        if (files::kind_of(path) != files::Kind::absent)
            return io::NamedText{path, io::read_text_file(path)};
    }
    return std::nullopt;
}

}  // namespace neocol::study
