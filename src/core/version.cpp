#include <neocol/core/version.hpp>

#include "neocol_version.inc"

namespace neocol {

const char* version() {
    return NEOCOL_VERSION;
}
const char* git_revision() {
    return NEOCOL_GIT_REVISION;
}

}  // namespace neocol
