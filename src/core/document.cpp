#include <neocol/core/document.hpp>

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include <fmt/format.h>

// toml++ asserts, or lets the compiler assume, what a faulty text can break (`a = 1 ]`), though it
// reports the fault right after. Neither is wanted: a faulty text is a user's everyday.
#undef NDEBUG
#define TOML_MAX_NESTED_VALUES 64
#define TOML_ASSERT(expression) static_cast<void>(0)
#include <toml++/toml.h>

#include <neocol/core/names.hpp>
#include <neocol/core/quoting.hpp>
#include <neocol/core/text_limits.hpp>

#include "text_lines.hpp"

namespace neocol {

namespace {

const toml::node& as_node(const void* node) {
    return *static_cast<const toml::node*>(node);
}

std::string child_path(const std::string& path, std::string_view key) {
    return path.empty() ? std::string(key) : path + '.' + std::string(key);
}

bool is_bare_key(std::string_view key) {
    return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
    });
}

std::string quoted_if_needed(std::string_view key) {
    return is_bare_key(key) ? std::string(key) : fmt::format("\"{}\"", key);
}

/// toml++ starts its messages with "Error while parsing ...: "; what follows is enough.
std::string plain_message(std::string_view description) {
    std::string message(description);
    if (message.starts_with("Error while ")) message.erase(0, 12);
    if (!message.empty())
        message[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(message[0])));
    return message;
}

/// Walks over a TOML text, before toml++ does, and finds what passes a limit.
///
/// toml++ makes a table for every part of a dotted key and takes them down by recursion. Only
/// strings and comments need to be told from the rest for that; what is no TOML at all is toml++'s
/// to report.
class Shape {
public:
    struct Fault {
        std::string message, help;
        std::size_t begin = 0, end = 0;
    };

    explicit Shape(std::string_view text) : text_(text) {}

    std::optional<Fault> first_fault() {
        for (at_ = 0; at_ < text_.size();) {
            const std::size_t begin = at_;
            step();
            if (depth_ > text_limits::nesting)
                return Fault{fmt::format("tables and lists stand more than {} deep in each other",
                                         text_limits::nesting),
                             "name the parts in tables of their own", begin, at_};
            if (parts_ > text_limits::nesting)
                return Fault{fmt::format("a key of more than {} parts", text_limits::nesting),
                             "no key that neocol reads has more than five", begin, at_};
            if (values_ > text_limits::values)
                return Fault{
                    fmt::format("more than {} keys and elements of lists", text_limits::values),
                    "long tables of numbers belong into a file of their own", begin, at_};
        }
        return std::nullopt;
    }

private:
    std::string_view text_;
    std::size_t at_ = 0, depth_ = 0, parts_ = 1, values_ = 0;

    void step() {
        const char c = text_[at_];
        if (c == '"' || c == '\'') return pass_string(c);
        if (c == '#') {
            at_ = std::min(text_.find('\n', at_), text_.size());
            return;
        }
        ++at_;
        switch (c) {
            case '.':
                ++parts_;
                return;
            case '[':
            case '{':
                ++depth_;
                break;
            case ']':
            case '}':
                if (depth_ > 0) --depth_;
                break;
            case '=':
            case ',':
                ++values_;
                break;
            case '\n':
                break;
            default:
                return;
        }
        parts_ = 1;
    }

    void pass_string(char quote) {
        const std::string_view three = quote == '"' ? "\"\"\"" : "'''";
        const bool is_long = text_.substr(at_, 3) == three;
        at_ += is_long ? 3 : 1;
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (!is_long && c == '\n') return;
            if (c == '\\' && quote == '"') {
                at_ = std::min(at_ + 2, text_.size());
            } else if (c == quote && (!is_long || text_.substr(at_, 3) == three)) {
                at_ += is_long ? 3 : 1;
                // Two more quotes may be the string's own last characters.
                for (int i = 0; is_long && i < 2 && at_ < text_.size() && text_[at_] == quote; ++i)
                    ++at_;
                return;
            } else {
                ++at_;
            }
        }
    }
};

/// Line ends of files made elsewhere are no control characters.
std::string without_returns(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\r' || i + 1 == text.size() || text[i + 1] != '\n') out += text[i];
    }
    return out;
}

}  // namespace

struct Document::Implementation {
    std::string path;
    detail::TextLines lines;
    toml::table table;

    /// Keys asked for, by table; tables and arrays already reported as wrong.
    mutable std::map<const void*, std::set<std::string, std::less<>>> asked;
    mutable std::set<const void*> faulted;
    /// Key of every value; the key is owned by the table.
    std::map<const void*, const toml::key*> keys;

    /// Headers, dotted keys and brackets together may be deeper than each alone.
    void index_keys(const toml::node& node, std::size_t depth, Diagnostics& faults) {
        if (depth > text_limits::nesting) {
            faults.add(
                diagnostic(place(node.source()),
                           fmt::format("tables and lists stand more than {} deep in each other",
                                       text_limits::nesting),
                           "name the parts in tables of their own"));
        } else if (const toml::table* members = node.as_table()) {
            for (auto&& [key, value] : *members) {
                keys[&value] = &key;
                if (key.str().size() > text_limits::key_bytes)
                    faults.add(diagnostic(
                        place(key.source()),
                        fmt::format("a key of more than {} bytes", text_limits::key_bytes), {}));
                index_keys(value, depth + 1, faults);
            }
        } else if (const toml::array* elements = node.as_array()) {
            for (const toml::node& element : *elements)
                index_keys(element, depth + 1, faults);
        }
    }

