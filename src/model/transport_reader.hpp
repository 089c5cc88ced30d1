#pragma once

#include "section_reader.hpp"

namespace neocol::model {

/// [transport.NAME]: diffusion, taxis and what interfaces between layers do.
class TransportReader : private SectionReader {
public:
    explicit TransportReader(ModelDraft& draft) : SectionReader(draft) {}
    void read(const std::string& name, const TableReader& table);

private:
    /// True if an expression reads anything but what is constant in a layer.
    bool varies_in_a_layer(NodeId root) const;
    void read_taxis(Transport& transport, const std::vector<TableReader>& list);
    void read_interfaces(Transport& transport, const TableReader& table);
};

}  // namespace neocol::model
