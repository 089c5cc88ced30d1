#pragma once

#include "section_reader.hpp"

namespace neocol::model {

/// New values that species get at one moment: [initial], [injury] and the changes of events.
class NewValueReader : private SectionReader {
public:
    explicit NewValueReader(ModelDraft& draft) : SectionReader(draft) {}
    void read_initial();
    void read_injury();
    /// Of a species, or of every component of a tensor.
    std::vector<InjuryRule> rules(const std::string& name, const DocumentNode& node,
                                  Context context);

private:
    InjuryRule rule(const std::string& name, const DocumentNode& node, Context context);
};

}  // namespace neocol::model
