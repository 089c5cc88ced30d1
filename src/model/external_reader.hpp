#pragma once

#include <string>

#include "section_reader.hpp"

namespace neocol::model {

/// Reads [input.NAME].
class ExternalReader : public SectionReader {
public:
    explicit ExternalReader(ModelDraft& draft) : SectionReader(draft) {}
    void read(const std::string& name, const TableReader& table);
};

}  // namespace neocol::model
