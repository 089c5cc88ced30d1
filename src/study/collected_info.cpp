#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <neocol/io/tree.hpp>
#include <neocol/study/collect.hpp>

namespace neocol::study {
namespace {

using io::tree::Dataset;
using io::tree::Group;

/// A unit as it is shown, after a blank: none for pure numbers and words.
std::string unit_of(const Dataset& dataset) {
    if (!dataset.has_attribute("units")) return {};
    const std::string unit = dataset.text("units");
    return unit == "1" ? std::string() : ' ' + unit;
}

std::string column_line(const std::string& name, const Dataset& column) {
    std::string values;
    if (column.is_text()) {
        std::vector<std::string> words = column.read_text();
        std::sort(words.begin(), words.end());
        words.erase(std::unique(words.begin(), words.end()), words.end());
        constexpr std::size_t most = 6;
        for (std::size_t i = 0; i < std::min(words.size(), most); ++i)
            values += (i > 0 ? ", " : "") + words[i];
        if (words.size() > most) values += fmt::format(" and {} more", words.size() - most);
    } else {
        const std::vector<double> numbers = column.read();
        const auto [low, high] = std::minmax_element(numbers.begin(), numbers.end());
        if (low != numbers.end()) values = fmt::format("{:.6g} to {:.6g}", *low, *high);
    }
    return fmt::format("  {:<28} {}{}  ({})\n", name, values, unit_of(column), column.text("key"));
}

/// Smallest, median and largest of the complete cases.
std::string outcome_line(const std::string& name, const Dataset& outcome) {
    std::vector<double> values = outcome.read();
    std::erase_if(values, [](double v) { return !std::isfinite(v); });
    if (values.empty()) return fmt::format("  {:<28} none\n", name);
    std::sort(values.begin(), values.end());
    const std::size_t n = values.size();
    const double median = 0.5 * (values[(n - 1) / 2] + values[n / 2]);
    return fmt::format("  {:<28} {:>10.4g} {:>10.4g} {:>10.4g}{}\n", name, values.front(), median,
                       values.back(), unit_of(outcome));
}

std::string doubtful_text(const Group& root) {
    if (!root.has_attribute("n_doubtful") || root.number("n_doubtful") == 0.0) return {};
    return fmt::format("{:g} doubtful (column 'reason'), ", root.number("n_doubtful"));
}

}  // namespace

bool is_collected(const std::string& path) {
    return io::hdf5::kind_of_file(path) == "study";
}

std::string collected_text(const std::string& path, io::hdf5::Trust trust) {
    if (trust == io::hdf5::Trust::sealed) check_collected(path);
    const io::tree::File file = io::tree::read(path, trust, io::tree::Extent::without_fields);
    const Group &root = file.root, &provenance = root.group("provenance");
    std::string text = root.text("title") + '\n';
    if (const std::string question = root.text("question"); !question.empty())
        text += question + '\n';
    text += fmt::format(
        "\n{:g} cases complete, {}{:g} failed, {:g} not run\nmodel     {}\ndesign    {}\n",
        root.number("n_complete"), doubtful_text(root), root.number("n_failed"),
        root.number("n_pending"), root.text("model"), root.text("design"));
    std::string columns, outcomes;
    for (const std::string& name : root.dataset_names()) {
        const Dataset& dataset = root.dataset(name);
        if (dataset.has_attribute("key")) columns += column_line(name, dataset);
        if (root.has(name + "_censored")) outcomes += outcome_line(name, dataset);
    }
    text += "columns\n" + columns;
    text +=
        fmt::format("outcomes{:>33} {:>10} {:>10}\n{}", "smallest", "median", "largest", outcomes);
    text +=
        fmt::format("made by   neocol {} ({}) on {}, {}\ncommand   {}\n",
                    root.text("neocol_version"), provenance.text("git"), provenance.text("host"),
                    provenance.text("collected"), provenance.long_text("command"));
    return text;
}

}  // namespace neocol::study
