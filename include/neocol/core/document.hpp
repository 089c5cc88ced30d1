#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <neocol/core/error.hpp>
#include <neocol/core/words.hpp>

namespace neocol {

class DocumentNode;

/// A parsed TOML text whose every key and value knows its place. It never changes: looking at it
/// leaves no trace; copies share it. Which keys may stand in it a Table says (core/table.hpp).
class Document {
public:
    /// \param path  what messages call the text
    /// \throws InputError  syntax error, with position; empty text; bytes that are no UTF-8 text
    static Document parse(std::string text, std::string path);

    /// A text that may hold the files it includes (core/text_parts.hpp): the union of their tables.
    /// Faults name the file; its place is taken as beside `path`.
    /// \throws InputError  as parse; a key that two files hold; an included file with a key outside
    ///                     any table
    static Document parse_parts(std::string text, std::string path);

    /// `base` with changes laid over it, each a document of its own, the last of a key wins. Tables
    /// become the union of both; a table whose keys are all `[1]`, `[2]`, ... changes elements of a
    /// list. What a change brought keeps its place in the change.
    /// \param refuse  called with a change that reaches into a list that is not there or past its
    ///                end, and why; such a change is left out
    static Document overlaid(
        const Document& base, std::span<const Document> changes,
        const std::function<void(const Document&, const std::string&)>& refuse);

    /// A document without the keys of some paths (DocumentNode::key_path).
    static Document without(const Document& document, const std::set<std::string>& paths);

    DocumentNode root() const;
    const std::string& text() const;
    const std::string& path() const;
    /// Names of the files that the text includes and holds.
    const std::vector<std::string>& included() const;

    struct Node;
    struct Implementation;

private:
    explicit Document(std::shared_ptr<const Implementation> implementation);
    std::shared_ptr<const Implementation> implementation_;
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

    /// Member of a table; absent if there is none.
    DocumentNode get(std::string_view key) const;
    /// Keys of a table in the order of the file.
    std::vector<std::string> keys() const;
    /// Members of a table in the order of the file.
    std::vector<DocumentNode> members() const;
    /// Elements of an array.
    std::vector<DocumentNode> elements() const;

    /// Value of a string node. \pre is_string()
    std::string string() const;
    /// Value of a number node. \pre is_number()
    double number() const;
    std::optional<std::int64_t> integer() const;
    std::optional<bool> boolean() const;
    /// A string, number, boolean or list of them as the user wrote it; empty for a table.
    std::string text() const;

    /// The last part of `key_path`, unquoted; empty for elements.
    const std::string& key() const;
    /// Dotted path of keys, such as `session[1].device.name`; elements count from 1.
    std::string key_path() const;
    /// True if a change that was laid over the document brought the value.
    bool is_overlaid() const;
    /// Name of the included file that holds the value; empty if it is the file's own, or brought by
    /// a change.
    std::string_view part() const;
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
    DocumentNode(const Document::Implementation* document, const Document::Node* node,
                 std::string path);
    Diagnostic diagnostic(SourcePosition at, std::string message, std::string help) const;

    const Document::Implementation* document_ = nullptr;
    const Document::Node* node_ = nullptr;
    std::string path_;
};

/// What stands where a value is expected.
template <>
inline constexpr auto words<DocumentNode::Kind> = std::to_array<Word<DocumentNode::Kind>>({
    {DocumentNode::Kind::absent, "nothing", ""},
    {DocumentNode::Kind::table, "a table", ""},
    {DocumentNode::Kind::array, "a list", ""},
    {DocumentNode::Kind::string, "a text", ""},
    {DocumentNode::Kind::integer, "a whole number", ""},
    {DocumentNode::Kind::real, "a number", ""},
    {DocumentNode::Kind::boolean, "true or false", ""},
    {DocumentNode::Kind::other, "a date", "or a time of day"},
});

}  // namespace neocol
