/// Chunks of a dataset carry checksums, which anybody can compute; libFuzzer cannot. Here each
/// counts as right, so that damaged values arrive where neocol looks at them.
#include <dlfcn.h>
#include <hdf5.h>

extern "C" herr_t H5Dread(hid_t dataset, hid_t type, hid_t memory, hid_t file, hid_t transfer,
                          void* values) {
    static const auto read = reinterpret_cast<decltype(&H5Dread)>(dlsym(RTLD_NEXT, "H5Dread"));
    static const hid_t unchecked = [] {
        const hid_t list = H5Pcreate(H5P_DATASET_XFER);
        H5Pset_edc_check(list, H5Z_DISABLE_EDC);
        return list;
    }();
    return read(dataset, type, memory, file, transfer == H5P_DEFAULT ? unchecked : transfer,
                values);
}
