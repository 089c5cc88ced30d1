#pragma once

#include "new_value_reader.hpp"
#include "section_reader.hpp"

namespace neocol::model {

/// [event.NAME]: when it happens and what it changes.
class EventReader : private SectionReader {
public:
    EventReader(ModelDraft& draft, NewValueReader& new_values)
        : SectionReader(draft), new_values_(new_values) {}
    void read(const std::string& name, const TableReader& table);

private:
    NewValueReader& new_values_;

    /// Of an event; none if it may not be changed.
    std::optional<ParameterRule> parameter_rule(int index, const DocumentNode& node);
    void read_event_time(Event& event, const TableReader& table);
    /// A time that events may happen at: a quantity, or the name of a parameter.
    std::optional<EventTime> event_time(const DocumentNode& node, const std::string& what,
                                        bool above_zero);
    void read_condition(Event& event, const DocumentNode& node);
    /// One side of a condition and its unit; `start` is its place in the text.
    std::optional<ConditionSide> condition_side(std::string_view text, std::size_t start,
                                                const DocumentNode& node, Unit& unit);
};

}  // namespace neocol::model
