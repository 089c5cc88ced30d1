#include <neocol/io/tree.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/files/files.hpp>

#include "tree_stream.hpp"

namespace neocol::io::tree {

using detail::ReadApart;

namespace {

constexpr int most_depth = 6;
constexpr std::size_t most_objects = 200'000;

// In the child.

class Sender {
public:
    explicit Sender(const ReadApart::Send& send) : send_(send) {}
    ~Sender() { flush(); }
    void number(double value) { raw(&value, sizeof value); }
    void count(std::uint64_t value) { raw(&value, sizeof value); }
    void text(std::string_view value) {
        count(value.size());
        raw(value.data(), value.size());
    }
    void raw(const void* bytes, std::size_t n) {
        held_.append(static_cast<const char*>(bytes), n);
        if (held_.size() >= (std::size_t{1} << 20)) flush();
    }
    void flush() {
        if (!held_.empty()) send_(held_);
        held_.clear();
    }

private:
    const ReadApart::Send& send_;
    std::string held_;
};

void send_attributes(Sender& out, const hdf5::Object& object) {
    std::vector<std::pair<std::string, std::string>> texts;
    std::vector<std::pair<std::string, double>> numbers;
    for (const std::string& name : object.attribute_names())
        if (object.is_text_attribute(name))
            texts.emplace_back(name, object.text(name));
        else if (const std::optional<double> value = object.number_if_one(name))
            numbers.emplace_back(name, *value);
    out.count(texts.size());
    for (const auto& [name, value] : texts) {
        out.text(name);
        out.text(value);
    }
    out.count(numbers.size());
    for (const auto& [name, value] : numbers) {
        out.text(name);
        out.number(value);
    }
}

void send_dataset(Sender& out, const hdf5::Dataset& dataset, bool with_values) {
    send_attributes(out, dataset);
    const std::vector<std::size_t> extents = dataset.extents();
    out.count(extents.size());
    for (const std::size_t n : extents)
        out.count(n);
    out.count(dataset.is_text() ? 1 : 0);
    std::string fault = with_values ? "" : "was not read";
    std::vector<double> values;
    std::vector<std::string> texts;
    try {
        if (with_values && dataset.is_text()) texts = dataset.read_text();
        if (with_values && !dataset.is_text()) values = dataset.read();
    } catch (const IoError& error) {
        fault = error.what();
    }
    out.text(fault);
    out.count(values.size());
    out.raw(values.data(), values.size() * sizeof(double));
    out.count(texts.size());
    for (const std::string& text : texts)
        out.text(text);
}

void send_group(Sender& out, const hdf5::Group& group, Extent extent, bool is_fields, int depth,
                std::size_t& objects) {
    send_attributes(out, group);
    const std::vector<std::string> datasets = group.dataset_names(), groups = group.group_names();
    objects += datasets.size() + groups.size();
    if (depth > most_depth || objects > most_objects)
        throw IoError(group.where(), "holds more groups than neocol writes");
    out.count(datasets.size());
    const bool is_wide = is_fields || depth == 0;  // where fields over space, or runs, are
    for (const std::string& name : datasets) {
        out.text(name);
        const hdf5::Dataset dataset = group.dataset(name);
        const bool is_large = dataset.extents().size() > 1 && !dataset.is_text();
        const bool wanted = extent == Extent::all ||
                            (extent == Extent::without_fields && !(is_large && is_wide)) ||
                            (extent == Extent::without_group_fields && !is_fields);
        send_dataset(out, dataset, wanted);
    }
    out.count(groups.size());
    for (const std::string& name : groups) {
        out.text(name);
        send_group(out, group.group(name), extent,
                   is_fields || (depth == 0 && (name == "fields" || name == "fields_after")),
                   depth + 1, objects);
    }
}

}  // namespace

/// In the parent: nothing that arrives is believed beyond what has arrived.
class Reader {
public:
    Reader(ReadApart& from, std::string path, std::uint64_t most_bytes)
        : from_(from), path_(std::move(path)), left_(most_bytes) {}

