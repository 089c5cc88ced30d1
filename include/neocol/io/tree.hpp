#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <neocol/io/hdf5_file.hpp>

/// What an HDF5 file holds, as plain values.
///
/// HDF5 reads it in a process of its own with limits on memory and time, so that a damaged file, or
/// one made to do harm, is an IoError here and nothing else. Groups and datasets have the same
/// functions as those of hdf5.hpp.
namespace neocol::io::tree {

/// A group or dataset: what carries attributes.
class Node {
public:
    bool has_attribute(const std::string& name) const;
    /// \throws IoError  no such attribute, or not of this kind
    std::string text(const std::string& name) const;
    double number(const std::string& name) const;
    const std::string& where() const { return where_; }

protected:
    friend class Reader;
    std::string where_;
    std::map<std::string, std::string> texts_;
    std::map<std::string, double> numbers_;
};

class Dataset : public Node {
public:
    const std::vector<std::size_t>& extents() const { return extents_; }
    bool is_text() const { return is_text_; }
    /// All values. \throws IoError  of another kind, damaged, or not read (see Extent)
    const std::vector<double>& read() const;
    const std::vector<std::string>& read_text() const;

private:
    friend class Reader;
    void refuse_if_not_read() const;
    std::vector<std::size_t> extents_;
    bool is_text_ = false;
    std::string fault_;  ///< why there are no values
    std::vector<double> values_;
    std::vector<std::string> texts_read_;
};

class Group : public Node {
public:
    /// \throws IoError  there is none
    const Group& group(const std::string& name) const;
    const Dataset& dataset(const std::string& name) const;
    bool has(const std::string& name) const;
    /// In order of creation.
    std::vector<std::string> dataset_names() const;
    std::string long_text(const std::string& name) const;

private:
    friend class Reader;
    std::vector<std::pair<std::string, Group>> groups_;
    std::vector<std::pair<std::string, Dataset>> datasets_;
};

struct File {
    Group root;
    std::string kind;        ///< in its seal; empty if it has none
    bool is_sealed = false;  ///< the digest is right
    std::size_t bytes = 0;
};

/// Which values are read.
enum class Extent {
    all,
    without_fields,        ///< of the root and of /fields only those of one dimension
    without_group_fields,  ///< none of group /fields
};

/// \throws IoError  not there, not as neocol wrote it (but see `trust`), damaged
File read(const std::string& path, hdf5::Trust trust, Extent extent);

}  // namespace neocol::io::tree
