#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <string>
#include <string_view>

#include <neocol/core/error.hpp>

/// Readers of neocol as functions of bytes, for libFuzzer and for the corpus (docs/reliability.md,
/// "Fuzzing"). A reader fails by ending the program: a crash, a hang, memory without limit, an
/// exception that is not neocol's own, a promise that `require` finds broken.
namespace neocol::fuzz {

using Reader = void (*)(std::string_view input);

struct Target {
    const char* name;
    Reader read;
};

/// All targets, by name (targets.cpp).
const Target* begin();
const Target* end();
/// nullptr if there is none.
const Target* find(std::string_view name);

// texts.cpp
void read_units(std::string_view input);
void read_expression(std::string_view input);
void read_model(std::string_view input);
// scenarios.cpp
void read_scenario(std::string_view input);
void read_device(std::string_view input);
void read_skin(std::string_view input);
void read_cohort(std::string_view input);
void read_cluster(std::string_view input);
void read_study_file(std::string_view input);
void read_table(std::string_view input);
// stored.cpp
void read_result(std::string_view input);
void read_checkpoint(std::string_view input);
void read_collected(std::string_view input);
void read_stream(std::string_view input);
void read_study(std::string_view input);

/// Ends the program: what a reader promises does not hold.
[[noreturn]] void broken(const char* promise);
inline void require(bool holds, const char* promise) {
    if (!holds) broken(promise);
}

/// Messages go to a terminal, whatever the input holds.
inline void check_message(std::string_view text) {
    require(!text.empty(), "a fault has a message");
    require(text.size() < (std::size_t{1} << 20), "messages are short");
    for (const char c : text)
        require(c == '\n' || c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f),
                "messages hold no control characters");
}

/// How many inputs, or parts of them, no reader refused so far.
inline std::size_t n_accepted = 0;

/// Set by targets whose process for HDF5 would have none to read; heeded where fuzzing (apart.cpp).
inline bool reads_no_hdf5 = false;

/// Set where a corpus is fed once: nothing is left to chance.
inline bool does_all = false;
/// Whether what costs much is tried with this input: of n inputs, the one whose turn it is.
inline bool has_turn(std::string_view input, std::size_t n, std::size_t turn = 0) {
    return does_all || std::hash<std::string_view>()(input) % n == turn;
}

/// Runs a reader; a refusal of its input is as good as a result.
template <typename Work>
bool accepted(Work&& work) {
    try {
        work();
        ++n_accepted;
        return true;
    } catch (const Error& error) {
        check_message(error.what());
        return false;
    }
}

/// A folder for the files of one input at a time, taken away at the end.
const std::string& folder();
/// Writes a file there. \returns its path
std::string put(const std::string& name, std::string_view bytes);

}  // namespace neocol::fuzz
