#pragma once

#include "section_reader.hpp"

namespace neocol::model {

/// [bound.NAME]: what a run has to stay within to be called complete.
class BoundReader : private SectionReader {
public:
    explicit BoundReader(ModelDraft& draft) : SectionReader(draft) {}
    void read(const std::string& name, const TableReader& table);
};

}  // namespace neocol::model
