#include "xdmf.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/core/quoting.hpp>
#include <neocol/io/hdf5_file.hpp>

namespace neocol::io {
namespace {

/// By how much a record right after a jump is moved, so that it has a time of its own [d].
constexpr double just_after = 1e-6;

/// Voxels along z, y and x.
using Size = std::array<std::size_t, 3>;

std::string geometry(const Size& size, const std::string& file) {
    return fmt::format(
        "        <Topology TopologyType=\"3DSMesh\" Dimensions=\"{0} {1} {2}\"/>\n"
        "        <Geometry GeometryType=\"XYZ\">\n"
        "          <DataItem Dimensions=\"{0} {1} {2} 3\" NumberType=\"Float\" Precision=\"4\" "
        "Format=\"HDF\">{3}:/mesh/points</DataItem>\n"
        "        </Geometry>\n",
        size[0] + 1, size[1] + 1, size[2] + 1, file);
}

/// One record of a field: a hyperslab of its dataset, whose first dimension is the record.
std::string attribute(const std::string& group, const std::string& name, const std::string& file,
                      const std::vector<std::size_t>& extents, std::size_t record,
                      const Size& size) {
    std::vector<std::size_t> start(extents.size(), 0), stride(extents.size(), 1), count(extents);
    start[0] = record;
    count[0] = 1;
    return fmt::format(
        "        <Attribute Name=\"{0}\" AttributeType=\"Scalar\" Center=\"Cell\">\n"
        "          <DataItem ItemType=\"HyperSlab\" Dimensions=\"{1} {2} {3}\" "
        "Type=\"HyperSlab\">\n"
        "            <DataItem Dimensions=\"3 {4}\" NumberType=\"Int\" Format=\"XML\">"
        "{5} {6} {7}</DataItem>\n"
        "            <DataItem Dimensions=\"{8}\" NumberType=\"Float\" Precision=\"4\" "
        "Format=\"HDF\">{9}:/{10}/{0}</DataItem>\n"
        "          </DataItem>\n"
        "        </Attribute>\n",
        name, size[0], size[1], size[2], extents.size(), fmt::join(start, " "),
        fmt::join(stride, " "), fmt::join(count, " "), fmt::join(extents, " "), file, group);
}

/// A record of fields: where it stands, and when ParaView shows it.
struct Record {
    double time = 0.0;
    const char* group = "";
    std::size_t index = 0;
};

std::vector<Record> records_of(const hdf5::Group& root) {
    std::vector<Record> records;
    for (const auto& [group, later] :
         {std::pair("fields", 0.0), std::pair("fields_after", just_after)}) {
        if (!root.has(group)) continue;
        const std::vector<double> times = root.group(group).dataset("field_time").read();
        for (std::size_t i = 0; i < times.size(); ++i)
            records.push_back({times[i] + later, group, i});
    }
    std::sort(records.begin(), records.end(),
              [](const Record& a, const Record& b) { return a.time < b.time; });
    return records;
}

std::string text_of(const hdf5::File& file, const std::string& file_name) {
    const std::string name = xml_text(file_name);
    const std::vector<Record> records = records_of(file.root());
    const std::vector<std::size_t> corners = file.root().group("mesh").dataset("points").extents();
    const Size size{corners.at(0) - 1, corners.at(1) - 1, corners.at(2) - 1};
    const std::size_t n_voxels = size[0] * size[1] * size[2];

    std::string text =
        "<?xml version=\"1.0\"?>\n<!DOCTYPE Xdmf SYSTEM \"Xdmf.dtd\" []>\n"
        "<Xdmf Version=\"2.0\">\n  <Domain>\n"
        "    <Grid Name=\"fields\" GridType=\"Collection\" CollectionType=\"Temporal\">\n";
    for (std::size_t i = 0; i < records.size(); ++i) {
        const Record& record = records[i];
        text += fmt::format(
            "      <Grid Name=\"record {}\" GridType=\"Uniform\">\n        <Time Value=\"{}\"/>\n",
            i, record.time);
        text += geometry(size, name);
        const hdf5::Group group = file.root().group(record.group);
        for (const std::string& field : group.dataset_names()) {
            const hdf5::Dataset data = group.dataset(field);
            const std::vector<std::size_t> extents = data.extents();
            std::size_t count = 1;
            for (const std::size_t n : extents)
                count *= n;
            const bool volume = data.has_attribute("location") && data.text("location") == "volume";
            if (volume && count == n_voxels * extents[0])
                text += attribute(record.group, xml_text(field), name, extents, record.index, size);
        }
        text += "      </Grid>\n";
    }
    return text + "    </Grid>\n  </Domain>\n</Xdmf>\n";
}

}  // namespace

std::string xdmf_text(const std::string& result_path, const std::string& file_name) {
    const hdf5::File file = hdf5::File::open(result_path);
    std::string text;
    try {
        text = text_of(file, file_name);
    } catch (const IoError&) {
        file.check();  // a read that failed looks like damage, or like nothing there
        throw;
    }
    file.check();
    return text;
}

}  // namespace neocol::io
