#include "time_of_day.hpp"

#include <chrono>

#include <fmt/chrono.h>

namespace neocol::study::detail {

std::string now_text() {
    const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now));
}

}  // namespace neocol::study::detail
