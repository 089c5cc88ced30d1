#include <catch2/catch.hpp>

#include "discretisation/parallel.hpp"

using namespace neocol::solver;

TEST_CASE("denormal numbers are flushed where it is asked for, and nowhere after it") {
    volatile const double smallest = 3e-308, share = 0.1;
    const auto product = [&] { return smallest * share; };
    CHECK(product() > 0.0);
#if defined(__SSE2__) || defined(__aarch64__)
    {
        const FlushToZero flush;
        CHECK(product() == 0.0);
        {
            const FlushToZero within;
            CHECK(product() == 0.0);
        }
        CHECK(product() == 0.0);
    }
    CHECK(product() > 0.0);
    try {
        const FlushToZero flush;
        throw 1;
    } catch (int) {
    }
    CHECK(product() > 0.0);
#endif
}
