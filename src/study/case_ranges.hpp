#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace neocol::study::detail {

/// Numbers of cases in few letters, fit for a file's name: `3`, `0-99`, `3-99s16` (every 16th),
/// several with commas. \param numbers  increasing
std::string case_ranges(const std::vector<std::uint64_t>& numbers);

/// The numbers of such a text, increasing; nothing if it is none, or names more than `most`.
std::optional<std::vector<std::uint64_t>> cases_in(std::string_view ranges, std::size_t most);

}  // namespace neocol::study::detail
