#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace neocol {

/// A place in a text the user wrote; line and column count from 1, 0 means unknown.
struct SourcePosition {
    std::string path;
    int line = 0;
    int column = 0;
    int length = 1;  ///< columns to underline
};

/// One fault in an input: where, what is wrong, and what would be right.
struct Diagnostic {
    SourcePosition at;
    std::string message;
    std::string source_line;  ///< the text of line `at.line`, empty if unknown
    std::string help;         ///< a way out: the known names, the nearest one, the unit expected
};

/// Text of a diagnostic as the user sees it: `path:line:column: error: message`, the line with a
/// caret below it, then the help. `label` may be "warning" where nothing is refused.
std::string render(const Diagnostic& diagnostic, std::string_view label = "error");

/// Root of everything neocol throws on purpose.
class Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The command line cannot be understood.
class UsageError : public Error {
public:
    using Error::Error;
};

/// What the user wrote is invalid; carries every fault found in one pass.
class InputError : public Error {
public:
    explicit InputError(std::vector<Diagnostic> diagnostics);
    /// A fault without a place in a text (a value given by a caller of the library).
    explicit InputError(std::string message, std::string help = {});

    std::vector<Diagnostic> diagnostics;
};

/// The integration cannot go on.
class NumericsError : public Error {
public:
    struct Where {
        double time = 0.0;    ///< [d]
        std::string species;  ///< empty if it is not one species' fault
        std::string place;    ///< such as "z 0.41 mm, r 0.12 mm"; empty if not one voxel's
        double value = 0.0;
    };
    NumericsError(const std::string& message, Where where_);

    Where where;
};

/// A file cannot be read or written.
class IoError : public Error {
public:
    IoError(std::string path_, const std::string& message);

    std::string path;
};

/// Collects the faults of one pass over an input.
class Diagnostics {
public:
    void add(Diagnostic diagnostic);
    void append(const std::vector<Diagnostic>& others);
    bool empty() const { return list_.empty(); }
    const std::vector<Diagnostic>& list() const { return list_; }
    /// \throws InputError  if any fault was added
    void throw_if_any() const;

private:
    std::vector<Diagnostic> list_;
};

}  // namespace neocol
