#include "case_ranges.hpp"

#include <algorithm>
#include <charconv>
#include <functional>

#include <fmt/format.h>

namespace neocol::study::detail {
namespace {

/// A number without sign, blanks or leading zeros; false for anything else.
bool parse(std::string_view text, std::uint64_t& value) {
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    return !text.empty() && (text.size() == 1 || text.front() != '0') && read.ptr == end &&
           read.ec == std::errc() && value < (std::uint64_t{1} << 60);
}

}  // namespace

std::string case_ranges(const std::vector<std::uint64_t>& numbers) {
    std::string text;
    for (std::size_t i = 0; i < numbers.size();) {
        const std::uint64_t step = i + 1 < numbers.size() ? numbers[i + 1] - numbers[i] : 0;
        std::size_t last = i;
        while (last + 1 < numbers.size() && numbers[last + 1] - numbers[last] == step)
            ++last;
        if (step > 1 && last - i < 2) last = i;  // no shorter as a range
        text += fmt::format("{}{}", i > 0 ? "," : "", numbers[i]);
        if (last > i) text += fmt::format("-{}", numbers[last]);
        if (last > i && step > 1) text += fmt::format("s{}", step);
        i = last + 1;
    }
    return text;
}

std::optional<std::vector<std::uint64_t>> cases_in(std::string_view ranges, std::size_t most) {
    std::vector<std::uint64_t> numbers;
    while (!ranges.empty()) {
        const std::size_t comma = std::min(ranges.find(','), ranges.size());
        const std::string_view item = ranges.substr(0, comma);
        ranges.remove_prefix(std::min(comma + 1, ranges.size()));
        const std::size_t dash = item.find('-');
        const std::size_t mark = dash == item.npos ? item.npos : item.find('s', dash);
        std::uint64_t first = 0, last = 0, step = 1;
        if (!parse(item.substr(0, dash), first)) return std::nullopt;
        last = first;
        if (dash != item.npos && !parse(item.substr(dash + 1, mark - dash - 1), last))
            return std::nullopt;
        if (mark != item.npos && !parse(item.substr(mark + 1), step)) return std::nullopt;
        if (step == 0 || last < first || (last - first) / step >= most) return std::nullopt;
        for (std::uint64_t n = first; n <= last; n += step)
            numbers.push_back(n);
        if (numbers.size() > most) return std::nullopt;
    }
    const bool increases =
        std::adjacent_find(numbers.begin(), numbers.end(), std::greater_equal<>()) == numbers.end();
    if (numbers.empty() || !increases) return std::nullopt;
    return numbers;
}

}  // namespace neocol::study::detail
