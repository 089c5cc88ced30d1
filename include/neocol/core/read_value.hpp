#pragma once

#include <string>

namespace neocol {

/// A value that was read: its key path, as it was written, and where it came from ("scenario",
/// "device roller_192", "site cheek", "default", "--set").
struct ReadValue {
    std::string key, value, origin;
};

}  // namespace neocol
