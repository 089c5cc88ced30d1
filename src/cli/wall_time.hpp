#pragma once

#include <string>

namespace neocol::cli {

/// A length of wall time [s] as an option takes it: `"90 min"`, `2:30:00` and `1-12:00:00` as
/// schedulers write them, or a number of seconds. 0 if the text is empty.
/// \throws UsageError  no length of time, or below zero
double wall_seconds(const std::string& option, const std::string& text);

/// `3.2 s`, `12 min`, `5.1 h`.
std::string seconds_text(double seconds);

}  // namespace neocol::cli
