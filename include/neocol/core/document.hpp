#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <neocol/core/error.hpp>

namespace neocol {

class DocumentNode;

/// A parsed TOML text whose every key and value knows its place.
///
/// Reading is by asking: each table remembers which keys were asked for, and `report_unknown`
/// turns the others into faults with the nearest allowed key. No default hides a misspelt key.
class Document {
public:
    /// \param path  what messages call the text
    /// \throws InputError  syntax error, with position; empty text; bytes that are no UTF-8 text
    static Document parse(std::string text, std::string path);

    Document(Document&&) noexcept;
    Document& operator=(Document&&) noexcept;
    ~Document();

    DocumentNode root() const;
    const std::string& text() const;
    const std::string& path() const;

    /// Adds a fault for every key that was never asked for.
    void report_unknown(Diagnostics& diagnostics) const;

    struct Implementation;

private:
    explicit Document(std::unique_ptr<Implementation> implementation);
    std::unique_ptr<Implementation> implementation_;
};

/// A value inside a Document: table, array, string, number, boolean. Cheap to copy; valid while its
/// Document lives. A node may be absent (`!node`), and asking an absent node gives absent nodes.
class DocumentNode {
public:
    enum class Kind { absent, table, array, string, integer, real, boolean, other };

    DocumentNode() = default;
    Kind kind() const;
    explicit operator bool() const { return kind() != Kind::absent; }
    bool is_table() const { return kind() == Kind::table; }
    bool is_array() const { return kind() == Kind::array; }
    bool is_string() const { return kind() == Kind::string; }
    bool is_number() const { return kind() == Kind::integer || kind() == Kind::real; }

    /// Member of a table (marks the key as known); absent if there is none.
    DocumentNode get(std::string_view key) const;
    /// Keys of a table in the order of the file.
    std::vector<std::string> keys() const;
    /// Elements of an array.
    std::vector<DocumentNode> elements() const;

    /// Value of a string node. \pre is_string()
    std::string string() const;
    /// Value of a number node. \pre is_number()
    double number() const;
    std::optional<std::int64_t> integer() const;
    std::optional<bool> boolean() const;

    /// Dotted path of keys, such as `session[1].device.name`; elements count from 1.
    std::string key_path() const;
    /// Where the value stands. For a string, `offset` and `length` select characters inside its
    /// quotes, so that an expression's fault points at its own characters (also in multi-line
    /// strings).
    SourcePosition position(std::size_t offset = 0, std::size_t length = 0) const;
    /// Where the key of this value stands.
    SourcePosition key_position() const;

    /// A fault at this value (or inside its string), the source line attached.
    Diagnostic fault(std::string message, std::string help = {}, std::size_t offset = 0,
                     std::size_t length = 0) const;
    /// A fault at this value's key.
    Diagnostic fault_at_key(std::string message, std::string help = {}) const;

private:
    friend class Document;
    DocumentNode(const Document::Implementation* document, const void* node, std::string path);
    const Document::Implementation* document_ = nullptr;
    const void* node_ = nullptr;
    std::string path_;
};

}  // namespace neocol
