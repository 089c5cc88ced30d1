#include <neocol/io/provenance.hpp>

#include <sys/resource.h>

namespace neocol::io {

const char* compiler() {
    return NEOCOL_COMPILER;
}
const char* compiler_flags() {
    return NEOCOL_COMPILER_FLAGS;
}

double peak_memory_bytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return 1024.0 * static_cast<double>(usage.ru_maxrss);
}

}  // namespace neocol::io
