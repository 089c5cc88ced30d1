#pragma once

#include "section_reader.hpp"

namespace neocol::model {

/// [derived.NAME] and [function.NAME]: names are declared first, since they may use each other.
class DefinitionReader : private SectionReader {
public:
    explicit DefinitionReader(ModelDraft& draft) : SectionReader(draft) {}
    void declare_derived(const std::string& name, const TableReader& table);
    void declare_function(const std::string& name, const TableReader& table);
    /// Expressions of the derived values, when all names are known.
    void read_derived();
};

}  // namespace neocol::model
