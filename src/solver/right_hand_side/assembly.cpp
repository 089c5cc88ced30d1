#include "right_hand_side/assembly.hpp"

#include "discretisation/vectorise.hpp"

namespace neocol::solver {

namespace {

template <std::size_t n>
[[gnu::always_inline]] inline void assemble_unknown(double* __restrict out, const double* balance,
                                                    const double* transport, const Assembly& terms,
                                                    std::size_t at, std::size_t count) {
    const double gh = terms.gh, c0 = terms.c[0], c1 = terms.c[1], c2 = terms.c[2];
    const double* v0 = n > 0 ? terms.v[0] + at : nullptr;
    const double* v1 = n > 1 ? terms.v[1] + at : nullptr;
    const double* v2 = n > 2 ? terms.v[2] + at : nullptr;
    const auto increments = [&](std::size_t i) {
        if constexpr (n == 1) return c0 * v0[i];
        if constexpr (n == 2) return c0 * v0[i] + c1 * v1[i];
        if constexpr (n == 3) return c0 * v0[i] + c1 * v1[i] + c2 * v2[i];
        return 0.0;
    };
    if (transport)
        for (std::size_t i = 0; i < count; ++i)
            out[i] = gh * ((out[i] - balance[i]) + transport[i]) + increments(i);
    else
        for (std::size_t i = 0; i < count; ++i)
            out[i] = gh * (out[i] - balance[i]) + increments(i);
}

}  // namespace

NEOCOL_CLONES
void assemble(double* out, const Assembly& terms, std::size_t count) {
    for (std::size_t s = 0; s < terms.n_unknowns; ++s) {
        const std::size_t at = s * terms.stride;
        double* __restrict target = out + at;
        const double* balance = terms.balance + s * terms.balance_stride;
        const double* transport = terms.has_transport[s] ? terms.transport + s * count : nullptr;
        switch (terms.n) {
            case 0:
                assemble_unknown<0>(target, balance, transport, terms, at, count);
                break;
            case 1:
                assemble_unknown<1>(target, balance, transport, terms, at, count);
                break;
            case 2:
                assemble_unknown<2>(target, balance, transport, terms, at, count);
                break;
            default:
                assemble_unknown<3>(target, balance, transport, terms, at, count);
        }
        if (terms.derivative) {
            const double* derivative = terms.derivative + s * count;
            for (std::size_t i = 0; i < count; ++i)
                target[i] += terms.time_factor * derivative[i];
        }
        for (std::size_t row = 0; row < count; row += terms.row)
            for (std::size_t i = row + terms.used; i < row + terms.row; ++i)
                target[i] = 0.0;
    }
}

}  // namespace neocol::solver
