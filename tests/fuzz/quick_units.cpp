/// udunits-2 reads its database of 5 ms for every UnitSystem; fuzzing makes thousands a second.
///
/// These take the place of the library's functions: a system that was given back is handed out
/// again, without the names of the units that a model declared in it. The first base unit that is
/// added to a system is neocol's own, "cell"; a system that comes again has it.
#include <dlfcn.h>
#include <udunits2.h>

#include <map>
#include <vector>

namespace {

template <typename Function>
Function* next(const char* name) {
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

struct System {
    bool has_cell = false;
    /// Base units added since it was handed out.
    int n_added = 0;
    /// Those a model declared: copies, since neocol frees its own.
    std::vector<ut_unit*> declared;
    /// Base units that it has had: they stay, without names, and udunits-2 counts them in 16 bits.
    int n_ever = 0;
};

// They outlive every system: none is taken down.

std::map<ut_system*, System>& in_use() {
    static auto& systems = *new std::map<ut_system*, System>;
    return systems;
}
std::map<ut_system*, System>& spare() {
    static auto& systems = *new std::map<ut_system*, System>;
    return systems;
}

void forget(ut_system* system, ut_unit* declared) {
    if (const char* const name = ut_get_name(declared, UT_ASCII)) {
        ut_unmap_name_to_unit(system, name, UT_ASCII);
        ut_unmap_unit_to_name(declared, UT_ASCII);
    }
    ut_free(declared);
}

}  // namespace

extern "C" {

ut_system* ut_read_xml(const char* path) {
    if (path != nullptr || spare().empty()) {
        static const auto read = next<ut_system*(const char*)>("ut_read_xml");
        ut_system* const system = read(path);
        in_use()[system] = {};
        return system;
    }
    auto node = spare().extract(spare().begin());
    node.mapped().has_cell = true;
    node.mapped().n_added = 0;
    ut_system* const system = node.key();
    in_use()[system] = node.mapped();
    return system;
}

ut_unit* ut_new_base_unit(ut_system* system) {
    static const auto add = next<ut_unit*(ut_system*)>("ut_new_base_unit");
    const auto found = in_use().find(system);
    // Those of the database come while it is read.
    if (found == in_use().end()) return add(system);
    System& known = found->second;
    if (++known.n_added == 1 && known.has_cell) return ut_get_unit_by_name(system, "cell");
    ut_unit* const unit = add(system);
    if (known.n_added > 1 && unit != nullptr) known.declared.push_back(ut_clone(unit));
    ++known.n_ever;
    return unit;
}

void ut_free_system(ut_system* system) {
    constexpr int most_ever = 2'000;
    constexpr std::size_t most_spare = 8;
    auto node = in_use().extract(system);
    if (!node.empty()) {
        for (ut_unit* const unit : node.mapped().declared)
            forget(system, unit);
        node.mapped().declared.clear();
        if (node.mapped().n_ever < most_ever && spare().size() < most_spare) {
            spare().insert(std::move(node));
            return;
        }
    }
    static const auto free_system = next<void(ut_system*)>("ut_free_system");
    free_system(system);
}

}  // extern "C"