    /// A fault for every text and key with characters that would work on a terminal: no file needs
    /// them, and whatever is printed later is clean.
    void refuse_hidden(const toml::node& node, Diagnostics& faults) const {
        if (const toml::table* members = node.as_table()) {
            for (auto&& [key, value] : *members) {
                if (printable(key.str()) != key.str() ||
                    key.str().find('\n') != std::string_view::npos)
                    faults.add(diagnostic(place(key.source()),
                                          "a control character stands in this key", {}));
                refuse_hidden(value, faults);
            }
        } else if (const toml::array* elements = node.as_array()) {
            for (const toml::node& element : *elements)
                refuse_hidden(element, faults);
        } else if (const auto* text = node.as_string(); text != nullptr) {
            const std::string unified = without_returns(text->get());
            if (printable(unified) != unified)
                faults.add(diagnostic(place(node.source()),
                                      "a control character stands in this text",
                                      "line ends and tabs are the only ones that may"));
        }
    }

    SourcePosition place(const toml::source_region& region) const {
        SourcePosition at;
        at.path = path;
        at.line = static_cast<int>(region.begin.line);
        at.column = static_cast<int>(region.begin.column);
        const int width = lines.width(at.line);
        const int last =
            region.end.line == region.begin.line && region.end.column > region.begin.column
                ? static_cast<int>(region.end.column)
                : width + 1;
        at.length = std::max(1, last - at.column);
        return at;
    }

    Diagnostic diagnostic(SourcePosition at, std::string message, std::string help) const {
        const int line = at.line;
        std::string shown;
        if (lines.bytes(line) <= text_limits::shown_line_bytes) shown = lines.line(line);
        return {std::move(at), std::move(message), std::move(shown), std::move(help)};
    }

    void report_unknown(const toml::node& node, const std::string& where,
                        Diagnostics& diagnostics) const;
    void report_unknown_members(const toml::table& members, const std::string& where,
                                Diagnostics& diagnostics) const;
};

void Document::Implementation::report_unknown(const toml::node& node, const std::string& where,
                                              Diagnostics& diagnostics) const {
    if (faulted.count(&node) > 0) return;
    if (const toml::table* members = node.as_table())
        report_unknown_members(*members, where, diagnostics);
    else if (const toml::array* elements = node.as_array())
        for (std::size_t i = 0; i < elements->size(); ++i)
            report_unknown((*elements)[i], fmt::format("{}[{}]", where, i + 1), diagnostics);
}

void Document::Implementation::report_unknown_members(const toml::table& members,
                                                      const std::string& where,
                                                      Diagnostics& diagnostics) const {
    const auto found = asked.find(&members);
    const std::set<std::string, std::less<>> none;
    const auto& allowed = found == asked.end() ? none : found->second;
    for (auto&& [key, value] : members) {
        if (allowed.count(key.str()) > 0) {
            report_unknown(value, child_path(where, key.str()), diagnostics);
            continue;
        }
        const std::vector<std::string> names(allowed.begin(), allowed.end());
        const std::string in =
            where.empty() ? std::string(" at top level") : fmt::format(" in [{}]", where);
        diagnostics.add(diagnostic(
            place(key.source()), fmt::format("unknown key '{}'{}", key.str(), in),
            names.empty() ? "no keys are read here" : suggest(std::string(key.str()), names)));
    }
}

Document::Document(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Document Document::parse(std::string text, std::string path) {
    auto implementation = std::make_unique<Implementation>();
    implementation->path = path;
    const auto refuse = [&](std::string message, std::string help) {
        throw InputError({Diagnostic{{path, 0, 0, 1}, std::move(message), {}, std::move(help)}});
    };
    if (std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isspace(c); }))
        refuse("empty file", "a TOML text is expected; docs/ describes its keys");
    if (text.size() > text_limits::file_bytes)
        refuse(fmt::format("a text of {} MB, and at most {} MB are read", text.size() >> 20,
                           text_limits::file_bytes >> 20),
               "long tables of numbers belong into a file of their own");
    if (!detail::is_utf8_text(text))
        refuse("not a text file", "a TOML text in UTF-8 is expected, this looks binary");
    implementation->lines = detail::TextLines(std::move(text));
    if (const auto fault = Shape(implementation->lines.text()).first_fault()) {
        throw InputError(
            {implementation->diagnostic(implementation->lines.place(path, fault->begin, fault->end),
                                        fault->message, fault->help)});
    }
    try {
        implementation->table =
            toml::parse(std::string_view(implementation->lines.text()), std::string_view(path));
    } catch (const toml::parse_error& fault) {
        throw InputError({implementation->diagnostic(
            implementation->place(fault.source()), plain_message(fault.description()),
            "strings need quotes, every line one key = value")});
    }
    Diagnostics faults;
    implementation->index_keys(implementation->table, 0, faults);
    faults.throw_if_any();
    implementation->refuse_hidden(implementation->table, faults);
    faults.throw_if_any();
    return Document(std::move(implementation));
}

