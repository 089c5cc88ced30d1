#pragma once

#include <string>
#include <vector>

#include <neocol/core/error.hpp>
#include <neocol/core/table.hpp>
#include <neocol/core/units.hpp>
#include <neocol/treatment/device.hpp>

namespace neocol::io {

/// What a device file says: the device, what is sold, and where each number comes from.
struct DeviceFile {
    treatment::Device device;
    std::vector<double> needle_lengths;  ///< [mm]
    /// Key, source and evidence of every number that has them.
    struct Sourced {
        std::string key, source, evidence;
    };
    std::vector<Sourced> sources;
};

/// What a device file may hold.
extern const Table device_table;

/// Reads a device file (docs/scenario-file.md, "Device files").
/// \param name  the device's name, as scenarios call it
/// \param units  those of the reader, where there are some: a new one reads the database of
/// udunits-2 \throws InputError  every fault found, each at its place
DeviceFile read_device(std::string text, const std::string& path, const std::string& name,
                       const UnitSystem& units = UnitSystem());

}  // namespace neocol::io
