#pragma once

#include "section_reader.hpp"

namespace neocol::model {

/// [parameter.NAME]: value, range and variations with layer, site, condition, phototype, age.
class ParameterReader : private SectionReader {
public:
    explicit ParameterReader(ModelDraft& draft) : SectionReader(draft) {}
    void read(const std::string& name, const TableReader& table);

private:
    void read_range(Parameter& parameter, const TableReader& table);
    void read_variations(Parameter& parameter, const TableReader& table);
    /// `options` of a parameter: the values it may take.
    void read_allowed(Parameter& parameter, const TableReader& table);
};

}  // namespace neocol::model
