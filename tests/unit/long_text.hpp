#pragma once

#include <ctime>
#include <string>
#include <utility>

/// What tests of limits on texts share.
namespace neocol::test {

inline std::string repeated(const std::string& text, std::size_t n) {
    std::string all;
    for (std::size_t i = 0; i < n; ++i)
        all += text;
    return all;
}

inline bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// Processor time of some work [s], as of a build without sanitizers, which take ten times as much.
template <typename Work>
double seconds(Work&& work) {
#ifdef __SANITIZE_ADDRESS__
    constexpr double slower = 10.0;
#else
    constexpr double slower = 1.0;
#endif
    const std::clock_t begin = std::clock();
    std::forward<Work>(work)();
    return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC / slower;
}

}  // namespace neocol::test
