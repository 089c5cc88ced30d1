/// One of the targets for libFuzzer: NEOCOL_FUZZ_TARGET is its function in readers.hpp.
#include "readers.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t n) {
    neocol::fuzz::NEOCOL_FUZZ_TARGET({reinterpret_cast<const char*>(bytes), n});
    return 0;
}
