#pragma once

#include "section_reader.hpp"

namespace neocol::model {

/// [outcome.NAME]: a measure of an observable over a window or at a moment.
class OutcomeReader : private SectionReader {
public:
    explicit OutcomeReader(ModelDraft& draft) : SectionReader(draft) {}
    void read(const std::string& name, const TableReader& table);

private:
    void check_outcome_unit(const Outcome& outcome, const TableReader& table);
    void read_outcome_window(Outcome& outcome, const TableReader& table);
    void read_threshold(Outcome& outcome, const TableReader& table);
    std::optional<Moment> moment(const DocumentNode& node);
};

}  // namespace neocol::model
