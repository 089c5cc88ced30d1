#pragma once

#include "section_reader.hpp"

namespace neocol::model {

/// [model], [references] and [properties]: what the rest of the file speaks of.
class HeaderReader : private SectionReader {
public:
    explicit HeaderReader(ModelDraft& draft) : SectionReader(draft) {}
    void read();

private:
    void read_header();
    void read_layer_groups(const TableReader& table);
    void check_extended(const TableReader& table);
    void check_included(const DocumentNode& list);
    void read_units(const TableReader& table);
    void read_references();
    void read_properties();

    std::string extended_;  ///< name of the part with the model that is extended; empty if none is
};

}  // namespace neocol::model
