#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <neocol/core/quoting.hpp>
#include <neocol/study/cohort_compare.hpp>

namespace neocol::study {
namespace {

/// Share by which a median of differences may miss the difference of medians before it is said.
constexpr double noticeable = 0.25;

std::string range(double low, double high) {
    return fmt::format("[{:.3g}, {:.3g}]", low, high);
}

std::string percent(double share) {
    return std::isnan(share) ? "-" : fmt::format("{:.0f} %", 100.0 * share);
}

/// " %", or nothing for pure numbers.
std::string unit_text(const OutcomeRow& row) {
    return row.unit == "1" ? "" : " " + row.unit;
}

void print_regimens(std::string& out, const CohortComparison& c) {
    out += "\nWhat each asks of the skin (nominal, per cm2)\n";
    for (const RegimenDose& r : c.regimens) {
        if (r.sessions == 0) {
            out += fmt::format("  {}: no session\n", r.name);
            continue;
        }
        out += fmt::format("  {}: {} session{} in {:g} days, {}, {:.4g} punctures a session",
                           r.name, r.sessions, r.sessions == 1 ? "" : "s", r.last - r.first,
                           r.device.empty() ? "device described inline" : r.device, r.density);
        if (std::abs(r.density - r.density_given) > 1e-9 * r.density_given)
            out += fmt::format(" (given {:.4g}, changed for an equal dose)", r.density_given);
        out += fmt::format(", {:.3g} mm deep; in all {:.4g} punctures, {:.3g} mm3 wounded\n",
                           r.channel_depth, r.punctures, r.wounded_volume);
    }
}

void print_summary(std::string& out, const std::string& name, const CohortSummary& s) {
    out += fmt::format("  {:<24}{:>10.4g} {:>20}{:>10} {:>20}", name, s.median.median,
                       range(s.median.low, s.median.high),
                       fmt::format("+-{:.2g}", s.median.monte_carlo),
                       range(s.person_low, s.person_high));
    if (s.missing > 0) out += fmt::format("  {} cases without a value", s.missing);
}

void print_difference(std::string& out, const CohortComparison& c, const OutcomeRow& row,
                      std::size_t r) {
    const ComparedOutcome& o = row.regimens[r];
    print_summary(out, fmt::format("{} - {}", c.regimens[r].name, c.regimens[0].name),
                  o.difference);
    out += fmt::format("  same sign in {} of draws\n", percent(o.same_sign));
    const double apart = o.value.median.median - row.regimens[0].value.median.median;
    const double difference = o.difference.median.median;
    if (std::abs(apart - difference) > noticeable * std::max(std::abs(apart), std::abs(difference)))
        out += fmt::format(
            "      the medians above are {:.3g}{} apart: a difference is taken person by person "
            "and "
            "draw by draw, and its median is not that of medians\n",
            apart, unit_text(row));
    if (o.below_closure) {
        out += fmt::format(
            "      smaller than the closure error of a single channel ({:.2g}{}): "
            "no effect to report\n",
            *o.closure, unit_text(row));
    }
    if (o.shares) {
        const OverDraws &better = o.shares->better, &worse = o.shares->worse;
        out += fmt::format(
            "      better by {:g}{} or more: {} of persons {}, worse by as much: {} {}\n",
            row.least->least, unit_text(row), percent(better.median),
            fmt::format("[{}, {}]", percent(better.low), percent(better.high)),
            percent(worse.median),
            fmt::format("[{}, {}]", percent(worse.low), percent(worse.high)));
    }
}

/// Index of the regimen with the best median.
std::size_t best_of(const OutcomeRow& row) {
    const double sign = row.least->more_is_better ? 1.0 : -1.0;
    std::size_t best = 0;
    for (std::size_t r = 1; r < row.regimens.size(); ++r)
        if (sign * row.regimens[r].value.median.median >
            sign * row.regimens[best].value.median.median)
            best = r;
    return best;
}

void print_best(std::string& out, const CohortComparison& c) {
    bool any = false;
    for (const OutcomeRow& row : c.outcomes) {
        if (!row.least || c.regimens.size() < 2) continue;
        if (!any) out += "\nPredicted best (a prediction without direct validation data)\n";
        any = true;
        const std::size_t best = best_of(row);
        std::string tied;
        std::size_t n_tied = 0;
        for (std::size_t r = 0; r < row.regimens.size(); ++r) {
            const double gap = std::abs(row.regimens[r].value.median.median -
                                        row.regimens[best].value.median.median);
            if (r != best && gap < row.least->least) {
                tied += (tied.empty() ? "" : ", ") + c.regimens[r].name;
                ++n_tied;
            }
        }
        const std::string least = fmt::format("{:g}{}", row.least->least, unit_text(row));
        if (n_tied + 1 == row.regimens.size()) {
            out +=
                fmt::format("  {}: none stands out, all medians are within {}\n", row.name, least);
        } else {
            out += fmt::format(
                "  {}: {}{}\n", row.name, c.regimens[best].name,
                tied.empty() ? "" : fmt::format("; not {} or more behind it: {}", least, tied));
        }
    }
}

}  // namespace

std::string to_text(const CohortComparison& c) {
    std::string out = fmt::format(
        "{} regimens in {} persons ({}), each under {} parameter draw{} ({}{}): {} cases, {} "
        "failed, seed {}\n",
        c.regimens.size(), c.persons, c.cohort, c.draws, c.draws == 1 ? "" : "s", c.draws_from,
        c.parameters > 0 ? fmt::format(", {} parameters", c.parameters) : "", c.cases, c.failed,
        c.seed);
    if (c.failed > 0) out += "the first failure: " + c.first_failure + "\n";
    out += doubtful_text(c.doubtful, c.first_doubt);
    out += to_text(c.solved) + "\n";
    out += fmt::format("runs end {:g} days after the {} session of each regimen\n", c.follow_up,
                       c.clock_from_last ? "last" : "first");
    if (c.equal_dose != EqualDose::none) {
        out += fmt::format(
            "densities changed for an equal total {}\n",
            c.equal_dose == EqualDose::punctures ? "number of punctures" : "wounded volume");
    }
    print_regimens(out, c);
    out += fmt::format("\n  {:<24}{:>10} {:>20}{:>10} {:>20}\n", "", "median", "90 % of draws",
                       "MC error", "5-95 % of persons");
    for (const OutcomeRow& row : c.outcomes) {
        out += fmt::format("{} [{}]: {}\n", row.name, row.unit, row.meaning);
        for (std::size_t r = 0; r < row.regimens.size(); ++r) {
            print_summary(out, c.regimens[r].name, row.regimens[r].value);
            out += "\n";
        }
        if (row.without_partner > 0)
            out += fmt::format(
                "  {} cases left out: another regimen has no value for the same person and draw\n",
                row.without_partner);
        for (std::size_t r = 1; r < row.regimens.size(); ++r)
            print_difference(out, c, row, r);
    }
    print_best(out, c);
    out += fmt::format(
        "\nmedian: of the persons, in the middle draw; 90 % of draws: the range of that median "
        "over "
        "parameter draws;\nMC error: what more persons and draws would take away; 5-95 % of "
        "persons: spread between persons, in the middle draw.\n{}\n",
        prediction_note);
    const bool measured = !c.closure_path.empty();
    if (!measured) {
        out +=
            "The closure error of 'single_channel' was not measured for this model "
            "(closure/MODEL.csv).\n";
    }
    return out;
}

std::string to_csv(const CohortComparison& c) {
    std::string out =
        "outcome,unit,regimen,median,median_low,median_high,monte_carlo,person_low,person_high,"
        "difference,difference_low,difference_high,difference_monte_carlo,difference_person_low,"
        "difference_person_high,same_sign,closure_error,below_closure,least,better,worse,missing\n";
    for (const OutcomeRow& row : c.outcomes) {
        for (std::size_t r = 0; r < row.regimens.size(); ++r) {
            const ComparedOutcome& o = row.regimens[r];
            out +=
                fmt::format("{},{},{}", row.name, csv_cell(row.unit), csv_cell(c.regimens[r].name));
            for (const CohortSummary* s : {&o.value, &o.difference})
                for (const double v : {s->median.median, s->median.low, s->median.high,
                                       s->median.monte_carlo, s->person_low, s->person_high})
                    out += "," + csv_number(v);
            const double none = std::nan("");
            out +=
                fmt::format(",{},{},{},{},{},{},{}\n", csv_number(o.same_sign),
                            csv_number(o.closure.value_or(none)), o.below_closure ? 1 : 0,
                            csv_number(row.least ? row.least->least : none),
                            csv_number(o.shares ? o.shares->better.median : none),
                            csv_number(o.shares ? o.shares->worse.median : none), o.value.missing);
        }
    }
    return out;
}

}  // namespace neocol::study
