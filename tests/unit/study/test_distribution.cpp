#include <catch2/catch.hpp>

#include <cmath>

#include <neocol/study/distribution.hpp>

using namespace neocol;
using namespace neocol::study;
using Kind = Distribution::Kind;

TEST_CASE("quantiles of flat distributions are linear in the value or its logarithm") {
    const Distribution flat{Kind::uniform, 2.0, 1.0, 5.0};
    CHECK(quantile(flat, 0.0) == 1.0);
    CHECK(quantile(flat, 0.25) == Approx(2.0));
    CHECK(quantile(flat, 1.0) == 5.0);
    const Distribution log_flat{Kind::loguniform, 2.0, 0.1, 10.0};
    CHECK(quantile(log_flat, 0.5) == Approx(1.0));
    CHECK(quantile(log_flat, 0.75) == Approx(std::sqrt(10.0)));
}

TEST_CASE("normal distributions have their median at the value and end at their range") {
    const Distribution bell{Kind::normal, 3.0, 1.0, 5.0};
    CHECK(quantile(bell, 0.5) == Approx(3.0));
    CHECK(quantile(bell, 0.0) == Approx(1.0));
    CHECK(quantile(bell, 1.0) == Approx(5.0));
    // One standard deviation is 2/1.96; of the 95 % kept, 0.8413 - 0.025 lie below it.
    const double u = (0.8413447460685429 - 0.025) / 0.95;
    CHECK(quantile(bell, u) == Approx(3.0 + 2.0 / 1.959963984540054));
    const Distribution log_bell{Kind::lognormal, 2.0, 1.0, 4.0};
    CHECK(quantile(log_bell, 0.5) == Approx(2.0));
}

TEST_CASE("a parameter without a distribution is fixed, and a distribution needs a range") {
    model::Parameter parameter;
    parameter.name = "K";
    parameter.value = 7.0;
    CHECK(quantile(declared_distribution(parameter), 0.9) == 7.0);
    parameter.distribution = "uniform";
    CHECK_THROWS_AS(declared_distribution(parameter), InputError);
    CHECK_THROWS_WITH(distribution_kind("log-uniform"), Catch::Contains("loguniform"));
}
