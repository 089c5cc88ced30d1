#pragma once

#include "section_reader.hpp"

namespace neocol::model {

/// [boundary.NAME]: conditions by side.
class BoundaryReader : private SectionReader {
public:
    explicit BoundaryReader(ModelDraft& draft) : SectionReader(draft) {}
    void read(const std::string& name, const TableReader& table);

private:
    void read_side(int species, Side side, const TableReader& table);
};

}  // namespace neocol::model
