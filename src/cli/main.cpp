#include "command.hpp"
#include "waiting.hpp"

int main(int argc, char** argv) {
    neocol::cli::wait_asleep(argc, argv);
    return neocol::cli::run_program(argc, argv);
}
