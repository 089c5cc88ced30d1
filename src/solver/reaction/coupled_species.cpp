#include "reaction/coupled_species.hpp"

#include <algorithm>

namespace neocol::solver {

std::vector<std::size_t> coupled_species(const model::Model& model) {
    std::vector<std::size_t> set(model.species.size());
    for (std::size_t s = 0; s < set.size(); ++s)
        set[s] = s;
    const auto join = [&](std::size_t a, std::size_t b) {
        const std::size_t from = set[a], to = set[b];
        std::replace(set.begin(), set.end(), std::max(from, to), std::min(from, to));
    };
    for (const model::Process& process : model.processes)
        for (const model::Process::Change& change : process.changes)
            join(static_cast<std::size_t>(process.changes.front().species),
                 static_cast<std::size_t>(change.species));
    for (std::size_t s = 1; s < set.size(); ++s)
        for (std::size_t before = 0; before < s; ++before)
            if (model.species[s].tensor >= 0 &&
                model.species[s].tensor == model.species[before].tensor)
                join(before, s);
    return set;
}

}  // namespace neocol::solver
