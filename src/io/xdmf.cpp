#include <neocol/io/xdmf.hpp>

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include <neocol/io/hdf5.hpp>

namespace neocol::io {
namespace {

/// The result's grid as three axes of cell boundaries, z, y, x.
struct Mesh {
    std::vector<double> z, y, x;
    std::size_t nz() const { return z.size() - 1; }
    std::size_t ny() const { return y.size() - 1; }
    std::size_t nx() const { return x.size() - 1; }
};

Mesh read_mesh(const hdf5::Group& fields) {
    Mesh mesh;
    mesh.z = fields.dataset("z_edges").read();
    for (double& depth : mesh.z)
        depth = -depth;
    const double slice = mesh.z.front() - mesh.z.back();
    const auto edges = [&](const std::string& name) {
        return fields.has(name) ? fields.dataset(name).read()
                                : std::vector<double>{0.0, 0.05 * slice};
    };
    mesh.y = edges("y_edges");
    mesh.x = fields.has("r_edges") ? edges("r_edges") : edges("x_edges");
    return mesh;
}

std::string numbers(const std::vector<double>& values) {
    return fmt::format(
        "<DataItem Dimensions=\"{}\" NumberType=\"Float\" Precision=\"8\" Format=\"XML\">{}"
        "</DataItem>",
        values.size(), fmt::join(values, " "));
}

std::string geometry(const Mesh& mesh) {
    return fmt::format(
        "        <Topology TopologyType=\"3DRectMesh\" Dimensions=\"{} {} {}\"/>\n"
        "        <Geometry GeometryType=\"VXVYVZ\">\n"
        "          {}\n          {}\n          {}\n"
        "        </Geometry>\n",
        mesh.z.size(), mesh.y.size(), mesh.x.size(), numbers(mesh.x), numbers(mesh.y),
        numbers(mesh.z));
}

/// One record of a field: a hyperslab of its dataset, whose first dimension is the record.
std::string attribute(const std::string& name, const std::string& file,
                      const std::vector<std::size_t>& extents, std::size_t record,
                      const Mesh& mesh) {
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
        "Format=\"HDF\">{9}:/fields/{0}</DataItem>\n"
        "          </DataItem>\n"
        "        </Attribute>\n",
        name, mesh.nz(), mesh.ny(), mesh.nx(), extents.size(), fmt::join(start, " "),
        fmt::join(stride, " "), fmt::join(count, " "), fmt::join(extents, " "), file);
}

}  // namespace

std::string xdmf_text(const std::string& result_path) {
    const hdf5::File file = hdf5::File::open(result_path);
    const hdf5::Group fields = file.root().group("fields");
    const std::vector<double> times = fields.dataset("field_time").read();
    const Mesh mesh = read_mesh(fields);
    const std::size_t n_voxels = mesh.nz() * mesh.ny() * mesh.nx();
    const std::string name = std::filesystem::path(result_path).filename().string();

    std::string text =
        "<?xml version=\"1.0\"?>\n<!DOCTYPE Xdmf SYSTEM \"Xdmf.dtd\" []>\n"
        "<Xdmf Version=\"2.0\">\n  <Domain>\n"
        "    <Grid Name=\"fields\" GridType=\"Collection\" CollectionType=\"Temporal\">\n";
    for (std::size_t record = 0; record < times.size(); ++record) {
        text += fmt::format(
            "      <Grid Name=\"record {}\" GridType=\"Uniform\">\n        <Time Value=\"{}\"/>\n",
            record, times[record]);
        text += geometry(mesh);
        for (const std::string& field : fields.dataset_names()) {
            const hdf5::Dataset data = fields.dataset(field);
            const std::vector<std::size_t> extents = data.extents();
            std::size_t size = 1;
            for (const std::size_t n : extents)
                size *= n;
            const bool volume = data.has_attribute("location") && data.text("location") == "volume";
            if (volume && size == n_voxels * times.size()) {
                text += attribute(field, name, extents, record, mesh);
            }
        }
        text += "      </Grid>\n";
    }
    return text + "    </Grid>\n  </Domain>\n</Xdmf>\n";
}

}  // namespace neocol::io
