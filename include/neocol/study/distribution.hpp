#pragma once

#include <string>

#include <neocol/core/evidence.hpp>
#include <neocol/model/model.hpp>

namespace neocol::study {

/// How uncertain a number is. `low` and `high` bound it always.
///
/// uniform and loguniform lie flat between the bounds, in the number or its logarithm. normal and
/// lognormal have their median at `value` and 95 % of an unbounded population between `low` and
/// `high` (a width of 2 * 1.96 standard deviations); what lies beyond is cut off, not piled up.
struct Distribution {
    using Kind = Law;
    Kind kind = Kind::fixed;
    double value = 0.0;
    double low = 0.0, high = 0.0;
};

/// The distribution that a parameter's model declares, internal units; fixed if it declares none.
/// \throws InputError  a distribution without a range
Distribution declared_distribution(const model::Parameter& parameter);

/// Kind by name: uniform, loguniform, normal, lognormal. \throws InputError  another name
Distribution::Kind distribution_kind(const std::string& name);

/// The value below which the share u of the distribution lies. \pre 0 <= u <= 1
double quantile(const Distribution& distribution, double u);

}  // namespace neocol::study
