// Writes one result per geometry into the folder given, for check_result.py.

#include <cstdio>
#include <string>

#include <neocol/io/result_writer.hpp>

#include "../unit/io/made_up_run.hpp"

int main(int argc, char** argv) {
    using namespace neocol;
    if (argc != 2) return 2;
    using tissue::Geometry;
    for (const Geometry geometry : {Geometry::well_mixed, Geometry::column, Geometry::section,
                                    Geometry::single_channel, Geometry::patch}) {
        io::made_up::Run run(geometry);
        const std::string path = std::string(argv[1]) + "/" + tissue::to_string(geometry) + ".h5";
        io::Provenance provenance;
        provenance.command = "write_sample";
        provenance.host = "made-up";
        io::ResultWriter writer(path, provenance, {.overwrite = true, .keep_csv = true});
        run.tell(writer, simulation::RunStatus::complete);
    }
    return 0;
}
