#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <neocol/core/document.hpp>

namespace neocol::io::detail {

/// A value of a text with the command line's overrides laid over it: what is asked for is looked up
/// in the overrides first, tables are the union of both. May be absent.
class Entry {
public:
    Entry() = default;
    /// \param roots  roots of the documents, the one that wins first
    explicit Entry(std::vector<DocumentNode> roots) : nodes_(std::move(roots)) {}

    /// Member of a table; absent if no layer has it. Marks the key as known in every layer.
    Entry get(std::string_view key) const;
    std::vector<std::string> keys() const;
    /// Elements of an array. An array is replaced as a whole, but overrides of single elements lie
    /// over them.
    std::vector<Entry> elements() const;

    explicit operator bool() const { return !nodes_.empty() && bool(nodes_.front()); }
    DocumentNode::Kind kind() const { return node().kind(); }
    bool is_table() const { return node().is_table(); }
    bool is_array() const { return node().is_array(); }
    bool is_string() const { return node().is_string(); }
    bool is_number() const { return node().is_number(); }
    std::string string() const { return node().string(); }
    double number() const { return node().number(); }
    std::optional<std::int64_t> integer() const { return node().integer(); }
    std::optional<bool> boolean() const { return node().boolean(); }
    const std::string& key_path() const { return path_; }
    /// True if the value was given by an override.
    bool overridden() const;
    /// The value as the user wrote it, for messages and the resolved list.
    std::string text() const;

    Diagnostic fault(std::string message, std::string help = {}) const {
        return place().fault(std::move(message), std::move(help));
    }
    Diagnostic fault_at_key(std::string message, std::string help = {}) const {
        return place().fault_at_key(std::move(message), std::move(help));
    }

private:
    DocumentNode node() const { return nodes_.empty() ? DocumentNode() : nodes_.front(); }
    /// Faults of a table as a whole belong to the text, not to an override of one of its keys.
    DocumentNode place() const {
        return nodes_.empty() || !nodes_.front().is_table() ? node() : nodes_.back();
    }

    static Entry merged(std::vector<DocumentNode> found, std::string path);

    std::vector<DocumentNode> nodes_;
    std::vector<DocumentNode> overlays_;  ///< tables of single elements of the array
    std::string path_;
};

/// True for a table whose keys are all `[1]`, `[2]`, ...: an override of elements of a list.
bool is_list_overlay(const DocumentNode& table);

/// What messages call the command line's overrides.
inline constexpr const char* override_path = "--set";

}  // namespace neocol::io::detail
