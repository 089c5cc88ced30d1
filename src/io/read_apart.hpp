#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace neocol::io::detail {

/// Runs a reading in a child process, with limits on its memory and its time, and hands over what
/// it sends.
///
/// HDF5 crashes, hangs and takes any amount of memory on files made for it, also on those with a
/// right digest, which anybody can make. In a process of its own it can do no more than fail.
class ReadApart {
public:
    /// Sends bytes to the parent.
    using Send = std::function<void(std::string_view)>;

    /// \param path  of what is read, for messages
    /// \param work  runs in the child; what it throws is thrown here, by `read` or `finish`
    /// \param silence  the longest that is waited for the next bytes; 0: by the size of the file
    ReadApart(std::string path, const std::function<void(const Send&)>& work,
              std::chrono::milliseconds silence = {});
    ~ReadApart();
    ReadApart(const ReadApart&) = delete;
    ReadApart& operator=(const ReadApart&) = delete;

    /// The next n bytes. \throws IoError  the child failed, crashed, was stopped by a limit, or
    /// sent fewer
    void read(void* bytes, std::size_t n);
    /// \throws IoError  as `read`, or there is more
    void finish();

private:
    bool fill();
    void wait();
    [[noreturn]] void explain();
    void end_child(int& status);

    std::string path_;
    std::chrono::milliseconds silence_;
    pid_t child_ = -1;
    int pipe_ = -1;
    std::string held_;
    std::size_t used_ = 0;
    bool ended_ = false;
};

}  // namespace neocol::io::detail
