#pragma once

#include "section_reader.hpp"

namespace neocol::model {

/// [species.NAME] and [surface.NAME]; a symmetric tensor becomes a species by component.
class SpeciesReader : private SectionReader {
public:
    explicit SpeciesReader(ModelDraft& draft) : SectionReader(draft) {}
    void declare(const std::string& name, const TableReader& table, bool is_surface);
    /// Rest values, when all names are known.
    void read_rests();

private:
    void declare_tensor(const std::string& name, const TableReader& table);
    void read_rest(Species& species, const TableReader& table);
    void read_tensor_rest(const Tensor& tensor, const TableReader& table);
};

}  // namespace neocol::model