    File file() {
        File file;
        file.kind = text();
        file.is_sealed = count() != 0;
        group(file.root, path_ + ":/", 0);
        from_.finish();
        return file;
    }

private:
    void take(void* bytes, std::size_t n) {
        if (n > left_) throw IoError(path_, "holds more than a file of its size should");
        left_ -= n;
        from_.read(bytes, n);
    }
    /// n values, for which there is memory as they arrive.
    template <typename Values>
    void take_all(Values& values, std::size_t n) {
        constexpr std::size_t most = std::size_t{1} << 17;
        while (values.size() < n) {
            const std::size_t before = values.size(), part = std::min(n - before, most);
            values.resize(before + part);
            take(values.data() + before, part * sizeof values[0]);
        }
    }
    std::uint64_t count() {
        std::uint64_t value = 0;
        take(&value, sizeof value);
        return value;
    }
    double number() {
        double value = 0.0;
        take(&value, sizeof value);
        return value;
    }
    std::string text() {
        const std::uint64_t n = count();
        if (n > left_) throw IoError(path_, "holds more than a file of its size should");
        std::string value;
        take_all(value, static_cast<std::size_t>(n));
        return value;
    }
    void attributes(Node& node) {
        for (std::uint64_t n = count(); n > 0; --n) {
            const std::string name = text();
            node.texts_[name] = text();
        }
        for (std::uint64_t n = count(); n > 0; --n) {
            const std::string name = text();
            node.numbers_[name] = number();
        }
    }
    void dataset(Dataset& out, const std::string& where) {
        out.where_ = where;
        attributes(out);
        for (std::uint64_t n = count(); n > 0; --n)
            out.extents_.push_back(static_cast<std::size_t>(count()));
        out.is_text_ = count() != 0;
        out.fault_ = text();
        const std::uint64_t n = count();
        if (n > left_ / sizeof(double))
            throw IoError(path_, "holds more than a file of its size should");
        take_all(out.values_, static_cast<std::size_t>(n));
        for (std::uint64_t i = count(); i > 0; --i)
            out.texts_read_.push_back(text());
    }
    void group(Group& out, const std::string& where, int depth) {
        out.where_ = where;
        attributes(out);
        const std::string start = where.ends_with('/') ? where : where + '/';
        for (std::uint64_t n = count(); n > 0; --n) {
            const std::string name = text();
            dataset(out.datasets_.emplace_back(name, Dataset{}).second, start + name);
        }
        for (std::uint64_t n = count(); n > 0; --n) {
            const std::string name = text();
            if (depth > most_depth) throw IoError(where, "holds more groups than neocol writes");
            group(out.groups_.emplace_back(name, Group{}).second, start + name, depth + 1);
        }
    }

    ReadApart& from_;
    std::string path_;
    std::uint64_t left_;
};

bool Node::has_attribute(const std::string& name) const {
    return texts_.contains(name) || numbers_.contains(name);
}

std::string Node::text(const std::string& name) const {
    const auto found = texts_.find(name);
    if (found != texts_.end()) return found->second;
    throw IoError(where_,
                  numbers_.contains(name)
                      ? fmt::format("attribute '{}' is not a text as neocol writes it", name)
                      : fmt::format("has no attribute '{}'", name));
}

double Node::number(const std::string& name) const {
    const auto found = numbers_.find(name);
    if (found != numbers_.end()) return found->second;
    throw IoError(where_, texts_.contains(name)
                              ? fmt::format("attribute '{}' is not one number", name)
                              : fmt::format("has no attribute '{}'", name));
}

void Dataset::refuse_if_not_read() const {
    if (fault_.empty()) return;
    throw IoError(where_,
                  fault_.starts_with(where_ + ": ") ? fault_.substr(where_.size() + 2) : fault_);
}

const std::vector<double>& Dataset::read() const {
    if (is_text_) throw IoError(where_, "is text, not numbers");
    refuse_if_not_read();
    return values_;
}

const std::vector<std::string>& Dataset::read_text() const {
    if (!is_text_) throw IoError(where_, "is not text");
    refuse_if_not_read();
    return texts_read_;
}

namespace {

template <typename Items>
auto find_in(Items& items, const std::string& name) {
    return std::find_if(
        items.begin(), items.end(), [&](const auto& item) { return item.first == name; });
}

std::string child(const std::string& where, const std::string& name) {
    return where.ends_with('/') ? where + name : where + '/' + name;
}

}  // namespace

const Group& Group::group(const std::string& name) const {
    const auto found = find_in(groups_, name);
    if (found == groups_.end()) throw IoError(child(where_, name), "no such group");
    return found->second;
}

const Dataset& Group::dataset(const std::string& name) const {
    const auto found = find_in(datasets_, name);
    if (found == datasets_.end()) throw IoError(child(where_, name), "no such dataset");
    return found->second;
}

bool Group::has(const std::string& name) const {
    return find_in(groups_, name) != groups_.end() || find_in(datasets_, name) != datasets_.end();
}

std::vector<std::string> Group::dataset_names() const {
    std::vector<std::string> names;
    for (const auto& [name, unused] : datasets_)
        names.push_back(name);
    return names;
}

std::string Group::long_text(const std::string& name) const {
    if (has_attribute(name) || !has(name)) return text(name);
    const std::vector<std::string>& texts = dataset(name).read_text();
    if (texts.size() != 1) throw IoError(child(where_, name), "is not one text");
    return texts.front();
}

File read(const std::string& path, hdf5::Trust trust, Extent extent) {
    const std::uint64_t size = files::size_of(files::open_to_read(path), path);
    ReadApart apart(path, [&](const ReadApart::Send& send) {
        const hdf5::File file = hdf5::File::open(path, trust);
        Sender out(send);
        out.text(file.kind());
        out.count(file.is_sealed() ? 1 : 0);
        std::size_t objects = 0;
        try {
            send_group(out, file.root(), extent, false, 0, objects);
        } catch (const IoError&) {
            file.check();  // what HDF5 takes for damage may be a read that failed
            throw;
        }
        file.check();
    });
    return read_stream(apart, path, size);
}

File read_stream(ReadApart& apart, const std::string& path, std::uint64_t file_bytes) {
    constexpr std::uint64_t some = std::uint64_t{256} << 20;
    File file = Reader(apart, path, some + 64 * file_bytes).file();
    file.bytes = static_cast<std::size_t>(file_bytes);
    return file;
}

}  // namespace neocol::io::tree
