#include "sobol_sequence.hpp"

#include <boost/random/sobol.hpp>

namespace neocol::study {

std::vector<double> sobol_sequence(std::size_t n, std::size_t dimensions) {
    std::vector<double> values(n * dimensions, 0.0);
    if (n < 2 || dimensions == 0) return values;
    // Boost leaves out the origin, which is the sequence's first point.
    boost::random::sobol engine(dimensions);
    for (std::size_t i = dimensions; i < values.size(); ++i)
        values[i] = static_cast<double>(engine() - boost::random::sobol::min()) * 0x1p-64;
    return values;
}

}  // namespace neocol::study
