#include <neocol/study/distribution.hpp>

#include <algorithm>
#include <cmath>

#include <boost/math/distributions/normal.hpp>

#include <neocol/core/names.hpp>

namespace neocol::study {
namespace {

/// Quantile of a normal distribution cut off at low and high, which hold 95 % of it when whole.
double cut_normal(double median, double low, double high, double u) {
    if (!(high > low)) return median;
    const boost::math::normal whole(median, (high - low) / (2.0 * 1.959963984540054));
    const double below = boost::math::cdf(whole, low), at_most = boost::math::cdf(whole, high);
    const double p = below + u * (at_most - below);
    return std::clamp(boost::math::quantile(whole, p), low, high);
}

}  // namespace

Distribution::Kind distribution_kind(const std::string& name) {
    if (const auto law = find_word<Law>(name)) return *law;
    throw InputError("unknown distribution '" + name + "'",
                     suggest(name, choices_of<Law>().names()));
}

Distribution declared_distribution(const model::Parameter& parameter) {
    if (parameter.distribution.empty())
        return {Distribution::Kind::fixed, parameter.value, parameter.value, parameter.value};
    if (!parameter.low || !parameter.high) {
        throw InputError("parameter '" + parameter.name + "' has a distribution but no range",
                         "add range = [low, high] in the model");
    }
    return {distribution_kind(parameter.distribution), parameter.value, *parameter.low,
            *parameter.high};
}

double quantile(const Distribution& d, double u) {
    switch (d.kind) {
        case Distribution::Kind::fixed:
            return d.value;
        case Distribution::Kind::uniform:
            return d.low + u * (d.high - d.low);
        case Distribution::Kind::loguniform:
            return d.low * std::pow(d.high / d.low, u);
        case Distribution::Kind::normal:
            return cut_normal(d.value, d.low, d.high, u);
        case Distribution::Kind::lognormal:
            return std::exp(cut_normal(std::log(d.value), std::log(d.low), std::log(d.high), u));
    }
    return d.value;
}

}  // namespace neocol::study
