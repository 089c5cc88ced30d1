#include <neocol/core/quoting.hpp>
#include <neocol/files/files.hpp>
#include <neocol/study/compare.hpp>
#include <neocol/study/uncertain.hpp>

#include <filesystem>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "compare_cohort.hpp"
#include "models.hpp"
#include "python_verbs.hpp"
#include "scenarios.hpp"
#include "streams.hpp"

namespace neocol::cli {
namespace {

struct Arguments {
    CohortArguments shared;  ///< what is compared, and all of regimens in a cohort
    std::vector<std::string> days;
    std::string figure;
    bool as_is = false;
};

void options(CLI::App& app, Arguments& a) {
    app.add_option("files", a.shared.files,
                   "two result files (.h5) or more; with --cohort, scenario files (.toml)")
        ->required();
    app.add_option("--observables", a.shared.observables,
                   "only these; of a cohort, those whose curves are kept")
        ->delimiter(',');
    app.add_flag("--as-is", a.as_is, "read results that are not as neocol wrote them")
        ->group("Result files");
    app.add_option("--days", a.days, "days after the last session, such as 28,90,180")
        ->delimiter(',')
        ->group("Result files");
    app.add_option("--figure", a.figure,
                   "draw NAME_curves.EXT and NAME_outcomes.EXT (pdf, svg, png)")
        ->type_name("NAME.EXT")
        ->group("Result files");
    add_cohort_options(app, a.shared);
}

std::vector<double> parse_days(const std::vector<std::string>& texts) {
    std::vector<double> days;
    for (const std::string& text : texts) {
        char* end = nullptr;
        const double day = std::strtod(text.c_str(), &end);
        if (end == text.c_str() || *end != '\0' || !(day >= 0.0))
            throw UsageError("--days takes numbers of days, such as 28,90; '" + text + "' is none");
        days.push_back(day);
    }
    return days;
}

/// Draws with the Python package that comes with neocol.
void draw(const Arguments& a, const study::Comparison& comparison, const Invocation& invocation) {
    namespace fs = std::filesystem;
    std::vector<std::string> words = a.shared.files;
    const fs::path figure(a.figure);
    const fs::path folder = figure.parent_path();
    words.insert(words.end(),
                 {"--output", folder.empty() ? "." : folder.string(), "--name",
                  figure.stem().string(), "--formats", figure.extension().string().substr(1)});
    // What is left out of the table is left out of the figure.
    if (!a.shared.observables.empty()) {
        words.emplace_back("--observables");
        words.insert(words.end(), a.shared.observables.begin(), a.shared.observables.end());
    }
    if (!a.shared.outcomes.empty()) {
        words.emplace_back("--outcomes");
        for (const study::ComparisonRow& row : comparison.outcomes)
            words.push_back(row.name);
    }
    if (call_python_verb("plot", words, invocation) != 0)
        throw IoError(a.figure, "the figure could not be drawn");
}

/// Results and scenarios are not compared with each other.
void check_kinds(const Arguments& a) {
    const bool cohort = !a.shared.cohort.empty();
    for (const std::string& file : a.shared.files) {
        const bool scenario = file.ends_with(".toml");
        if (scenario && !cohort) {
            throw UsageError(
                "'" + file +
                "' is a scenario: compare scenarios as regimens with --cohort FILE, or "
                "run them and compare the results");
        }
        if (!scenario && cohort)
            throw UsageError("--cohort compares scenarios (.toml), and '" + file + "' is none");
    }
    if (cohort && (!a.figure.empty() || !a.days.empty())) {
        throw UsageError(
            "--figure and --days are for result files; a comparison in a cohort is drawn by "
            "'neocol plot NAME.json' and 'neocol report NAME.json'");
    }
    const std::string kind = std::filesystem::path(a.figure).extension().string();
    if (!a.figure.empty() && kind != ".pdf" && kind != ".svg" && kind != ".png") {
        throw UsageError("--figure takes a name that ends in .pdf, .svg or .png, and '" + a.figure +
                         "' does not");
    }
    const BatchArguments& batch = a.shared.batch;
    const bool runs_cases = !batch.time_limit.empty() || batch.seed != BatchArguments{}.seed ||
                            !batch.cluster.task.empty() || !batch.cluster.file.empty() ||
                            batch.cluster.dry_run || batch.overwrite || batch.kernels.interpreter ||
                            batch.threads > 0;
    if (!cohort && runs_cases) {
        throw UsageError(
            "--seed, --threads, --time-limit, --task, --slurm, --overwrite, --dry-run and "
            "--interpreter are for regimens in a cohort: results are compared as they are");
    }
    if (!cohort && !batch.output.empty())
        throw UsageError("--output is for regimens in a cohort; of results, use --json > FILE");
}

/// Only the outcomes that were asked for.
void keep_outcomes(study::Comparison& comparison, const std::vector<std::string>& patterns) {
    std::vector<std::string> names;
    for (const study::ComparisonRow& row : comparison.outcomes)
        names.push_back(row.name);
    std::vector<study::ComparisonRow> selected;
    for (const std::size_t i : study::choose_outcomes(names, patterns))
        selected.push_back(std::move(comparison.outcomes[i]));
    comparison.outcomes = std::move(selected);
}

int execute(const Arguments& a, const Invocation& invocation) {
    check_kinds(a);
    if (!a.shared.cohort.empty()) return compare_regimens(a.shared, invocation);
    std::vector<io::StoredResult> results;
    for (const std::string& path : a.shared.files)
        results.push_back(read_as_asked(path, a.as_is));
    study::Comparison comparison =
        study::compare(results, parse_days(a.days), a.shared.observables);
    keep_outcomes(comparison, a.shared.outcomes);
    for (const io::StoredResult& result : results) {
        if (result.is_doubtful()) {
            note("warning: {} is doubtful: {}\n", printable(result.path),
                 printable(result.stop_reason));
        }
    }
    print("{}\n",
          a.shared.batch.json ? study::to_json(comparison) : printable(study::to_text(comparison)));
    if (!a.figure.empty()) draw(a, comparison, invocation);
    return exit_done;
}

}  // namespace

extern const Command compare_command = make_command<Arguments, options, execute>(
    "compare", "results side by side, or regimens in a virtual cohort",
    R"(
Examples:
  neocol compare monthly.h5 fortnightly.h5
  neocol compare a.h5 b.h5 c.h5 --days 28,90 --figure compare.pdf
  neocol compare monthly.toml fortnightly.toml --cohort acne_scars --persons 40 --draws 20
      --least 'collagen_dermis_gain_90d>0.5,melanin_peak<0.02' -o intervals)");

}  // namespace neocol::cli
