#include "entry.hpp"

#include <algorithm>
#include <span>

#include <fmt/format.h>

namespace neocol::io::detail {
namespace {

/// Marks all keys of a table as known: an override stands in its place.
void pass_over(const DocumentNode& table) {
    for (const std::string& key : table.keys()) {
        const DocumentNode member = table.get(key);
        if (member.is_table()) pass_over(member);
    }
}

}  // namespace

Entry Entry::get(std::string_view key) const {
    Entry member;
    member.path_ = path_.empty() ? std::string(key) : path_ + '.' + std::string(key);
    DocumentNode absent;
    for (const DocumentNode& node : nodes_) {
        DocumentNode found = node.get(key);
        if (found) {
            member.nodes_.push_back(found);
        } else {
            absent = found;
        }
    }
    if (member.nodes_.empty()) {
        member.nodes_.push_back(absent);
    } else if (!member.nodes_.front().is_table()) {
        for (const DocumentNode& replaced : std::span(member.nodes_).subspan(1)) {
            if (replaced.is_table()) pass_over(replaced);
        }
        member.nodes_.resize(1);
    }
    return member;
}

std::vector<std::string> Entry::keys() const {
    std::vector<std::string> all;
    // The text's own keys first, in their order; then what only overrides have.
    for (auto node = nodes_.rbegin(); node != nodes_.rend(); ++node) {
        for (const std::string& key : node->keys()) {
            if (std::find(all.begin(), all.end(), key) == all.end()) all.push_back(key);
        }
    }
    return all;
}

std::vector<Entry> Entry::elements() const {
    std::vector<Entry> list;
    const std::vector<DocumentNode> nodes = node().elements();
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        Entry element({nodes[i]});
        element.path_ = fmt::format("{}[{}]", path_, i + 1);
        list.push_back(std::move(element));
    }
    return list;
}

bool Entry::overridden() const {
    return bool(*this) && node().position().path == override_path;
}

std::string Entry::text() const {
    switch (kind()) {
        case DocumentNode::Kind::string:
            return string();
        case DocumentNode::Kind::integer:
            return fmt::format("{}", *integer());
        case DocumentNode::Kind::real:
            return fmt::format("{}", number());
        case DocumentNode::Kind::boolean:
            return *boolean() ? "true" : "false";
        case DocumentNode::Kind::array: {
            std::string text;
            for (const Entry& element : elements()) {
                text += (text.empty() ? "" : ", ") + element.text();
            }
            return '[' + text + ']';
        }
        default:
            return {};
    }
}

}  // namespace neocol::io::detail
