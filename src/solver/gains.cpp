#include "gains.hpp"

#include <algorithm>

namespace neocol::solver {

Gains::Gains(const Discretisation& d) : transported(d.model->species.size(), 0.0) {
    for (const Group& group : d.groups)
        process.emplace_back(group.n_layers * group.n_processes, 0.0);
}

void Gains::clear() {
    for (std::vector<double>& values : process)
        std::fill(values.begin(), values.end(), 0.0);
    std::fill(transported.begin(), transported.end(), 0.0);
}

void Gains::blend(const Gains& low, double share) {
    for (std::size_t g = 0; g < process.size(); ++g)
        for (std::size_t k = 0; k < process[g].size(); ++k)
            process[g][k] = low.process[g][k] + share * (process[g][k] - low.process[g][k]);
    for (std::size_t s = 0; s < transported.size(); ++s)
        transported[s] = low.transported[s] + share * (transported[s] - low.transported[s]);
}

}  // namespace neocol::solver
