#pragma once

#include "section_reader.hpp"

namespace neocol::model {

/// [observable.NAME]: what is read off, where.
class ObservableReader : private SectionReader {
public:
    explicit ObservableReader(ModelDraft& draft) : SectionReader(draft) {}
    void read(const std::string& name, const TableReader& table);

private:
    void read_region(Observable& observable, const TableReader& table);
};

}  // namespace neocol::model
