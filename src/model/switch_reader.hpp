#pragma once

#include "section_reader.hpp"

namespace neocol::model {

/// [switch.NAME]: alternatives, of which one stands for a whole run.
class SwitchReader : private SectionReader {
public:
    explicit SwitchReader(ModelDraft& draft) : SectionReader(draft) {}
    void read(const std::string& name, const TableReader& table);

private:
    /// Options of a switch: a list of names, or a table of names and what they mean.
    std::vector<Parameter::Option> read_options(const TableReader& table);
};

}  // namespace neocol::model
