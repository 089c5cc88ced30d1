#pragma once

#include <string>

namespace neocol::study::detail {

/// Time of day, ISO 8601 in UTC.
std::string now_text();

}  // namespace neocol::study::detail