DocumentNode Document::root() const {
    return DocumentNode(implementation_.get(),
                        static_cast<const toml::node*>(&implementation_->table), {});
}

const std::string& Document::text() const {
    return implementation_->lines.text();
}
const std::string& Document::path() const {
    return implementation_->path;
}

void Document::report_unknown(Diagnostics& diagnostics) const {
    implementation_->report_unknown(implementation_->table, {}, diagnostics);
}

DocumentNode::DocumentNode(const Document::Implementation* document, const void* node,
                           std::string path)
    : document_(document), node_(node), path_(std::move(path)) {}

DocumentNode::Kind DocumentNode::kind() const {
    if (node_ == nullptr) return Kind::absent;
    switch (as_node(node_).type()) {
        case toml::node_type::table:
            return Kind::table;
        case toml::node_type::array:
            return Kind::array;
        case toml::node_type::string:
            return Kind::string;
        case toml::node_type::integer:
            return Kind::integer;
        case toml::node_type::floating_point:
            return Kind::real;
        case toml::node_type::boolean:
            return Kind::boolean;
        default:
            return Kind::other;
    }
}

DocumentNode DocumentNode::get(std::string_view key) const {
    const toml::table* members = node_ == nullptr ? nullptr : as_node(node_).as_table();
    const toml::node* member = nullptr;
    if (members != nullptr) {
        document_->asked[members].emplace(key);
        member = members->get(key);
    }
    return DocumentNode(document_, member, child_path(path_, quoted_if_needed(key)));
}

std::vector<std::string> DocumentNode::keys() const {
    std::vector<const toml::key*> found;
    if (const toml::table* members = node_ == nullptr ? nullptr : as_node(node_).as_table())
        for (auto&& [key, value] : *members)
            found.push_back(&key);
    std::sort(found.begin(), found.end(), [](const toml::key* a, const toml::key* b) {
        const auto& p = a->source().begin;
        const auto& q = b->source().begin;
        return std::tie(p.line, p.column) < std::tie(q.line, q.column);
    });
    std::vector<std::string> names;
    for (const toml::key* key : found)
        names.emplace_back(key->str());
    return names;
}

std::vector<DocumentNode> DocumentNode::elements() const {
    std::vector<DocumentNode> list;
    if (const toml::array* values = node_ == nullptr ? nullptr : as_node(node_).as_array())
        for (std::size_t i = 0; i < values->size(); ++i)
            list.push_back(
                DocumentNode(document_, &(*values)[i], fmt::format("{}[{}]", path_, i + 1)));
    return list;
}

std::string DocumentNode::string() const {
    return as_node(node_).as_string()->get();
}

double DocumentNode::number() const {
    const toml::node& node = as_node(node_);
    if (const auto* whole = node.as_integer()) return static_cast<double>(whole->get());
    return node.as_floating_point()->get();
}

std::optional<std::int64_t> DocumentNode::integer() const {
    if (kind() != Kind::integer) return std::nullopt;
    return as_node(node_).as_integer()->get();
}

std::optional<bool> DocumentNode::boolean() const {
    if (kind() != Kind::boolean) return std::nullopt;
    return as_node(node_).as_boolean()->get();
}

std::string DocumentNode::key_path() const {
    return path_;
}

SourcePosition DocumentNode::position(std::size_t offset, std::size_t length) const {
    if (document_ == nullptr) return {};
    if (node_ == nullptr) return {document_->path, 0, 0, 1};
    const toml::source_region& region = as_node(node_).source();
    SourcePosition at = document_->place(region);
    if (!is_string() || (offset == 0 && length == 0)) return at;
    const detail::TextLines& lines = document_->lines;
    const std::size_t opening = lines.offset(at.line, at.column);
    const std::size_t begin = detail::string_offset(lines.text(), opening, offset);
    const std::size_t end =
        detail::string_offset(lines.text(), opening, offset + std::max<std::size_t>(length, 1));
    return lines.place(document_->path, begin, end);
}

SourcePosition DocumentNode::key_position() const {
    if (document_ == nullptr || node_ == nullptr) return position();
    const auto found = document_->keys.find(node_);
    return found == document_->keys.end() ? position() : document_->place(found->second->source());
}

Diagnostic DocumentNode::fault(std::string message, std::string help, std::size_t offset,
                               std::size_t length) const {
    if (document_ == nullptr) return {{}, std::move(message), {}, std::move(help)};
    document_->faulted.insert(node_);
    return document_->diagnostic(position(offset, length), std::move(message), std::move(help));
}

Diagnostic DocumentNode::fault_at_key(std::string message, std::string help) const {
    if (document_ == nullptr) return {{}, std::move(message), {}, std::move(help)};
    return document_->diagnostic(key_position(), std::move(message), std::move(help));
}

}  // namespace neocol
