/// udunits-2 reads its database of 5 ms for every UnitSystem; fuzzing makes thousands a second.
///
/// These take the place of the library's functions: a system that was given back as it was made is
/// handed out again. One in which a model declared units is not. The first base unit that is added
/// to a system is neocol's own, "cell"; a system that comes again has it.
#include <dlfcn.h>
#include <udunits2.h>

#include <map>
#include <vector>

namespace {

template <typename Function>
Function* next(const char* name) {
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

// They outlive every system: none is taken down.

/// Base units added to each system in use.
std::map<ut_system*, int>& in_use() {
    static auto& systems = *new std::map<ut_system*, int>;
    return systems;
}
std::vector<ut_system*>& spare() {
    static auto& systems = *new std::vector<ut_system*>;
    return systems;
}
std::map<ut_system*, bool>& is_second() {
    static auto& systems = *new std::map<ut_system*, bool>;
    return systems;
}

}  // namespace

extern "C" {

ut_system* ut_read_xml(const char* path) {
    ut_system* system = nullptr;
    if (path == nullptr && !spare().empty()) {
        system = spare().back();
        spare().pop_back();
        is_second()[system] = true;
    } else {
        system = next<ut_system*(const char*)>("ut_read_xml")(path);
        is_second()[system] = false;
    }
    in_use()[system] = 0;
    return system;
}

ut_unit* ut_new_base_unit(ut_system* system) {
    const auto found = in_use().find(system);
    // Those of the database come while it is read.
    if (found == in_use().end()) return next<ut_unit*(ut_system*)>("ut_new_base_unit")(system);
    if (++found->second == 1 && is_second()[system]) return ut_get_unit_by_name(system, "cell");
    return next<ut_unit*(ut_system*)>("ut_new_base_unit")(system);
}

void ut_free_system(ut_system* system) {
    const auto found = in_use().find(system);
    const bool is_clean = found != in_use().end() && found->second <= 1;
    if (found != in_use().end()) in_use().erase(found);
    if (is_clean && spare().size() < 8) {
        spare().push_back(system);
        return;
    }
    is_second().erase(system);
    next<void(ut_system*)>("ut_free_system")(system);
}

}  // extern "C"
