#include <neocol/core/names.hpp>

#include <algorithm>
#include <cctype>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace neocol {

namespace {

constexpr std::size_t longest_list = 12;

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return lower;
}

}  // namespace

int edit_distance(std::string_view a, std::string_view b) {
    const std::size_t n = b.size();
    std::vector<int> before_last(n + 1), last(n + 1), row(n + 1);
    for (std::size_t j = 0; j <= n; ++j)
        row[j] = static_cast<int>(j);
    for (std::size_t i = 1; i <= a.size(); ++i) {
        before_last.swap(last);
        last.swap(row);
        row[0] = static_cast<int>(i);
        for (std::size_t j = 1; j <= n; ++j) {
            const int replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
    }
    return row[n];
}

std::string nearest_name(std::string_view name, std::span<const std::string> candidates) {
    const std::string wanted = lower_case(name);
    const int limit = std::max(1, static_cast<int>(name.size()) / 3);
    std::string best;
    int best_distance = limit + 1;
    for (const std::string& candidate : candidates) {
        const int distance = edit_distance(wanted, lower_case(candidate));
        const bool keeps_something = distance < static_cast<int>(name.size());
        if (distance < best_distance && keeps_something) {
            best = candidate;
            best_distance = distance;
        }
    }
    if (!best.empty() || name.size() < 3) return best;
    for (const std::string& candidate : candidates)
        if (lower_case(candidate).starts_with(wanted) || wanted.starts_with(lower_case(candidate)))
            return candidate;
    return {};
}

std::string suggest(std::string_view name, std::span<const std::string> candidates) {
    if (candidates.empty()) return {};
    const std::string nearest = nearest_name(name, candidates);
    std::string hint = nearest.empty() ? std::string() : fmt::format("did you mean '{}'?", nearest);
    if (candidates.size() <= longest_list) {
        const std::string known = fmt::format("known: {}", fmt::join(candidates, ", "));
        return hint.empty() ? known : known + "; " + hint;
    }
    if (!hint.empty()) return hint;
    std::vector<std::string> sorted(candidates.begin(), candidates.end());
    std::stable_sort(sorted.begin(), sorted.end(), [&](const std::string& a, const std::string& b) {
        return edit_distance(name, a) < edit_distance(name, b);
    });
    sorted.resize(longest_list);
    return fmt::format("known: {}, ... ({} in all)", fmt::join(sorted, ", "), candidates.size());
}

}  // namespace neocol
