#include <neocol/cli/command.hpp>

int main(int argc, char** argv) {
    return neocol::cli::run_program(argc, argv);
}
