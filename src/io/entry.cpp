#include "entry.hpp"

#include <algorithm>
#include <functional>
#include <set>
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

bool is_list_overlay(const DocumentNode& table) {
    const std::vector<std::string> keys =
        table.is_table() ? table.keys() : std::vector<std::string>();
    return !keys.empty() && std::all_of(keys.begin(), keys.end(), [](const std::string& key) {
        return key.size() > 2 && key.front() == '[' && key.back() == ']' &&
               key.find_first_not_of("0123456789", 1) == key.size() - 1;
    });
}

/// What layers have at one place: the first wins, tables are the union of all.
Entry Entry::merged(std::vector<DocumentNode> found, std::string path) {
    Entry entry;
    entry.path_ = std::move(path);
    for (DocumentNode& node : found) {
        (is_list_overlay(node) ? entry.overlays_ : entry.nodes_).push_back(std::move(node));
    }
    if (!entry.nodes_.empty() && !entry.nodes_.front().is_table()) {
        for (const DocumentNode& replaced : std::span(entry.nodes_).subspan(1)) {
            if (replaced.is_table()) pass_over(replaced);
        }
        entry.nodes_.resize(1);
    }
    return entry;
}

Entry Entry::get(std::string_view key) const {
    std::vector<DocumentNode> layers;
    DocumentNode absent;
    for (const DocumentNode& node : nodes_) {
        DocumentNode found = node.get(key);
        if (found) {
            layers.push_back(found);
        } else {
            absent = found;
        }
    }
    Entry member = merged(std::move(layers),
                          path_.empty() ? std::string(key) : path_ + '.' + std::string(key));
    if (member.nodes_.empty()) member.nodes_.push_back(absent);
    return member;
}

std::vector<std::string> Entry::keys() const {
    std::vector<std::string> all;
    std::set<std::string, std::less<>> known;
    // The text's own keys first, in their order; then what only overrides have.
    for (auto node = nodes_.rbegin(); node != nodes_.rend(); ++node) {
        for (const std::string& key : node->keys()) {
            if (known.insert(key).second) all.push_back(key);
        }
    }
    return all;
}

std::vector<Entry> Entry::elements() const {
    std::vector<Entry> list;
    const std::vector<DocumentNode> nodes = node().elements();
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        std::vector<DocumentNode> layers;
        for (const DocumentNode& overlay : overlays_) {
            const DocumentNode given = overlay.get(fmt::format("[{}]", i + 1));
            if (given) layers.push_back(given);
        }
        layers.push_back(nodes[i]);
        list.push_back(merged(std::move(layers), fmt::format("{}[{}]", path_, i + 1)));
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
